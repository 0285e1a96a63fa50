// A record read back: strictly, because it comes from wherever the proof was kept. Pure.
#pragma once

#include <variant>

#include "storage/evidence/chain.hpp"

namespace storage::evidence {

// As StoredFile and DeletedFile, which borrow their texts.
struct Stored {
  base::Uuid id;
  base::Imei imei;
  base::Camera camera = base::Camera::unknown;
  base::MediaKind kind = base::MediaKind::other;
  std::string name;
  std::optional<base::UtcTime> captured_at;
  base::UtcTime received_at;
  std::uint64_t size = 0;
  std::string sha256;
  std::string object_key;
  std::uint32_t packets = 0;
  std::uint32_t bad_crcs = 0;
};

struct Deleted {
  base::Uuid id;
  base::Imei imei;
  base::UtcTime deleted_at;
  std::uint64_t size = 0;
  std::string sha256;
  std::string object_key;
  std::string reason;
};

using Record = std::variant<Stored, Deleted>;

// `text` may be anything. Only what record_of() makes, byte for byte, is a record: no other order, spacing or escapes,
// nothing twice, nothing more. `invalid` says what is wrong.
base::Result<Record> parse_record(std::string_view text);

const base::Imei& imei_of(const Record& record) noexcept;

// 64 lower-case hexadecimal digits.
bool is_sha256(std::string_view text) noexcept;

}  // namespace storage::evidence
