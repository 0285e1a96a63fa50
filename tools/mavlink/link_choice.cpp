// Which way the command line wants to go.
#include <fmt/format.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <charconv>

#include "tools/mavlink/words.hpp"

namespace mavlink::tool {

namespace {
using base::Errc;
using net::mavlink::Kind;
using net::mavlink::LinkOptions;

constexpr std::uint16_t udp_port = 14'550;  // where ground stations listen
constexpr std::uint16_t tcp_port = 5'760;   // of routers and simulated autopilots

template <class Number>
bool read_all(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && behind == end;
}

struct Place {
  std::string host;
  std::uint16_t port = 0;
};

// "HOST", "HOST:PORT", "[::1]:PORT", "::1"
std::optional<Place> place_in(std::string_view text, std::uint16_t usual_port) {
  Place place{.host = std::string(text), .port = usual_port};
  const auto colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const bool bare_v6 = !bracketed && colon != text.npos && text.find(':') != colon;
  if (bracketed) {
    const auto close = text.find(']');
    if (close == text.npos) return std::nullopt;
    place.host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (!text.empty() && (!text.starts_with(':') || !read_all(text.substr(1), place.port))) return std::nullopt;
  } else if (colon != text.npos && !bare_v6) {
    place.host = text.substr(0, colon);
    if (!read_all(text.substr(colon + 1), place.port)) return std::nullopt;
  }
  return place.host.empty() ? std::nullopt : std::optional(place);
}

// An IP address; the first of version 4 where a name has both, as most programs of MAVLink know no other.
base::Result<std::string> look_up(const std::string& host) {
  std::error_code error;
  if (const auto address = asio::ip::make_address(host, error); !error) return address.to_string();
  asio::io_context context;
  asio::ip::udp::resolver resolver(context);
  const auto found = resolver.resolve(host, "", error);
  if (error || found.empty())
    return base::fail(Errc::not_found, fmt::format("Nobody knows a host {}: {}.", host, error.message()));
  const auto v4 = std::ranges::find_if(found, [](const auto& each) { return each.endpoint().address().is_v4(); });
  return (v4 == found.end() ? found.begin() : v4)->endpoint().address().to_string();
}

base::Result<LinkOptions> network_link(Kind kind, std::string_view option, const std::string& text) {
  const auto place = place_in(text, kind == Kind::tcp_client ? tcp_port : udp_port);
  if (!place || (place->port == 0 && kind != Kind::udp_server))
    return base::fail(Errc::invalid, fmt::format("{} takes HOST or HOST:PORT such as 10.0.0.7:{}, not \"{}\".", option,
                                                 udp_port, text));
  auto address = look_up(place->host);
  if (!address) return std::unexpected(address.error());
  return LinkOptions{.kind = kind, .address = std::move(*address), .port = place->port};
}

LinkOptions serial_link(const std::string& text) {
  LinkOptions link{.kind = Kind::serial, .device = text};
  const auto colon = text.rfind(':');
  if (colon != text.npos && read_all(std::string_view(text).substr(colon + 1), link.baud))
    link.device.resize(colon);  // names of devices may have colons themselves
  return link;
}

base::Result<LinkOptions> chosen(const LinkChoice& choice) {
  if (!choice.to.empty()) return network_link(Kind::udp_client, "--to", choice.to);
  if (!choice.tcp.empty()) return network_link(Kind::tcp_client, "--tcp", choice.tcp);
  if (!choice.serial.empty()) return serial_link(choice.serial);
  return network_link(Kind::udp_server, "--listen", choice.listen.empty() ? "127.0.0.1" : choice.listen);
}
}  // namespace

base::Result<LinkOptions> parse_link(const LinkChoice& choice) {
  const auto given = std::ranges::count_if(std::array{&choice.listen, &choice.to, &choice.tcp, &choice.serial},
                                           [](const std::string* each) { return !each->empty(); });
  if (given > 1)
    return base::fail(Errc::invalid, "Only one of --listen, --to, --tcp and --serial can be the way it goes.");
  auto link = chosen(choice);
  if (link) link->name = "dualcam mavlink";
  return link;
}

std::string in_words(const LinkOptions& link, std::uint16_t port) {
  if (link.kind == Kind::serial) return fmt::format("{} at {} baud", link.device, link.baud);
  const bool v6 = link.address.contains(':');
  return fmt::format("{} {}{}{}:{}", link.kind == Kind::tcp_client ? "TCP" : "UDP", v6 ? "[" : "", link.address,
                     v6 ? "]" : "", link.kind == Kind::udp_server ? port : link.port);
}

}  // namespace mavlink::tool
