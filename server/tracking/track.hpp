// Where a device was: its records, read again as points. Calls block: not for I/O threads. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace tracking {

struct TrackPoint {
  base::UtcTime at;
  std::optional<storage::Place> place;  // nothing: no fix
  std::optional<bool> ignition;
  std::optional<std::uint8_t> battery;  // %; of the tracker's own one
  std::uint16_t event_id = 0;           // the IO element that caused the record
};

struct Track {
  std::vector<TrackPoint> points;  // by time; each record once
  // False: there are more behind the last point, all of them of a later time, unless more than `limit` records have the
  // same one.
  bool complete = true;
};

// A place is said of a moment when a fix is not further away from it than this.
constexpr std::chrono::milliseconds nearest_fix_within = std::chrono::minutes{5};

class Tracks {
 public:
  explicit Tracks(storage::TrackingCatalog& catalog) : catalog_(catalog) {}
  // Points in [from, to), at most `limit`. `corrupt`: what is stored are no records.
  base::Result<Track> between(const base::Imei& imei, base::UtcTime from, base::UtcTime to, std::uint32_t limit) const;
  // Between two fixes on the way, in proportion of time; else the nearer one. Nothing where none is near enough.
  base::Result<std::optional<storage::Place>> place_at(const base::Imei& imei, base::UtcTime at) const;

 private:
  storage::TrackingCatalog& catalog_;
};

}  // namespace tracking
