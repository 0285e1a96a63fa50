#include "tests/bench/relay_measure.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <stdexcept>
#include <thread>

namespace bench {

namespace {
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds lost_after{500};

nanoseconds wall_clock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

// When the kernel had it; 0 when nothing is there.
nanoseconds receive(int socket) {
  std::array<std::uint8_t, 2048> bytes;
  alignas(cmsghdr) std::array<std::uint8_t, 64> notes{};
  iovec span{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr head{};
  head.msg_iov = &span;
  head.msg_iovlen = 1;
  head.msg_control = notes.data();
  head.msg_controllen = notes.size();
  if (::recvmsg(socket, &head, MSG_DONTWAIT) < 0) return {};
  const cmsghdr* const note = CMSG_FIRSTHDR(&head);
  if (note == nullptr || note->cmsg_type != SCM_TIMESTAMPNS) throw std::runtime_error("A datagram has no time.");
  timespec at{};
  std::memcpy(&at, CMSG_DATA(note), sizeof at);
  return std::chrono::seconds(at.tv_sec) + nanoseconds(at.tv_nsec);
}
}  // namespace

RelayTargets::RelayTargets(std::size_t count) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  for (std::size_t n = 0; n < count; ++n) {
    const int made = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int on = 1;
    if (::bind(made, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::setsockopt(made, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0)
      throw std::runtime_error("A target has no socket.");
    ::getsockname(made, reinterpret_cast<sockaddr*>(&address), &size);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = n}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, made, &event);
    sockets_.push_back(made);
    ports_.push_back(ntohs(address.sin_port));
  }
}

RelayTargets::~RelayTargets() {
  for (const int each : sockets_) ::close(each);
  ::close(epoll_);
}

void RelayTargets::drain() {
  for (const int each : sockets_)
    while (receive(each).count() != 0) {
    }
}

nanoseconds RelayTargets::last_arrival(milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::vector<bool> has(sockets_.size());
  std::size_t missing = sockets_.size();
  nanoseconds last{0};
  std::array<epoll_event, 64> events{};
  while (missing > 0 && std::chrono::steady_clock::now() < deadline) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 10);
    for (int n = 0; n < count; ++n) {
      const std::size_t number = events[static_cast<std::size_t>(n)].data.u64;
      const nanoseconds at = receive(sockets_[number]);
      if (at.count() == 0 || has[number]) continue;
      has[number] = true;
      --missing;
      last = std::max(last, at);
    }
  }
  return missing == 0 ? last : nanoseconds{0};
}

double RelayLatencies::percentile(double part) const {
  if (us.empty()) return 0;
  return us[static_cast<std::size_t>(part * static_cast<double>(us.size() - 1))];
}

RelayLatencies measure_relay(const sockaddr_in& input, RelayTargets& targets, const RelayPlan& plan,
                             const std::function<base::Bytes(std::uint64_t shot)>& datagram) {
  const int sender = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const in_addr loopback{.s_addr = htonl(INADDR_LOOPBACK)};
  ::setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback);  // where the input is a group
  std::mt19937_64 random(plan.shots);                                             // the same gaps for everyone
  std::uniform_int_distribution<std::int64_t> gap(plan.shortest_gap.count(), plan.longest_gap.count());
  RelayLatencies result;
  for (std::uint64_t shot = 0; shot < plan.shots; ++shot) {
    std::this_thread::sleep_for(std::chrono::microseconds(gap(random)));
    const base::Bytes bytes = datagram(shot);
    targets.drain();
    const nanoseconds sent = wall_clock();
    if (::sendto(sender, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&input), sizeof input) < 0)
      throw std::runtime_error("A trigger could not be sent.");
    const nanoseconds last = targets.last_arrival(lost_after);
    if (last.count() == 0)
      ++result.lost;
    else
      result.us.push_back(std::chrono::duration<double, std::micro>(last - sent).count());
  }
  ::close(sender);
  std::ranges::sort(result.us);
  return result;
}

}  // namespace bench
