// The tool's side of the HTTP API, over libcurl. One client per thread; it keeps its connection open.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"

namespace http {

enum class Method : std::uint8_t { get, post, del };

struct Answer {
  long status = 0;
  std::string body;
};

class Client {
 public:
  // `base_url` without a slash at its end. `token` may be empty.
  Client(std::string base_url, const std::string& token);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The body of a 200; anything else is an error that names the address and the status.
  base::Result<base::Bytes> get(const std::string& path);
  // Whatever the server answers. `unavailable`: it does not. `json` is the body of a POST.
  base::Result<Answer> ask(Method method, const std::string& path, std::string_view json = {});

  static std::string escape(std::string_view text);  // for a path or a query

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace http
