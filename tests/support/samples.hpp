// Made-up rows for tests of the catalog.
#pragma once

#include <atomic>
#include <string>

#include <fmt/format.h>

#include "storage/catalog/catalog.hpp"

namespace tests {

constexpr std::uint64_t first_device_body = 35630704244101;  // with its check digit: 356307042441013

inline base::Imei device(std::uint64_t index = 0) {
  return base::Imei::from_number(base::with_luhn_digit(first_device_body + index)).value();
}

inline base::UtcTime at(std::int64_t milliseconds) {
  return base::UtcTime(std::chrono::milliseconds(1'790'000'000'000 + milliseconds));
}

// 64 hexadecimal digits, different for different numbers.
inline std::string sha256(std::uint64_t number) {
  return fmt::format("{:064x}", number);
}

// Different content at every call.
inline storage::Media photo(base::Imei imei = device(), base::UtcTime received = at(0)) {
  static std::atomic<std::uint64_t> counter{0};
  storage::Media media{.imei = imei};
  media.id = base::Uuid::v7(received);
  media.camera = base::Camera::front;
  media.kind = base::MediaKind::photo;
  media.captured_at = received - std::chrono::seconds(30);
  media.received_at = received;
  media.size = 12'345;
  media.sha256 = sha256(++counter);
  media.content_type = "image/jpeg";
  media.object_key = fmt::format("media/{}/{}.jpg", imei.str(), media.id.str());
  media.name = "%photof";
  media.declared_size = 13;
  return media;
}

inline storage::Transfer transfer(base::Imei imei = device(), base::UtcTime started = at(0)) {
  storage::Transfer transfer{.imei = imei};
  transfer.id = base::Uuid::v7(started);
  transfer.session = "s-1";
  transfer.peer = "192.0.2.7:40001";
  transfer.started_at = started;
  transfer.updated_at = started + std::chrono::seconds(5);
  transfer.state = "stored";
  return transfer;
}

}  // namespace tests
