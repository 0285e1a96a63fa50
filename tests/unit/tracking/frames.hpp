// Frames as trackers send them, for tests.
#pragma once

#include <optional>
#include <vector>

#include "server/avl/record.hpp"

namespace tests {

inline base::Imei imei(std::uint64_t n = 0) {
  constexpr std::uint64_t body = 35630704244101;
  return *base::Imei::from_number(base::with_luhn_digit(body + n));
}

// A record with what a test wants to say; the rest is a place on the way.
struct Said {
  base::UtcTime at;
  std::optional<std::uint8_t> front = std::nullopt;
  std::optional<std::uint8_t> rear = std::nullopt;
  std::optional<std::uint8_t> ignition = std::nullopt;
  std::optional<std::uint8_t> sos = std::nullopt;  // with the event id
  std::optional<std::uint8_t> battery = std::nullopt;
  std::int32_t latitude_e7 = 546'870'000;
  std::int32_t longitude_e7 = 252'790'000;
  std::uint8_t satellites = 9;  // 0: no fix
  std::uint16_t speed_kmh = 50;
  std::uint16_t event_id = 0;
};

inline base::Bytes payload(const std::vector<Said>& said) {
  std::vector<avl::OutgoingRecord> records;
  for (const Said& each : said) {
    avl::OutgoingRecord record;
    record.record.time = each.at;
    record.record.latitude_e7 = each.latitude_e7;
    record.record.longitude_e7 = each.longitude_e7;
    record.record.satellites = each.satellites;
    record.record.speed_kmh = each.speed_kmh;
    record.record.event_id = each.sos ? avl::io::sos_trigger : each.event_id;
    const auto add = [&](std::uint16_t id, std::optional<std::uint8_t> value) {
      if (value) record.elements.push_back(avl::element(id, *value, 1));
    };
    add(avl::io::front_camera, each.front);
    add(avl::io::rear_camera, each.rear);
    add(avl::io::ignition, each.ignition);
    add(avl::io::sos_trigger, each.sos);
    add(avl::io::battery_level, each.battery);
    records.push_back(std::move(record));
  }
  return *avl::encode_records(avl::Codec::codec8e, records);
}

}  // namespace tests
