#include <algorithm>

#include "storage/objects/object_store.hpp"

namespace storage {

namespace {
// What S3 takes as a key, and more than any key of ours has.
constexpr std::size_t max_key_length = 1024;
// What common file systems take as one name.
constexpr std::size_t max_segment_length = 255;

bool is_key_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool is_valid_segment(std::string_view segment) noexcept {
  return !segment.empty() && segment.size() <= max_segment_length && segment != "." && segment != ".." &&
         std::ranges::all_of(segment, is_key_character);
}
}  // namespace

bool is_valid_object_key(std::string_view key) noexcept {
  if (key.size() > max_key_length) return false;
  for (;;) {
    const auto slash = key.find('/');
    if (!is_valid_segment(key.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    key.remove_prefix(slash + 1);
  }
}

}  // namespace storage
