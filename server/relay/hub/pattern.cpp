#include "server/relay/hub/pattern.hpp"

#include <array>
#include <charconv>
#include <compare>
#include <utility>

namespace hub {

namespace {
std::optional<double> number_in(std::string_view text) noexcept {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || behind != end) return std::nullopt;
  return number;
}

// Behind the character at `at`.
std::size_t next(std::string_view text, std::size_t at) noexcept {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  return at;
}
}  // namespace

bool is_glob(std::string_view pattern) noexcept {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

// Goes back to the last star only: what an earlier one took need never be taken differently. So it is at worst the
// product of both lengths.
bool glob_fits(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t = next(text, t);
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

ValuePattern::ValuePattern(std::string_view text) {
  // The longer ones first.
  static constexpr std::array<std::pair<std::string_view, Kind>, 5> signs{
      {{"<=", Kind::at_most}, {">=", Kind::at_least}, {"!=", Kind::unlike}, {"<", Kind::less}, {">", Kind::more}}};
  for (const auto& [sign, kind] : signs)
    if (text.starts_with(sign)) {
      kind_ = kind;
      text.remove_prefix(sign.size());
      while (text.starts_with(' ')) text.remove_prefix(1);
      break;
    }
  text_ = text;
  if (kind_ != Kind::glob) number_ = number_in(text_);
}

bool ValuePattern::fits(std::string_view value) const noexcept {
  if (kind_ == Kind::glob) return glob_fits(text_, value);
  const std::optional<double> number = number_ ? number_in(value) : std::nullopt;
  if (kind_ == Kind::unlike) return number ? *number != *number_ : !glob_fits(text_, value);
  if (value.empty() || (number_ && !number)) return false;
  const std::partial_ordering order = number ? *number <=> *number_ : std::partial_ordering(value <=> text_);
  switch (kind_) {
    case Kind::less: return order < 0;
    case Kind::at_most: return order <= 0;
    case Kind::more: return order > 0;
    default: return order >= 0;
  }
}

}  // namespace hub
