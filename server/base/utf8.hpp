// Text of others: where its characters end, and what is left of it when it must be well formed or short.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace base {

// Bytes of the character at the front, 0 where there is no well-formed one (RFC 3629: not longer than needed, no
// surrogate, nothing beyond U+10FFFF). Precondition: `text` is not empty.
std::size_t utf8_length(std::string_view text) noexcept;

bool is_utf8(std::string_view text) noexcept;

// The longest front of at most `limit` bytes that does not end within a character.
std::string_view cut_utf8(std::string_view text, std::size_t limit) noexcept;

// Without control characters (U+0000 to U+001F, U+007F to U+009F) and bytes that belong to no well-formed character:
// what is left can stand in a name.
std::string without_controls(std::string_view text);

// Every byte that belongs to no well-formed character becomes U+FFFD.
std::string to_utf8(std::string_view text);

}  // namespace base
