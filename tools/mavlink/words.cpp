#include "tools/mavlink/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <utility>

namespace mavlink::tool {

namespace {
using base::Errc;

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && behind == end ? std::optional(number) : std::nullopt;
}

std::optional<Address> address_in(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const auto system = number_in<std::uint8_t>(text.substr(0, slash));
  const auto component = number_in<std::uint8_t>(text.substr(slash + 1));
  if (system.value_or(0) == 0 || component.value_or(0) == 0) return std::nullopt;
  return Address{*system, *component};
}

bool same_word(std::string_view one, std::string_view other) {
  const auto upper = [](char letter) { return letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter; };
  return std::ranges::equal(one, other, [&](char a, char b) { return upper(a) == upper(b); });
}
}  // namespace

base::Result<std::chrono::milliseconds> parse_length(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> units{
      {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
  constexpr std::int64_t longest = 1000L * 24 * 3'600'000;  // 1,000 days: deadlines stay far from the end of clocks
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = number_in<std::int64_t>(text.substr(0, digits));
  const auto* unit = std::ranges::find(units, text.substr(digits), &std::pair<std::string_view, std::int64_t>::first);
  if (!number || unit == units.end() || *number <= 0 || *number > longest / unit->second)
    return base::fail(Errc::invalid, fmt::format("\"{}\" is no length of time; write 300ms, 10s, 5m or 2h.", text));
  return std::chrono::milliseconds(*number * unit->second);
}

base::Result<Address> parse_address(std::string_view text) {
  if (const auto address = address_in(text)) return *address;
  return base::fail(Errc::invalid,
                    fmt::format("\"{}\" is no component: that is SYSTEM/COMPONENT, both 1 to 255, as in 1/100.", text));
}

base::Result<std::uint32_t> parse_message(std::string_view text) {
  constexpr std::uint32_t last_id = 0xff'ff'ff;
  constexpr std::uint32_t last_named = 0xff'ff;  // the definitions have none with a name of ours above
  if (const auto id = number_in<std::uint32_t>(text); id && *id <= last_id) return *id;
  for (std::uint32_t id = 0; id <= last_named; ++id)
    if (const auto about = known(id); about && same_word(about->name, text)) return id;
  return base::fail(
      Errc::invalid,
      fmt::format("No message is known as \"{}\"; those that are not known by name are named by number.", text));
}

base::Result<std::optional<SigningKey>> read_key(const std::string& path) {
  constexpr std::size_t largest = 4096;  // more than any passphrase
  if (path.empty()) return std::optional<SigningKey>{};
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) return base::fail(Errc::not_found, fmt::format("The key file {} cannot be opened.", path));
  std::string text(largest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) return base::fail(Errc::io, fmt::format("The key file {} cannot be read.", path));
  if (text.size() > largest)
    return base::fail(Errc::invalid, fmt::format("{} is too large to be a key: it has one line.", path));
  auto key = read_signing_key(text);
  if (!key) return base::fail(Errc::invalid, fmt::format("The key file {}: {}", path, key.error().message));
  return std::optional(*key);
}

}  // namespace mavlink::tool
