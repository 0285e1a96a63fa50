#include "server/relay/edgertronic/multicast_conf.hpp"

#include <gtest/gtest.h>

namespace edgertronic {
namespace {

constexpr std::string_view published =
    "[multicast-trigger]\n"
    "address = 224.1.1.1\n"
    "port = 600\n"
    "payload = 0x05AA9544\n";

std::string with(std::string_view address, std::string_view port, std::string_view payload) {
  return "[multicast-trigger]\naddress = " + std::string(address) + "\nport = " + std::string(port) +
         "\npayload = " + std::string(payload) + "\n";
}

std::string why(std::string_view text) {
  const auto settings = parse_multicast_conf(text);
  return settings ? "taken" : settings.error().message;
}

TEST(MulticastConf, ThePublishedFileBothWays) {
  const auto settings = parse_multicast_conf(published);
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(*settings, MulticastSettings{});
  EXPECT_EQ(format_multicast_conf(*settings).value(), published);
}

TEST(MulticastConf, WhatConfigParserTakesIsTaken) {
  const MulticastSettings other{"239.255.0.7", 4000, 17};
  for (const std::string_view text : {
           "[multicast-trigger]\r\naddress = 239.255.0.7\r\nport = 4000\r\npayload = 17\r\n",
           "# for stage 2\n; and more\n\n[multicast-trigger]\nADDRESS: 239.255.0.7\nPort=0xFA0\npayload : 0X11",
           "[multicast-trigger]\naddress=239.255.0.7 ; the stage\nport=0o7640\npayload=0b10001\ncolour = red\n  and "
           "blue\n",
           "[multicast-trigger]\naddress=225.0.0.1\nport=+4000\npayload=17\naddress=239.255.0.7\n",
           "[DEFAULT]\nport=4000\n[multicast-trigger]\naddress=239.255.0.7\npayload=17\n[other]\nport=9\n",
           "[multicast-trigger]\nport=4000\n[other]\nport=1\n[multicast-trigger]\naddress=239.255.0.7\npayload=17\n"
           "[DEFAULT]\nport=9\n",
       }) {
    const auto settings = parse_multicast_conf(text);
    ASSERT_TRUE(settings) << settings.error().message << "\n" << text;
    EXPECT_EQ(*settings, other) << text;
  }
}

TEST(MulticastConf, EveryFaultIsToldWithItsLine) {
  struct Row {
    std::string text;
    std::string_view told;
  };
  for (const Row& row : {
           Row{"", "line 0: there is no section"},
           {"[other]\nport = 600\n", "line 2: there is no section [multicast-trigger]"},
           {"port = 600\n[multicast-trigger]\n", "line 1: it stands before the first section"},
           {"[multicast-trigger\nport = 600\n", "line 1: a section is written"},
           {"[multicast-trigger]\nport 600\n", "line 2: \"port 600\" is no \"key = value\""},
           {"[multicast-trigger]\n  port = 600\n", "line 2: it is indented"},
           {"[multicast-trigger]\naddress = 224.1.1.1\nport = 600\n", "has no \"payload\""},
           {with("192.168.1.1", "600", "1"), "line 2: address \"192.168.1.1\" is not within"},
           {with("224.1.1", "600", "1"), "line 2: address"},
           {with("224.1.1.256", "600", "1"), "line 2: address"},
           {with("224.1.1.01", "600", "1"), "line 2: address"},
           {with("224.1.1.1", "0", "1"), "line 3: port \"0\" is not within 1 and 65535"},
           {with("224.1.1.1", "65536", "1"), "line 3: port"},
           {with("224.1.1.1", "0600", "1"), "line 3: port \"0600\" begins with 0"},
           {with("224.1.1.1", "six", "1"), "line 3: port \"six\" is no number"},
           {with("224.1.1.1", "600\n 1", "1"), "line 3: port \"600\\x0a1\" is no number"},
           {with("224.1.1.1", "600", "0x105AA9544"), "line 4: payload \"0x105AA9544\" is not within 0 and 4294967295"},
           {with("224.1.1.1", "600", "-1"), "line 4: payload"},
           {with("224.1.1.1", "600", "0x"), "line 4: payload"},
           {with("224.1.1.1", "600", "05AA9544"), "line 4: payload"},
           {with("224.1.1.1", "600", ""), "line 4: payload \"\" is no number"},
           {"\xef\xbb\xbf" + std::string(published), "byte order mark"},
           {std::string("[multicast-trigger]\0", 20), "NUL byte"},
           {std::string(max_conf_size + 1, '#'), "is it another one?"},
       }) {
    const std::string told = why(row.text);
    EXPECT_TRUE(told.contains(row.told)) << told << "\nfor\n" << row.text;
    EXPECT_TRUE(told.ends_with('.')) << told;
  }
}

TEST(MulticastConf, CutAnywhereItNeverSetsSomethingElse) {
  for (std::size_t size = 0; size < published.size(); ++size) {
    const auto settings = parse_multicast_conf(published.substr(0, size));
    if (!settings) continue;
    EXPECT_EQ(settings->address, "224.1.1.1");
    EXPECT_EQ(settings->port, 600);  // the payload, last in the file, may lack digits: nothing can tell
  }
}

TEST(MulticastConf, WritesNothingThatACameraWouldIgnore) {
  EXPECT_FALSE(format_multicast_conf({.address = "10.0.0.1"}));
  EXPECT_FALSE(format_multicast_conf({.address = "224.1.1.1\nport = 9"}));
  EXPECT_FALSE(format_multicast_conf({.port = 0}));
  const MulticastSettings low{"224.0.0.0", 1, 0}, high{"239.255.255.255", 65535, 0xffffffff};
  EXPECT_EQ(parse_multicast_conf(format_multicast_conf(low).value()).value(), low);
  EXPECT_EQ(parse_multicast_conf(format_multicast_conf(high).value()).value(), high);
}

}  // namespace
}  // namespace edgertronic
