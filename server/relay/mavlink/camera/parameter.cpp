#include "server/relay/mavlink/camera/parameter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>

#include "server/relay/mavlink/wire/enums.hpp"

namespace mavlink::camera {

namespace {
enum class Kind : std::uint8_t { natural, integer, real, custom };  // in the order of ParameterValue
struct Type {
  std::string_view name;
  Kind kind;
  std::size_t size;  // bytes
};
// From MAV_PARAM_EXT_TYPE_UINT8, which is 1, on.
constexpr std::array<Type, 11> types{{{"uint8", Kind::natural, 1},
                                      {"int8", Kind::integer, 1},
                                      {"uint16", Kind::natural, 2},
                                      {"int16", Kind::integer, 2},
                                      {"uint32", Kind::natural, 4},
                                      {"int32", Kind::integer, 4},
                                      {"uint64", Kind::natural, 8},
                                      {"int64", Kind::integer, 8},
                                      {"float", Kind::real, 4},
                                      {"double", Kind::real, 8},
                                      {"custom", Kind::custom, 128}}};

const Type* find_type(std::uint8_t number) noexcept {
  return number == 0 || number > types.size() ? nullptr : &types[number - 1U];
}

void store(Text<128>& out, std::uint64_t bits, std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; ++i) out.bytes[i] = static_cast<char>(bits >> (8 * i) & 0xFF);
}

std::uint64_t load(const Text<128>& in, std::size_t size) noexcept {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < size; ++i)
    bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(in.bytes[i])) << (8 * i);
  return bits;
}

std::int64_t with_sign(std::uint64_t bits, std::size_t size) noexcept {
  const auto unused = static_cast<unsigned>(64 - 8 * size);
  return static_cast<std::int64_t>(bits << unused) >> unused;
}

bool fits_type(const Type& type, const ParameterValue& value) noexcept {
  if (value.index() != static_cast<std::size_t>(type.kind)) return false;
  if (const auto* natural = std::get_if<std::uint64_t>(&value))
    return type.size == 8 || *natural >> (8 * type.size) == 0;
  if (const auto* integer = std::get_if<std::int64_t>(&value))
    return with_sign(static_cast<std::uint64_t>(*integer), type.size) == *integer;
  if (const auto* text = std::get_if<std::string>(&value)) return text->size() <= type.size;
  return std::isfinite(std::get<double>(value));
}

// Large whole numbers lose their last digits here: ranges are not that fine.
std::optional<double> as_number(const ParameterValue& value) noexcept {
  if (const auto* natural = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*natural);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

// A real number of four bytes came through a float: it is compared as one.
bool same_value(const Type& type, const ParameterValue& a, const ParameterValue& b) noexcept {
  if (type.kind == Kind::real && type.size == 4 && a.index() == b.index())
    return static_cast<float>(std::get<double>(a)) == static_cast<float>(std::get<double>(b));
  return a == b;
}
}  // namespace

std::string_view type_name(std::uint8_t type) noexcept {
  const auto* known = find_type(type);
  return known ? known->name : std::string_view{};
}

Text<128> encode(std::uint8_t type, const ParameterValue& value) noexcept {
  Text<128> out;
  const auto* known = find_type(type);
  if (!known) return out;
  if (const auto* text = std::get_if<std::string>(&value))
    out.assign(*text);
  else if (const auto* real = std::get_if<double>(&value))
    store(out,
          known->size == 4 ? std::bit_cast<std::uint32_t>(static_cast<float>(*real))
                           : std::bit_cast<std::uint64_t>(*real),
          known->size);
  else if (const auto* integer = std::get_if<std::int64_t>(&value))
    store(out, static_cast<std::uint64_t>(*integer), known->size);
  else
    store(out, std::get<std::uint64_t>(value), known->size);
  return out;
}

std::optional<ParameterValue> decode(std::uint8_t type, const Text<128>& bytes) {
  const auto* known = find_type(type);
  if (!known) return std::nullopt;
  if (known->kind == Kind::custom) return std::string(bytes.view());
  const auto bits = load(bytes, known->size);
  if (known->kind == Kind::natural) return bits;
  if (known->kind == Kind::integer) return with_sign(bits, known->size);
  if (known->size == 8) return std::bit_cast<double>(bits);
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
}

bool fits(const Parameter& parameter, const ParameterValue& value) noexcept {
  const auto* type = find_type(parameter.type);
  if (!type || !fits_type(*type, value)) return false;
  if (const auto number = as_number(value)) {
    if (parameter.min && !(*number >= *parameter.min)) return false;
    if (parameter.max && !(*number <= *parameter.max)) return false;
  }
  if (parameter.options.empty()) return true;
  return std::ranges::any_of(parameter.options,
                             [&](const auto& option) { return same_value(*type, option.value, value); });
}

base::Result<> check(const Parameter& parameter) {
  const auto bad = [&](std::string_view what) {
    return base::fail(base::Errc::invalid,
                      fmt::format("The parameter \"{}\" of a MAVLink camera {}.", parameter.id, what));
  };
  const auto is_name = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (parameter.id.empty() || parameter.id.size() > 16 || !std::ranges::all_of(parameter.id, is_name))
    return bad("must be named with 1 to 16 letters, digits, _ or -");
  const auto* type = find_type(parameter.type);
  if (!type) return bad("has a type that there is not");
  for (const auto& option : parameter.options)
    if (!fits_type(*type, option.value)) return bad("has an option that its type cannot hold");
  if (!fits(parameter, parameter.value)) return bad("has a value that its own type, range or options forbid");
  return {};
}

}  // namespace mavlink::camera
