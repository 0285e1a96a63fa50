// Bytes from what people paste: hex in any usual shape, hex dumps with offsets, or the binary itself.
#pragma once

#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"

namespace explain {

// Digits with or without spaces, colons, commas and 0x; "#" begins a comment. Lines of a dump ("00000010: 0011 2233
// ..") lose their offset and their text column. `invalid` when anything else is in it.
base::Result<base::Bytes> parse_hex(std::string_view text);

// Hex when it reads as hex, otherwise the bytes as they are.
base::Bytes parse_input(std::string_view content);

}  // namespace explain
