// Who is it that calls? Told by the first bytes, for ports that are mixed up.
#pragma once

#include <string>

#include "server/base/bytes.hpp"

namespace avl {

// A login (000f and digits), a frame of a known codec, or a datagram. Enough to be sure are 4 bytes of a login, 9 of a
// frame and 10 of a datagram.
bool looks_like_tracker(base::ByteView first_bytes) noexcept;

// A sentence on traffic that belongs elsewhere: a camera, HTTP, TLS, SSH. Empty when it is not recognised, or not yet:
// foreign_size bytes decide it.
std::string recognise_foreign(base::ByteView first_bytes);
constexpr std::size_t foreign_size = 16;  // a camera's INIT

}  // namespace avl
