// The tool's side of the HTTP API, over libcurl. One client per thread; it keeps its connection open.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"

namespace http {

enum class Method : std::uint8_t { get, post, put, del };

struct Answer {
  long status = 0;
  std::string body;
  std::string etag;  // as it came, with its quotes; empty: none
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
  // Whatever the server answers. `unavailable`: it does not. `json` is the body of a POST or PUT; `if_match` the ETag
  // of what a PUT replaces, empty for none.
  base::Result<Answer> ask(Method method, const std::string& path, std::string_view json = {},
                           const std::string& if_match = {});

  struct Stream {
    std::string path;
    std::string last_event_id;  // empty: the begin
    std::string content_type;   // of a 200, without parameters; empty: any
    // The body of a 200, as it comes. False ends the stream.
    std::function<bool(std::string_view bytes)> received;
    // Asked about once a second while nothing comes. False ends the stream.
    std::function<bool()> goes_on = [] { return true; };
  };
  // An answer that does not end by itself, event streams above all: returns when it does, or is ended; the status is 0
  // when it was ended before the server answered. Other answers than a 200 are returned with the begin of their body.
  // `unavailable`: the server does not answer, breaks off, or is silent for a minute; `invalid`: a 200 of another type.
  base::Result<Answer> stream(const Stream& stream);

  static std::string escape(std::string_view text);  // for a path or a query

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace http
