// Autopilots answer for cameras that are attached to them and have no heartbeat. One that does not
// answer at all is asked a few times; one that acknowledges is asked again, ever less often, until what it promised
// comes.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "server/base/clock.hpp"
#include "server/relay/mavlink/station/inquiries.hpp"
#include "server/relay/mavlink/station/settings.hpp"

namespace mavlink::station {

class Autopilots {
 public:
  explicit Autopilots(const Timing& timing) : timing_(timing) {}

  void heard(Address address, base::SteadyTime now);
  std::vector<Address> due(base::SteadyTime now);  // to be asked for CAMERA_INFORMATION; each has to be ended()
  void ended(Address address, Reply reply, base::SteadyTime now);
  void answered(Address address);  // it is watched as a camera from now on
  std::optional<base::SteadyTime> next_wake() const;

 private:
  struct Autopilot {
    base::SteadyTime heard;
    std::optional<base::SteadyTime> due;
    int tries = 0;
  };

  Timing timing_;
  std::map<Address, Autopilot> all_;
};

}  // namespace mavlink::station
