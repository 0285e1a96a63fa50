// POST of one event: its JSON as the body, and
//   Dualcam-Event-Id: ID
//   Dualcam-Signature: t=SECONDS,v1=HEX      signature.hpp
// 2xx: taken. Any other status, a redirection included, and no answer at all: not taken.
#pragma once

#include <memory>
#include <string>

#include "server/events/target.hpp"
#include "server/events/target_url.hpp"

namespace events {

// `ca_file`: PEM; empty: what the system trusts. Neither errors nor logs ever have `secret` in them.
base::Result<std::unique_ptr<Target>> open_webhook(const TargetUrl& target, const std::string& secret,
                                                   const std::string& ca_file);

}  // namespace events
