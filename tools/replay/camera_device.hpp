// A recorded camera against a server: literally, as long as the server says what the recorded one said; else from what
// the capture knows of its files, until the server has acknowledged them. Its connections come one after the other, in
// their recorded order.
#pragma once

#include <optional>
#include <set>

#include "tools/replay/adaptive_camera.hpp"
#include "tools/replay/device.hpp"
#include "tools/replay/literal.hpp"

namespace replay {

class CameraDevice final : public Device {
 public:
  // `plan` and `pace` are borrowed. `start_at`: when the first connection is due.
  CameraDevice(const DevicePlan& plan, const base::Imei& imei, const Pace& pace, Time start_at);

  void connected(Time now) override;
  void connect_failed(Time now, const std::string& why) override;
  void received(base::ByteView bytes, Time now) override;
  void closed(Time now) override;
  Step poll(Time now, base::Bytes& out) override;
  const DeviceReport& report() const override { return report_; }

 private:
  enum class Phase : std::uint8_t { offline, connecting, literal, adaptive, done };

  const captures::Conversation& conversation() const { return *plan_.conversations[turn_]; }
  bool brings(std::size_t file, std::size_t turn) const;
  bool begun(std::size_t file) const;
  std::vector<std::size_t> offered_now() const;
  bool can_be_literal() const;
  bool nothing_left() const;
  void go_offline(Time now);
  void end_turn(Time now);
  Step poll_offline(Time now);
  Step poll_literal(Time now, base::Bytes& out);
  Step poll_adaptive(Time now, base::Bytes& out);
  void take(base::ByteView frame, Time now);
  void diverged(const std::string& words);
  void become_adaptive(Time now);
  void fail(const std::string& words);
  void finish();

  const DevicePlan& plan_;
  const Pace& pace_;
  DeviceReport report_;
  base::Imei imei_;
  AdaptiveCamera camera_;
  Phase phase_ = Phase::offline;
  std::size_t turn_ = 0;  // of plan_.conversations
  bool adaptive_turn_ = false;
  bool ever_diverged_ = false;
  Time wake_at_;
  Time heard_at_{0};
  unsigned tries_ = 0;
  std::uint32_t acknowledged_before_ = 0;  // when this connection began
  std::optional<Literal> literal_;
  Patches patches_;
  base::Bytes inbox_;
};

}  // namespace replay
