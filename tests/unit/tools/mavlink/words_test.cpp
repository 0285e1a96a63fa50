// What the options of dualcam mavlink may be.
#include "tools/mavlink/words.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/temp_folder.hpp"

namespace mavlink::tool {
namespace {

using namespace std::chrono_literals;
using net::mavlink::Kind;
using testing::HasSubstr;

TEST(MavlinkWords, LengthsOfTime) {
  EXPECT_EQ(*parse_length("300ms"), 300ms);
  EXPECT_EQ(*parse_length("10s"), 10s);
  EXPECT_EQ(*parse_length("5m"), 5min);
  EXPECT_EQ(*parse_length("2h"), 2h);
  for (const char* wrong : {"", "s", "10", "0s", "-1s", "1.5s", "10 s", "10d", "9999999999h", "99999999999999999999s"})
    EXPECT_FALSE(parse_length(wrong)) << wrong;
}

TEST(MavlinkWords, ComponentsAreTwoNumbersThatCanSend) {
  EXPECT_EQ(*parse_address("1/100"), (Address{1, 100}));
  EXPECT_EQ(*parse_address("255/190"), (Address{255, 190}));
  for (const char* wrong : {"", "1", "1/", "/100", "0/100", "1/0", "256/1", "1/256", "1/100/2", "a/b", "1 /2"})
    EXPECT_FALSE(parse_address(wrong)) << wrong;
}

TEST(MavlinkWords, MessagesHaveNamesAndNumbers) {
  EXPECT_EQ(*parse_message("HEARTBEAT"), 0U);
  EXPECT_EQ(*parse_message("camera_image_captured"), 263U);
  EXPECT_EQ(*parse_message("attitude"), 30U) << "one that only passes through";
  EXPECT_EQ(*parse_message("12345"), 12'345U);
  EXPECT_EQ(*parse_message("16777215"), 0xff'ff'ffU);
  EXPECT_FALSE(parse_message("16777216"));
  EXPECT_FALSE(parse_message("HEARTBEA"));
  EXPECT_THAT(parse_message("NONSENSE").error().message, HasSubstr("NONSENSE"));
}

TEST(MavlinkWords, WithoutAChoiceItListensWhereGroundStationsDo) {
  const auto link = parse_link({});
  ASSERT_TRUE(link);
  EXPECT_EQ(link->kind, Kind::udp_server);
  EXPECT_EQ(in_words(*link, 14'550), "UDP 127.0.0.1:14550");
  EXPECT_EQ(link->port, 14'550);
}

TEST(MavlinkWords, EachWayHasItsOwnForm) {
  const auto listen = parse_link({.listen = "0.0.0.0:0"});
  EXPECT_EQ(listen->port, 0) << "the system chooses";
  EXPECT_EQ(in_words(*listen, 4711), "UDP 0.0.0.0:4711");

  const auto to = parse_link({.to = "10.0.0.7"});
  EXPECT_EQ(to->kind, Kind::udp_client);
  EXPECT_EQ(in_words(*to, 0), "UDP 10.0.0.7:14550");

  const auto tcp = parse_link({.tcp = "[::1]:1234"});
  EXPECT_EQ(tcp->kind, Kind::tcp_client);
  EXPECT_EQ(in_words(*tcp, 0), "TCP [::1]:1234");
  EXPECT_EQ(parse_link({.tcp = "::1"})->port, 5760);
  EXPECT_EQ(parse_link({.tcp = "[::1]"})->port, 5760);

  const auto serial = parse_link({.serial = "/dev/ttyACM0:115200"});
  EXPECT_EQ(serial->kind, Kind::serial);
  EXPECT_EQ(in_words(*serial, 0), "/dev/ttyACM0 at 115200 baud");
  EXPECT_EQ(parse_link({.serial = "/dev/serial/by-path/usb-0:1.2"})->device, "/dev/serial/by-path/usb-0:1.2");
  EXPECT_EQ(parse_link({.serial = "/dev/ttyS0"})->baud, 57'600U);
}

TEST(MavlinkWords, NamesOfHostsAreLookedUp) {
  const auto link = parse_link({.to = "localhost:14551"});
  ASSERT_TRUE(link) << link.error().message;
  EXPECT_THAT(link->address, testing::AnyOf("127.0.0.1", "::1"));
  EXPECT_EQ(link->port, 14'551);
}

TEST(MavlinkWords, WhatCannotBeAWayIsSaid) {
  for (const char* wrong :
       {":14550", "10.0.0.7:", "10.0.0.7:x", "10.0.0.7:65536", "10.0.0.7:0", "[::1", "[::1]x", "[]"})
    EXPECT_FALSE(parse_link({.to = wrong})) << wrong;
  EXPECT_THAT(parse_link({.listen = "127.0.0.1", .tcp = "127.0.0.1"}).error().message, HasSubstr("Only one"));
}

TEST(MavlinkWords, AKeyIsReadFromItsFile) {
  const tests::TempFolder folder;
  const auto path = [&](const char* name) { return (folder.path() / name).string(); };
  const auto write = [&](const char* name, const std::string& text) { std::ofstream(path(name)) << text; };
  EXPECT_EQ(*read_key(""), std::nullopt);
  write("hex", std::string(64, 'a') + "\n");
  EXPECT_EQ((*read_key(path("hex")))->at(31), 0xaa);
  write("words", "correct horse\n");
  write("same", "correct horse");
  EXPECT_EQ(**read_key(path("words")), **read_key(path("same")));
  write("empty", "\n");
  EXPECT_THAT(read_key(path("empty")).error().message, HasSubstr(path("empty")));
  write("large", std::string(5000, 'x'));
  EXPECT_THAT(read_key(path("large")).error().message, HasSubstr("too large"));
  EXPECT_EQ(read_key(path("absent")).error().code, base::Errc::not_found);
}

}  // namespace
}  // namespace mavlink::tool
