// What is no event and no answer: datagrams of all kinds at the relay's listeners, and cameras whose every answer is
// wrong. DUALCAM_RELAY_MALFORMED_DATAGRAMS (10,000) and DUALCAM_RELAY_MALFORMED_ANSWERS (1,000) make it the long form.
#include <fmt/format.h>

#include <array>
#include <iostream>

#include "tests/e2e/relay_storm_fixture.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/peer.hpp"
#include "tests/support/ports.hpp"

namespace e2e {
namespace {

using tests::eventually;

constexpr std::uint64_t port_seed = 601;
constexpr std::uint64_t most_growth = 200ULL << 20;
constexpr const char* group = "239.255.77.3";
constexpr const char* rows = "dualcamd_relay_triggers_total";
constexpr const char* refused = "dualcamd_relay_refused_total";

class RelayMalformed : public RelayUnderFire {
 protected:
  // With two listeners, a rule for a valid trigger, and what else the file shall have.
  void start_listening(const std::string& more = {}) {
    start_relay(
        fmt::format("[[edgertronic]]\nname = \"field\"\naddress = \"{}\"\nport = {}\ninterfaces = [\"lo\"]\n"
                    "[[shogun]]\nname = \"stage\"\naddress = \"127.0.0.1\"\nport = {}\n"
                    "[[shogun]]\nname = \"out\"\nlisten = false\naddress = \"127.0.0.1\"\nport = 0\n"
                    "to = [\"127.0.0.1:{}\"]\nconfirm = \"0s\"\ndatabase_path = \"D:/T\"\n"
                    "[[rule]]\nname = \"all\"\nwhen = {{ kind = [\"trigger\", \"start\"], name = \"valid_*\" }}\n"
                    "do = [ {{ target = \"out\", verb = \"start\", name = \"{{name}}\" }} ]\n",
                    group, field_, stage_, out_.port()) +
        more);
  }
  void expect_it_fires(const std::string& name) {
    tests::Peer sender("shogun_stage.py", {"--port", "0", "--to", fmt::format("127.0.0.1:{}", stage_)});
    sender.ask(fmt::format(R"({{"do": "start", "name": "{}"}})", name));
    EXPECT_TRUE(eventually([&] {
      out_.drain();
      return out_.names().contains(name);
    }));
    EXPECT_EQ(http_status("/readyz"), 200);
  }

  StageSocket out_;
  const std::uint16_t field_ = tests::lasting_port(port_seed);
  const std::uint16_t stage_ = tests::lasting_port(port_seed + 1);
};

TEST_F(RelayMalformed, DatagramsAreCountedWithTheirReasons) {
  const auto wanted = tests::from_environment<std::uint64_t>("DUALCAM_RELAY_MALFORMED_DATAGRAMS", 800);
  const std::array kinds{"edgertronic", "shogun", "random", "mutated"};
  const std::uint64_t each = wanted / (2 * kinds.size());
  start_listening();
  const std::uint64_t before = server().resident_bytes();
  std::uint64_t sent = 0;
  std::uint64_t perhaps_valid = 0;
  for (const std::string& to : {fmt::format("{}:{}", group, field_), fmt::format("127.0.0.1:{}", stage_)}) {
    tests::Peer sender("broken_sender.py", {"--to", to});
    for (const char* const kind : kinds) {
      const std::size_t from = sender.lines().size();
      ASSERT_TRUE(sender.tell(fmt::format(R"({{"do": "send", "kind": "{}", "count": {}}})", kind, each)));
      const auto line = sender.wait_event("sent", std::chrono::seconds(60), from);
      ASSERT_TRUE(line);
      EXPECT_EQ(line->integer("errors"), 0);
      sent += static_cast<std::uint64_t>(line->integer("count"));
      perhaps_valid += static_cast<std::uint64_t>(line->integer("valid"));
    }
  }
  EXPECT_EQ(sent, 2 * kinds.size() * each);
  const auto known = [&] { return metric(rows, {R"(direction="in")"}) + figure("dropped"); };
  EXPECT_TRUE(eventually([&] { return known() + perhaps_valid >= sent; })) << known() << " of " << sent;
  EXPECT_LE(metric(rows, {R"(direction="in")"}), sent);
  EXPECT_GE(metric(refused) + perhaps_valid + figure("dropped"), sent);
  EXPECT_EQ(metric(refused), metric(rows, {R"(direction="in")", R"(outcome="refused")"}) +
                                 metric(rows, {R"(direction="in")", R"(outcome="echo")"}));
  EXPECT_EQ(metric(rows, {R"(direction="out")"}), 0U) << "none of them was the trigger that is waited for";
  expect_it_fires("valid_one");
  EXPECT_LT(server().resident_bytes(), before + most_growth);
  std::cout << fmt::format("{} datagrams, {} refused, {} heard, {} dropped, {} MiB\n", sent, metric(refused),
                           metric(rows, {R"(outcome="heard")"}), figure("dropped"), server().resident_bytes() >> 20);
}

TEST_F(RelayMalformed, AnswersAndStreamsHurtNobody) {
  const auto wanted = tests::from_environment<std::int64_t>("DUALCAM_RELAY_MALFORMED_ANSWERS", 60);
  constexpr unsigned cameras = 20;
  constexpr unsigned heads = 5;
  tests::Peer broken("broken_camera.py", {"--seconds", "0.3", "--drip-ms", "5"});
  const std::string url = fmt::format("http://127.0.0.1:{}", broken.port());
  std::string more = fmt::format(
      "[[edgertronic]]\nname = \"west\"\naddress = \"239.255.77.4\"\nport = {}\ninterfaces = [\"lo\"]\ncamera = [",
      tests::lasting_port(port_seed + 2));
  for (unsigned n = 0; n < cameras; ++n)
    more += fmt::format("{}{{ name = \"west{}\", url = \"{}\" }}", n == 0 ? "" : ", ", n, url);
  more += "]\n";
  for (unsigned n = 0; n < heads; ++n) more += fmt::format("[[trendnet]]\nname = \"gate{}\"\nurl = \"{}\"\n", n, url);
  start_listening(more);
  const std::uint64_t before = server().resident_bytes();
  EXPECT_TRUE(eventually([&] { return broken.ask(R"({"do": "report"})").integer("answers") >= wanted; },
                         std::chrono::seconds(wanted / 2) + tests::patience));
  expect_it_fires("valid_two");
  // A camera that cannot be understood is not taken for a good one, and the reason is there.
  const std::string cameras_now = http_body("/api/v1/cameras");
  EXPECT_NE(cameras_now.find("west0: "), std::string::npos) << cameras_now;
  EXPECT_LT(server().resident_bytes(), before + most_growth);
  std::cout << fmt::format("{} answers, {} MiB\n", broken.ask(R"({"do": "report"})").integer("answers"),
                           server().resident_bytes() >> 20);
}

}  // namespace
}  // namespace e2e
