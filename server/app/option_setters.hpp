// How the values of options are taken, for the tables of options.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <type_traits>
#include <utility>

#include "server/app/settings.hpp"

namespace app {

using base::Result;
using Strings = std::vector<std::string>;

template <class Member>
auto text_into(Member member) {
  return [member](Settings& settings, const Strings& values) -> Result<> {
    std::invoke(member, settings) = values.front();
    return {};
  };
}

template <class Access>
auto duration_into(Access access) {
  return [access](Settings& settings, const Strings& values) -> Result<> {
    const auto parsed = parse_duration(values.front());
    if (!parsed) return std::unexpected(parsed.error());
    access(settings) = std::chrono::ceil<std::remove_cvref_t<decltype(access(settings))>>(*parsed);
    return {};
  };
}

template <class Access>
auto bytes_into(Access access) {
  return [access](Settings& settings, const Strings& values) -> Result<> {
    const auto parsed = parse_bytes(values.front());
    if (!parsed) return std::unexpected(parsed.error());
    access(settings) = *parsed;
    return {};
  };
}

template <class Access>
auto percent_into(Access access) {
  return [access](Settings& settings, const Strings& values) -> Result<> {
    const auto parsed = parse_percent(values.front());
    if (!parsed) return std::unexpected(parsed.error());
    access(settings) = *parsed;
    return {};
  };
}

template <class Access>
auto count_into(std::uint64_t lowest, std::uint64_t highest, Access access) {
  return [=](Settings& settings, const Strings& values) -> Result<> {
    const auto parsed = parse_count(values.front(), lowest, highest);
    if (!parsed) return std::unexpected(parsed.error());
    access(settings) = static_cast<std::remove_cvref_t<decltype(access(settings))>>(*parsed);
    return {};
  };
}

template <class Value>
auto choice_into(const std::vector<std::pair<std::string, Value>>& choices,
                 const std::function<void(Settings&, const Value&)>& apply) {
  return [=](Settings& settings, const Strings& values) -> Result<> {
    std::string known;
    for (const auto& [name, value] : choices) {
      if (name == values.front()) {
        apply(settings, value);
        return {};
      }
      known += known.empty() ? name : ", " + name;
    }
    return base::fail(base::Errc::invalid, fmt::format("\"{}\" is none of {}", values.front(), known));
  };
}

// avl_options.cpp
std::vector<Option> avl_options();
std::vector<Option> capture_options();
// event_options.cpp
std::vector<Option> event_options();
// recording_options.cpp
std::vector<Option> recording_options();

}  // namespace app
