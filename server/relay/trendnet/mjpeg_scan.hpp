// Where in a stream a part may end or begin. No state.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/base/bytes.hpp"

namespace trendnet {

enum class Match : std::uint8_t { yes, no, undecided };  // undecided: the bytes end before it is known

// "Name:", of any header.
Match begins_with_header(std::string_view text) noexcept;

struct HeaderSearch {
  std::optional<std::size_t> at;  // of the first one
  std::size_t searched = 0;       // no header stands behind a line break before this
};
// A header that the camera is known to send, at the beginning of a line; `behind_picture`: and with the last marker of
// a JPEG before the line break, since anything may stand within a picture. Looks at line breaks from `from` on.
HeaderSearch find_header(base::ByteView in, std::size_t from, bool behind_picture) noexcept;

// Without the line breaks around it.
base::ByteView without_breaks(base::ByteView bytes) noexcept;

}  // namespace trendnet
