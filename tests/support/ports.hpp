// Ports of the loopback that outlast the process which listens on them.
#pragma once

#include <cstdint>

namespace tests {

// A free port below the range that the system gives out by itself: there, while a killed server is away, a client that
// connects to it could get the server's own port as its source port. `seed` is where the search begins; each call of
// this program gives another one. Throws std::runtime_error when none is free.
std::uint16_t lasting_port(std::uint64_t seed);

}  // namespace tests
