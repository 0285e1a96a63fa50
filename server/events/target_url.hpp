// Where events go, as people write it:
//   nats://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]…]/PREFIX[?stream=NAME]   tls:// or nats+tls:// with TLS
//   https://HOST[:PORT]/PATH                                                 or http://: a webhook
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"

namespace events {

enum class TargetKind : std::uint8_t { nats, webhook };
std::string_view to_string(TargetKind kind) noexcept;

struct TargetUrl {
  TargetKind kind = TargetKind::webhook;
  // What the catalog, logs and errors call it: the URL without user, password and query. How far the target has come
  // is kept under it.
  std::string name;
  std::string url;  // of a webhook, all of it
  // Of NATS:
  std::vector<std::string> servers;  // nats://HOST:PORT
  bool tls = false;
  std::string user;
  std::string password;
  std::string prefix;  // of the subjects
  std::string stream;  // made when it is missing
  bool stream_given = false;
};

// An error is a part of a sentence without its end, and has no password in it.
base::Result<TargetUrl> parse_target(std::string_view text);

}  // namespace events
