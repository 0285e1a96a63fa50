#include "storage/catalog/postgres_text.hpp"

#include <algorithm>
#include <cstdint>

#include "server/base/bytes.hpp"

namespace storage::postgres {

namespace {
constexpr std::uint32_t stand_in = 0x10FE00;  // F4 8F B8 80 … F4 8F BB BF in UTF-8
constexpr std::string_view stand_in_begin = "\xF4\x8F";
constexpr std::size_t stand_in_size = 4;

std::uint8_t byte_at(std::string_view text, std::size_t at) noexcept {
  return static_cast<std::uint8_t>(text[at]);
}

// The length of the character at the beginning of `text`, 0 where there is none that PostgreSQL takes (RFC 3629: no
// overlong forms, no surrogates, nothing above U+10FFFF; and no NUL).
std::size_t character_size(std::string_view text) noexcept {
  const std::uint8_t first = byte_at(text, 0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte_at(text, i) & 0xC0) != 0x80) return 0;
  const std::uint8_t second = byte_at(text, 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return size;
}

// The byte that the character stands in for, or -1.
int stood_in(std::string_view character) noexcept {
  if (character.size() != stand_in_size || !character.starts_with(stand_in_begin)) return -1;
  const int code =
      ((byte_at(character, 2) & 0x3F) << 6 | (byte_at(character, 3) & 0x3F)) - static_cast<int>(stand_in & 0xFFF);
  return code >= 0 && code <= 0xFF ? code : -1;
}

void append_stand_in(std::string& to, std::uint8_t byte) {
  const std::uint32_t code = stand_in + byte;
  to += stand_in_begin;
  to += static_cast<char>(0x80 | (code >> 6 & 0x3F));
  to += static_cast<char>(0x80 | (code & 0x3F));
}
}  // namespace

std::string to_database(std::string_view text) {
  // Nearly all: nothing to look at byte by byte.
  if (std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) > 0; })) return std::string(text);
  std::string made;
  made.reserve(text.size() + stand_in_size);
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size != 0 && stood_in(text.substr(0, size)) < 0) {
      made += text.substr(0, size);
      text.remove_prefix(size);
    } else {
      append_stand_in(made, byte_at(text, 0));
      text.remove_prefix(1);
    }
  }
  return made;
}

std::string from_database(std::string_view text) {
  std::string made;
  made.reserve(text.size());
  for (auto at = text.find(stand_in_begin); at != std::string_view::npos; at = text.find(stand_in_begin)) {
    made += text.substr(0, at);
    text.remove_prefix(at);
    const int byte = stood_in(text.substr(0, stand_in_size));
    const std::size_t size = std::min(text.size(), stand_in_size);
    if (byte < 0)
      made += text.substr(0, size);
    else
      made += static_cast<char>(byte);
    text.remove_prefix(size);
  }
  return made += text;
}

std::string to_bytea(std::string_view bytes) {
  return "\\x" + base::to_hex(base::as_bytes(bytes));
}

std::string from_bytea(std::string_view text) {
  if (!text.starts_with("\\x")) return {};
  const auto bytes = base::from_hex(text.substr(2));
  return bytes ? std::string(bytes->begin(), bytes->end()) : std::string();
}

}  // namespace storage::postgres
