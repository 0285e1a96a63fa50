// [[mavlink]] of the relay's file: every key, every fault with its place, the words of rules, and the warnings.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "server/endpoints/config.hpp"
#include "server/endpoints/infos.hpp"
#include "server/endpoints/vocabulary.hpp"
#include "server/endpoints/warnings.hpp"
#include "tests/support/temp_folder.hpp"

namespace endpoints {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = MavlinkLinkConfig::Kind;

// One node with one link and `more` keys, and `around` it other tables.
std::string node(std::string_view more, std::string_view around = {}) {
  return fmt::format(R"({{"mavlink": {{"name": "air", "link": {{}}{}{}}}{}{}}})", more.empty() ? "" : ", ", more,
                     around.empty() ? "" : ", ", around);
}

MavlinkConfig taken(std::string_view json) {
  const auto config = parse_config(json);
  EXPECT_TRUE(config) << config.error().message;
  return config && config->mavlink.size() == 1 ? config->mavlink.front() : MavlinkConfig{};
}

std::string fault(std::string_view json) {
  const auto config = parse_config(json);
  if (config) return "it was taken";
  EXPECT_EQ(config.error().code, base::Errc::invalid);
  return config.error().message;
}

class MavlinkConfigTest : public testing::Test {
 protected:
  std::string file(std::string_view name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  tests::TempFolder folder_;
};

TEST_F(MavlinkConfigTest, WhatIsLeftOutIsAsTheHeaderSays) {
  const MavlinkConfig config = taken(node(""));
  EXPECT_EQ(config.name, "air");
  EXPECT_EQ(config.system, 1);
  EXPECT_EQ(config.most_commands_per_second, 10U);
  EXPECT_FALSE(config.forward);
  EXPECT_TRUE(config.ground_station);
  EXPECT_EQ(config.station, (mavlink::Address{254, 190}));
  EXPECT_FALSE(config.vehicle);
  EXPECT_EQ(config.merge, 500ms);
  EXPECT_EQ(config.public_url, "");
  EXPECT_THAT(config.may_command, IsEmpty());
  EXPECT_THAT(config.cameras, IsEmpty());
  EXPECT_THAT(config.remotes, IsEmpty());
  ASSERT_THAT(config.links, SizeIs(1));
  EXPECT_EQ(config.links[0].kind, Kind::udp_server);
  EXPECT_EQ(config.links[0].address, "127.0.0.1");
  EXPECT_EQ(config.links[0].port, 14550);
  EXPECT_EQ(config.links[0].version, 2);
  EXPECT_THAT(config.links[0].allow, IsEmpty());
  EXPECT_EQ(config.links[0].group, "");
  EXPECT_FALSE(config.links[0].key);
}

TEST_F(MavlinkConfigTest, EveryKeyOfTheNodeIsTakenAsItIsMeant) {
  const MavlinkConfig config = taken(node(R"("system": 250, "may_command": ["255/190", "1/*", "*/*"],
    "max_commands_per_second": 3, "forward": true, "station_system": 254, "station_component": 191, "vehicle": true,
    "merge": "2s", "public_url": "http://10.0.0.5:8080/",
    "remote": [{"name": "drone"}, {"name": "wing", "system": 2, "component": 1, "device": 6}])"));
  EXPECT_EQ(config.system, 250);
  ASSERT_THAT(config.may_command, SizeIs(3));
  EXPECT_EQ(config.may_command[0].system, 255);
  EXPECT_EQ(config.may_command[0].component, 190);
  EXPECT_EQ(config.may_command[1].system, 1);
  EXPECT_EQ(config.may_command[1].component, 0);
  EXPECT_EQ(config.may_command[2].system, 0);
  EXPECT_EQ(config.most_commands_per_second, 3U);
  EXPECT_TRUE(config.forward);
  EXPECT_EQ(config.station, (mavlink::Address{254, 191}));
  EXPECT_TRUE(config.vehicle);
  EXPECT_EQ(config.merge, 2s);
  EXPECT_EQ(config.public_url, "http://10.0.0.5:8080");
  ASSERT_THAT(config.remotes, SizeIs(2));
  EXPECT_EQ(config.remotes[0].address, (mavlink::Address{1, 100}));
  EXPECT_EQ(config.remotes[0].device, 0);
  EXPECT_EQ(config.remotes[1].address, (mavlink::Address{2, 1}));
  EXPECT_EQ(config.remotes[1].device, 6);
  EXPECT_FALSE(taken(node(R"("system": "autopilot")")).system);
  EXPECT_FALSE(taken(node(R"("ground_station": false)")).ground_station);
}

TEST_F(MavlinkConfigTest, EveryKindOfLink) {
  const std::string key = file("key", "a passphrase\n");
  const MavlinkConfig config = taken(fmt::format(R"({{"mavlink": {{"name": "air", "link": [
    {{"kind": "udp-server", "address": "0.0.0.0", "port": 0, "allow": ["10.0.0.0/8", "::1/128"], "key_file": "{}"}},
    {{"kind": "udp-client", "address": "10.0.0.9", "group": "a"}},
    {{"kind": "tcp-client", "address": "10.0.0.9", "version": 1}},
    {{"kind": "tcp-server", "port": 5761}},
    {{"kind": "serial", "device": "/dev/ttyUSB0"}},
    {{"kind": "serial", "device": "/dev/ttyACM0", "baud": 921600}}]}}}})",
                                                 key));
  ASSERT_THAT(config.links, SizeIs(6));
  EXPECT_EQ(config.links[0].address, "0.0.0.0");
  EXPECT_EQ(config.links[0].port, 0);
  EXPECT_THAT(config.links[0].allow, ElementsAre("10.0.0.0/8", "::1/128"));
  EXPECT_EQ(config.links[0].key_file, key);
  EXPECT_EQ(config.links[0].key, *mavlink::read_signing_key("a passphrase"));
  EXPECT_EQ(config.links[1].kind, Kind::udp_client);
  EXPECT_EQ(config.links[1].port, 14550);
  EXPECT_EQ(config.links[1].group, "a");
  EXPECT_EQ(config.links[2].kind, Kind::tcp_client);
  EXPECT_EQ(config.links[2].port, 5760);
  EXPECT_EQ(config.links[2].version, 1);
  EXPECT_EQ(config.links[3].kind, Kind::tcp_server);
  EXPECT_EQ(config.links[3].address, "127.0.0.1");
  EXPECT_EQ(config.links[3].port, 5761);
  EXPECT_EQ(config.links[4].kind, Kind::serial);
  EXPECT_EQ(config.links[4].device, "/dev/ttyUSB0");
  EXPECT_EQ(config.links[4].baud, 57'600U);
  EXPECT_EQ(config.links[5].baud, 921'600U);
}

TEST_F(MavlinkConfigTest, CamerasGetTheNumbersThatAreLeft) {
  const MavlinkConfig config = taken(node(R"("camera": [{"name": "a"}, {"name": "b", "component": 101},
    {"name": "c"}, {"name": "d", "component": 7, "vendor": "Teltonika", "model": "DualCam", "side": "rear"}])"));
  ASSERT_THAT(config.cameras, SizeIs(4));
  EXPECT_EQ(config.cameras[0].component, 100);
  EXPECT_EQ(config.cameras[1].component, 101);
  EXPECT_EQ(config.cameras[2].component, 102);
  EXPECT_EQ(config.cameras[3].component, 7);
  EXPECT_EQ(config.cameras[0].vendor, "dualcamd");
  EXPECT_EQ(config.cameras[0].model, "a");
  EXPECT_EQ(config.cameras[0].side, "front");
  EXPECT_EQ(config.cameras[3].vendor, "Teltonika");
  EXPECT_EQ(config.cameras[3].model, "DualCam");
  EXPECT_EQ(config.cameras[3].side, "rear");
}

TEST_F(MavlinkConfigTest, ALongNameIsCutToAModel) {
  const std::string name(64, 'n');
  const MavlinkConfig config = taken(node(fmt::format(R"("camera": {{"name": "{}"}})", name)));
  ASSERT_THAT(config.cameras, SizeIs(1));
  EXPECT_EQ(config.cameras[0].name, name);
  EXPECT_EQ(config.cameras[0].model, name.substr(0, 31));
}

TEST_F(MavlinkConfigTest, CamerasAreOfWhatIsInTheFileWhereverItStands) {
  const MavlinkConfig config =
      taken(node(R"("camera": [{"name": "front", "of": "truck"}, {"name": "roof", "of": "gate"}])",
                 R"("dualcam": {"name": "truck", "imei": "356307042441013"},
                    "trendnet": {"name": "gate", "url": "http://10.0.0.31"})"));
  ASSERT_THAT(config.cameras, SizeIs(2));
  EXPECT_EQ(config.cameras[0].of, "truck");
  EXPECT_EQ(config.cameras[1].of, "gate");
}

struct Fault {
  std::string json;
  const char* sentence;
};
class MavlinkFaults : public testing::TestWithParam<Fault> {};

TEST_P(MavlinkFaults, AreToldWithTheirPlace) {
  EXPECT_EQ(fault(GetParam().json), GetParam().sentence);
}

// That of the node's one link.
std::string link(std::string_view keys) {
  return fmt::format(R"({{"mavlink": {{"name": "air", "link": {{{}}}}}}})", keys);
}

INSTANTIATE_TEST_SUITE_P(
    Node, MavlinkFaults,
    testing::Values(
        Fault{R"({"mavlink": {"link": {}}})", "mavlink 1, name: it is missing."},
        Fault{R"({"mavlink": {"name": "air"}})", "mavlink \"air\", link: there must be one at least."},
        Fault{R"({"mavlink": {"name": "air", "link": []}})", "mavlink \"air\", link: there must be one at least."},
        Fault{node(R"("colour": 1)"), "mavlink \"air\", colour: there is no such setting."},
        Fault{node(R"("system": 0)"), "mavlink \"air\", system: it must be a whole number from 1 to 250."},
        Fault{node(R"("system": 251)"), "mavlink \"air\", system: it must be a whole number from 1 to 250."},
        Fault{node(R"("system": "drone")"),
              "mavlink \"air\", system: it must be a number from 1 to 250, or \"autopilot\"."},
        Fault{
            node(R"("system": "autopilot", "vehicle": true)"),
            "mavlink \"air\", vehicle: the system of an autopilot has a vehicle: a stub of another one must not be in "
            "it."},
        Fault{node(R"("max_commands_per_second": 0)"),
              "mavlink \"air\", max_commands_per_second: it must be a whole number from 1 to 10000."},
        Fault{node(R"("forward": 1)"), "mavlink \"air\", forward: it must be true or false."},
        Fault{node(R"("station_system": 256)"),
              "mavlink \"air\", station_system: it must be a whole number from 1 to 255."},
        Fault{node(R"("station_component": 0)"),
              "mavlink \"air\", station_component: it must be a whole number from 1 to 255."},
        Fault{node(R"("station_system": 1, "station_component": 100, "camera": {"name": "a"})"),
              "mavlink \"air\", station_component: a camera has the component 100."},
        Fault{node(R"("merge": "soon")"), "mavlink \"air\", merge: \"soon\" is no duration; write 500ms, 10s or 2m."},
        Fault{node(R"("public_url": "10.0.0.5:8080")"),
              "mavlink \"air\", public_url: it must begin with http:// or https://."},
        Fault{
            node(R"("remote": {"name": "drone"}, "ground_station": false)"),
            "mavlink \"air\", remote: cameras of others are found and commanded by the ground station, which is off."},
        Fault{node(R"("remote": [{"name": "a"}, {"name": "b", "component": 100}])"),
              "mavlink \"air\", remote: two are the camera 1/100."},
        Fault{node(R"("remote": {"name": "drone", "device": 7})"),
              "mavlink \"air\", remote \"drone\", device: it must be a whole number from 0 to 6."},
        Fault{node(R"("remote": {"name": "drone", "system": 0})"),
              "mavlink \"air\", remote \"drone\", system: it must be a whole number from 1 to 255."},
        Fault{node(R"("remote": {"name": "air"})"),
              "mavlink \"air\", remote \"air\", name: another endpoint has the same."}));

TEST_F(MavlinkConfigTest, SendersThatAreNone) {
  for (const auto* text : {"255", "255/", "/190", "0/190", "256/190", "255/190/1", "a/b", "-1/1", " 255/190", ""})
    EXPECT_EQ(fault(node(fmt::format(R"("may_command": "{}")", text))),
              fmt::format("mavlink \"air\", may_command: \"{}\" is no SYSTEM/COMPONENT, such as \"255/190\" or "
                          "\"1/*\".",
                          text));
}

INSTANTIATE_TEST_SUITE_P(
    Links, MavlinkFaults,
    testing::Values(
        Fault{link(R"("kind": "usb")"),
              "mavlink \"air\", link 1, kind: it must be udp-server, udp-client, tcp-client, tcp-server or serial."},
        Fault{link(R"("kind": "udp-client")"),
              "mavlink \"air\", link 1, address: it is missing: the host on the other side."},
        Fault{link(R"("kind": "tcp-client")"),
              "mavlink \"air\", link 1, address: it is missing: the host on the other side."},
        Fault{link(R"("kind": "tcp-client", "address": "10.0.0.9", "port": 0)"),
              "mavlink \"air\", link 1, port: 0 is where nobody listens."},
        Fault{link(R"("port": 65536)"), "mavlink \"air\", link 1, port: it must be a whole number from 0 to 65535."},
        Fault{link(R"("kind": "serial")"),
              "mavlink \"air\", link 1, device: a serial link needs one, such as \"/dev/ttyUSB0\"."},
        Fault{link(R"("kind": "serial", "device": "/dev/ttyS0", "baud": 300)"),
              "mavlink \"air\", link 1, baud: it must be a whole number from 1200 to 4000000."},
        Fault{link(R"("kind": "serial", "device": "/dev/ttyS0", "port": 1)"),
              "mavlink \"air\", link 1, port: there is no such setting."},
        Fault{link(R"("device": "/dev/ttyS0")"), "mavlink \"air\", link 1, device: there is no such setting."},
        Fault{link(R"("version": 3)"), "mavlink \"air\", link 1, version: it must be a whole number from 1 to 2."},
        Fault{link(R"("key_file": "/nowhere/at/all")"),
              "mavlink \"air\", link 1, key_file: the file /nowhere/at/all cannot be read."},
        Fault{link(R"("key": "00")"), "mavlink \"air\", link 1, key: there is no such setting."}));

INSTANTIATE_TEST_SUITE_P(
    Cameras, MavlinkFaults,
    testing::Values(
        Fault{node(R"("camera": {})"), "mavlink \"air\", camera 1, name: it is missing."},
        Fault{node(R"("camera": {"name": "a", "side": "left"})"),
              "mavlink \"air\", camera \"a\", side: it must be front or rear."},
        Fault{node(R"("camera": {"name": "a", "component": 6})"),
              "mavlink \"air\", camera \"a\", component: it must be a whole number from 7 to 250."},
        Fault{node(R"("camera": {"name": "a", "vendor": ""})"),
              "mavlink \"air\", camera \"a\", vendor: it must have 1 to 31 bytes."},
        Fault{node(R"("camera": {"name": "a", "model": "12345678901234567890123456789012"})"),
              "mavlink \"air\", camera \"a\", model: it must have 1 to 31 bytes."},
        Fault{node(R"("camera": [{"name": "a", "component": 9}, {"name": "b", "component": 9}])"),
              "mavlink \"air\", camera: two have the component 9."},
        Fault{node(R"("camera": [{"name": "a"}, {"name": "b", "model": "a"}])"),
              "mavlink \"air\", camera: two have the model \"a\": ground stations tell cameras apart by it."},
        Fault{node(R"("camera": {"name": "a", "of": "gate"})"),
              "mavlink: the camera \"a\" is of \"gate\", which is neither a trendnet nor a dualcam with an IMEI."},
        Fault{node(R"("camera": {"name": "a", "of": "truck"})", R"("dualcam": {"name": "truck"})"),
              "mavlink: the camera \"a\" is of \"truck\", which is neither a trendnet nor a dualcam with an IMEI."},
        Fault{node(R"("camera": {"name": "a", "of": "desk"})", R"("webhook": {"name": "desk", "url": "http://a"})"),
              "mavlink: the camera \"a\" is of \"desk\", which is neither a trendnet nor a dualcam with an IMEI."}));

TEST_F(MavlinkConfigTest, KeysThatAreNone) {
  EXPECT_EQ(fault(link(fmt::format(R"("key_file": "{}")", file("empty", "\n0011")))),
            fmt::format("mavlink \"air\", link 1, key_file: the file {} begins with an empty line.",
                        (folder_ / "empty").string()));
  EXPECT_EQ(fault(link(fmt::format(R"("key_file": "{}")", file("blanks", "   \n")))),
            "mavlink \"air\", link 1, key_file: it holds no key: 64 hexadecimal digits, or a passphrase.");
  const std::string old = fault(link(fmt::format(R"("version": 1, "key_file": "{}")", file("key", "hunter2"))));
  EXPECT_EQ(old, "mavlink \"air\", link 1, version: MAVLink 1 has no signatures.");
}

TEST_F(MavlinkConfigTest, ThereAreOnlySoManyLinksAndCameras) {
  const auto repeated = [](std::size_t count, auto&& one) {
    std::string all;
    for (std::size_t n = 0; n < count; ++n) all += (n == 0 ? "" : ", ") + one(n);
    return '[' + all + ']';
  };
  const auto links = [&](std::size_t count) {
    return fmt::format(R"({{"mavlink": {{"name": "air", "link": {}}}}})",
                       repeated(count, [](std::size_t) { return std::string("{}"); }));
  };
  EXPECT_THAT(taken(links(16)).links, SizeIs(16));
  EXPECT_EQ(fault(links(17)), "mavlink \"air\", link: there may be 16 at most.");
  const auto cameras = [&](std::size_t count) {
    return node("\"camera\": " + repeated(count, [](std::size_t n) { return fmt::format(R"({{"name": "c{}"}})", n); }));
  };
  EXPECT_EQ(taken(cameras(64)).cameras.back().component, 163);
  EXPECT_EQ(fault(cameras(65)), "mavlink \"air\", camera: there may be 64 at most.");
  EXPECT_EQ(fault(cameras(300)), "mavlink \"air\", camera: there may be 64 at most.");  // more than there are numbers
}

// ---- Rules.

std::string rule_fault(std::string_view rule) {
  const auto config = parse_config(
      node(R"("remote": {"name": "drone"})", fmt::format(R"("dualcam": {{"name": "truck", "imei": "356307042441013"}},
                                                       "rule": [{}])",
                                                         rule)));
  if (!config) return config.error().message;
  const auto checked = hub::check_rules(config->rules, infos_of(*config), vocabulary());
  return checked ? std::string() : checked.error().message;
}
std::string when(std::string_view condition) {
  return rule_fault(
      fmt::format(R"({{"name": "r", "when": {{{}}}, "do": [{{"target": "truck", "verb": "capture"}}]}})", condition));
}
std::string order(std::string_view step) {
  return rule_fault(fmt::format(R"({{"name": "r", "when": {{"source": "api"}}, "do": [{{{}}}]}})", step));
}

TEST(MavlinkRules, FireOnWhatTheNodeAndItsCamerasTell) {
  for (const auto* kind :
       {"shot", "command", "trigger", "captured", "feedback", "video_start", "video_stop", "online", "offline"})
    for (const auto* source : {"air", "drone"})
      EXPECT_EQ(when(fmt::format(R"("source": "{}", "kind": "{}")", source, kind)), "") << source << ' ' << kind;
  EXPECT_THAT(when(R"("source": "air", "kind": "sos")"), HasSubstr("sos"));
}

TEST(MavlinkRules, TellCamerasOfOthersWhatThereAreWordsFor) {
  for (const auto* target : {"air", "drone"})
    for (const auto* step :
         {R"("verb": "shoot")", R"("verb": "shoot", "count": 3, "interval": "2s")", R"("verb": "stop")",
          R"("verb": "start_video")", R"("verb": "stop_video")", R"("verb": "zoom", "percent": 50)",
          R"("verb": "focus")", R"("verb": "focus", "percent": 100)", R"("verb": "mode", "mode": "survey")",
          R"("verb": "shoot", "camera": "1/100")"})
      EXPECT_EQ(order(fmt::format(R"("target": "{}", {})", target, step)), "") << target << ' ' << step;
}

TEST(MavlinkRules, AreRefusedWithWhatNoCameraTakes) {
  const std::pair<const char*, const char*> wrong[] = {
      {R"("verb": "fly")", "fly"},
      {R"("verb": "shoot", "count": 0)", "count"},
      {R"("verb": "shoot", "count": 10001)", "count"},
      {R"("verb": "shoot", "interval": "soon")", "interval"},
      {R"("verb": "zoom")", "percent"},
      {R"("verb": "zoom", "percent": 101)", "percent"},
      {R"("verb": "mode", "mode": "panorama")", "mode"},
      {R"("verb": "stop", "count": 1)", "count"},
  };
  for (const auto& [step, word] : wrong)
    EXPECT_THAT(order(fmt::format(R"("target": "drone", {})", step)), HasSubstr(word)) << step;
}

TEST(MavlinkRules, ANodeWithoutAGroundStationIsNoTarget) {
  const auto config = parse_config(node(R"("ground_station": false)",
                                        R"("rule": [{"name": "r", "when": {"source": "api"},
                                                     "do": [{"target": "air", "verb": "shoot"}]}])"));
  ASSERT_TRUE(config) << config.error().message;
  const auto checked = hub::check_rules(config->rules, infos_of(*config), vocabulary());
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("air"));
}

// ---- Warnings.

std::vector<std::string> warnings(std::string_view keys_of_link, std::string_view more = {}) {
  const auto config = parse_config(fmt::format(R"({{"mavlink": {{"name": "air", "link": [{{}}, {{{}}}]{}{}}}}})",
                                               keys_of_link, more.empty() ? "" : ", ", more));
  EXPECT_TRUE(config) << config.error().message;
  return config ? warnings_of(*config) : std::vector<std::string>();
}

TEST_F(MavlinkConfigTest, ALinkThatAnybodyMayUseIsWarnedOf) {
  for (const auto* open : {R"("address": "0.0.0.0")", R"("kind": "tcp-server", "address": "10.0.0.5")",
                           R"("kind": "udp-server", "address": "::")"})
    EXPECT_THAT(warnings(open), ElementsAre(testing::StartsWith("MAVLink \"air\", link 2: whoever reaches "))) << open;
  const std::string key = file("key", "a passphrase");
  std::filesystem::permissions(key, std::filesystem::perms::owner_read);
  for (const std::string& closed : {std::string(R"("address": "127.0.0.2")"), std::string(R"("address": "::1")"),
                                    std::string(R"("kind": "udp-client", "address": "10.0.0.9")"),
                                    std::string(R"("kind": "serial", "device": "/dev/ttyS0")"),
                                    std::string(R"("address": "0.0.0.0", "allow": "10.0.0.0/8")"),
                                    fmt::format(R"("address": "0.0.0.0", "key_file": "{}")", key)})
    EXPECT_THAT(warnings(closed), IsEmpty()) << closed;
  EXPECT_THAT(warnings(R"("address": "0.0.0.0")", R"("may_command": "255/190")"), IsEmpty());
}

TEST_F(MavlinkConfigTest, AKeyThatEverybodyMayReadIsWarnedOf) {
  using std::filesystem::perms;
  const std::string key = file("key", "a passphrase");
  std::filesystem::permissions(key, perms::owner_read | perms::group_read | perms::others_read);
  const std::string keys = fmt::format(R"("key_file": "{}")", key);
  EXPECT_THAT(warnings(keys), ElementsAre(testing::AllOf(HasSubstr("link 2: everybody on this host may read the key"),
                                                         HasSubstr(key))));
  std::filesystem::permissions(key, perms::owner_read | perms::group_read);
  EXPECT_THAT(warnings(keys), IsEmpty());
}

}  // namespace
}  // namespace endpoints
