// What a system's clock that counts from its start means in UTC. No clock of its own; bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include "server/base/now.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::shots {

class BootClocks {
 public:
  // Of SYSTEM_TIME, and of what else says the time since the start as it is now. True: that time went back, so that the
  // component has started anew.
  bool hear(Address from, const Message& message, base::Now now);

  // Microseconds since 1970 or since the start of that component: their size tells which. Nothing: 0, or since a start
  // of which nothing is known.
  std::optional<base::UtcTime> to_utc(Address from, std::uint64_t microseconds) const;
  std::optional<base::UtcTime> from_boot(Address from, std::uint32_t milliseconds) const;
  // How long ago that was by that component's own clock. Nothing: its clock is not known.
  std::optional<std::chrono::milliseconds> age(Address from, std::uint32_t boot_ms, base::Now now) const;

 private:
  struct Clock {
    std::uint32_t boot_ms = 0;  // at `heard`
    base::SteadyTime heard;
    std::chrono::milliseconds started{0};  // since 1970
    bool by_itself = false;                // it says what UTC is; without that ours is taken
  };
  const Clock* find(Address from) const;
  bool set(Address from, std::uint32_t boot_ms, std::optional<std::uint64_t> unix_us, base::Now now);

  std::map<Address, Clock> clocks_;
};

}  // namespace mavlink::shots
