#include "server/dualcam/crc16.hpp"

#include <array>
#include <cstddef>

namespace dualcam {

namespace {
constexpr std::uint16_t polynomial = 0x8408;

using Tables = std::array<std::array<std::uint16_t, 256>, 8>;

// tables[k][b]: the CRC of byte b followed by k zero bytes.
constexpr Tables make_tables() {
  Tables tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1 ^ polynomial : crc >> 1;
    tables[0][byte] = static_cast<std::uint16_t>(crc);
  }
  for (unsigned byte = 0; byte < 256; ++byte)
    for (std::size_t k = 1; k < tables.size(); ++k) {
      const std::uint16_t shorter = tables[k - 1][byte];
      tables[k][byte] = static_cast<std::uint16_t>(shorter >> 8 ^ tables[0][shorter & 0xff]);
    }
  return tables;
}
constexpr Tables tables = make_tables();
}  // namespace

std::uint16_t crc16_table(std::uint16_t crc, base::ByteView bytes) noexcept {
  for (const std::uint8_t byte : bytes) crc = static_cast<std::uint16_t>(crc >> 8 ^ tables[0][(crc ^ byte) & 0xff]);
  return crc;
}

std::uint16_t crc16_slicing8(std::uint16_t crc, base::ByteView bytes) noexcept {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    const std::uint64_t word = base::load_le<std::uint64_t>(at) ^ crc;
    crc =
        static_cast<std::uint16_t>(tables[7][word & 0xff] ^ tables[6][word >> 8 & 0xff] ^ tables[5][word >> 16 & 0xff] ^
                                   tables[4][word >> 24 & 0xff] ^ tables[3][word >> 32 & 0xff] ^
                                   tables[2][word >> 40 & 0xff] ^ tables[1][word >> 48 & 0xff] ^ tables[0][word >> 56]);
  }
  return crc16_table(crc, {at, left});
}

namespace {
// Every length around the block sizes of the fast kinds, and both a zero and a non-zero initial value.
bool agrees_with_table(Crc16Function candidate) noexcept {
  std::array<std::uint8_t, 300> sample;
  for (std::size_t i = 0; i < sample.size(); ++i) sample[i] = static_cast<std::uint8_t>(i * i + 7 * i + 3);
  for (std::size_t length = 0; length <= sample.size(); ++length)
    for (const std::uint16_t initial : {std::uint16_t{0}, std::uint16_t{0xcfac}})
      if (candidate(initial, base::ByteView(sample).first(length)) !=
          crc16_table(initial, base::ByteView(sample).first(length)))
        return false;
  return true;
}

constexpr std::array<Crc16Kind, 3> all_kinds{
    {{"table", crc16_table}, {"slicing-by-8", crc16_slicing8}, {"pclmul", crc16_pclmul}}};

const Crc16Kind& choose() noexcept {
  const auto kinds = crc16_kinds();
  for (std::size_t i = kinds.size(); i-- > 1;)
    if (agrees_with_table(kinds[i].function)) return kinds[i];
  return kinds[0];
}
}  // namespace

std::span<const Crc16Kind> crc16_kinds() noexcept {
  return std::span(all_kinds).first(crc16_has_pclmul() ? all_kinds.size() : all_kinds.size() - 1);
}

const Crc16Kind& crc16_chosen() noexcept {
  static const Crc16Kind& chosen = choose();
  return chosen;
}

std::uint16_t crc16(std::uint16_t crc, base::ByteView bytes) noexcept {
  static const Crc16Function function = crc16_chosen().function;
  return function(crc, bytes);
}

}  // namespace dualcam
