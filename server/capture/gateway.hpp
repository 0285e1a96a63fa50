// Commands that do not go over a tracker's link of ours: handed out by HTTP to a backend that has the link, or to an
// SMS gateway. Signed, with a deadline, on the calling thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "server/base/result.hpp"
#include "storage/catalog/capture_catalog.hpp"

namespace capture {

// What the other side answered to a command that it took: the device's words, where it knows them already.
struct HandedOut {
  std::optional<std::string> reply;
};

class Gateway {
 public:
  virtual ~Gateway() = default;
  // Errors: `unavailable` (worth another try), `refused` (it will never take it; its words). Blocks, for a bounded
  // time.
  virtual base::Result<HandedOut> hand_out(const storage::CapturePart& part) = 0;
};

struct GatewayOptions {
  std::string url;     // http:// or https://
  std::string secret;  // of the HMAC-SHA256 over the body, in a header; empty: not signed
  bool sms = false;    // the command in its SMS form
  std::string sms_login;
  std::string sms_password;
  std::chrono::milliseconds deadline = std::chrono::seconds{10};
};
base::Result<std::unique_ptr<Gateway>> open_gateway(const GatewayOptions& options);

}  // namespace capture
