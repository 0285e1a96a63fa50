#include "server/relay/trendnet/mjpeg_scan.hpp"

#include <algorithm>
#include <array>

#include "server/relay/trendnet/text.hpp"

namespace trendnet {

namespace {

constexpr std::size_t longest_name = 40;  // of a header: "Content-transfer-encoding" has 25
constexpr std::array<std::string_view, 3> known_headers{"content-length:", "content-type:", "date:"};

constexpr bool is_break(std::uint8_t byte) noexcept {
  return byte == '\r' || byte == '\n';
}

constexpr bool is_of_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

Match begins_with_known(std::string_view text) noexcept {
  Match match = Match::no;
  for (const std::string_view header : known_headers) {
    if (begins_with_ignoring_case(text, header)) return Match::yes;
    if (text.size() < header.size() && equals_ignoring_case(text, header.substr(0, text.size())))
      match = Match::undecided;
  }
  return match;
}

bool ends_a_picture(base::ByteView bytes) noexcept {
  const auto picture = without_breaks(bytes);
  return picture.size() >= 2 && picture[picture.size() - 2] == 0xff && picture.back() == 0xd9;
}

}  // namespace

Match begins_with_header(std::string_view text) noexcept {
  const auto* const end = std::ranges::find_if_not(text, is_of_name);
  const auto size = static_cast<std::size_t>(end - text.begin());
  if (size > longest_name) return Match::no;
  if (size == text.size()) return Match::undecided;
  return size > 0 && *end == ':' ? Match::yes : Match::no;
}

HeaderSearch find_header(base::ByteView in, std::size_t from, bool behind_picture) noexcept {
  const std::string_view text = base::as_text(in);
  for (auto line_end = text.find('\n', from); line_end != std::string_view::npos;
       line_end = text.find('\n', line_end + 1)) {
    const Match match = begins_with_known(text.substr(line_end + 1));
    if (match == Match::no || (behind_picture && !ends_a_picture(in.first(line_end)))) continue;
    if (match == Match::undecided) return {.at = {}, .searched = line_end};
    return {.at = line_end + 1, .searched = line_end};
  }
  return {.at = {}, .searched = in.size()};
}

base::ByteView without_breaks(base::ByteView bytes) noexcept {
  while (!bytes.empty() && is_break(bytes.front())) bytes = bytes.subspan(1);
  while (!bytes.empty() && is_break(bytes.back())) bytes = bytes.first(bytes.size() - 1);
  return bytes;
}

}  // namespace trendnet
