// What follows from the tables of fields, at compile time: sizes, offsets, CRC_EXTRA, and whether a table may be one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "server/relay/mavlink/wire/crc.hpp"
#include "server/relay/mavlink/wire/fields.hpp"

namespace mavlink {

inline constexpr std::size_t longest_payload = 255;

template <class M>
inline constexpr auto fields_of = M::fields();

// A member: one element, or `count` of them. Text is an array of char.
template <class T>
struct Member {
  static_assert(std::is_arithmetic_v<T>);
  using Element = T;
  static constexpr std::size_t count = 1;
  static constexpr bool is_array = false;
};
template <class T, std::size_t N>
struct Member<std::array<T, N>> {
  using Element = T;
  static constexpr std::size_t count = N;
  static constexpr bool is_array = true;
};
template <std::size_t N>
struct Member<Text<N>> : Member<std::array<char, N>> {};

template <class T>
constexpr std::string_view type_name() noexcept {
  if constexpr (std::is_same_v<T, float>)
    return "float";
  else if constexpr (std::is_same_v<T, double>)
    return "double";
  else if constexpr (std::is_same_v<T, char>)
    return "char";
  else if constexpr (std::is_signed_v<T>)
    return std::array<std::string_view, 9>{"", "int8_t", "int16_t", "", "int32_t", "", "", "", "int64_t"}[sizeof(T)];
  else
    return std::array<std::string_view, 9>{
        "", "uint8_t", "uint16_t", "", "uint32_t", "", "", "", "uint64_t"}[sizeof(T)];
}

// A field without its types.
struct FieldLayout {
  std::string_view name;
  std::string_view type;  // of an element
  std::size_t element_size = 0;
  std::size_t count = 1;
  bool is_array = false;
  bool is_extension = false;
  std::size_t offset = 0;  // in the payload

  constexpr std::size_t size() const noexcept { return element_size * count; }
};

template <class M, class T>
constexpr FieldLayout layout_of_field(const Field<M, T>& field, std::size_t& offset) noexcept {
  using Kind = Member<T>;
  using Element = typename Kind::Element;
  const FieldLayout made{field.name,      field.type.empty() ? type_name<Element>() : field.type,
                         sizeof(Element), Kind::count,
                         Kind::is_array,  field.extension,
                         offset};
  offset += made.size();
  return made;
}

template <class M>
inline constexpr auto layout_of = std::apply(
    [](const auto&... field) {
      std::size_t offset = 0;
      return std::array{layout_of_field(field, offset)...};  // in order: braces
    },
    fields_of<M>);

template <class M>
constexpr std::size_t base_size_of() noexcept {
  std::size_t size = 0;
  for (const FieldLayout& field : layout_of<M>) size += field.is_extension ? 0 : field.size();
  return size;
}
template <class M>
constexpr std::size_t full_size_of() noexcept {
  return layout_of<M>.back().offset + layout_of<M>.back().size();
}

// Over the message's name and its fields' types, names and lengths in the order of the wire; extensions do not count.
template <class M>
constexpr std::uint8_t crc_extra_of() noexcept {
  std::uint16_t crc = crc_of_text(crc_of_text(crc_start, M::info.name), " ");
  for (const FieldLayout& field : layout_of<M>) {
    if (field.is_extension) continue;
    for (const std::string_view part : {field.type, std::string_view{" "}, field.name, std::string_view{" "}})
      crc = crc_of_text(crc, part);
    if (field.is_array) crc = crc_of_byte(crc, static_cast<std::uint8_t>(field.count));
  }
  return static_cast<std::uint8_t>((crc & 0xff) ^ (crc >> 8));
}

// Larger elements come before smaller ones, and extensions behind all of them in an order of their own.
template <class M>
constexpr bool is_in_wire_order() noexcept {
  const auto& fields = layout_of<M>;
  return std::ranges::adjacent_find(fields, [](const FieldLayout& a, const FieldLayout& b) {
           if (a.is_extension || b.is_extension) return a.is_extension && !b.is_extension;
           return a.element_size < b.element_size;
         }) == fields.end();
}

template <class M>
constexpr std::optional<std::uint8_t> offset_of(std::string_view name) noexcept {
  for (const FieldLayout& field : layout_of<M>)
    if (field.name == name) return static_cast<std::uint8_t>(field.offset);
  return std::nullopt;
}

// The table and what is written beside it say the same: a slip of either does not compile.
template <class M>
constexpr bool is_sound() noexcept {
  return is_in_wire_order<M>() && base_size_of<M>() == M::info.base_size && full_size_of<M>() == M::info.full_size &&
         full_size_of<M>() <= longest_payload && crc_extra_of<M>() == M::info.crc_extra;
}

}  // namespace mavlink
