#include "server/net/mavlink/one_peer_link.hpp"

#include <fmt/format.h>

namespace net::mavlink {

using base::Errc;

base::Error lost(const LinkOptions& options, std::string_view where, PumpEnd how, int os_error) {
  const std::string what = fmt::format("Link {} lost {}", options.name, where);
  switch (how) {
    case PumpEnd::silent:
      return {
          Errc::unavailable,
          fmt::format("{}: nothing came for {} ms, though every MAVLink component sends a heartbeat each second. It "
                      "is opened again.",
                      what, options.idle_timeout.count()),
          0};
    case PumpEnd::stuck:
      return {Errc::unavailable,
              fmt::format("{}: it took no bytes for {} ms. It is opened again.", what, options.write_timeout.count()),
              0};
    case PumpEnd::closed: break;
  }
  if (os_error == 0)
    return {Errc::unavailable, fmt::format("{}: the other end closed it. It is opened again.", what), 0};
  return base::fail_errno(os_error, what).error();
}

base::Error not_connected(const LinkOptions& options, std::string_view where) {
  return {Errc::not_found, fmt::format("Link {} is not connected to {} now.", options.name, where), 0};
}

base::Error queue_full(const LinkOptions& options, std::string_view where) {
  return {Errc::exhausted,
          fmt::format("Link {} cannot send to {}: {} bytes wait to leave already, and no more is taken.", options.name,
                      where, options.most_queued),
          0};
}

}  // namespace net::mavlink
