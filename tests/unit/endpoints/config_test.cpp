// The relay's file, as the JSON that the program makes of it.
#include <gmock/gmock.h>

#include <fstream>

#include "server/endpoints/config.hpp"
#include "tests/support/temp_folder.hpp"

namespace endpoints {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ConfigTest : public testing::Test {
 protected:
  std::string file(std::string_view name, std::string_view text) const {
    const std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  static std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

  tests::TempFolder folder_;
};

std::string fault(std::string_view json) {
  const auto config = parse_config(json);
  if (config) return "it was taken";
  EXPECT_EQ(config.error().code, base::Errc::invalid);
  return config.error().message;
}

TEST_F(ConfigTest, TheExampleOfTheHeaderIsTakenAsItIsMeant) {
  const auto config = parse_config(R"({
    "relay": {"interfaces": ["eth0"], "allow": ["10.0.0.0/8"], "camera_networks": ["10.0.0.0/8"],
              "max_firings_per_second": 200},
    "edgertronic": [{"name": "field", "address": "224.1.1.1", "port": 600, "payload": "0x05AA9544", "repeat": 2,
                     "camera": [{"name": "west", "url": "http://10.0.0.21"}]}],
    "shogun": [{"name": "stage", "port": 30, "to": ["255.255.255.255:30"], "flavour": "vicon", "confirm": "10s"}],
    "trendnet": [{"name": "gate", "url": "http://10.0.0.31/", "user": "admin", "password_file": )" +
                                   quoted(file("gate", "pass word\r\nsecond line\n")) + R"(}],
    "dualcam": [{"name": "truck", "imei": "356307042441013"}],
    "webhook": [{"name": "desk", "url": "https://example.com/hook?to=a@b", "secret_file": )" +
                                   quoted(file("hook", "s3cret")) + R"(}],
    "rule": [{"name": "pitch", "when": {"source": "field"}, "do": [{"target": "desk", "verb": "post"}]}]
  })");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->hub.most_firings_per_second, 200U);
  EXPECT_THAT(config->camera_networks, ElementsAre("10.0.0.0/8"));

  ASSERT_EQ(config->edgertronic.size(), 1U);
  const EdgertronicConfig& field = config->edgertronic[0];
  EXPECT_EQ(field.udp.address, "224.1.1.1");
  EXPECT_EQ(field.udp.port, 600);
  EXPECT_EQ(field.payload, 0x05AA9544U);
  EXPECT_EQ(field.repeat, 2U);
  ASSERT_EQ(field.cameras.size(), 1U);
  EXPECT_EQ(field.cameras[0].name, "west");
  EXPECT_EQ(field.cameras[0].url, "http://10.0.0.21");

  ASSERT_EQ(config->shogun.size(), 1U);
  EXPECT_EQ(config->shogun[0].udp.port, 30);
  EXPECT_THAT(config->shogun[0].udp.to, ElementsAre("255.255.255.255:30"));
  EXPECT_EQ(config->shogun[0].confirm, 10s);

  ASSERT_EQ(config->trendnet.size(), 1U);
  EXPECT_EQ(config->trendnet[0].url, "http://10.0.0.31");
  EXPECT_EQ(config->trendnet[0].password, "pass word");
  EXPECT_EQ(config->trendnet[0].scratch_preset, 24);

  ASSERT_EQ(config->dualcam.size(), 1U);
  EXPECT_EQ(config->dualcam[0].imei->str(), "356307042441013");
  ASSERT_EQ(config->webhooks.size(), 1U);
  EXPECT_EQ(config->webhooks[0].url, "https://example.com/hook?to=a@b");
  EXPECT_EQ(config->webhooks[0].secret, "s3cret");
  ASSERT_EQ(config->rules.size(), 1U);
  EXPECT_EQ(config->rules[0].origin, hub::RuleOrigin::file);
}

TEST_F(ConfigTest, NothingAtAllIsAConfigurationToo) {
  const auto config = parse_config("{}");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->edgertronic, IsEmpty());
  EXPECT_THAT(config->rules, IsEmpty());
}

TEST_F(ConfigTest, EndpointsTakeTheRelaysDefaultsOverUnlessTheyHaveTheirOwn) {
  const auto config = parse_config(R"({
    "shogun": [{"name": "a"}, {"name": "b", "interfaces": "eth7", "allow": []}],
    "edgertronic": {"name": "c"},
    "relay": {"interfaces": ["eth0", "eth1"], "allow": "10.0.0.0/8"}})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->shogun[0].udp.interfaces, ElementsAre("eth0", "eth1"));
  EXPECT_THAT(config->shogun[0].udp.allow, ElementsAre("10.0.0.0/8"));
  EXPECT_THAT(config->shogun[1].udp.interfaces, ElementsAre("eth7"));
  EXPECT_THAT(config->shogun[1].udp.allow, IsEmpty());
  EXPECT_THAT(config->edgertronic[0].udp.interfaces, ElementsAre("eth0", "eth1"));
}

TEST_F(ConfigTest, TheCamerasOwnFileSaysWhereTheyListen) {
  const std::string conf =
      file("multicast-trigger.conf", "[multicast-trigger]\naddress=224.9.8.7\nport=7000\npayload=17\n");
  const auto config = parse_config(R"({"edgertronic": [{"name": "a", "config": )" + quoted(conf) +
                                   R"(}, {"name": "b", "port": 601, "config": )" + quoted(conf) + "}]}");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->edgertronic[0].udp.address, "224.9.8.7");
  EXPECT_EQ(config->edgertronic[0].udp.port, 7000);
  EXPECT_EQ(config->edgertronic[0].payload, 17U);
  EXPECT_EQ(config->edgertronic[1].udp.port, 601);  // what the relay's own file says comes first

  const std::string broken = file("broken.conf", "[multicast-trigger]\nport=7000\n");
  const std::string message = fault(R"({"edgertronic": {"name": "a", "config": )" + quoted(broken) + "}}");
  EXPECT_THAT(message, HasSubstr("edgertronic \"a\", config: "));
  EXPECT_THAT(message, Not(HasSubstr("..")));
}

struct Fault {
  const char* json;
  const char* sentence;
};
class ConfigFaults : public testing::TestWithParam<Fault> {};

TEST_P(ConfigFaults, AreToldWithTheirPlace) {
  EXPECT_EQ(fault(GetParam().json), GetParam().sentence);
}

INSTANTIATE_TEST_SUITE_P(
    All, ConfigFaults,
    testing::Values(Fault{"[]", "The relay's configuration is no table of settings."},
                    Fault{"{", "The relay's configuration is no table of settings."},
                    Fault{R"({"relais": {}})", "relais: there is no such setting."},
                    Fault{R"({"relay": {"colour": 1}})", "relay, colour: there is no such setting."},
                    Fault{R"({"relay": [{}, {}]})", "relay: it must be one table of settings."},
                    Fault{R"({"relay": {"interfaces": [1]}})", "relay, interfaces: it must be a list of texts."},
                    Fault{R"({"relay": {"allow": 1}})", "relay, allow: it must be a text or a list of texts."},
                    Fault{R"({"relay": {"max_firings_per_second": 0}})",
                          "relay, max_firings_per_second: it must be a whole number from 1 to 100000."},
                    Fault{R"({"relay": {"patience": "soon"}})",
                          "relay, patience: \"soon\" is no duration; write 500ms, 10s or 2m."},
                    Fault{R"({"edgertronic": ["field"]})", "edgertronic: it must be a table of settings, or several."},
                    Fault{R"({"edgertronic": [{"name": "a"}, {}]})", "edgertronic 2, name: it is missing."},
                    Fault{R"({"edgertronic": {"name": 7}})", "edgertronic 1, name: it must be a text."},
                    Fault{R"({"edgertronic": {"name": "a b"}})",
                          "edgertronic 1, name: it must have letters, digits, '-', '_' and '.' only, 64 at most."},
                    Fault{R"({"edgertronic": {"name": "a", "address": "10.0.0.1"}})",
                          "edgertronic \"a\", address: it must be a multicast address, 224.0.0.0 to 239.255.255.255."},
                    Fault{R"({"edgertronic": {"name": "a", "port": 65536}})",
                          "edgertronic \"a\", port: it must be a whole number from 1 to 65535."},
                    Fault{R"({"edgertronic": {"name": "a", "port": 18446744073709551615}})",
                          "edgertronic \"a\", port: it must be a whole number from 1 to 65535."},
                    Fault{R"({"edgertronic": {"name": "a", "payload": "0x1FFFFFFFF"}})",
                          "edgertronic \"a\", payload: it must be a number of 32 bits, such as \"0x05AA9544\"."},
                    Fault{R"({"edgertronic": {"name": "a", "payload": "0x"}})",
                          "edgertronic \"a\", payload: it must be a number of 32 bits, such as \"0x05AA9544\"."},
                    Fault{R"({"edgertronic": {"name": "a", "repeat": 4}})",
                          "edgertronic \"a\", repeat: it must be a whole number from 1 to 3."},
                    Fault{R"({"edgertronic": {"name": "a", "listen": "yes"}})",
                          "edgertronic \"a\", listen: it must be true or false."},
                    Fault{R"({"edgertronic": {"name": "a", "config": "/nowhere/at/all"}})",
                          "edgertronic \"a\", config: /nowhere/at/all cannot be read."},
                    Fault{R"({"edgertronic": {"name": "a", "camera": [{"name": "b", "url": "10.0.0.7"}]}})",
                          "edgertronic \"a\", camera \"b\", url: it must begin with http:// or https://."},
                    Fault{R"({"edgertronic": {"name": "a", "camera": {"name": "a", "url": "http://b"}}})",
                          "edgertronic \"a\", camera \"a\", name: another endpoint has the same."},
                    Fault{R"({"shogun": {"name": "a", "flavour": "sweet"}})",
                          "shogun \"a\", flavour: it is none that is known."},
                    Fault{R"({"shogun": {"name": "a", "to": ["10.0.0.1:30", "10.0.0.2"]}})",
                          "shogun \"a\", to: \"10.0.0.2\" is no HOST:PORT."},
                    Fault{R"({"shogun": {"name": "a", "to": "10.0.0.2:99999"}})",
                          "shogun \"a\", to: \"10.0.0.2:99999\" is no HOST:PORT."},
                    Fault{R"({"trendnet": {"name": "a"}})", "trendnet \"a\", url: it is missing."},
                    Fault{R"({"trendnet": {"name": "a", "url": "http://"}})", "trendnet \"a\", url: it names no host."},
                    Fault{R"({"trendnet": {"name": "a", "url": "http://me:secret@b"}})",
                          "trendnet \"a\", url: a name and password do not belong in it."},
                    Fault{R"({"trendnet": {"name": "a", "url": "http://b", "password": "x"}})",
                          "trendnet \"a\", password: there is no such setting."},
                    Fault{R"({"trendnet": {"name": "a", "url": "http://b", "password_file": "/nowhere/at/all"}})",
                          "trendnet \"a\", password_file: the file /nowhere/at/all cannot be read."},
                    Fault{R"({"trendnet": {"name": "a", "url": "http://b", "password_file": "/tmp"}})",
                          "trendnet \"a\", password_file: the file /tmp cannot be read."},
                    Fault{R"({"trendnet": {"name": "a", "url": "http://b", "device": "1"}})",
                          "trendnet \"a\", device: it must be an IMEI of 15 digits."},
                    Fault{R"({"trendnet": {"name": "a", "url": "http://b", "scratch_preset": 0}})",
                          "trendnet \"a\", scratch_preset: it must be a whole number from 1 to 24."},
                    Fault{R"({"dualcam": {"name": "a", "imei": "356307042441014"}})",
                          "dualcam \"a\", imei: it must be an IMEI of 15 digits."},
                    Fault{R"({"dualcam": {"name": "a"}, "webhook": {"name": "a", "url": "http://b"}})",
                          "webhook \"a\", name: another endpoint has the same."}));

TEST_F(ConfigTest, EveryFaultIsInTheOneMessage) {
  const std::string message = fault(R"({"colour": 1, "edgertronic": [{"name": "a", "port": 0}, {"name": "a"}],
    "shogun": {"name": "s", "confirm": 10}, "rule": [{"name": "x"}]})");
  EXPECT_THAT(message,
              AllOf(HasSubstr("edgertronic \"a\", port: "), HasSubstr("another endpoint has the same"),
                    HasSubstr("shogun \"s\", confirm: it must be a text."), HasSubstr("colour: "), HasSubstr("x")));
  EXPECT_LT(message.find("edgertronic"), message.find("shogun"));
}

TEST_F(ConfigTest, NoSecretIsInAMessage) {
  const std::string secret = file("secret", "hunter2\n");
  const std::string message = fault(R"({"webhook": {"name": "a", "url": "ftp://b", "secret_file": )" + quoted(secret) +
                                    R"(}, "trendnet": {"name": "a", "url": "http://u:hunter3@c", )" +
                                    R"("password_file": )" + quoted(secret) + "}}");
  EXPECT_THAT(message, Not(HasSubstr("hunter")));
  EXPECT_THAT(fault(R"({"webhook": {"name": "a", "url": "http://b", "secret_file": )" +
                    quoted(file("empty", "\nhunter2")) + "}}"),
              AllOf(HasSubstr("begins with an empty line"), Not(HasSubstr("hunter"))));
}

}  // namespace
}  // namespace endpoints
