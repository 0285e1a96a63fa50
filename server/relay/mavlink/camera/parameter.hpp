// What can be set of a camera, as the extended parameter protocol has it: a name of up to 16 characters, a type, and a
// value of up to 128 bytes, little endian.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/base/result.hpp"
#include "server/relay/mavlink/wire/fields.hpp"

namespace mavlink::camera {

// Of types u8..u64, i8..i64, real32 and real64, custom, in this order.
using ParameterValue = std::variant<std::uint64_t, std::int64_t, double, std::string>;

struct ParameterOption {
  std::string name;  // for a person
  ParameterValue value;
};

struct Parameter {
  std::string id;
  std::uint8_t type = 0;  // MAV_PARAM_EXT_TYPE
  ParameterValue value;   // at the start; in the definition file it is the default
  std::string description;
  std::optional<double> min;  // numbers only, as are the next two
  std::optional<double> max;
  std::optional<double> step;            // for the control that shows it; nothing is refused for it
  std::vector<ParameterOption> options;  // not empty: nothing else is taken
  bool read_only = false;
};

// As the definition file calls it; empty: there is no such type.
std::string_view type_name(std::uint8_t type) noexcept;

Text<128> encode(std::uint8_t type, const ParameterValue& value) noexcept;
// Nothing: no such type.
std::optional<ParameterValue> decode(std::uint8_t type, const Text<128>& bytes);

// Whether the parameter may have that value, `read_only` aside: its type, its range, its options. NaN is in no range.
bool fits(const Parameter& parameter, const ParameterValue& value) noexcept;

// Errors: `invalid`.
base::Result<> check(const Parameter& parameter);

}  // namespace mavlink::camera
