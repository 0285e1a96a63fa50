// Patterns of rules: globs and comparisons. No allocation when they are asked.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hub {

// `*` any characters, `?` one (UTF-8). Case matters.
bool glob_fits(std::string_view pattern, std::string_view text) noexcept;
bool is_glob(std::string_view pattern) noexcept;

// The pattern of a condition, taken apart once. Comparisons: of numbers where the pattern has one, and then a value
// that is none does not fit; otherwise of texts, byte by byte (which is right for ISO times), where an empty value does
// not fit. != is what does not fit the rest of it as a glob, nor equals it as a number.
class ValuePattern {
 public:
  explicit ValuePattern(std::string_view text);
  bool fits(std::string_view value) const noexcept;

 private:
  enum class Kind : unsigned char { glob, less, at_most, more, at_least, unlike };
  Kind kind_ = Kind::glob;
  std::string text_;
  std::optional<double> number_;
};

}  // namespace hub
