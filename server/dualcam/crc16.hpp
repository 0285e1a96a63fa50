// CRC-16 of the camera protocol: polynomial 0x8408 (reflected), no final xor, over file bytes only.
// The initial value of a DATA frame is 0 after a SYNC, else the previous frame's CRC: so the running value is always
// the CRC of everything since the last SYNC. "123456789" from 0 gives 0x2189.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "server/base/bytes.hpp"

namespace dualcam {

using Crc16Function = std::uint16_t (*)(std::uint16_t crc, base::ByteView bytes) noexcept;

std::uint16_t crc16_table(std::uint16_t crc, base::ByteView bytes) noexcept;     // one byte a step: the reference
std::uint16_t crc16_slicing8(std::uint16_t crc, base::ByteView bytes) noexcept;  // eight bytes a step, any CPU
std::uint16_t crc16_pclmul(std::uint16_t crc, base::ByteView bytes) noexcept;    // folding; only if crc16_has_pclmul()
bool crc16_has_pclmul() noexcept;

struct Crc16Kind {
  std::string_view name;
  Crc16Function function;
};
// The kinds this CPU runs, slowest first.
std::span<const Crc16Kind> crc16_kinds() noexcept;
// The fastest kind that agreed with the table on a self-test at start-up.
const Crc16Kind& crc16_chosen() noexcept;

std::uint16_t crc16(std::uint16_t crc, base::ByteView bytes) noexcept;

}  // namespace dualcam
