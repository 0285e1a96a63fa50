// Views of bytes and fixed-width integers in them. The camera protocol is big endian, PTMF little endian.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace base {

using ByteView = std::span<const std::uint8_t>;
using Bytes = std::vector<std::uint8_t>;

namespace detail {
template <std::unsigned_integral T>
constexpr T byteswap(T value) noexcept {
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
}
}  // namespace detail

// Precondition of all four: `at + sizeof(T)` bytes exist behind `data`. Callers check lengths first.
template <std::unsigned_integral T>
T load_be(const std::uint8_t* data) noexcept {
  T value;
  std::memcpy(&value, data, sizeof value);
  return std::endian::native == std::endian::big ? value : detail::byteswap(value);
}

template <std::unsigned_integral T>
T load_le(const std::uint8_t* data) noexcept {
  T value;
  std::memcpy(&value, data, sizeof value);
  return std::endian::native == std::endian::little ? value : detail::byteswap(value);
}

template <std::unsigned_integral T>
void store_be(std::uint8_t* data, T value) noexcept {
  if constexpr (std::endian::native != std::endian::big) value = detail::byteswap(value);
  std::memcpy(data, &value, sizeof value);
}

template <std::unsigned_integral T>
void store_le(std::uint8_t* data, T value) noexcept {
  if constexpr (std::endian::native != std::endian::little) value = detail::byteswap(value);
  std::memcpy(data, &value, sizeof value);
}

inline ByteView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(ByteView bytes);

// Pairs of hexadecimal digits of either case, white space between pairs allowed. Nothing on any other character.
std::optional<Bytes> from_hex(std::string_view text);

// Text from outside made safe to print and to log: control bytes, quotes, backslashes and non-ASCII become \xNN;
// longer than `limit` characters of output is cut with "…".
std::string printable(ByteView bytes, std::size_t limit = 200);

}  // namespace base
