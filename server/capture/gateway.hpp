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
  // For good, from any thread: what is under way, and whatever is tried later, ends soon as `unavailable`.
  virtual void cancel() noexcept {}
};

// POST of a JSON object: request_id, part, part_id, attempt, imei, command, kind, cameras, from, duration_s, deadline
// (until when the device's answer is waited for), and text, the SMS, where the gateway is one for SMS. Headers:
//   Idempotency-Key: PART_ID-ATTEMPT        the same for a command whose fate was not known when it is handed out again
//   X-Dualcam-Signature: sha256=HEX         HMAC of the body, where there is a secret
// 2xx: taken; {"reply": "…"} in its body is the device's answer, where it is known already. 408, 425, 429, 5xx and no
// answer at all: unavailable. Anything else, redirections included: refused.
struct GatewayOptions {
  std::string url;      // http:// or https://; without a name and password in it
  std::string secret;   // of the HMAC-SHA256 over the body; empty: not signed
  std::string ca_file;  // PEM; empty: what the system trusts
  bool sms = false;     // the command in its SMS form, too
  std::string sms_login;
  std::string sms_password;
  std::chrono::milliseconds deadline = std::chrono::seconds{10};
};
// Errors: `invalid`. Neither errors nor logs ever have the secret, the password, or what follows the URL's path.
base::Result<std::unique_ptr<Gateway>> open_gateway(const GatewayOptions& options);

}  // namespace capture
