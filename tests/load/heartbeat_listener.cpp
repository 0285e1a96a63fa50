#include "tests/load/heartbeat_listener.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tests {

namespace {
constexpr std::chrono::milliseconds look_interval{100};  // whether it is to stop
constexpr std::size_t longest_frame = 280;
constexpr std::size_t header = 10;

std::optional<std::chrono::nanoseconds> stamped(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec at{};
    std::memcpy(&at, CMSG_DATA(part), sizeof at);
    return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
  }
  return std::nullopt;
}
}  // namespace

HeartbeatListener::HeartbeatListener() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof own;
  const int on = 1;
  if (bind(socket_, reinterpret_cast<const sockaddr*>(&own), size) != 0 ||
      getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &size) != 0 ||
      setsockopt(socket_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0) {
    close(socket_);
    throw std::runtime_error("no UDP socket with timestamps on the loopback");
  }
  port_ = ntohs(own.sin_port);
  thread_ = std::thread([this] { run(); });
}

HeartbeatListener::~HeartbeatListener() {
  stop_ = true;
  thread_.join();
  close(socket_);
}

std::vector<HeartbeatListener::Gap> HeartbeatListener::take_gaps() {
  const std::scoped_lock lock(mutex_);
  std::vector<Gap> taken = std::exchange(gaps_, {});
  std::ranges::sort(taken);
  return taken;
}

std::size_t HeartbeatListener::components() const {
  const std::scoped_lock lock(mutex_);
  return last_.size();
}

void HeartbeatListener::run() {
  while (!stop_) {
    pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, static_cast<int>(look_interval.count())) != 1) continue;
    std::array<std::uint8_t, longest_frame> bytes{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control{};
    iovec place{.iov_base = bytes.data(), .iov_len = bytes.size()};
    msghdr message{};
    message.msg_iov = &place;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = recvmsg(socket_, &message, 0);
    if (size <= 0) continue;
    if (const auto at = stamped(message)) take(bytes.data(), static_cast<std::size_t>(size), *at);
  }
}

// A frame of MAVLink 2 with the message 0.
void HeartbeatListener::take(const std::uint8_t* bytes, std::size_t size, std::chrono::nanoseconds at) {
  if (size < header || bytes[0] != 0xFD || bytes[7] != 0 || bytes[8] != 0 || bytes[9] != 0) return;
  const auto component = static_cast<std::uint16_t>((bytes[5] << 8) | bytes[6]);
  const std::scoped_lock lock(mutex_);
  const auto [last, is_new] = last_.try_emplace(component, at);
  if (!is_new) gaps_.push_back(std::chrono::duration_cast<Gap>(at - std::exchange(last->second, at)));
}

}  // namespace tests
