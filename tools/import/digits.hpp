// Numbers in the names of files.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace importing {

struct DigitRun {
  std::size_t at = 0;
  std::string_view digits;  // of the name that was looked into
};

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

inline std::vector<DigitRun> digit_runs(std::string_view name) {
  std::vector<DigitRun> runs;
  for (std::size_t at = 0; at < name.size();) {
    std::size_t end = at;
    while (end < name.size() && is_digit(name[end])) ++end;
    if (end > at) runs.push_back({.at = at, .digits = name.substr(at, end - at)});
    at = end + 1;
  }
  return runs;
}

}  // namespace importing
