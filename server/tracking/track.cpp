#include "server/tracking/track.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

#include "server/avl/record.hpp"
#include "server/tracking/report.hpp"

namespace tracking {

using base::UtcTime;
using storage::Place;

namespace {
// Stored batches asked for at once: some 20 records each.
constexpr std::uint32_t batches_at_once = 500;
// Around a moment; a record every second is 600.
constexpr std::uint32_t max_around = 20'000;
constexpr std::uint64_t full_battery = 100;

// A record that two batches have, because an answer to the tracker was lost, has the same bytes in both.
struct Read {
  TrackPoint point;
  std::size_t print = 0;
};

bool earlier(const Read& one, const Read& other) {
  return std::pair(one.point.at, one.print) < std::pair(other.point.at, other.print);
}
bool same(const Read& one, const Read& other) {
  return one.point.at == other.point.at && one.print == other.print;
}

void keep_each_once(std::vector<Read>& points) {
  // Records of one time stay as they came, except for copies: those only the print tells.
  std::ranges::sort(points, earlier);
  const auto copies = std::ranges::unique(points, same);
  points.erase(copies.begin(), copies.end());
}

class Reader {
 public:
  Reader(storage::TrackingCatalog& catalog, const base::Imei& imei, UtcTime from, UtcTime to)
      : catalog_(catalog), imei_(imei), from_(from), to_(to) {}

  // At least the first `wanted` points of the time, where there are so many.
  base::Result<std::vector<Read>> first(std::size_t wanted) {
    UtcTime next = from_;
    while (true) {
      const auto batches = catalog_.track_records(imei_, next, to_, batches_at_once);
      if (!batches) return std::unexpected(batches.error());
      for (const storage::TrackRecords& batch : *batches)
        if (auto added = add(batch); !added) return std::unexpected(added.error());
      keep_each_once(points_);
      if (batches->size() < batches_at_once) break;
      // Batches come by their end: one that is still to come begins up to a span before the last of these.
      const UtcTime reached = batches->back().last_at;
      const auto certain = std::ranges::lower_bound(points_, reached - storage::longest_track_span, {},
                                                    [](const Read& each) { return each.point.at; });
      if (static_cast<std::size_t>(certain - points_.begin()) >= wanted) break;
      next = std::max(reached, next + std::chrono::milliseconds{1});
    }
    return std::move(points_);
  }

 private:
  base::Result<> add(const storage::TrackRecords& batch) {
    const auto codec = static_cast<avl::Codec>(batch.codec);
    if (auto decoded = records_.decode_stored(codec, batch.count, base::as_bytes(batch.bytes)); !decoded)
      return base::fail(base::Errc::corrupt, fmt::format("Stored records of {} from {} cannot be read: {}", imei_.str(),
                                                         base::to_iso8601(batch.first_at), decoded.error().message));
    for (const avl::Record& record : records_.all()) {
      if (record.time < from_ || record.time >= to_) continue;
      TrackPoint point{.at = record.time, .place = place_of(record), .event_id = record.event_id};
      if (const avl::Element* ignition = records_.find(record, avl::io::ignition))
        if (const auto value = ignition->number()) point.ignition = *value != 0;
      if (const avl::Element* battery = records_.find(record, avl::io::battery_level))
        if (const auto value = battery->number(); value && *value <= full_battery)
          point.battery = static_cast<std::uint8_t>(*value);
      points_.push_back({point, std::hash<std::string_view>{}(base::as_text(record.raw))});
    }
    return {};
  }

  storage::TrackingCatalog& catalog_;
  const base::Imei& imei_;
  const UtcTime from_;
  const UtcTime to_;
  avl::Records records_;
  std::vector<Read> points_;
};

double between(double one, double other, double part) {
  return one + (other - one) * part;
}

// The shorter way round.
double longitude_between(double one, double other, double part) {
  constexpr double half = 180;
  if (other - one > half) other -= 2 * half;
  if (one - other > half) other += 2 * half;
  const double there = between(one, other, part);
  return there > half ? there - 2 * half : there < -half ? there + 2 * half : there;
}

Place on_the_way(const TrackPoint& before, const TrackPoint& after, UtcTime at) {
  const double part =
      static_cast<double>((at - before.at).count()) / static_cast<double>((after.at - before.at).count());
  constexpr double middle = 0.5;
  Place place = part < middle ? *before.place : *after.place;  // what cannot be divided is the nearer one's
  place.latitude = between(before.place->latitude, after.place->latitude, part);
  place.longitude = longitude_between(before.place->longitude, after.place->longitude, part);
  place.altitude_m =
      static_cast<std::int32_t>(std::lround(between(before.place->altitude_m, after.place->altitude_m, part)));
  place.speed_kmh =
      static_cast<std::uint32_t>(std::lround(between(before.place->speed_kmh, after.place->speed_kmh, part)));
  return place;
}
}  // namespace

base::Result<Track> Tracks::between(const base::Imei& imei, UtcTime from, UtcTime to, std::uint32_t limit) const {
  Track track;
  if (from >= to) return track;
  auto read = Reader(catalog_, imei, from, to).first(std::size_t{limit} + 1);
  if (!read) return std::unexpected(read.error());
  std::size_t count = read->size();
  if (count > limit) {
    track.complete = false;
    count = limit;
    // Whoever goes on behind the last point's time is to miss nothing.
    const UtcTime cut = (*read)[limit].point.at;
    while (count > 0 && (*read)[count - 1].point.at == cut) --count;
    if (count == 0) count = limit;
  }
  track.points.reserve(count);
  for (std::size_t i = 0; i < count; ++i) track.points.push_back((*read)[i].point);
  return track;
}

base::Result<std::optional<Place>> Tracks::place_at(const base::Imei& imei, UtcTime at) const {
  auto around =
      between(imei, at - nearest_fix_within, at + nearest_fix_within + std::chrono::milliseconds{1}, max_around);
  if (!around) return std::unexpected(around.error());
  const TrackPoint* before = nullptr;
  const TrackPoint* after = nullptr;
  for (const TrackPoint& point : around->points) {
    if (!point.place) continue;
    if (point.at <= at) before = &point;
    if (point.at > at && after == nullptr) after = &point;
  }
  if (before == nullptr && after == nullptr) return std::nullopt;
  if (before == nullptr) return after->place;
  if (after == nullptr || before->at == at) return before->place;
  return on_the_way(*before, *after, at);
}

}  // namespace tracking
