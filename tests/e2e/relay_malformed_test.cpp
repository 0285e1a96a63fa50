// What is no event and no answer: datagrams of all kinds at the relay's listeners, and cameras whose every answer is
// wrong. DUALCAM_RELAY_MALFORMED_DATAGRAMS (10,000) and DUALCAM_RELAY_MALFORMED_ANSWERS (1,000) make it the long form.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <iostream>

#include "tests/e2e/relay_storm_fixture.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/peer.hpp"
#include "tests/support/ports.hpp"

namespace e2e {
namespace {

using tests::eventually;

// Other tests run beside this one, and UDP ports are taken without being asked for.
const std::uint64_t port_seed = std::uint64_t{16} * static_cast<std::uint64_t>(getpid());
constexpr std::uint64_t most_growth = 600ULL << 20;  // sanitizers keep 256 MiB of what is freed
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
  // How many were sent.
  static std::uint64_t send_broken(const std::string& to, const char* kind, std::uint64_t count) {
    constexpr std::chrono::seconds limit{60};
    tests::Peer sender("broken_sender.py", {"--to", to});
    EXPECT_TRUE(sender.tell(fmt::format(R"({{"do": "send", "kind": "{}", "count": {}}})", kind, count)));
    const auto line = sender.wait_event("sent", limit);
    EXPECT_TRUE(line && line->integer("errors") == 0 && line->integer("count") == static_cast<std::int64_t>(count));
    return count;
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
  constexpr std::uint64_t sendings = 4 * 2;  // kinds, to either listener
  const std::uint64_t each = wanted / sendings;
  start_listening();
  const std::uint64_t before = server().resident_bytes();
  const std::array listeners{fmt::format("{}:{}", group, field_), fmt::format("127.0.0.1:{}", stage_)};
  std::uint64_t sent = 0;
  const auto known = [&] { return metric(rows, {R"(direction="in")"}) + figure("dropped"); };
  for (const char* const kind : {"edgertronic", "random"})
    for (const std::string& to : listeners) sent += send_broken(to, kind, each);
  EXPECT_TRUE(eventually([&] { return known() >= sent; })) << known() << " of " << sent;
  EXPECT_EQ(metric(refused) + figure("dropped"), sent) << "all of them, each with a reason";
  EXPECT_EQ(metric(rows, {R"(outcome="refused")"}), metric(refused));

  // Some of these can be made out in spite of their faults.
  for (const char* const kind : {"shogun", "mutated"})
    for (const std::string& to : listeners) sent += send_broken(to, kind, each);
  EXPECT_TRUE(eventually([&] { return known() >= sent; })) << known() << " of " << sent;
  EXPECT_EQ(known(), sent) << "each of them is an event, a copy of one, or refused with a reason";
  EXPECT_EQ(metric(rows, {R"(outcome="refused")"}), metric(refused));
  EXPECT_EQ(metric(rows, {R"(direction="out")"}), 0U) << "none of them was the trigger that is waited for";
  expect_it_fires("valid_one");
  EXPECT_LT(server().resident_bytes(), before + most_growth);
  const auto of = [&](const char* outcome) { return metric(rows, {outcome}); };
  std::cout << fmt::format("{} datagrams, {} refused, {} heard, {} announce, {} copies, {} dropped, {} MiB\n", sent,
                           metric(refused), of(R"(outcome="heard")"), of(R"(outcome="armed_only")"),
                           of(R"(outcome="duplicate")"), figure("dropped"), server().resident_bytes() >> 20);
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
