// CRC by folding with carry-less multiplication (Intel, "Fast CRC Computation … Using PCLMULQDQ", 2009), bit-reflected:
// 64 bytes are folded onto 64, then 16 onto 16, and the last 16 go through the tables. This file alone is compiled
// with -mpclmul.
#include "server/dualcam/crc16.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dualcam {

#if defined(__x86_64__)

bool crc16_has_pclmul() noexcept {
  return __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("sse4.1") != 0;
}

namespace {
// x^n mod (x^16 + x^12 + x^5 + 1), reflected into 64 bits: the coefficient of x^d is bit 63-d.
constexpr std::uint64_t x_to_the(unsigned n) {
  std::uint32_t remainder = 1;
  for (unsigned i = 0; i < n; ++i) {
    remainder <<= 1;
    if ((remainder & 0x10000) != 0) remainder ^= 0x11021;
  }
  std::uint64_t reflected = 0;
  for (unsigned d = 0; d < 16; ++d)
    if ((remainder >> d & 1U) != 0) reflected |= std::uint64_t{1} << (63 - d);
  return reflected;
}

// The product of two reflected 64-bit values comes out multiplied by x once more: hence the -1 in the exponents.
constexpr std::uint64_t fold_64_low = x_to_the(512 + 64 - 1);
constexpr std::uint64_t fold_64_high = x_to_the(512 - 1);
constexpr std::uint64_t fold_16_low = x_to_the(128 + 64 - 1);
constexpr std::uint64_t fold_16_high = x_to_the(128 - 1);

__m128i constants(std::uint64_t low, std::uint64_t high) noexcept {
  return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
}

__m128i load(const std::uint8_t* at) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

__m128i fold(__m128i value, __m128i by, __m128i next) noexcept {
  const __m128i low = _mm_clmulepi64_si128(value, by, 0x00);
  const __m128i high = _mm_clmulepi64_si128(value, by, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}
}  // namespace

std::uint16_t crc16_pclmul(std::uint16_t crc, base::ByteView bytes) noexcept {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  if (left < 32) return crc16_slicing8(crc, bytes);

  __m128i value = _mm_xor_si128(load(at), _mm_cvtsi32_si128(crc));
  at += 16, left -= 16;
  const __m128i by_16 = constants(fold_16_low, fold_16_high);
  if (left >= 112) {
    const __m128i by_64 = constants(fold_64_low, fold_64_high);
    __m128i second = load(at);
    __m128i third = load(at + 16);
    __m128i fourth = load(at + 32);
    at += 48, left -= 48;
    for (; left >= 64; at += 64, left -= 64) {
      value = fold(value, by_64, load(at));
      second = fold(second, by_64, load(at + 16));
      third = fold(third, by_64, load(at + 32));
      fourth = fold(fourth, by_64, load(at + 48));
    }
    value = fold(fold(fold(value, by_16, second), by_16, third), by_16, fourth);
  }
  for (; left >= 16; at += 16, left -= 16) value = fold(value, by_16, load(at));

  alignas(16) std::uint8_t rest[16];
  _mm_store_si128(reinterpret_cast<__m128i*>(rest), value);
  return crc16_slicing8(crc16_slicing8(0, rest), {at, left});
}

#else

bool crc16_has_pclmul() noexcept {
  return false;
}
std::uint16_t crc16_pclmul(std::uint16_t crc, base::ByteView bytes) noexcept {
  return crc16_slicing8(crc, bytes);
}

#endif

}  // namespace dualcam
