// IMEI: 15 decimal digits, the last a Luhn check digit over the first 14 (3GPP TS 23.003, 6.2.1). The first two say who
// allotted it. 00 is nobody: such numbers are ours, for what keeps files here and is no such device (relay_device.hpp).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace base {

class Imei {
 public:
  // Nothing unless the number has 15 digits, or is a reserved one, and its check digit is right.
  static std::optional<Imei> from_number(std::uint64_t number) noexcept;
  static std::optional<Imei> parse(std::string_view digits) noexcept;

  std::uint64_t number() const noexcept { return number_; }
  std::string str() const;  // 15 digits
  // Begins with 00: whoever comes with it is no real device, and is to be refused.
  bool is_reserved() const noexcept;

  auto operator<=>(const Imei&) const = default;

 private:
  explicit Imei(std::uint64_t number) : number_(number) {}
  std::uint64_t number_;
};

// 00 and twelve digits, the first of which is none of the zeros in front, and the check digit.
constexpr std::uint64_t lowest_reserved_imei = 1'000'000'000'000;
constexpr std::uint64_t highest_reserved_imei = 9'999'999'999'999;

// The IMEI number whose first 14 digits are `body` (10^13 … 10^14-1), with its check digit: for simulated devices.
std::uint64_t with_luhn_digit(std::uint64_t body) noexcept;

}  // namespace base

template <>
struct std::hash<base::Imei> {
  std::size_t operator()(const base::Imei& imei) const noexcept { return std::hash<std::uint64_t>{}(imei.number()); }
};
