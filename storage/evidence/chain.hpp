// The proof that a stored file is the one that came: a chain of records for each device, append-only. Each record's
// hash covers the hash before it, so that none can be changed, left out or put in later without the rest showing it.
// Pure: no database, no file, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/imei.hpp"
#include "server/base/media.hpp"
#include "server/base/result.hpp"

namespace storage::evidence {

// What is recorded of a stored file.
struct StoredFile {
  base::Uuid id;
  base::Imei imei;
  base::Camera camera = base::Camera::unknown;
  base::MediaKind kind = base::MediaKind::other;
  std::string_view name;                     // as the device named it
  std::optional<base::UtcTime> captured_at;  // by the camera's clock; recorded in the years 0 to 9999 only
  base::UtcTime received_at;
  std::uint64_t size = 0;
  std::string_view sha256;
  std::string_view object_key;
  std::uint32_t packets = 0;   // with a good CRC, in the transfer that completed the file
  std::uint32_t bad_crcs = 0;  // that were asked for again in it
};

// And of its end.
struct DeletedFile {
  base::Uuid id;
  base::Imei imei;
  base::UtcTime deleted_at;
  std::uint64_t size = 0;
  std::string_view sha256;
  std::string_view object_key;
  std::string_view reason;
};

// One JSON object in one line; its bytes are what is hashed. ASCII alone: what is beyond is escaped, so that no
// database, editor or library on the way can turn it into other bytes that mean the same. A byte of the device's name
// that is no UTF-8 is recorded as U+FFFD.
std::string record_of(const StoredFile& file);
std::string record_of(const DeletedFile& file);

// SHA-256, 64 lower-case hexadecimal digits, over `previous` (the hash of record number-1; empty for number 1), a line
// feed, the number in decimal, a line feed, and the record.
base::Result<std::string> hash_of(std::string_view previous, std::uint64_t number, std::string_view record);

}  // namespace storage::evidence
