// Enumerations as words and back, from one table each.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace hub {

// `words[n]` is the word of the value n.
template <class Enum>
std::string_view word_of(std::span<const std::string_view> words, Enum value) noexcept {
  const auto at = static_cast<std::size_t>(value);
  return at < words.size() ? words[at] : std::string_view("?");
}

template <class Enum>
std::optional<Enum> value_of(std::span<const std::string_view> words, std::string_view text) noexcept {
  for (std::size_t at = 0; at < words.size(); ++at)
    if (words[at] == text) return static_cast<Enum>(at);
  return std::nullopt;
}

}  // namespace hub
