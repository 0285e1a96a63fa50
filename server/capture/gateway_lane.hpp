// The dispatcher's work for one gateway, on a thread of its own: one that is slow or down holds up nothing else. One
// command at a time. Clocks are passed in.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "server/avl/camera_request.hpp"
#include "server/capture/back_off.hpp"
#include "server/capture/dispatcher.hpp"
#include "server/capture/figures.hpp"
#include "server/capture/gateway.hpp"
#include "server/capture/rounds.hpp"

namespace capture {

class GatewayLane {
 public:
  // All of them outlive it.
  GatewayLane(storage::CaptureChannel channel, const DispatcherOptions& options, storage::CaptureCatalog& captures,
              Gateway& gateway, Figures& figures)
      : channel_(channel), options_(options), captures_(captures), gateway_(gateway), figures_(figures) {}

  NextRound round(base::UtcTime utc, base::SteadyTime now);

 private:
  // What became of a command, until it is written.
  struct Outcome {
    storage::CapturePart part;
    std::optional<base::Error> error;  // of the gateway
    std::optional<std::string> reply;
  };

  base::Result<bool> work(base::UtcTime utc);
  void hand_out(storage::CapturePart part);
  base::Result<> write_down(base::UtcTime utc);  // what is unwritten
  base::Result<> write_error(const Outcome& outcome, base::UtcTime utc);
  base::Result<> write_reply(const Outcome& outcome, base::UtcTime utc);
  static bool is_down(const Outcome& outcome);

  const storage::CaptureChannel channel_;
  const DispatcherOptions& options_;
  storage::CaptureCatalog& captures_;
  Gateway& gateway_;
  Figures& figures_;
  std::optional<Outcome> unwritten_;  // nothing else is taken before
  bool gateway_down_ = false;         // when it was asked last
  BackOff back_off_;
};

}  // namespace capture
