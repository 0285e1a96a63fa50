// The way of events out of the outbox: their order, how far each target has come, which node brings them to it, and
// when they are removed. Every call blocks: not for I/O threads. Thread-safe. Leases are by the database's clock, so
// that the clocks of the nodes do not matter.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"

namespace storage {

struct OutboxEvent {
  std::int64_t position = 0;  // above 0; a later event of a device has a higher one
  base::Uuid id;
  base::Imei imei;
  std::string type;
  base::UtcTime created_at;
  std::string payload;  // JSON: outbox.hpp
};

// What a target has not taken yet.
struct EventBacklog {
  std::uint64_t waiting = 0;
  std::optional<base::UtcTime> oldest;
};

struct TrimmedEvents {
  std::uint64_t delivered = 0;    // by every target
  std::uint64_t undelivered = 0;  // too old, and not taken by every target
  std::uint64_t unwanted = 0;     // too old, and there is no target
};

class EventCatalog {
 public:
  virtual ~EventCatalog() = default;

  // ---- Targets. One that was never held begins with the oldest event there is.
  // The position behind which `node` goes on, whose the target is for as long as `lease` says; nothing: another node
  // has it.
  virtual base::Result<std::optional<std::int64_t>> hold_target(std::string_view name, std::string_view node,
                                                                std::chrono::milliseconds lease) = 0;
  // It has taken everything up to `position`; the lease begins anew. False: another node has it, and nothing is
  // changed.
  virtual base::Result<bool> advance_target(std::string_view name, std::string_view node, std::int64_t position,
                                            std::chrono::milliseconds lease) = 0;
  // Whatever `node` holds is free.
  virtual base::Result<> let_go_of_targets(std::string_view node) = 0;
  // Those that nobody has held since `before`.
  virtual base::Result<std::uint64_t> forget_targets(base::UtcTime before) = 0;

  // ---- Events
  // Gives a position to events that have none, `limit` at most; how many. Fewer than that: they all have one.
  virtual base::Result<std::uint64_t> number_events(std::uint32_t limit) = 0;
  virtual base::Result<std::vector<OutboxEvent>> events_behind(std::int64_t position, std::uint32_t limit) = 0;
  virtual base::Result<EventBacklog> backlog(std::string_view target) = 0;
  // Removes what every target has taken, and what was created before `too_old`, `limit` of each at most.
  virtual base::Result<TrimmedEvents> trim_events(std::optional<base::UtcTime> too_old, std::uint32_t limit) = 0;
};

}  // namespace storage
