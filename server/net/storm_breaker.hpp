// A device that sends more than its share is asked for less: first for photos and events, then for events alone. What
// is not asked for stays in its memory. Thread-safe; the clock and the catalog come from outside.
//
// Files are counted here as they come, for decisions without a wait. The catalog has those of all nodes and of the time
// before a restart, and is where a device's state is kept: settle() brings the two together.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "server/base/imei.hpp"
#include "server/base/intake_state.hpp"
#include "server/net/storm_window.hpp"

namespace net {

// Of one device within one window. 0: no limit.
struct StormLimits {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::chrono::milliseconds window = std::chrono::hours{1};

  bool none() const noexcept { return files == 0 && bytes == 0; }
};

// Less is taken from the whole budget on, events alone from twice that on. To and fro at one count would be an event
// each time: a state ends only a good deal below where it begins.
constexpr double photos_from_percent = 100;
constexpr double events_from_percent = 200;
constexpr double relief = 0.8;  // of where the state begins

// The rule itself.
base::IntakeState next_intake(base::IntakeState now, const Traffic& traffic, const StormLimits& limits) noexcept;
// Why, for people.
std::string intake_reason(base::IntakeState state, const Traffic& traffic, const StormLimits& limits);

struct LimitedCount {
  std::size_t photos = 0;
  std::size_t events = 0;
};

class StormBreaker {
 public:
  using Clock = std::function<base::UtcTime()>;

  // `catalog` may be null: memory alone decides. It outlives this.
  StormBreaker(const StormLimits& limits, storage::IntakeCatalog* catalog, Clock clock = base::utc_now)
      : limits_(limits), parts_(limits.window), catalog_(catalog), clock_(std::move(clock)) {}

  // What is taken of a device, as far as is known here.
  base::IntakeState taken(const base::Imei& imei) const;
  // A file has come, wanted or not. True: less is taken of the device from now on, or the catalog does not know yet
  // that it is; settle() is due.
  bool arrived(const base::Imei& imei, base::UtcTime at, std::uint64_t bytes);

  // The two below ask the catalog and block.
  // A device is back: settles it, unless that was done a moment ago.
  void welcome(const base::Imei& imei);
  // What is taken of the device by all that is known, written where it is new.
  void settle(const base::Imei& imei);
  // Settles every device of which not everything is taken, so that each gets its own back without having to come.
  // Returns early when `stopping`.
  LimitedCount settle_limited(const std::function<bool()>& stopping);

  std::chrono::milliseconds step() const noexcept { return parts_.length(); }

 private:
  struct Entry {
    StormWindow window;
    base::IntakeState state = base::IntakeState::everything;
    bool unwritten = false;                 // the catalog does not have `state`
    std::optional<std::int64_t> settled{};  // in which part
  };

  Entry& entry_of(const base::Imei& imei, std::int64_t part);  // under the lock
  void make_room(std::int64_t part);                           // under the lock
  Traffic traffic_of(const Entry& entry, std::int64_t part) const noexcept;
  void settle_alone(const base::Imei& imei, const std::string& trouble);
  void conclude(const base::Imei& imei, base::IntakeState state, bool written);

  const StormLimits limits_;
  const StormParts parts_;
  storage::IntakeCatalog* const catalog_;
  const Clock clock_;
  mutable std::mutex mutex_;
  std::unordered_map<base::Imei, Entry> devices_;
};

}  // namespace net
