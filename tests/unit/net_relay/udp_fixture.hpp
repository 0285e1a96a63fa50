// Both ends of a wire in one thread: endpoints of ours, and bare sockets that owe them nothing.
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/net/relay/udp_endpoint.hpp"
#include "tests/support/eventually.hpp"

namespace net::relay {

inline sockaddr_in socket_address(const std::string& address, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &made.sin_addr);
  return made;
}

class BareSocket {
 public:
  // `device`: takes and sends through it alone.
  explicit BareSocket(std::uint16_t port = 0, const std::string& address = "0.0.0.0", const std::string& device = {},
                      bool shares = true)
      : descriptor_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    set(SOL_SOCKET, SO_REUSEADDR, shares ? on : 0);
    set(SOL_SOCKET, SO_BROADCAST, on);
    set(IPPROTO_IP, IP_MULTICAST_ALL, 0);
    if (!device.empty()) {
      const auto size = static_cast<socklen_t>(device.size());
      EXPECT_EQ(setsockopt(descriptor_, SOL_SOCKET, SO_BINDTODEVICE, device.data(), size), 0);
    }
    const sockaddr_in local = socket_address(address, port);
    bound_ = ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0;
  }
  BareSocket(const BareSocket&) = delete;
  BareSocket& operator=(const BareSocket&) = delete;
  ~BareSocket() { ::close(descriptor_); }

  bool bound() const { return bound_; }
  void set(int level, int option, int value) const {
    EXPECT_EQ(setsockopt(descriptor_, level, option, &value, sizeof value), 0);
  }
  void join(const std::string& group, const std::string& device) const {
    ip_mreqn request{};
    request.imr_multiaddr = socket_address(group, 0).sin_addr;
    request.imr_ifindex = static_cast<int>(if_nametoindex(device.c_str()));
    EXPECT_EQ(setsockopt(descriptor_, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request), 0);
  }
  void multicast_through(const std::string& device) const {
    ip_mreqn request{};
    request.imr_ifindex = static_cast<int>(if_nametoindex(device.c_str()));
    EXPECT_EQ(setsockopt(descriptor_, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request), 0);
    set(IPPROTO_IP, IP_MULTICAST_LOOP, device == "lo" ? 1 : 0);
  }
  std::uint16_t port() const {
    sockaddr_in local{};
    socklen_t size = sizeof local;
    getsockname(descriptor_, reinterpret_cast<sockaddr*>(&local), &size);
    return ntohs(local.sin_port);
  }
  bool send(std::string_view text, const std::string& address, std::uint16_t port) const {
    const sockaddr_in to = socket_address(address, port);
    return ::sendto(descriptor_, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) ==
           static_cast<ssize_t>(text.size());
  }
  bool readable(std::chrono::milliseconds limit = tests::patience) const {
    pollfd wanted{.fd = descriptor_, .events = POLLIN, .revents = 0};
    return ::poll(&wanted, 1, static_cast<int>(limit.count())) == 1;
  }
  // Empty when nothing came.
  std::string receive(std::chrono::milliseconds limit = tests::patience) const {
    std::string text(65536, '\0');
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t got = readable(limit) ? ::recvfrom(descriptor_, text.data(), text.size(), 0,
                                                     reinterpret_cast<sockaddr*>(&from), &size)
                                        : 0;
    last_port_ = ntohs(from.sin_port);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
  // Of the next datagram; -1 when none came.
  int receive_ttl() const {
    if (!readable()) return -1;
    char byte = 0;
    iovec span{.iov_base = &byte, .iov_len = 1};
    alignas(cmsghdr) std::array<char, 64> notes{};
    msghdr head{};
    head.msg_iov = &span;
    head.msg_iovlen = 1;
    head.msg_control = notes.data();
    head.msg_controllen = notes.size();
    if (::recvmsg(descriptor_, &head, 0) < 0) return -1;
    const cmsghdr* const note = CMSG_FIRSTHDR(&head);
    int ttl = -1;
    if (note != nullptr && note->cmsg_type == IP_TTL) std::memcpy(&ttl, CMSG_DATA(note), sizeof ttl);
    return ttl;
  }
  std::uint16_t last_port() const { return last_port_; }  // of whom receive() was

 private:
  int descriptor_;
  bool bound_ = false;
  mutable std::uint16_t last_port_ = 0;
};

// What came in, kept.
struct Kept {
  std::string text;
  std::string peer;
  bool own = false;
  base::SteadyTime at;
  bool truncated = false;
};

class Listening {
 public:
  Listening(asio::io_context& context, UdpOptions options) : context_(context) {
    auto opened = UdpEndpoint::open(context, std::move(options));
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      return;
    }
    endpoint_ = std::move(*opened);
    endpoint_->start([this](const Datagram& each) {
      came.push_back(
          {std::string(base::as_text(each.bytes)), std::string(each.peer), each.own, each.at, each.truncated});
    });
  }
  UdpEndpoint& operator*() { return *endpoint_; }
  UdpEndpoint* operator->() { return endpoint_.get(); }
  explicit operator bool() const { return endpoint_ != nullptr; }

  bool wait_for(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + tests::patience;
    while (came.size() < count && std::chrono::steady_clock::now() < deadline) run();
    return came.size() >= count;
  }
  // What is in the socket already, and nothing else.
  void drain() {
    const auto before = [this] { return endpoint_->figures().received; };
    for (auto had = before() + 1; had != before();) {
      had = before();
      run();
    }
  }
  std::vector<Kept> came;

 private:
  void run() {
    context_.restart();
    context_.run_for(std::chrono::milliseconds{5});
  }
  asio::io_context& context_;
  std::unique_ptr<UdpEndpoint> endpoint_;
};

inline base::Bytes bytes_of(std::string_view text) {
  const auto view = base::as_bytes(text);
  return {view.begin(), view.end()};
}

}  // namespace net::relay
