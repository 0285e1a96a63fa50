#include "server/relay/hub/vocabulary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "server/base/bytes.hpp"
#include "server/relay/hub/duration.hpp"
#include "server/relay/hub/template.hpp"

namespace hub {

namespace {
std::optional<std::int64_t> whole_number(std::string_view text) noexcept {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || behind != end) return std::nullopt;
  return number;
}

bool is_among(std::string_view words, std::string_view word) noexcept {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

// What a value has to be; empty: this one is.
std::string wanted(const Parameter& parameter, std::string_view value) {
  switch (parameter.kind) {
    case ValueKind::text:
    case ValueKind::name: return {};
    case ValueKind::number: {
      const std::optional<std::int64_t> number = whole_number(value);
      const bool bounded = parameter.lowest != 0 || parameter.highest != 0;
      if (number && (!bounded || (*number >= parameter.lowest && *number <= parameter.highest))) return {};
      return bounded ? fmt::format("a whole number from {} to {}", parameter.lowest, parameter.highest)
                     : std::string("a whole number");
    }
    case ValueKind::duration: return parse_duration(value) ? "" : "a time such as \"800ms\", \"2s\" or \"1m\"";
    case ValueKind::choice:
      return !value.empty() && is_among(parameter.choices, value) ? std::string()
                                                                  : fmt::format("one of: {}", parameter.choices);
    case ValueKind::flag: return value == "true" || value == "false" ? "" : "true or false";
  }
  return {};
}
}  // namespace

const Verb* Vocabulary::verb(Protocol protocol, std::string_view name) const noexcept {
  const auto found =
      std::ranges::find_if(verbs_, [&](const Verb& verb) { return verb.protocol == protocol && verb.name == name; });
  return found == verbs_.end() ? nullptr : &*found;
}

const EventKind* Vocabulary::event_kind(Protocol protocol, std::string_view name) const noexcept {
  const auto found = std::ranges::find_if(
      kinds_, [&](const EventKind& kind) { return kind.protocol == protocol && kind.name == name; });
  return found == kinds_.end() ? nullptr : &*found;
}

std::string Vocabulary::verb_names(Protocol protocol) const {
  std::string names;
  for (const Verb& verb : verbs_)
    if (verb.protocol == protocol) (names += names.empty() ? "" : ", ") += verb.name;
  return names.empty() ? "none" : names;
}

base::Result<> Vocabulary::check(const Parameter& parameter, std::string_view value) {
  if (value.size() > longest_value)
    return base::fail(base::Errc::invalid, fmt::format("{} is longer than {} bytes", parameter.name, longest_value));
  const std::string what = wanted(parameter, value);
  if (what.empty()) return {};
  return base::fail(base::Errc::invalid, fmt::format("{} has to be {}, not \"{}\"", parameter.name, what,
                                                     base::printable(base::as_bytes(value), 60)));
}

}  // namespace hub
