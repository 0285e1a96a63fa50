#include "server/relay/mavlink/wire/describe.hpp"

#include <fmt/format.h>

#include <cmath>
#include <concepts>
#include <optional>
#include <utility>

#include "server/relay/mavlink/wire/codec.hpp"
#include "server/relay/mavlink/wire/enums.hpp"

namespace mavlink {
namespace {

// Nothing: not given.
using Shown = std::optional<std::string>;

std::string with_word(std::string_view word, unsigned number) {
  return word.empty() ? fmt::format("{}", number) : std::string(word);
}

template <class T>
Shown show(T value) {
  if constexpr (std::floating_point<T>)
    if (std::isnan(value)) return std::nullopt;
  return fmt::format("{}", value);
}

template <class T, std::size_t N>
Shown show(const std::array<T, N>& values) {
  std::string all;
  bool given = false;
  for (const T value : values) {
    const Shown one = show(value);
    given = given || one;
    all += (all.empty() ? "" : " ") + one.value_or("-");
  }
  return given ? Shown(std::move(all)) : std::nullopt;
}

template <std::size_t N>
Shown show(const Text<N>& text) {
  if (text.view().empty()) return std::nullopt;
  return base::printable(base::as_bytes(text.view()));
}

template <class T>
Shown show_bytes(const Text<128>& value) {
  return show(std::bit_cast<T>(base::load_le<UnsignedOf<sizeof(T)>>(base::as_bytes({value.bytes.data(), 128}).data())));
}

// The value of a camera's parameter: the bytes of a number, or of whatever the camera makes of them.
Shown show_parameter(const Text<128>& value, std::uint8_t type) {
  switch (type) {
    case param_type::u8: return show_bytes<std::uint8_t>(value);
    case param_type::i8: return show_bytes<std::int8_t>(value);
    case param_type::u16: return show_bytes<std::uint16_t>(value);
    case param_type::i16: return show_bytes<std::int16_t>(value);
    case param_type::u32: return show_bytes<std::uint32_t>(value);
    case param_type::i32: return show_bytes<std::int32_t>(value);
    case param_type::u64: return show_bytes<std::uint64_t>(value);
    case param_type::i64: return show_bytes<std::int64_t>(value);
    case param_type::real32: return show_bytes<float>(value);
    case param_type::real64: return show_bytes<double>(value);
    default: return show(value);
  }
}

template <class M, class T>
Shown show_field(const M& message, const Field<M, T>& field) {
  const T& value = message.*field.member;
  if constexpr (std::same_as<T, std::uint16_t>)
    if (field.name == "command") return with_word(command_word(value), value);
  if constexpr (std::same_as<M, CommandAck> && std::same_as<T, std::uint8_t>)
    if (field.name == "result") return with_word(result_word(value), value);
  if constexpr (std::same_as<M, Heartbeat> && std::same_as<T, std::uint8_t>) {
    if (field.name == "type") return with_word(type_word(value), value);
    if (field.name == "autopilot") return with_word(autopilot_word(value), value);
    if (field.name == "system_status") return with_word(state_word(value), value);
  }
  if constexpr (std::same_as<T, Text<128>> && requires { message.param_type; })
    return show_parameter(value, message.param_type);
  else
    return show(value);
}

// Calls `each(name, shown)` for every field.
template <class Each>
void for_each_field(const Message& message, const Each& each) {
  std::visit(
      [&]<class M>(const M& of) {
        std::apply([&](const auto&... field) { (each(field.name, show_field(of, field)), ...); }, fields_of<M>);
      },
      message);
}

}  // namespace

FieldTexts to_fields(const Message& message) {
  FieldTexts made;
  for_each_field(message, [&](std::string_view name, Shown shown) {
    if (shown) made.emplace_back(name, std::move(*shown));
  });
  return made;
}

std::string describe(const Message& message) {
  std::string line(info_of(message).name);
  for_each_field(message, [&](std::string_view name, const Shown& shown) {
    const std::string value = shown.value_or("not given");
    const std::string_view quote = value.find(' ') == value.npos ? "" : "\"";
    line += fmt::format(" {}={}{}{}", name, quote, value, quote);
  });
  return line;
}

}  // namespace mavlink
