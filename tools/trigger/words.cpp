#include "tools/trigger/words.hpp"

#include <fmt/format.h>

#include <charconv>

#include "server/relay/hub/duration.hpp"

namespace trigger {

namespace {
using base::Errc;

template <class Number>
bool read_all(std::string_view text, Number& number, int base) {
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc{} && behind == end;
}
}  // namespace

base::Result<std::uint32_t> parse_payload(std::string_view text) {
  constexpr int decimal = 10, hexadecimal = 16;
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  std::uint32_t number = 0;
  if (read_all(hex ? text.substr(2) : text, number, hex ? hexadecimal : decimal)) return number;
  return base::fail(Errc::invalid,
                    fmt::format("\"{}\" is no payload: that is a number of 32 bits, such as 0x05AA9544.", text));
}

base::Result<net::relay::UdpOptions::Destination> parse_destination(std::string_view text) {
  constexpr int decimal = 10;
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  if (colon == std::string_view::npos || colon == 0 || !read_all(text.substr(colon + 1), port, decimal) || port == 0)
    return base::fail(Errc::invalid, fmt::format("\"{}\" is no HOST:PORT such as 10.0.0.7:30.", text));
  return net::relay::UdpOptions::Destination{.address = std::string(text.substr(0, colon)), .port = port};
}

base::Result<std::chrono::milliseconds> parse_length(std::string_view text) {
  if (const auto length = hub::parse_duration(text); length && length->count() > 0) return *length;
  return base::fail(Errc::invalid, fmt::format("\"{}\" is no length of time; write 300ms, 10s, 5m or 2h.", text));
}

}  // namespace trigger
