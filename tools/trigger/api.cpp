#include "tools/trigger/api.hpp"

#include <fmt/format.h>

#include <fstream>

#include "tools/trigger/model.hpp"

namespace trigger {

namespace {
using base::Errc;

constexpr std::size_t longest_token = 4096;

base::Result<std::string> token_of(const ServerOptions& options) {
  if (options.token_file.empty()) return options.token;
  std::ifstream file(options.token_file);
  std::string token;
  if (!std::getline(file, token) || token.size() > longest_token)
    return base::fail(Errc::invalid,
                      fmt::format("No token can be read from {}; it stands in the first line.", options.token_file));
  while (!token.empty() && (token.back() == '\r' || token.back() == ' ')) token.pop_back();
  return token;
}

base::Result<http::Answer> taken(base::Result<http::Answer> answer) {
  constexpr long good = 200, redirects = 300, unauthorized = 401, forbidden = 403, server_errors = 500;
  if (!answer || (answer->status >= good && answer->status < redirects)) return answer;
  std::string words = problem_in_words(answer->status, answer->body);
  if (answer->status == unauthorized || answer->status == forbidden)
    words += " Give a token of the API with --api-token-file.";
  return base::fail(answer->status >= server_errors ? Errc::unavailable : Errc::refused, std::move(words));
}
}  // namespace

base::Result<Api> Api::of(const ServerOptions& options) {
  const auto token = token_of(options);
  if (!token) return std::unexpected(token.error());
  std::string url = options.api;
  while (url.ends_with('/')) url.pop_back();
  return Api(std::make_unique<http::Client>(std::move(url), *token));
}

base::Result<http::Answer> Api::ask(http::Method method, const std::string& path, std::string_view json,
                                    const std::string& if_match) {
  return taken(client_->ask(method, path, json, if_match));
}

base::Result<http::Answer> Api::stream(const http::Client::Stream& stream) {
  return taken(client_->stream(stream));
}

}  // namespace trigger
