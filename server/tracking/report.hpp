// One frame of a tracker, taken apart into what is stored and what is derived from it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/avl/record.hpp"
#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace tracking {

// Trackers without a fix start from the clock they were built with; none is older than this.
constexpr base::UtcTime earliest_believed = std::chrono::sys_days{std::chrono::year{2010} / 1 / 1};
// Time zones set wrongly are hours; a clock that is further ahead is wrong, and were it believed, nothing that comes
// later would ever be the latest.
constexpr std::chrono::hours furthest_ahead{24};

// Whether a record's time can be the time of something. Records are stored either way.
bool believable(base::UtcTime at, base::UtcTime received) noexcept;

// What a record says of the things whose state is kept.
struct Observation {
  base::UtcTime at;
  std::optional<storage::Place> place;  // nothing: no fix
  std::optional<std::uint32_t> ignition;
  std::optional<std::uint32_t> front_camera;
  std::optional<std::uint32_t> rear_camera;
  std::optional<std::uint32_t> sos;  // only of the record that it caused
};

struct Report {
  base::Imei imei;
  base::UtcTime received;
  std::vector<storage::TrackRecords> parts;  // in the order in which they came
  std::vector<Observation> observations;     // one for each record, by time
  std::size_t bytes = 0;                     // of the parts
};

Report take_apart(const base::Imei& imei, avl::Codec codec, const avl::Records& records, base::UtcTime received);

std::optional<storage::Place> place_of(const avl::Record& record);

}  // namespace tracking
