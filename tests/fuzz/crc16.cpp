// Every kind of the checksum against the byte-wise one, on any bytes, alignment and initial value.
#include "server/dualcam/crc16.hpp"

#include "tests/fuzz/reader.hpp"

using namespace dualcam;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Reader reader{{data, size}};
  const auto initial = static_cast<std::uint16_t>(reader.byte() << 8 | reader.byte());
  const std::uint16_t expected = crc16_table(initial, reader.left);
  for (const Crc16Kind& kind : crc16_kinds())
    if (kind.function(initial, reader.left) != expected) __builtin_trap();
  return 0;
}
