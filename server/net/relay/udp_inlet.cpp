#include "server/net/relay/udp_inlet.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>

namespace net::relay {

namespace {
using std::chrono::nanoseconds;

// Nothing waits in a socket for longer; what looks older, or comes from the future, came while the clock was set.
constexpr std::chrono::seconds oldest{10};

nanoseconds as_duration(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

template <class Note>
Note note_of(const cmsghdr* header) {
  Note note;
  std::memcpy(&note, CMSG_DATA(header), sizeof note);
  return note;
}
}  // namespace

int UdpInlet::prepare(int socket) {
  const int on = 1;
  const bool good = setsockopt(socket, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0 &&
                    setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0 &&
                    setsockopt(socket, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on) == 0;
  return good ? 0 : errno;
}

UdpInlet::UdpInlet() {
  for (std::size_t n = 0; n < most; ++n) {
    Slot& slot = slots_[n];
    slot.span = {.iov_base = slot.bytes.data(), .iov_len = slot.bytes.size()};
    msghdr& head = heads_[n].msg_hdr;
    head.msg_name = &slot.from;
    head.msg_iov = &slot.span;
    head.msg_iovlen = 1;
    head.msg_control = slot.notes.data();
  }
}

std::size_t UdpInlet::read(int socket) {
  for (mmsghdr& each : heads_) {
    each.msg_hdr.msg_namelen = sizeof(sockaddr_in);
    each.msg_hdr.msg_controllen = sizeof(Slot::notes);
  }
  int count = 0;
  do count = recvmmsg(socket, heads_.data(), most, MSG_DONTWAIT, nullptr);
  while (count < 0 && errno == EINTR);
  if (count <= 0) return 0;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  now_ = base::steady_now();
  ahead_ = as_duration(now) - now_.time_since_epoch();
  return static_cast<std::size_t>(count);
}

Arrival UdpInlet::arrival(std::size_t number) const {
  const Slot& slot = slots_[number];
  const mmsghdr& head = heads_[number];
  Arrival arrival{.bytes = base::ByteView(slot.bytes).first(head.msg_len),
                  .from = {asio::ip::address_v4(ntohl(slot.from.sin_addr.s_addr)), ntohs(slot.from.sin_port)},
                  .at = now_,
                  .truncated = (head.msg_hdr.msg_flags & MSG_TRUNC) != 0};
  // The macro takes no const, and changes nothing.
  auto* const notes = const_cast<msghdr*>(&head.msg_hdr);
  for (cmsghdr* each = CMSG_FIRSTHDR(notes); each != nullptr; each = CMSG_NXTHDR(notes, each)) {
    if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO) {
      const auto info = note_of<in_pktinfo>(each);
      arrival.interface = static_cast<unsigned>(info.ipi_ifindex);
      arrival.to = asio::ip::address_v4(ntohl(info.ipi_addr.s_addr));
    } else if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_TIMESTAMPNS) {
      const base::SteadyTime at{as_duration(note_of<timespec>(each)) - ahead_};
      if (at <= now_ && at > now_ - oldest) arrival.at = at;
    } else if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SO_RXQ_OVFL) {
      arrival.lost = note_of<std::uint32_t>(each);
    }
  }
  return arrival;
}

}  // namespace net::relay
