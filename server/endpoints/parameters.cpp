#include "server/endpoints/parameters.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "server/relay/hub/duration.hpp"

namespace endpoints {

namespace {
template <class T>
base::Result<std::optional<T>> wrong(std::string_view name, std::string_view value, std::string_view what) {
  return base::fail(base::Errc::invalid,
                    fmt::format("The parameter {} is \"{}\", which is no {}.", name, value.substr(0, 80), what));
}
}  // namespace

std::string_view text_of(const hub::Command& command, std::string_view name) noexcept {
  const std::string* value = hub::find(command.parameters, name);
  return value == nullptr ? std::string_view{} : *value;
}

base::Result<std::optional<std::int64_t>> number_of(const hub::Command& command, std::string_view name) {
  const std::string_view text = text_of(command, name);
  if (text.empty()) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return wrong<std::int64_t>(name, text, "whole number");
  return number;
}

base::Result<std::optional<std::chrono::milliseconds>> duration_of(const hub::Command& command, std::string_view name) {
  const std::string_view text = text_of(command, name);
  if (text.empty()) return std::nullopt;
  const auto duration = hub::parse_duration(text);
  if (!duration) return wrong<std::chrono::milliseconds>(name, text, "duration such as 500ms, 10s or 2m");
  return *duration;
}

base::Result<std::optional<bool>> flag_of(const hub::Command& command, std::string_view name) {
  const std::string_view text = text_of(command, name);
  if (text.empty()) return std::nullopt;
  if (text == "true" || text == "on" || text == "1") return true;
  if (text == "false" || text == "off" || text == "0") return false;
  return wrong<bool>(name, text, "true or false");
}

hub::Hub::Result failed(std::string reason) {
  return {.outcome = hub::Outcome::failed, .reason = std::move(reason)};
}

}  // namespace endpoints
