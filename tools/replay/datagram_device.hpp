// Recorded datagrams against a server: those of a tracker, of which each is answered, and others, of which none is.
// SANS-IO, but for one thing: each send of poll() is one datagram.
#pragma once

#include "tools/replay/device.hpp"
#include "tools/replay/imei_patches.hpp"

namespace replay {

class DatagramDevice final : public Device {
 public:
  DatagramDevice(const DevicePlan& plan, const std::optional<base::Imei>& imei, const Pace& pace, Time start_at);

  void connected(Time) override {}
  void connect_failed(Time, const std::string& why) override;
  void received(base::ByteView bytes, Time now) override;
  void closed(Time) override {}
  Step poll(Time now, base::Bytes& out) override;
  const DeviceReport& report() const override { return report_; }

 private:
  struct Datagram {
    std::size_t conversation;  // of the plan
    const captures::Event* event;
    bool answered;  // by the recorded server: to be waited for
  };
  void go_on(Time now);
  bool awaits(base::ByteView answer) const;

  const DevicePlan& plan_;
  const Pace& pace_;
  DeviceReport report_;
  std::vector<Datagram> datagrams_;
  std::vector<Patches> patches_;
  std::size_t next_ = 0;
  Time due_;
  Time sent_at_{0};
  unsigned tries_ = 0;  // of the one under way
  base::Bytes under_way_;
  bool failed_ = false;
};

}  // namespace replay
