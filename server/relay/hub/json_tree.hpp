// JSON text as a tree, bounded in size and depth. The one place that knows the JSON library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/base/result.hpp"

namespace hub {

constexpr std::size_t longest_json = std::size_t{1} << 20U;  // 500 rules are a tenth of it
constexpr std::size_t deepest_json = 12;                     // rules need 7

struct Json {
  struct Member;
  using Members = std::vector<Member>;  // in their order
  using Elements = std::vector<Json>;

  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Elements, Members> value;

  const Members* object() const noexcept { return std::get_if<Members>(&value); }
  const Elements* array() const noexcept { return std::get_if<Elements>(&value); }
  const std::string* text() const noexcept { return std::get_if<std::string>(&value); }
  const bool* flag() const noexcept { return std::get_if<bool>(&value); }
  const std::int64_t* number() const noexcept { return std::get_if<std::int64_t>(&value); }
  // Of an object; null: it is none, or has none of that name.
  const Json* member(std::string_view name) const noexcept;
};

struct Json::Member {
  std::string name;
  Json value;
};

// Errors: `invalid`: no JSON, too long, too deep, a name twice in one object, a number that is none of ours.
base::Result<Json> parse_json(std::string_view text);

}  // namespace hub
