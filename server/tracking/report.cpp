#include "server/tracking/report.hpp"

#include <algorithm>
#include <limits>

namespace tracking {

namespace {
constexpr double e7 = 1e7;

std::uint32_t narrow(std::uint64_t value) noexcept {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

Observation observe(const avl::Records& records, const avl::Record& record) {
  Observation seen{.at = record.time, .place = place_of(record)};
  for (const avl::Element& element : records.elements(record)) {
    std::optional<std::uint32_t>* into = nullptr;
    switch (element.id) {
      case avl::io::ignition: into = &seen.ignition; break;
      case avl::io::front_camera: into = &seen.front_camera; break;
      case avl::io::rear_camera: into = &seen.rear_camera; break;
      case avl::io::sos_trigger:
        if (record.event_id == avl::io::sos_trigger) into = &seen.sos;
        break;
      default: break;
    }
    if (into == nullptr || *into) continue;
    if (const auto value = element.number()) *into = narrow(*value);
  }
  return seen;
}

// The record goes into the last part as long as that does not become too long in time.
void append(Report& report, avl::Codec codec, const avl::Record& record) {
  if (!report.parts.empty()) {
    const storage::TrackRecords& last = report.parts.back();
    const auto span = std::max(last.last_at, record.time) - std::min(last.first_at, record.time);
    if (span > storage::longest_track_span) report.parts.push_back({.imei = report.imei});
  } else {
    report.parts.push_back({.imei = report.imei});
  }
  storage::TrackRecords& part = report.parts.back();
  part.codec = static_cast<std::uint8_t>(codec);
  part.first_at = part.count == 0 ? record.time : std::min(part.first_at, record.time);
  part.last_at = part.count == 0 ? record.time : std::max(part.last_at, record.time);
  ++part.count;
  part.bytes += base::as_text(record.raw);
  report.bytes += record.raw.size();
}
}  // namespace

bool believable(base::UtcTime at, base::UtcTime received) noexcept {
  return at >= earliest_believed && at <= received + furthest_ahead;
}

std::optional<storage::Place> place_of(const avl::Record& record) {
  if (!record.has_fix()) return std::nullopt;
  return storage::Place{.latitude = record.latitude_e7 / e7,
                        .longitude = record.longitude_e7 / e7,
                        .altitude_m = record.altitude_m,
                        .angle_deg = record.angle_deg,
                        .satellites = record.satellites,
                        .speed_kmh = record.speed_kmh};
}

Report take_apart(const base::Imei& imei, avl::Codec codec, const avl::Records& records, base::UtcTime received) {
  Report report{.imei = imei, .received = received};
  report.observations.reserve(records.all().size());
  for (const avl::Record& record : records.all()) {
    append(report, codec, record);
    // Nearly always at the end.
    const auto later = std::ranges::upper_bound(report.observations, record.time, {}, &Observation::at);
    report.observations.insert(later, observe(records, record));
  }
  return report;
}

}  // namespace tracking
