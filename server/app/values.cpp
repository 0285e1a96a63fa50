// Values as people write them.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "server/app/settings.hpp"

namespace app {

using base::Errc;
using base::fail;

namespace {
struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array<Unit, 5> time_units{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 10> byte_units{{{"", 1},
                                           {"B", 1},
                                           {"KB", 1000},
                                           {"MB", 1'000'000},
                                           {"GB", 1'000'000'000},
                                           {"KiB", 1ULL << 10},
                                           {"MiB", 1ULL << 20},
                                           {"TB", 1'000'000'000'000},
                                           {"GiB", 1ULL << 30},
                                           {"TiB", 1ULL << 40}}};
constexpr std::uint64_t highest_bytes = 1ULL << 53;
constexpr std::uint64_t highest_duration = 3650ULL * 86'400'000;  // ten years, far from the end of any clock

std::optional<std::uint64_t> number_with_unit(std::string_view text, std::span<const Unit> units,
                                              std::uint64_t highest) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  std::string_view name(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (name.starts_with(' ')) name.remove_prefix(1);
  for (const Unit& unit : units)
    if (unit.name == name && number <= highest / unit.factor) return number * unit.factor;
  return std::nullopt;
}
}  // namespace

base::Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (const auto value = number_with_unit(text, time_units, highest_duration)) return std::chrono::milliseconds{*value};
  return fail(Errc::invalid,
              fmt::format("\"{}\" is no duration of ten years or less; write 500ms, 10s, 5m, 2h or 7d", text));
}

base::Result<std::uint64_t> parse_bytes(std::string_view text) {
  if (const auto value = number_with_unit(text, byte_units, highest_bytes)) return *value;
  return fail(Errc::invalid, fmt::format("\"{}\" is no size; write 4096, 64KiB, 256MiB or 1GB", text));
}

base::Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t lowest, std::uint64_t highest) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size() && number >= lowest && number <= highest) return number;
  return fail(Errc::invalid, fmt::format("\"{}\" is no number from {} to {}", text, lowest, highest));
}

base::Result<double> parse_percent(std::string_view text) {
  const std::string_view digits = text.ends_with('%') ? text.substr(0, text.size() - 1) : text;
  if (const auto number = parse_count(digits, 0, 100)) return static_cast<double>(*number);
  return fail(Errc::invalid, fmt::format("\"{}\" is no percentage; write 90%", text));
}

base::Result<net::ListenAddress> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  const auto wrong = [&] {
    return fail(Errc::invalid, fmt::format("\"{}\" is no address; write 0.0.0.0:7700 or [::]:7700", text));
  };
  if (colon == std::string_view::npos || colon == 0) return wrong();
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto port = parse_count(text.substr(colon + 1), 0, 65535);
  if (!port || host.empty()) return wrong();
  return net::ListenAddress{std::string(host), static_cast<std::uint16_t>(*port), false};
}

}  // namespace app
