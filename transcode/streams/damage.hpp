// What a reader of a stream passed over. The names are those of storage::MediaProbe, and so is their meaning.
#pragma once

#include <cstdint>

namespace transcode {

struct StreamDamage {
  std::uint32_t damaged_records = 0;
  std::uint64_t skipped_bytes = 0;
  std::uint32_t missing_pictures = 0;
  std::uint32_t missing_sounds = 0;
  bool operator==(const StreamDamage&) const = default;
};

}  // namespace transcode
