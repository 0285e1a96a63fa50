// From an event to what fires: matching, copies, loops, limits, storms, dry runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/relay/hub/world.hpp"

namespace hub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view pitch = R"([{"name":"pitch","when":{"source":"field*","kind":"trigger","name":"pitch_*"},
  "do":[{"target":"west","verb":"trigger","name":"{name}&T"},{"target":"stage","verb":"start","name":"{take.number}-{target}"}]}])";

std::string with(std::string_view limits) {
  return R"([{"name":"pitch","when":{"source":"field*"},"do":{"target":"west","verb":"trigger"},)" +
         std::string(limits) + "}]";
}

Event named(World& world, std::string_view key, std::optional<milliseconds> window = {}) {
  Event event = world.event("field", "trigger", {{"name", "pitch_1"}});
  event.key = key;
  event.copy_window = window;
  return event;
}

TEST(Events, FireWhatMatches) {
  World world(pitch);
  Event event = world.event("field2", "trigger", {{"name", "pitch_27"}});
  event.raw = {1, 2, 3};
  event.peer = "192.0.2.1:600";
  event.hops = 1;
  const base::Uuid id = event.id;
  world.take(event);
  EXPECT_THAT(world.fired(), ElementsAre("west trigger", "stage start"));
  const Command& west = world.out.fire[0];
  EXPECT_EQ(west.rule, "pitch");
  EXPECT_EQ(west.event, id);
  EXPECT_EQ(west.source, "field2");
  EXPECT_EQ(west.hops, 2U);
  EXPECT_EQ(west.protocol, Protocol::edgertronic);
  EXPECT_THAT(west.parameters, ElementsAre(Field{"name", "pitch_27&T"}));
  EXPECT_THAT(world.out.fire[1].parameters, ElementsAre(Field{"name", "1_stage"})) << "made fit for its target";
  ASSERT_EQ(world.out.notes.size(), 3U);
  EXPECT_EQ(world.out.notes[0].outcome, Outcome::heard);
  EXPECT_EQ(world.out.notes[0].raw, event.raw);
  EXPECT_EQ(world.out.notes[0].peer, event.peer);
  EXPECT_EQ(world.out.notes[1].outcome, Outcome::pending);
  EXPECT_EQ(world.out.notes[1].cause, id);
  EXPECT_TRUE(world.out.schedule.empty()) << "what is done at once need not be kept";
  world.finish(west, Outcome::confirmed);
  EXPECT_EQ(world.note(Outcome::confirmed).id, west.id);
}

TEST(Events, FireNothingThatDoesNotMatch) {
  World world(pitch);
  for (const Event& event : {world.event("field", "trigger", {{"name", "ball"}}), world.event("field", "trigger"),
                             world.event("stage", "start", {{"name", "pitch_1"}})}) {
    world.take(event);
    EXPECT_TRUE(world.out.fire.empty());
    EXPECT_EQ(world.out.notes.size(), 1U);
    EXPECT_TRUE(world.out.takes.empty());
  }
}

TEST(Events, ATemplateThatBringsNothingFitFailsItsCommandOnly) {
  World world(R"([{"name":"hook","when":{"source":"hook"},
    "do":[{"target":"gate","verb":"goto","preset":"{n}"},{"target":"west","verb":"trigger","name":"{name}"}]}])");
  world.take(world.event("hook", "hook", {{"n", "99"}}));
  EXPECT_THAT(world.fired(), ElementsAre("west trigger"));
  EXPECT_TRUE(world.out.fire[0].parameters.empty()) << "empty is not given at all";
  EXPECT_THAT(world.note(Outcome::failed).reason,
              HasSubstr("preset has to be a whole number from 0 to 24, not \"99\""));
  world.take(world.event("hook", "hook"));
  EXPECT_THAT(world.note(Outcome::failed).reason, HasSubstr("preset came out empty"));
}

TEST(Events, ThatOnlyAnnounceFireRulesThatNameThem) {
  World world(R"([{"name":"any","when":{"source":"stage"},"do":{"target":"west","verb":"trigger"}},
    {"name":"star","when":{"kind":"*_start"},"do":{"target":"west","verb":"trigger"}},
    {"name":"timecode","when":{"kind":"timecode_start"},"do":{"target":"east","verb":"trigger"}}])");
  world.take(world.event("stage", "timecode_start"));
  EXPECT_THAT(world.fired(), ElementsAre("east trigger"));
  EXPECT_EQ(world.out.notes[0].outcome, Outcome::armed_only);
}

TEST(Events, CopiesAreKnownByTheirKeyWhateverWayTheyCame) {
  World world(pitch);
  Event first = named(world, "33360");
  Event second = named(world, "33360");
  first.peer = "192.0.2.1:30";
  second.peer = "198.51.100.7:30";
  second.source = "field2";
  world.take(first);
  EXPECT_EQ(world.out.fire.size(), 2U);
  world.take(second);
  EXPECT_TRUE(world.out.fire.empty());
  EXPECT_EQ(world.note(Outcome::duplicate).peer, second.peer);
  world.pass(seconds{30});
  world.take(named(world, "33360"));
  EXPECT_EQ(world.out.fire.size(), 2U) << "the window is over";
  world.take(named(world, "short", milliseconds{100}));
  world.pass(milliseconds{100});
  world.take(named(world, "short", milliseconds{100}));
  EXPECT_EQ(world.out.fire.size(), 2U) << "a window of its own";
  world.take(named(world, ""));
  world.take(named(world, ""));
  EXPECT_EQ(world.out.fire.size(), 2U) << "without a key nothing is a copy";
  EXPECT_EQ(world.hub().figures().duplicates, 1U);
}

TEST(Events, OfOurOwnMakingAreEchoes) {
  World world(pitch);
  world.hub().remember_sent(Protocol::edgertronic, "mine", world.now(), seconds{2});
  world.take(named(world, "mine"));
  EXPECT_EQ(world.out.notes[0].outcome, Outcome::echo);
  EXPECT_TRUE(world.out.fire.empty());
  world.pass(seconds{2});
  world.take(named(world, "mine"));
  EXPECT_EQ(world.out.fire.size(), 2U);
}

TEST(Events, ThatHaveComeTooFarFireNothing) {
  World world(pitch);
  Event event = named(world, "x");
  event.hops = 2;
  world.take(event);
  EXPECT_TRUE(world.out.fire.empty());
  EXPECT_THAT(world.note(Outcome::refused).reason, HasSubstr("2 relays"));
}

TEST(Limits, DebounceTakesTheFirstAndThenWaitsForQuiet) {
  World world(with(R"("debounce":"500ms")"));
  const auto fires = [&world] {
    world.take(world.event("field", "trigger"));
    return !world.out.fire.empty();
  };
  EXPECT_TRUE(fires());
  for (int n = 0; n < 5; ++n) {
    world.pass(milliseconds{499});
    EXPECT_FALSE(fires());
    EXPECT_THAT(world.note(Outcome::suppressed).reason, HasSubstr("debounced: less than 500ms"));
    EXPECT_EQ(world.note(Outcome::suppressed).rule, "pitch");
    EXPECT_EQ(world.out.notes.size(), 2U);
  }
  world.pass(milliseconds{500});
  EXPECT_TRUE(fires());
}

TEST(Limits, MinIntervalCountsFromTheLastFiring) {
  World world(with(R"("min_interval":"2s")"));
  std::string fired;
  for (int n = 0; n < 9; ++n) {
    world.take(world.event("field", "trigger"));
    fired += world.out.fire.empty() ? '-' : 'x';
    world.pass(milliseconds{700});
  }
  EXPECT_EQ(fired, "x--x--x--");
}

TEST(Limits, BurstIsASlidingWindow) {
  World world(with(R"("burst":"2/1s")"));
  std::string fired;
  for (int n = 0; n < 10; ++n) {
    world.take(world.event("field", "trigger"));
    fired += world.out.fire.empty() ? '-' : 'x';
    world.pass(milliseconds{300});
  }
  EXPECT_EQ(fired, "xx--xx--xx");
}

TEST(Limits, AllRulesTogetherHaveARate) {
  World world(R"([{"name":"a","when":{"source":"field"},"do":{"target":"west","verb":"trigger"}},
    {"name":"b","when":{"source":"field"},"do":{"target":"east","verb":"trigger"}}])",
              {.most_firings_per_second = 3});
  world.take(world.event("field", "trigger"));
  EXPECT_EQ(world.out.fire.size(), 2U);
  const DryRun dry = world.hub().dry_run(world.event("field", "trigger"), world.now());
  EXPECT_TRUE(dry.rules.at(0).fires);
  EXPECT_THAT(dry.rules.at(1).reason, HasSubstr("3 firings a second")) << "with the one before it";
  world.take(world.event("field", "trigger"));
  EXPECT_THAT(world.fired(), ElementsAre("west trigger"));
  EXPECT_EQ(world.note(Outcome::suppressed).rule, "b");
  world.out.clear();
  const auto id = world.hub().command("west", "trigger", {}, world.now(), world.out);
  ASSERT_TRUE(id);
  EXPECT_EQ(world.note(Outcome::suppressed).id, *id) << "by hand, too";
  world.pass(seconds{1});
  world.take(world.event("field", "trigger"));
  EXPECT_EQ(world.out.fire.size(), 2U);
}

TEST(Limits, StayWhereRulesAreSetAgain) {
  World world(with(R"("min_interval":"2s")"));
  world.take(world.event("field", "trigger"));
  world.set(with(R"("min_interval":"2s","note":"changed")"));
  world.pass(seconds{1});
  world.take(world.event("field", "trigger"));
  EXPECT_TRUE(world.out.fire.empty());
}

// 5,000 datagrams a second for 20 seconds, each twice, over two addresses.
TEST(Storm, EachRuleFiresExactlyAsOftenAsItShould) {
  World world(R"([{"name":"all","when":{"source":"field*"},"do":{"target":"west","verb":"trigger"}},
    {"name":"interval","when":{"source":"field*"},"do":{"target":"east","verb":"trigger"},"min_interval":"100ms"},
    {"name":"burst","when":{"source":"field*"},"do":{"target":"stage","verb":"start","name":"x"},"burst":"7/1s"},
    {"name":"debounce","when":{"source":"field*"},"do":{"target":"gate","verb":"return"},"debounce":"10ms"}])",
              {.most_remembered = 1000, .most_firings_per_second = 100'000, .most_pending = 1'000'000});
  std::map<std::string, std::uint64_t> fired;
  std::uint64_t quiet_notes = 0;
  Decisions out;
  for (int n = 0; n < 50'000; ++n) {
    const std::string key = std::to_string(n);
    for (const char* source : {"field", "field2"}) {
      Event event = world.event(source, "trigger");
      event.key = key;
      event.copy_window = milliseconds{100};
      out.clear();
      world.hub().take(std::move(event), world.now(), out);
      world.pass(microseconds{200});
      for (const Command& command : out.fire) {
        ++fired[command.rule];
        Decisions ended;
        world.hub().finished(command.id, {}, world.now(), ended);
      }
      for (const Note& note : out.notes) quiet_notes += note.outcome == Outcome::suppressed ? 1U : 0U;
    }
  }
  EXPECT_EQ(fired["all"], 50'000U);
  EXPECT_EQ(fired["interval"], 200U);
  EXPECT_EQ(fired["burst"], 7U * 20U);
  EXPECT_EQ(fired["debounce"], 1U);
  const Figures figures = world.hub().figures();
  EXPECT_EQ(figures.heard, 50'000U);
  EXPECT_EQ(figures.duplicates, 50'000U);
  EXPECT_LE(figures.remembered, 1000U);
  EXPECT_EQ(figures.pending, 0U);
  EXPECT_EQ(figures.suppressed, 50'000U * 3U - 200U - 140U - 1U);
  EXPECT_LE(quiet_notes, 20U * 3U * 11U) << "ten and a count, per rule and second";
  EXPECT_GE(quiet_notes, 19U * 3U * 10U);
}

TEST(DryRun, TellsWhatWouldBeDoneAndWhen) {
  World world(R"([{"name":"a","when":{"source":"field"},"do":[{"target":"west","verb":"trigger","name":"{take.number}"},
      {"target":"east","verb":"trigger"}],"delay":"2s"},
    {"name":"b","when":{"source":"field"},"do":{"target":"east","verb":"trigger"},"armed":false}])");
  world.arm(ArmScope::target, "east", false);
  world.hub().set_latency("west", milliseconds{300});
  world.hub().next_take_number(41);
  const Event event = world.event("field", "trigger");
  const DryRun dry = world.hub().dry_run(event, world.now());
  EXPECT_EQ(dry.event, Outcome::heard);
  ASSERT_EQ(dry.rules.size(), 2U);
  EXPECT_TRUE(dry.rules[0].fires);
  ASSERT_EQ(dry.rules[0].commands.size(), 1U);
  EXPECT_EQ(dry.rules[0].commands[0].due.steady, world.now().steady + milliseconds{1700});
  EXPECT_EQ(dry.rules[0].commands[0].parameters[0].value, "41");
  EXPECT_THAT(dry.rules[0].left_out, ElementsAre(HasSubstr("east trigger: the target \"east\" is disarmed")));
  EXPECT_FALSE(dry.rules[1].fires);
  EXPECT_THAT(dry.rules[1].reason, HasSubstr("the rule \"b\" is disarmed"));
}

TEST(DryRun, ChangesNothing) {
  const auto script = [](bool with_dry_runs) {
    World world(R"([{"name":"a","when":{"source":"field"},"debounce":"20ms","burst":"3/1s",
        "do":[{"target":"west","verb":"trigger","name":"{take.number}"},
              [{"target":"gate","verb":"goto","preset":1},{"target":"gate","verb":"return"}]]},
      {"name":"b","when":{},"do":{"target":"east","verb":"trigger","delay":"30ms"},"armed":false}])");
    for (int n = 0; n < 40; ++n) {
      Event event = world.event(n % 3 == 0 ? "stage" : "field", n % 3 == 0 ? "start" : "trigger");
      event.key = std::to_string(n / 2);
      if (n % 3 == 0) event.take = TakeMark{TakeMark::Phase::begins, "k", "name", "", ""};
      if (n == 20) world.arm(ArmScope::rule, "b", true);
      if (with_dry_runs)
        for (int times = 0; times < 3; ++times) static_cast<void>(world.hub().dry_run(event, world.now()));
      world.take(event);
      const auto fired = world.out.fire;
      for (const Command& command : fired) world.finish(command);
      world.run(milliseconds{7 * n});
    }
    const Figures figures = world.hub().figures();
    return world.transcript + std::to_string(figures.heard) + "/" + std::to_string(figures.suppressed) + "/" +
           std::to_string(figures.remembered);
  };
  const std::string without = script(false);
  EXPECT_EQ(script(true), without);
  EXPECT_GT(without.size(), 1000U);
}

TEST(DryRun, KnowsCopiesAndEchoes) {
  World world(pitch);
  world.take(named(world, "k"));
  EXPECT_EQ(world.hub().dry_run(named(world, "k"), world.now()).event, Outcome::duplicate);
  world.hub().remember_sent(Protocol::edgertronic, "mine", world.now());
  EXPECT_EQ(world.hub().dry_run(named(world, "mine"), world.now()).event, Outcome::echo);
  EXPECT_EQ(world.hub().dry_run(named(world, "new"), world.now()).event, Outcome::heard);
}

TEST(ByHand, OneCommandSubjectToArms) {
  World world("[]");
  world.out.clear();
  auto id = world.hub().command("west", "trigger", {{"name", "Ab{kind}"}}, world.now(), world.out);
  ASSERT_TRUE(id) << id.error().message;
  ASSERT_EQ(world.out.fire.size(), 1U);
  EXPECT_EQ(world.out.fire[0].id, *id);
  EXPECT_EQ(world.out.fire[0].parameters[0].value, "_b_kind_") << "no template, but made fit";
  EXPECT_FALSE(world.note(Outcome::pending).cause);
  world.arm(ArmScope::target, "west", false);
  world.out.clear();
  id = world.hub().command("west", "trigger", {}, world.now(), world.out);
  ASSERT_TRUE(id);
  EXPECT_TRUE(world.out.fire.empty());
  EXPECT_EQ(world.note(Outcome::disarmed).id, *id);
}

TEST(ByHand, ErrorsNameWhatThereIs) {
  World world("[]");
  const auto error = [&world](std::string_view target, std::string_view verb, Fields parameters) {
    const auto id = world.hub().command(target, verb, std::move(parameters), world.now(), world.out);
    return id ? "" : id.error().message;
  };
  EXPECT_THAT(error("north", "trigger", {}), HasSubstr("there are: field2, west, east, stage, gate, yard"));
  EXPECT_THAT(error("gate", "fly", {}), HasSubstr("it has: goto, record, light, return"));
  EXPECT_THAT(error("gate", "goto", {{"speed", "1"}}), HasSubstr("it has: preset"));
  EXPECT_THAT(error("gate", "goto", {}), HasSubstr("needs preset"));
  EXPECT_THAT(error("gate", "goto", {{"preset", "x"}}), HasSubstr("from 0 to 24"));
  EXPECT_THAT(error("gate", "goto", {{"preset", "1"}, {"preset", "2"}}), HasSubstr("twice"));
  EXPECT_TRUE(world.out.notes.empty());
}

}  // namespace
}  // namespace hub
