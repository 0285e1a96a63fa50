// What a session knows of a complete upload.
#pragma once

#include "storage/intake.hpp"
#include "tests/unit/storage/upload.hpp"

inline storage::Arrival arrival_of(const storage::FileIdentity& identity, std::uint64_t bytes) {
  storage::Media media{.imei = identity.imei};
  media.camera = base::Camera::front;
  if (identity.captured_ms) media.captured_at = base::UtcTime(std::chrono::milliseconds(*identity.captured_ms));
  media.received_at = *base::parse_iso8601("2026-12-31T23:59:59.999Z");
  media.name = identity.name;
  media.declared_size = identity.declared_size;
  media.declared_in_packets = identity.unit == storage::SizeUnit::packets;
  return {.media = std::move(media), .expected_bytes = bytes};
}

// The smallest JPEG that is whole, `extra` bytes of picture data longer.
inline base::Bytes small_jpeg(std::size_t extra = 0) {
  auto file = *base::from_hex("ffd8 ffc0000b0802d00500010111 00 ffda000801010000 3f00");
  const auto picture = noise(extra);
  file.insert(file.end(), picture.begin(), picture.end());
  file.push_back(0xff);
  file.push_back(0xd9);
  return file;
}
