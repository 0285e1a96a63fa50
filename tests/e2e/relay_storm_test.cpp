// A storm of a stage's broadcasts, each document twice and over two source addresses: every rule fires exactly as often
// as it should. DUALCAM_RELAY_STORM_SECONDS makes it longer.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "tests/e2e/relay_storm_fixture.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/peer.hpp"
#include "tests/support/ports.hpp"

namespace e2e {
namespace {

using tests::eventually;

constexpr unsigned per_second = 5000;
// Other tests run beside this one, and UDP ports are taken without being asked for.
const std::uint64_t port_seed = std::uint64_t{16} * static_cast<std::uint64_t>(getpid());
constexpr std::uint64_t most_growth = 600ULL << 20;  // sanitizers keep 256 MiB of what is freed
constexpr const char* rows = "dualcamd_relay_triggers_total";

std::string target(const char* name, const StageSocket& at) {
  return fmt::format(
      "[[shogun]]\nname = \"{}\"\nlisten = false\naddress = \"127.0.0.1\"\nport = 0\nto = [\"127.0.0.1:{}\"]\n"
      "confirm = \"0s\"\ndatabase_path = \"D:/T\"\n",
      name, at.port());
}

std::string rule(const char* name, const char* kind, const char* target, const char* limit) {
  return fmt::format(
      "[[rule]]\nname = \"{}\"\nwhen = {{ source = \"stage\", kind = \"{}\" }}\n"
      "do = [ {{ target = \"{}\", verb = \"start\", name = \"{{name}}\" }} ]\n{}\n",
      name, kind, target, limit);
}

class RelayStorm : public RelayUnderFire {};

TEST_F(RelayStorm, EveryRuleFiresAsOftenAsItShould) {
  const auto seconds = tests::from_environment<unsigned>("DUALCAM_RELAY_STORM_SECONDS", 2);
  StageSocket every;
  StageSocket few;
  StageSocket once;
  const std::uint16_t port = tests::lasting_port(port_seed);
  start_relay(fmt::format("[relay]\nmax_firings_per_second = 100000\n[[shogun]]\nname = \"stage\"\n"
                          "address = \"127.0.0.1\"\nport = {}\n",
                          port) +
              target("every", every) + target("few", few) + target("once", once) +
              rule("every_start", "start", "every", "") + rule("few_stops", "stop", "few", "burst = \"100/1h\"") +
              rule("one_stop", "stop", "once", "min_interval = \"1h\""));
  const std::uint64_t before = server().resident_bytes();

  tests::Peer stage("shogun_stage.py", {"--port", "0", "--to", fmt::format("127.0.0.1:{}", port)});
  stage.ask(fmt::format(R"({{"do": "storm", "per_second": {}, "seconds": {}, "copies": 2, )"
                        R"("sources": ["127.0.0.1", "127.0.0.2"]}})",
                        per_second, seconds));
  std::optional<tests::PeerLine> storm;
  ASSERT_TRUE(eventually(
      [&] {
        every.drain();
        storm = stage.wait_event("storm", std::chrono::milliseconds(1));
        return storm.has_value();
      },
      std::chrono::seconds(4 * seconds) + tests::patience));
  EXPECT_EQ(storm->integer("errors"), 0);
  const auto datagrams = static_cast<std::uint64_t>(storm->integer("datagrams"));
  const auto documents = static_cast<std::uint64_t>(storm->integer("documents"));
  EXPECT_EQ(datagrams, std::uint64_t{per_second} * seconds);

  // Each datagram is heard, a copy, or one that the kernel says it had no room for: that is known with the next one.
  const auto heard = [&] {  // the probes are announcements
    return metric(rows, {R"(direction="in")", R"(outcome="heard")"}) + metric(rows, {R"(outcome="armed_only")"});
  };
  const auto copies = [&] { return metric(rows, {R"(outcome="duplicate")"}); };
  std::uint64_t probes = 0;
  EXPECT_TRUE(eventually([&] {
    every.drain();
    stage.ask(R"({"do": "duration", "name": "probe"})");
    ++probes;
    return heard() + copies() + figure("dropped") >= datagrams + probes;
  })) << heard()
      << " heard, " << copies() << " copies, " << figure("dropped") << " dropped";
  const std::uint64_t dropped = figure("dropped");
  EXPECT_EQ(heard() + copies() + dropped, datagrams + probes);

  // Each start fires once, when its lead is over; the limited rules have their limits to the shot.
  const auto sent = [&] { return metric(rows, {R"(direction="out")", R"(outcome="sent")"}); };
  const std::uint64_t starts = documents / 2;
  constexpr std::uint64_t limited = 100 + 1;
  EXPECT_TRUE(eventually([&] {
    for (StageSocket* const each : {&every, &few, &once}) each->drain();
    const std::uint64_t come = every.names().size() + every.lost() + few.names().size() + once.names().size();
    return come >= sent() && (dropped != 0 || come >= starts + limited);
  }));
  for (const auto& [name, count] : every.names()) EXPECT_EQ(count, 1U) << name;
  EXPECT_EQ(few.names().size(), 100U);
  EXPECT_EQ(once.names().size(), 1U);
  if (dropped == 0) {  // as everywhere but on a machine that is far too busy
    EXPECT_EQ(heard(), documents + probes);
    EXPECT_EQ(every.names().size() + every.lost(), starts);
    EXPECT_EQ(sent(), starts + limited);
  }

  // Every row is in the log, or counted as left out.
  EXPECT_TRUE(eventually([&] {
    return metric("dualcamd_relay_log_rows_total") + metric("dualcamd_relay_log_dropped_rows_total") >= metric(rows);
  }));
  EXPECT_EQ(http_status("/readyz"), 200);
  const std::uint64_t after = server().resident_bytes();
  EXPECT_LT(after, before + most_growth);
  std::cout << fmt::format("{} datagrams, {} documents, {} dropped by the kernel, {} fired, {} rows left out, {} MiB\n",
                           datagrams, documents, dropped, every.names().size(),
                           metric("dualcamd_relay_log_dropped_rows_total"), after >> 20);
}

}  // namespace
}  // namespace e2e
