#include "server/http/conditional.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/http/text.hpp"

namespace http {
namespace {

// Calls `same` with each entity tag of the list; true as soon as one is. Tags may hold commas, so quotes rule.
template <class Same>
bool any_tag(std::string_view field, Same&& same) {
  while (!(field = trimmed(field)).empty()) {
    const bool weak = field.starts_with("W/");
    if (weak) field.remove_prefix(2);
    if (!field.starts_with('"')) return false;
    const auto end = field.find('"', 1);
    if (end == std::string_view::npos) return false;
    if (same(field.substr(0, end + 1), weak)) return true;
    field = trimmed(field.substr(end + 1));
    if (field.starts_with(',')) field.remove_prefix(1);
  }
  return false;
}

RangeDecision satisfy(ByteRange range, std::uint64_t size) noexcept {
  if (range.length == 0 || range.offset >= size) return {RangeOutcome::unsatisfiable, {}};
  range.length = std::min(range.length, size - range.offset);
  return {RangeOutcome::partial, range};
}

}  // namespace

bool matches_weakly(std::string_view field, std::string_view etag) noexcept {
  return trimmed(field) == "*" || any_tag(field, [etag](std::string_view tag, bool) { return tag == etag; });
}

bool matches_strongly(std::string_view field, std::string_view etag) noexcept {
  return trimmed(field) == "*" ||
         any_tag(field, [etag](std::string_view tag, bool weak) { return !weak && tag == etag; });
}

RangeDecision decide_range(const std::optional<std::string>& range, const std::optional<std::string>& if_range,
                           std::string_view etag, std::uint64_t size) noexcept {
  if (!range) return {};
  if (if_range && trimmed(*if_range) != etag) return {};

  constexpr std::string_view unit = "bytes=";
  if (range->size() < unit.size() || !equal_ignoring_case(std::string_view(*range).substr(0, unit.size()), unit)) {
    return {};
  }
  const auto spec = trimmed(std::string_view(*range).substr(unit.size()));
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  const auto first_text = trimmed(spec.substr(0, dash));
  const auto last_text = trimmed(spec.substr(dash + 1));

  if (first_text.empty()) {  // the last N bytes
    const auto suffix = parse_decimal<std::uint64_t>(last_text);
    if (!suffix) return {};
    if (*suffix != 0 && size == 0) return {};  // all of nothing cannot be said as a range
    const auto length = std::min(*suffix, size);
    return satisfy({size - length, length}, size);
  }
  const auto first = parse_decimal<std::uint64_t>(first_text);
  if (!first) return {};
  if (last_text.empty()) return satisfy({*first, UINT64_MAX}, size);
  const auto last = parse_decimal<std::uint64_t>(last_text);
  if (!last || *last < *first) return {};
  const auto length = *last - *first;  // one short of the length, which might not fit
  return satisfy({*first, length == UINT64_MAX ? length : length + 1}, size);
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", range.offset, range.offset + range.length - 1, size);
}

std::string unsatisfied_range(std::uint64_t size) {
  return fmt::format("bytes */{}", size);
}

}  // namespace http
