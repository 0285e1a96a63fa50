// Preconditions and ranges of RFC 9110, sections 13 and 14, for a representation whose strong validator is known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace http {

// If-None-Match: weak comparison, "*" matches everything. If-Match: strong comparison.
bool matches_weakly(std::string_view field, std::string_view etag) noexcept;
bool matches_strongly(std::string_view field, std::string_view etag) noexcept;

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

enum class RangeOutcome : std::uint8_t {
  whole,          // no range, one we do not serve (several ranges, other units), or one that does not parse
  partial,        // 206 with `range`
  unsatisfiable,  // 416
};

struct RangeDecision {
  RangeOutcome outcome = RangeOutcome::whole;
  ByteRange range;
};

// What to send of `size` bytes. `if_range` that is not exactly `etag` switches the range off: the client's copy is not
// ours. Dates never match, since nothing here has a Last-Modified.
RangeDecision decide_range(const std::optional<std::string>& range, const std::optional<std::string>& if_range,
                           std::string_view etag, std::uint64_t size) noexcept;

// "bytes 0-99/1000", "bytes */1000"
std::string content_range(const ByteRange& range, std::uint64_t size);
std::string unsatisfied_range(std::uint64_t size);

}  // namespace http
