// Small helpers for the camera's texts, which come in any case and with either end of line.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace trendnet {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// `lowered` is in lower case already.
constexpr bool begins_with_ignoring_case(std::string_view text, std::string_view lowered) noexcept {
  if (text.size() < lowered.size()) return false;
  for (std::size_t n = 0; n < lowered.size(); ++n)
    if (lower(text[n]) != lowered[n]) return false;
  return true;
}

constexpr bool equals_ignoring_case(std::string_view text, std::string_view lowered) noexcept {
  return text.size() == lowered.size() && begins_with_ignoring_case(text, lowered);
}

constexpr std::string_view trim(std::string_view text, std::string_view blanks = " \t\r\n") noexcept {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Digits and nothing else.
template <class Number>
std::optional<Number> to_number(std::string_view text) noexcept {
  Number number{};
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace trendnet
