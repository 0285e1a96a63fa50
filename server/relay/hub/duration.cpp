#include "server/relay/hub/duration.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace hub {

namespace {
struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 4> units{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::int64_t longest = 1000LL * 24 * 3'600'000;  // sums of a few of them overflow nothing
}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  const std::string_view name(behind, static_cast<std::size_t>(end - behind));
  for (const Unit& unit : units)
    if (unit.name == name && number <= longest / unit.milliseconds)
      return std::chrono::milliseconds{number * unit.milliseconds};
  return std::nullopt;
}

std::string duration_text(std::chrono::milliseconds length) {
  const std::int64_t count = length.count();
  if (count == 0) return "0ms";
  for (const Unit& unit : units)
    if (count % unit.milliseconds == 0) return fmt::format("{}{}", count / unit.milliseconds, unit.name);
  return fmt::format("{}ms", count);
}

}  // namespace hub
