// Capture requests as the server's API tells them. Errors: `unavailable`, the server cannot be reached or is in
// trouble; `invalid`, what it answers is not what the API promises; else `refused`, with the server's own sentence.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "tools/http/client.hpp"

namespace request {

struct File {
  std::string camera;
  std::string media_id;  // empty: not yet
};

struct Part {
  std::uint32_t number = 0;
  std::string state;
  std::uint32_t percent = 0;
  std::uint32_t attempts = 0;
  std::optional<base::UtcTime> from;
  std::uint32_t duration_s = 0;
  std::string command;
  std::string reason;
  std::vector<File> files;
};

struct Request {
  std::string id;
  std::string imei;
  std::string kind;
  std::optional<base::UtcTime> from;
  std::uint32_t duration_s = 0;
  std::string channel;
  std::optional<base::UtcTime> created_at;
  std::optional<base::UtcTime> deadline;
  std::string state;
  std::string reason;
  std::uint32_t percent = 0;
  std::vector<Part> parts;
  std::string json;  // the whole of it, as it came

  bool is_final() const;
  bool is_stored() const { return state == "stored"; }
};

struct Page {
  std::vector<Request> items;
  std::string json;
};

class Api {
 public:
  explicit Api(std::unique_ptr<http::Client> client) : client_(std::move(client)) {}

  struct Made {
    Request request;
    bool existed = false;
  };
  base::Result<Made> make(const std::string& imei, std::string_view body);
  base::Result<Request> find(const std::string& id);
  base::Result<Request> cancel(const std::string& id);
  // The newest `limit`; empty filters are none.
  base::Result<Page> list(const std::string& imei, const std::string& state, unsigned limit);

 private:
  base::Result<http::Answer> ask(http::Method method, const std::string& path, std::string_view body = {});

  std::unique_ptr<http::Client> client_;
};

}  // namespace request
