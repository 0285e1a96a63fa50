// Datagrams in arbitrary bytes: what was taken is made again byte for byte.
#include "server/avl/datagram.hpp"

#include <algorithm>

#include "server/avl/foreign.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView in(data, size);
  const auto datagram = avl::decode_datagram(in);
  if (!datagram) return 0;
  if (!std::ranges::equal(avl::encode_datagram(*datagram), in)) __builtin_trap();
  if (avl::acknowledge(*datagram, 1).size() != 7) __builtin_trap();
  return 0;
}
