#include "server/recorder/options.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace recorder {

namespace {
constexpr std::array<std::pair<Mode, std::string_view>, 3> modes{
    {{Mode::off, "off"}, {Mode::failed, "failed"}, {Mode::all, "all"}}};
constexpr std::array<std::pair<Kind, std::string_view>, 3> kinds{
    {{Kind::camera, "camera"}, {Kind::tracker, "tracker"}, {Kind::relay, "relay"}}};

template <class Value, std::size_t n>
std::optional<Value> find(const std::array<std::pair<Value, std::string_view>, n>& names, std::string_view text) {
  for (const auto& [value, name] : names)
    if (name == text) return value;
  return std::nullopt;
}

template <class Value, std::size_t n>
std::string_view name_of(const std::array<std::pair<Value, std::string_view>, n>& names, Value value) {
  for (const auto& [each, name] : names)
    if (each == value) return name;
  return {};
}
}  // namespace

std::string_view to_string(Mode mode) noexcept {
  return name_of(modes, mode);
}
std::optional<Mode> parse_mode(std::string_view text) noexcept {
  return find(modes, text);
}
std::string_view to_string(Kind kind) noexcept {
  return name_of(kinds, kind);
}
std::optional<Kind> parse_kind(std::string_view text) noexcept {
  return find(kinds, text);
}

}  // namespace recorder
