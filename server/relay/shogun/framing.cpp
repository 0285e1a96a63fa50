#include "server/relay/shogun/framing.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "server/relay/shogun/decode.hpp"

namespace shogun {

namespace {
constexpr std::string_view blanks = " \t\r\n";

void tolerate(Framed& framed, Tolerated what) noexcept {
  framed.tolerated = static_cast<std::uint16_t>(framed.tolerated | static_cast<std::uint16_t>(what));
}

// What it is instead, where that is plain.
std::optional<Refusal> foreign(base::ByteView datagram) noexcept {
  constexpr std::array<std::uint8_t, 4> edgertronic{0x05, 0xaa, 0x95, 0x44};
  const auto begins = [&](std::uint8_t first, std::uint8_t second) {
    return datagram.size() > 1 && datagram[0] == first && datagram[1] == second;
  };
  if (datagram.size() >= edgertronic.size() && std::ranges::equal(datagram.first(edgertronic.size()), edgertronic))
    return Refusal::edgertronic_trigger;
  if (begins(0xff, 0xfe) || begins(0xfe, 0xff) || begins('<', 0) || begins(0, '<')) return Refusal::utf16;
  return std::nullopt;
}

// Cut at the first NUL.
void cut(base::ByteView datagram, Framed& framed) noexcept {
  const auto end = std::ranges::find(datagram, std::uint8_t{0});
  const auto size = static_cast<std::size_t>(end - datagram.begin());
  framed.root = base::as_text(datagram.first(size));
  if (size == datagram.size()) tolerate(framed, Tolerated::no_nul);
  if (size + 1 < datagram.size()) tolerate(framed, Tolerated::bytes_behind_nul);
}

void trim(Framed& framed) noexcept {
  std::string_view& text = framed.root;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const auto begin = std::min(text.find_first_not_of(blanks), text.size());
  if (begin > 0) tolerate(framed, Tolerated::leading_blanks);
  text.remove_prefix(begin);
  text = text.substr(0, text.find_last_not_of(blanks) + 1);
}

// "<?xml … ?>", or one that another "<" ends.
void skip_declaration(Framed& framed) noexcept {
  const auto end = framed.root.find("?>");
  const auto next = std::min(framed.root.find('<', 1), framed.root.size());
  if (end < next) {
    framed.root.remove_prefix(end + 2);
  } else {
    tolerate(framed, Tolerated::broken_declaration);
    framed.root.remove_prefix(next);
  }
}

// Declarations, comments and blanks in front of the root.
std::optional<Refusal> skip_prologue(Framed& framed) noexcept {
  constexpr std::string_view comment = "<!--", comment_end = "-->";
  std::string_view& text = framed.root;
  bool declared = false;
  while (text.starts_with("<?") || text.starts_with("<!")) {
    if (text.starts_with(comment)) {
      const auto end = text.find(comment_end, comment.size());
      if (end == std::string_view::npos) return Refusal::malformed;
      text.remove_prefix(end + comment_end.size());
    } else if (text.starts_with("<!")) {
      return Refusal::doctype;
    } else {
      declared = true;
      skip_declaration(framed);
    }
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  }
  if (!declared) tolerate(framed, Tolerated::no_declaration);
  return std::nullopt;
}
}  // namespace

std::expected<Framed, Refusal> unframe(base::ByteView datagram) {
  if (datagram.empty()) return std::unexpected(Refusal::empty);
  if (const auto what = foreign(datagram)) return std::unexpected(*what);
  Framed framed;
  cut(datagram, framed);
  if (framed.root.size() > max_document_size) return std::unexpected(Refusal::too_long);
  trim(framed);
  if (!framed.root.starts_with('<')) return std::unexpected(Refusal::not_xml);
  if (const auto refusal = skip_prologue(framed)) return std::unexpected(*refusal);
  if (!framed.root.starts_with('<')) return std::unexpected(Refusal::malformed);
  return framed;
}

}  // namespace shogun
