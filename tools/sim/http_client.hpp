// HTTP GET for the verdict, over libcurl. One client per thread; it keeps its connection open.
#pragma once

#include <memory>
#include <string>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"

namespace sim {

class HttpClient {
 public:
  // `base_url` without a slash at its end. `token` may be empty.
  HttpClient(std::string base_url, const std::string& token);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // The body of a 200; anything else is an error that names the address and the status.
  base::Result<base::Bytes> get(const std::string& path);

  static std::string escape(std::string_view text);  // for a query

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sim
