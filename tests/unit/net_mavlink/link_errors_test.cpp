#include "server/net/mavlink/link_errors.hpp"

#include <cerrno>
#include <vector>

#include <gtest/gtest.h>

#include "server/net/mavlink/one_peer_link.hpp"

namespace net::mavlink {
namespace {
using base::Errc;

struct Case {
  base::Error error;
  Errc code;
  std::string_view says;
};

void check(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    EXPECT_EQ(each.error.code, each.code) << each.error.message;
    EXPECT_NE(each.error.message.find(each.says), std::string::npos) << each.error.message;
    EXPECT_NE(each.error.message.find("air"), std::string::npos) << each.error.message;
  }
}

TEST(LinkErrors, SayWhatToDo) {
  const auto local = asio::ip::make_address("127.0.0.1");
  check({{cannot_listen("air", "UDP", local, 145, EACCES), Errc::refused, "CAP_NET_BIND_SERVICE"},
         {cannot_listen("air", "UDP", local, 14550, EACCES), Errc::io, "127.0.0.1:14550"},
         {cannot_listen("air", "UDP", local, 14550, EADDRINUSE), Errc::conflict, "ss -ulpn"},
         {cannot_listen("air", "TCP", local, 5760, EADDRINUSE), Errc::conflict, "ss -tlpn"},
         {cannot_listen("air", "UDP", local, 14550, EADDRNOTAVAIL), Errc::not_found, "0.0.0.0 or ::"},
         {cannot_connect("air", "10.0.0.1:5760", ECONNREFUSED), Errc::unavailable, "nobody listens"},
         {cannot_connect("air", "10.0.0.1:5760", ETIMEDOUT), Errc::unavailable, "nobody answers"},
         {cannot_connect("air", "10.0.0.1:5760", ENETUNREACH), Errc::unavailable, "ip route get"},
         {cannot_connect("air", "10.0.0.1:5760", EMFILE), Errc::exhausted, "10.0.0.1:5760"},
         {cannot_send("air", "10.0.0.1:5760", EAGAIN), Errc::exhausted, "no more is taken"},
         {cannot_send("air", "10.0.0.1:5760", EHOSTUNREACH), Errc::unavailable, "ip route get"},
         {cannot_send("air", "10.0.0.1:5760", ECONNREFUSED), Errc::unavailable, "nobody listens"},
         {cannot_send("air", "10.0.0.1:5760", EPERM), Errc::refused, "firewall"},
         {cannot_open_device("air", "/dev/ttyS9", ENXIO), Errc::not_found, "Plug it in"},
         {cannot_open_device("air", "/dev/ttyS9", EACCES), Errc::refused, "dialout"},
         {cannot_open_device("air", "/dev/ttyS9", EBUSY), Errc::conflict, "another program"},
         {cannot_open_device("air", "/dev/ttyS9", EINVAL), Errc::invalid, "speed"},
         {cannot_open_device("air", "/dev/ttyS9", EIO), Errc::io, "/dev/ttyS9"}});
}

TEST(LinkErrors, SayWhyAStreamIsLost) {
  const LinkOptions options{.name = "air"};
  check({{lost(options, "/dev/ttyS9", PumpEnd::silent, 0), Errc::unavailable, "60000 ms"},
         {lost(options, "/dev/ttyS9", PumpEnd::stuck, 0), Errc::unavailable, "10000 ms"},
         {lost(options, "/dev/ttyS9", PumpEnd::closed, 0), Errc::unavailable, "the other end closed it"},
         {lost(options, "/dev/ttyS9", PumpEnd::closed, EIO), Errc::io, "lost /dev/ttyS9"}});
}

TEST(LinkErrors, AddressesAreWrittenAsPeopleDo) {
  EXPECT_EQ(written(asio::ip::make_address("10.0.0.7"), 14550), "10.0.0.7:14550");
  EXPECT_EQ(written(asio::ip::make_address("::1"), 14550), "[::1]:14550");
}

TEST(Plan, KnowsTheBroadcastAddressOfEverybody) {
  EXPECT_TRUE(is_broadcast(asio::ip::make_address("255.255.255.255")));
  EXPECT_FALSE(is_broadcast(asio::ip::make_address("127.0.0.1")));
  EXPECT_FALSE(is_broadcast(asio::ip::make_address("::1")));
}

}  // namespace
}  // namespace net::mavlink
