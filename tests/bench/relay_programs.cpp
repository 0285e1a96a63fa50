#include "tests/bench/relay_programs.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <asio/io_context.hpp>
#include <memory>
#include <stdexcept>

#include "server/net/relay/udp_endpoint.hpp"

namespace bench {

namespace {
using net::relay::UdpEndpoint;
using net::relay::UdpOptions;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::unique_ptr<UdpEndpoint> open(asio::io_context& context, UdpOptions options) {
  auto opened = UdpEndpoint::open(context, std::move(options));
  if (!opened) throw std::runtime_error(opened.error().message);
  return std::move(*opened);
}

UdpOptions sender_to(const std::vector<std::uint16_t>& targets) {
  UdpOptions options{.name = "out", .listens = false};
  for (const std::uint16_t port : targets) options.destinations.push_back({"127.0.0.1", port});
  return options;
}

void relay_through(const std::vector<std::vector<std::uint16_t>>& outs, const RelayProgram::Ready& ready) {
  asio::io_context context(1);
  std::vector<std::unique_ptr<UdpEndpoint>> endpoints;
  for (const auto& targets : outs) endpoints.push_back(open(context, sender_to(targets)));
  const auto in = open(context, {.name = "in", .address = "127.0.0.1"});
  in->start([&](const net::relay::Datagram& datagram) {
    for (const auto& each : endpoints)
      if (const auto sent = each->send(datagram.bytes); !sent) throw std::runtime_error(sent.error().message);
  });
  ready(in->port());
  context.run();
}
}  // namespace

RelayProgram::RelayProgram(const Body& body, const std::vector<std::uint16_t>& targets) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("No pipe for a relay.");
  child_ = ::fork();
  if (child_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      body(targets, [&](std::uint16_t port) { static_cast<void>(::write(pipe[1], &port, sizeof port)); });
    } catch (const std::exception& error) {
      static_cast<void>(::write(STDERR_FILENO, error.what(), std::char_traits<char>::length(error.what())));
    }
    ::_exit(1);
  }
  ::close(pipe[1]);
  std::uint16_t port = 0;
  const bool told = ::read(pipe[0], &port, sizeof port) == sizeof port;
  ::close(pipe[0]);
  if (!told) throw std::runtime_error("A relay did not start.");
  input_ = loopback(port);
}

RelayProgram::~RelayProgram() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

void bare_relay(const std::vector<std::uint16_t>& targets, const RelayProgram::Ready& ready) {
  const int in = ::socket(AF_INET, SOCK_DGRAM, 0);
  const int out = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ::bind(in, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(in, reinterpret_cast<sockaddr*>(&address), &size);
  std::vector<sockaddr_in> all;
  for (const std::uint16_t port : targets) all.push_back(loopback(port));
  const int epoll = ::epoll_create1(0);
  epoll_event event{.events = EPOLLIN, .data = {.fd = in}};
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, in, &event);
  ready(ntohs(address.sin_port));
  std::array<std::uint8_t, 2048> bytes;
  for (;;) {
    if (::epoll_wait(epoll, &event, 1, -1) != 1) continue;
    const ssize_t got = ::recv(in, bytes.data(), bytes.size(), 0);
    if (got < 0) continue;
    for (const sockaddr_in& to : all)
      ::sendto(out, bytes.data(), static_cast<std::size_t>(got), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
}

void endpoint_relay(const std::vector<std::uint16_t>& targets, const RelayProgram::Ready& ready) {
  relay_through({targets}, ready);
}

void endpoints_relay(const std::vector<std::uint16_t>& targets, const RelayProgram::Ready& ready) {
  std::vector<std::vector<std::uint16_t>> outs;
  for (const std::uint16_t port : targets) outs.push_back({port});
  relay_through(outs, ready);
}

}  // namespace bench
