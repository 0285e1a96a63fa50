// The server's API: errors are `unavailable`, it cannot be reached or is in trouble; `refused`, with its own sentence;
// `invalid`, for options that make no sense.
#pragma once

#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "tools/http/client.hpp"
#include "tools/trigger/remote.hpp"

namespace trigger {

class Api {
 public:
  static base::Result<Api> of(const ServerOptions& options);

  // The answer to what the server has taken: 200 to 299.
  base::Result<http::Answer> ask(http::Method method, const std::string& path, std::string_view json = {},
                                 const std::string& if_match = {});
  base::Result<http::Answer> get(const std::string& path) { return ask(http::Method::get, path); }
  base::Result<http::Answer> stream(const http::Client::Stream& stream);

 private:
  explicit Api(std::unique_ptr<http::Client> client) : client_(std::move(client)) {}
  std::unique_ptr<http::Client> client_;
};

}  // namespace trigger
