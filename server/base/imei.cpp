#include "server/base/imei.hpp"

#include <algorithm>
#include <charconv>

namespace base {

namespace {
constexpr std::uint64_t lowest = 100'000'000'000'000;
constexpr std::uint64_t highest = 999'999'999'999'999;
constexpr std::size_t imei_digits = 15;

constexpr bool reserved(std::uint64_t number) noexcept {
  return number >= lowest_reserved_imei && number <= highest_reserved_imei;
}

unsigned luhn_digit(std::uint64_t body) noexcept {
  unsigned sum = 0;
  for (bool twice = true; body != 0; body /= 10, twice = !twice) {
    auto digit = static_cast<unsigned>(body % 10);
    if (twice) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return (10 - sum % 10) % 10;
}
}  // namespace

std::uint64_t with_luhn_digit(std::uint64_t body) noexcept {
  return body * 10 + luhn_digit(body);
}

std::optional<Imei> Imei::from_number(std::uint64_t number) noexcept {
  if ((number < lowest || number > highest) && !reserved(number)) return std::nullopt;
  if (with_luhn_digit(number / 10) != number) return std::nullopt;
  return Imei{number};
}

std::optional<Imei> Imei::parse(std::string_view digits) noexcept {
  if (digits.size() != imei_digits) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return from_number(number);
}

std::string Imei::str() const {
  std::string digits = std::to_string(number_);
  digits.insert(0, imei_digits - std::min(imei_digits, digits.size()), '0');
  return digits;
}

bool Imei::is_reserved() const noexcept {
  return reserved(number_);
}

}  // namespace base
