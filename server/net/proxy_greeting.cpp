#include "server/net/proxy_greeting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "server/net/proxy_header.hpp"

namespace net {

using asio::ip::tcp;

namespace {
// A balancer speaks with its first segment.
constexpr std::chrono::seconds patience{5};
// Of a header that comes in pieces, the rest is looked for as often: its first bytes keep the socket readable.
constexpr std::chrono::milliseconds look_again{20};

asio::ip::address_v6 as_v6(const asio::ip::address& address) {
  return address.is_v4() ? asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()) : address.to_v6();
}
}  // namespace

base::Result<Network> Network::parse(std::string_view text) {
  constexpr unsigned v4_in_v6 = 96;
  const auto slash = std::min(text.find('/'), text.size());
  std::error_code error;
  const auto address = asio::ip::make_address(std::string(text.substr(0, slash)), error);
  const auto wrong = [&] {
    return base::fail(base::Errc::invalid, fmt::format("{} is no network. Write an address, or one with the number of "
                                                       "its leading bits, for example 10.0.0.0/8 or fd00::/8.",
                                                       text));
  };
  if (error) return wrong();
  const unsigned width = address.is_v4() ? 32 : 128;
  unsigned bits = width;
  if (slash < text.size()) {
    const char* const end = text.data() + text.size();
    const auto [rest, bad] = std::from_chars(text.data() + slash + 1, end, bits);
    if (bad != std::errc{} || rest != end || bits > width) return wrong();
  }
  Network network;
  network.prefix_ = as_v6(address).to_bytes();
  network.bits_ = address.is_v4() ? v4_in_v6 + bits : bits;
  return network;
}

bool Network::contains(const asio::ip::address& address) const {
  const auto bytes = as_v6(address).to_bytes();
  const unsigned whole = bits_ / 8;
  if (!std::equal(bytes.begin(), bytes.begin() + whole, prefix_.begin())) return false;
  const unsigned rest = bits_ % 8;
  return rest == 0 || (bytes[whole] ^ prefix_[whole]) >> (8 - rest) == 0;
}

bool contains(const Networks& networks, const asio::ip::address& address) {
  return std::ranges::any_of(networks, [&](const Network& each) { return each.contains(address); });
}

ProxyGreeting::ProxyGreeting(tcp::socket socket, tcp::endpoint balancer, Greeted greeted, Failed failed)
    : socket_(std::move(socket)),
      balancer_(std::move(balancer)),
      greeted_(std::move(greeted)),
      failed_(std::move(failed)),
      deadline_(static_cast<asio::io_context&>(socket_.get_executor().context()),
                [this] { give_up("no PROXY header came in time"); }) {}

void ProxyGreeting::start() {
  deadline_.set(base::steady_now() + patience, shared_from_this());
  wait();
}

void ProxyGreeting::wait() {
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const std::error_code& error) {
    if (!error) self->look();
  });
}

// Looks without taking, so that what belongs to the camera or to TLS stays where it is.
void ProxyGreeting::look() {
  std::array<std::uint8_t, max_proxy_header> bytes{};
  std::error_code error;
  socket_.non_blocking(true, error);
  const std::size_t there = socket_.receive(asio::buffer(bytes), tcp::socket::message_peek, error);
  if (error == asio::error::would_block || error == asio::error::try_again) return wait();
  if (error || there == 0) return give_up("");
  const ProxyHeader header = parse_proxy_header(base::ByteView(bytes).first(there));
  if (header.state == ProxyState::invalid) return give_up(header.problem);
  if (header.state == ProxyState::incomplete) {
    auto timer = std::make_shared<asio::steady_timer>(socket_.get_executor(), look_again);
    timer->async_wait([self = shared_from_this(), timer](const std::error_code&) {
      if (self->socket_.is_open()) self->look();
    });
    return;
  }
  socket_.receive(asio::buffer(bytes, header.size), 0, error);  // they are there
  deadline_.cancel();
  greeted_(std::move(socket_), header.source.value_or(balancer_));
}

void ProxyGreeting::give_up(const std::string& why) {
  deadline_.cancel();
  std::error_code ignored;
  socket_.close(ignored);
  if (!why.empty()) failed_(balancer_, why);
}

}  // namespace net
