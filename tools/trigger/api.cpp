#include "tools/trigger/api.hpp"

#include "tools/http/taken.hpp"

namespace trigger {

base::Result<Api> Api::of(const ServerOptions& options) {
  auto client = http::client_of(options.access);
  if (!client) return std::unexpected(client.error());
  return Api(std::move(*client));
}

base::Result<http::Answer> Api::ask(http::Method method, const std::string& path, std::string_view json,
                                    const std::string& if_match) {
  return http::taken(client_->ask(method, path, json, if_match));
}

base::Result<http::Answer> Api::stream(const http::Client::Stream& stream) {
  return http::taken(client_->stream(stream));
}

}  // namespace trigger
