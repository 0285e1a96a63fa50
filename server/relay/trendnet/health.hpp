// How a camera is, from what is heard of it: answers to commands and probes on the one hand, its stream on the other,
// which may be open to everybody while commands are not. Sans-IO.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/relay/trendnet/command_queue.hpp"
#include "server/relay/trendnet/probe.hpp"

namespace trendnet {

enum class HealthState : std::uint8_t { unknown, online, offline, unauthorized, wrong_model };
std::string_view to_string(HealthState state) noexcept;  // "unknown", "online", …, "wrong model"

struct HealthOptions {
  Duration silence = std::chrono::seconds{10};  // of a stream that is open: twice the applet's patience with a read
};

class Health {
 public:
  explicit Health(base::SteadyTime now, const HealthOptions& options = {}) : options_(options), since_(now) {}

  // Each: true where the state is another one than before.
  bool on_result(Outcome outcome, std::string_view text, base::SteadyTime now);  // of a command
  bool on_probe(const Probe::Verdict& verdict, base::SteadyTime now);
  bool on_frame(base::SteadyTime now);
  bool on_stream_end(const Verdict& why, base::SteadyTime now);  // what was answered, or why it broke
  bool on_stream_closed(base::SteadyTime now);                   // by us: it says nothing of the camera
  bool on_time(base::SteadyTime now);
  std::optional<base::SteadyTime> wake_at() const noexcept;  // for on_time(); nothing: there is no stream

  HealthState state() const noexcept { return state_; }
  base::SteadyTime since() const noexcept { return since_; }      // that it is in this state
  const std::string& reason() const noexcept { return reason_; }  // one sentence; empty while unknown
  const std::optional<base::SteadyTime>& last_heard() const noexcept { return last_heard_; }

 private:
  struct Way {
    HealthState state = HealthState::unknown;
    std::string reason;
    base::SteadyTime at{};  // when it was told so
  };
  const Way& deciding() const noexcept;
  bool note(Way& way, HealthState state, std::string_view reason, base::SteadyTime now);
  bool settle(base::SteadyTime now);
  HealthOptions options_;
  Way control_, stream_;
  HealthState state_ = HealthState::unknown;
  base::SteadyTime since_;
  std::string reason_;
  std::optional<base::SteadyTime> last_heard_;
  std::optional<base::SteadyTime> last_frame_;  // of a stream that is open
};

}  // namespace trendnet
