#include "server/relay/mavlink/shots/boot_clock.hpp"

#include <algorithm>

namespace mavlink::shots {

namespace {
using std::chrono::microseconds;
using std::chrono::milliseconds;

// 2001 as a time since 1970, 31 years as one since a start. A clock that was never set begins in 1970, some in 1980.
constexpr std::uint64_t least_unix_us = 1'000'000'000'000'000;
constexpr std::uint64_t most_unix_us = 253'402'300'800'000'000;  // the year 10000
// Two ways of different length deliver out of order by less.
constexpr std::uint32_t restart_ms = 2'000;
constexpr std::size_t most_clocks = 512;

bool is_unix(std::uint64_t microseconds_given) {
  return microseconds_given >= least_unix_us && microseconds_given < most_unix_us;
}

std::optional<std::uint32_t> boot_ms_of(const Message& message) {
  if (const auto* time = std::get_if<SystemTime>(&message)) return time->time_boot_ms;
  if (const auto* status = std::get_if<CameraCaptureStatus>(&message)) return status->time_boot_ms;
  return {};
}
}  // namespace

bool BootClocks::hear(Address from, const Message& message, base::Now now) {
  const auto boot_ms = boot_ms_of(message);
  if (!boot_ms) return false;
  std::optional<std::uint64_t> unix_us;
  if (const auto* time = std::get_if<SystemTime>(&message); time != nullptr && is_unix(time->time_unix_usec))
    unix_us = time->time_unix_usec;
  return set(from, *boot_ms, unix_us, now);
}

bool BootClocks::set(Address from, std::uint32_t boot_ms, std::optional<std::uint64_t> unix_us, base::Now now) {
  if (!clocks_.contains(from) && clocks_.size() >= most_clocks)
    clocks_.erase(std::ranges::min_element(clocks_, {}, [](const auto& each) { return each.second.heard; }));
  const auto [at, is_new] = clocks_.try_emplace(from);
  Clock& clock = at->second;
  const bool restarted = !is_new && std::uint64_t{boot_ms} + restart_ms < clock.boot_ms;
  const milliseconds utc =
      unix_us ? std::chrono::duration_cast<milliseconds>(microseconds(*unix_us)) : now.utc.time_since_epoch();
  if (unix_us || !clock.by_itself || restarted) {
    clock.started = utc - milliseconds(boot_ms);
    clock.by_itself = unix_us.has_value();
  }
  clock.boot_ms = boot_ms;
  clock.heard = now.steady;
  return restarted;
}

// A component without a clock mostly has its autopilot's.
const BootClocks::Clock* BootClocks::find(Address from) const {
  if (const auto own = clocks_.find(from); own != clocks_.end()) return &own->second;
  const auto of_system = clocks_.find({.system = from.system, .component = 1});
  return of_system == clocks_.end() ? nullptr : &of_system->second;
}

std::optional<base::UtcTime> BootClocks::to_utc(Address from, std::uint64_t given) const {
  if (given == 0) return {};
  if (is_unix(given)) return base::UtcTime(std::chrono::duration_cast<milliseconds>(microseconds(given)));
  if (given >= least_unix_us) return {};
  const Clock* const clock = find(from);
  if (clock == nullptr) return {};
  return base::UtcTime(clock->started + std::chrono::duration_cast<milliseconds>(microseconds(given)));
}

std::optional<base::UtcTime> BootClocks::from_boot(Address from, std::uint32_t given) const {
  return to_utc(from, std::uint64_t{given} * 1000);
}

std::optional<milliseconds> BootClocks::age(Address from, std::uint32_t boot_ms, base::Now now) const {
  const auto own = clocks_.find(from);
  if (own == clocks_.end() || boot_ms == 0) return {};
  const auto since = std::chrono::duration_cast<milliseconds>(now.steady - own->second.heard);
  return milliseconds(own->second.boot_ms) + since - milliseconds(boot_ms);
}

}  // namespace mavlink::shots
