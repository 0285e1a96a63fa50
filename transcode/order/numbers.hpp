// Numbers of both texts: decimal digits and nothing else.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace transcode {

// One spelling for each number: no sign, no leading zero.
template <std::unsigned_integral T>
std::optional<T> parse_number(std::string_view text) noexcept {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

}  // namespace transcode
