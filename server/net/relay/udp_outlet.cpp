#include "server/net/relay/udp_outlet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "server/net/relay/udp_errors.hpp"

namespace net::relay {

int UdpOutlet::prepare(int socket, const UdpOptions& options) {
  const int on = 1;
  const int loop = options.loopback ? 1 : 0;
  const bool good = setsockopt(socket, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0 &&
                    setsockopt(socket, IPPROTO_IP, IP_MULTICAST_TTL, &options.ttl, sizeof options.ttl) == 0 &&
                    setsockopt(socket, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop) == 0;
  return good ? 0 : errno;
}

void UdpOutlet::add(const asio::ip::udp::endpoint& to, const Interface* through) {
  const auto address = to.address().to_v4();
  Target& target = targets_.emplace_back();
  target.address.sin_family = AF_INET;
  target.address.sin_port = htons(to.port());
  target.address.sin_addr.s_addr = htonl(address.to_uint());
  target.shown = fmt::format("{}:{}", address.to_string(), to.port());
  if (through != nullptr) target.interface = through->name;

  msghdr& head = heads_.emplace_back().msg_hdr;
  head.msg_iov = &span_;
  head.msg_iovlen = 1;
  if (through == nullptr) return;
  head.msg_control = target.note.data();
  head.msg_controllen = target.note.size();
  cmsghdr* const note = CMSG_FIRSTHDR(&head);
  note->cmsg_level = IPPROTO_IP;
  note->cmsg_type = IP_PKTINFO;
  note->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  const in_pktinfo info{.ipi_ifindex = static_cast<int>(through->index), .ipi_spec_dst = {}, .ipi_addr = {}};
  std::memcpy(CMSG_DATA(note), &info, sizeof info);
}

void UdpOutlet::aim(const UdpPlan& plan, const Interfaces& interfaces) {
  name_ = plan.options.name;
  targets_.clear();
  heads_.clear();
  nowhere_.clear();
  const bool named = !plan.options.interfaces.empty();
  for (const auto& to : plan.destinations) {
    const auto address = to.address().to_v4();
    const bool multicast = address.is_multicast();
    if (!multicast && !is_limited_broadcast(address)) {
      add(to, nullptr);
      continue;
    }
    const std::size_t before = targets_.size();
    for (const Interface& each : interfaces)
      if (named || each.loopback || (multicast ? each.multicast : each.broadcast)) add(to, &each);
    if (targets_.size() == before) nowhere_.push_back(fmt::format("{}:{}", address.to_string(), to.port()));
  }
  // Both vectors stay where they are from here on.
  for (std::size_t n = 0; n < targets_.size(); ++n) {
    msghdr& head = heads_[n].msg_hdr;
    head.msg_name = &targets_[n].address;
    head.msg_namelen = sizeof(sockaddr_in);
    if (head.msg_control != nullptr) head.msg_control = targets_[n].note.data();
  }
}

UdpOutlet::Sent UdpOutlet::send(int socket, base::ByteView datagram) {
  Sent result{.not_sent = nowhere_.size()};
  if (!nowhere_.empty()) {
    result.first_error =
        base::Error{base::Errc::unavailable,
                    fmt::format("Endpoint {} cannot send to {}: there is no route for it, as no network interface that "
                                "can is up. Bring one up, or name one, even the loopback: interfaces = [\"lo\"].",
                                name_, nowhere_.front()),
                    ENETUNREACH};
  }
  // It is only read.
  span_ = {.iov_base = const_cast<std::uint8_t*>(datagram.data()), .iov_len = datagram.size()};
  for (std::size_t at = 0; at < heads_.size();) {
    const int count = sendmmsg(socket, &heads_[at], static_cast<unsigned>(heads_.size() - at), MSG_DONTWAIT);
    if (count > 0) {
      result.sent += static_cast<std::size_t>(count);
      at += static_cast<std::size_t>(count);
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    const Target& target = targets_[at++];
    ++result.not_sent;
    if (!result.first_error)
      result.first_error = cannot_send(name_, target.shown, target.interface, datagram.size(), error);
  }
  span_ = {};
  return result;
}

}  // namespace net::relay
