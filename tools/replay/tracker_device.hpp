// A recorded tracker's links against a server. Commands are not waited for: they are somebody's wish, and what the
// tracker said to them is sent all the same.
#pragma once

#include <optional>

#include "tools/replay/device.hpp"
#include "tools/replay/literal.hpp"

namespace replay {

class TrackerDevice final : public Device {
 public:
  TrackerDevice(const DevicePlan& plan, const base::Imei& imei, const Pace& pace, Time start_at);

  void connected(Time now) override;
  void connect_failed(Time now, const std::string& why) override;
  void received(base::ByteView bytes, Time now) override;
  void closed(Time now) override;
  Step poll(Time now, base::Bytes& out) override;
  const DeviceReport& report() const override { return report_; }

 private:
  enum class Phase : std::uint8_t { offline, connecting, open, done };
  const captures::Conversation& conversation() const { return *plan_.conversations[turn_]; }
  void take(base::ByteView frame, Time now);
  void diverged(const std::string& words);
  void fail(const std::string& words);
  void end_turn(Time now);

  const DevicePlan& plan_;
  const Pace& pace_;
  base::Imei imei_;
  DeviceReport report_;
  Phase phase_ = Phase::offline;
  std::size_t turn_ = 0;
  Time wake_at_;
  unsigned tries_ = 0;
  bool refused_ = false;
  bool heard_any_ = false;  // on this link
  std::optional<Literal> literal_;
  Patches patches_;
  base::Bytes inbox_;
};

// Of a link that the capture does not hold whole: the login, and each frame that it has whole, with an answer awaited
// to each that carries records. Nothing: it has none.
std::optional<captures::Conversation> whole_frames(const captures::Conversation& conversation);

}  // namespace replay
