#include "server/base/relay_device.hpp"

#include "server/base/bytes.hpp"

namespace base {

namespace {
// FNV-1a, 64 bits: files are found by it for years, so it is one that never changes.
std::uint64_t hash_of(std::string_view name) noexcept {
  std::uint64_t hash = 14695981039346656037U;
  for (const std::uint8_t byte : as_bytes(name)) hash = (hash ^ byte) * 1099511628211U;
  return hash;
}
}  // namespace

Imei relay_device_number(std::string_view name) noexcept {
  constexpr std::uint64_t lowest = lowest_reserved_imei / 10;  // without the check digit
  constexpr std::uint64_t numbers = (highest_reserved_imei - lowest_reserved_imei + 1) / 10;
  return *Imei::from_number(with_luhn_digit(lowest + hash_of(name) % numbers));
}

}  // namespace base
