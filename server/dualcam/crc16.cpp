#include "server/dualcam/crc16.hpp"

#include <array>
#include <cstddef>

#include "server/base/reflected_crc16.hpp"

namespace dualcam {

namespace {
using Crc16 = base::ReflectedCrc16<0x8408>;
}  // namespace

std::uint16_t crc16_table(std::uint16_t crc, base::ByteView bytes) noexcept {
  return Crc16::by_bytes(crc, bytes);
}

std::uint16_t crc16_slicing8(std::uint16_t crc, base::ByteView bytes) noexcept {
  return Crc16::by_words(crc, bytes);
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
