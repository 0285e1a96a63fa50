// Numbers a test takes from the environment: how long a campaign is, which seed it repeats.
#pragma once

#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tests {

template <class Number>
Number from_environment(const char* name, Number otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return otherwise;
  const std::string_view digits(text);
  Number number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size())
    throw std::runtime_error(std::string(name) + " is \"" + text + "\" and no number that fits.");
  return number;
}

}  // namespace tests
