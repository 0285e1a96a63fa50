// Payloads from messages and messages from payloads, as the tables of fields have it.
#pragma once

#include <bit>
#include <span>
#include <tuple>
#include <type_traits>

#include "server/base/bytes.hpp"
#include "server/relay/mavlink/wire/layout.hpp"

namespace mavlink {

template <class T>
std::span<T> elements_of(T& value) noexcept {
  return {&value, 1};
}
template <class T, std::size_t N>
std::span<T> elements_of(std::array<T, N>& values) noexcept {
  return values;
}
template <class T, std::size_t N>
std::span<const T> elements_of(const std::array<T, N>& values) noexcept {
  return values;
}
template <std::size_t N>
std::span<char> elements_of(Text<N>& text) noexcept {
  return text.bytes;
}
template <std::size_t N>
std::span<const char> elements_of(const Text<N>& text) noexcept {
  return text.bytes;
}

template <std::size_t size>
using UnsignedOf = std::tuple_element_t<std::bit_width(size) - 1,
                                        std::tuple<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>>;

// Writes base_size or, with extensions, full_size bytes.
template <class M>
void store_payload(const M& message, bool with_extensions, std::uint8_t* at) noexcept {
  const auto store = [&](const auto& field) {
    if (field.extension && !with_extensions) return;
    for (const auto& element : elements_of(message.*field.member)) {
      base::store_le(at, std::bit_cast<UnsignedOf<sizeof element>>(element));
      at += sizeof element;
    }
  };
  std::apply([&](const auto&... field) { (store(field), ...); }, fields_of<M>);
}

// Reads full_size bytes.
template <class M>
M load_payload(const std::uint8_t* at) noexcept {
  M message;
  const auto load = [&](const auto& field) {
    for (auto& element : elements_of(message.*field.member)) {
      element =
          std::bit_cast<std::remove_reference_t<decltype(element)>>(base::load_le<UnsignedOf<sizeof element>>(at));
      at += sizeof element;
    }
  };
  std::apply([&](const auto&... field) { (load(field), ...); }, fields_of<M>);
  return message;
}

}  // namespace mavlink
