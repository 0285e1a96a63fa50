// Events into a stream of NATS JetStream: subject PREFIX.TYPE.IMEI, the event's JSON, and its id in Nats-Msg-Id, by
// which the stream drops what it was given within its window of duplicates. Taken is what the stream acknowledges.
#pragma once

#include <memory>
#include <string>

#include "server/events/target.hpp"
#include "server/events/target_url.hpp"

namespace events {

// Connects when there is something to deliver, and again after every error. The stream is made where no stream takes
// the subjects. `ca_file`: PEM, with TLS; empty: what the system trusts. `client`: what NATS shows of us.
std::unique_ptr<Target> open_nats(const TargetUrl& target, const std::string& ca_file, const std::string& client);

}  // namespace events
