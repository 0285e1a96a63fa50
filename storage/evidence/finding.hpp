// What a proof can find wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/imei.hpp"

namespace storage::evidence {

enum class Break : std::uint8_t {
  no_evidence,      // nothing was ever sealed here
  segment_missing,  // a number without its object
  segment_changed,  // not the bytes that the next segment, or the catalog, has seen
  segment_header,   // its first line is no header of it
  segment_entries,  // another number of lines than the header says
  line_unreadable,  // no entry, too long, or cut off
  record_missing,   // another record stands where it should
  record_repeated,  // a number that was there before
  record_changed,   // text, number, hash and the hash before do not fit
  head_unknown,     // the hash that was written down is nowhere in the chain
  object_missing,   // a stored file's object is gone
  object_size,
  object_content,
  object_left,     // a deleted file's object is still there
  object_unknown,  // no record speaks of it
};
std::string_view to_string(Break kind) noexcept;

// Where a record stands. Both count from 1; the header is line 1. Segment 0: in the catalog, not sealed yet.
struct Place {
  std::uint64_t segment = 0;
  std::uint64_t line = 0;
};
std::string describe(const Place& place);  // "segment 3, line 17"

struct Finding {
  Break kind{};
  std::string message;  // a whole sentence
  Place place{};
  std::optional<base::Imei> imei{};
  std::uint64_t number = 0;  // of the device's record; 0 where it is not about one
  std::string object{};      // key
  std::string expected{};
  std::string found{};
};

using OnFinding = std::function<void(Finding)>;

}  // namespace storage::evidence
