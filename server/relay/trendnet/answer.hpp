// What the camera answered to a request, and what that means. Which status it has for what is published for its later
// relatives only, so that any success will do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/relay/trendnet/request.hpp"

namespace trendnet {

struct Answer {
  int status = 0;         // of HTTP; 0: none came
  base::ByteView body;    // borrowed
  std::string trouble{};  // of status 0: why none came, a sentence of whoever sent the request
};

enum class Outcome : std::uint8_t {
  done,          // 2xx and 3xx
  unauthorized,  // 401, 403: name and password
  not_spoken,    // 404, 405, 501: not the way this camera is spoken to
  refused,       // the rest of 4xx, or an answer that makes no sense
  failed,        // 5xx, and what is no status of an answer
  no_answer,     // in time
  expired,       // not sent: its time was over before its turn came
  replaced,      // not sent, or not to its end: a newer command made it pointless
  dropped,       // not sent: the queue was closed
};
std::string_view to_string(Outcome outcome) noexcept;  // "done", "unauthorized", "not spoken", …

struct Verdict {
  Outcome outcome = Outcome::no_answer;
  std::string text;  // one sentence
};
Verdict judge(const Answer& answer, const Request& request);

// A picture from its first marker to its last.
bool is_whole_jpeg(base::ByteView bytes) noexcept;

}  // namespace trendnet
