// What messages are made of: the table of a message's fields is the one description that encoding, decoding, the CRC
// and the program's printing work from.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace mavlink {

// A number that is optional and was not given.
inline constexpr float not_given = std::numeric_limits<float>::quiet_NaN();

// char[N]: ends with a zero only where it is shorter than N.
template <std::size_t N>
struct Text {
  std::array<char, N> bytes{};

  constexpr Text() = default;
  constexpr Text(std::string_view text) noexcept { assign(text); }  // implicit: it is a text. Longer: cut
  constexpr Text(const char* text) noexcept { assign(text); }
  constexpr void assign(std::string_view text) noexcept {
    bytes.fill('\0');
    std::copy_n(text.begin(), std::min(text.size(), N), bytes.begin());
  }
  constexpr std::string_view view() const noexcept {
    return {bytes.data(), static_cast<std::size_t>(std::find(bytes.begin(), bytes.end(), '\0') - bytes.begin())};
  }
};

struct MessageInfo {
  std::uint32_t id = 0;
  std::string_view name;
  std::uint8_t crc_extra = 0;
  std::uint8_t base_size = 0;  // of the payload without extensions: all of it in MAVLink 1
  std::uint8_t full_size = 0;  // with those known here
};

template <class M, class T>
struct Field {
  std::string_view name;
  T M::* member;
  bool extension = false;
  std::string_view type;  // of an element, where it is not the member's: the CRC is over its name
};
template <class M, class T>
constexpr Field<M, T> field(std::string_view name, T M::* member, std::string_view type = {}) {
  return {name, member, false, type};
}
template <class M, class T>
constexpr Field<M, T> extension(std::string_view name, T M::* member, std::string_view type = {}) {
  return {name, member, true, type};
}

template <class T, std::size_t N>
constexpr std::array<T, N> filled(T value) {
  std::array<T, N> all{};
  all.fill(value);
  return all;
}

}  // namespace mavlink
