// From the datagram to the text of its one document: what stands before and behind it.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/relay/shogun/refusal.hpp"

namespace shogun {

struct Framed {
  std::string_view root;        // from the root element's "<" on, blanks at the end cut; a view of the datagram
  std::uint16_t tolerated = 0;  // bits of Tolerated
};

std::expected<Framed, Refusal> unframe(base::ByteView datagram);

}  // namespace shogun
