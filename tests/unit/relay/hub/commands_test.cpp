// Commands between their event and their outcome: timing, switches, sequences, restarts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/relay/hub/world.hpp"

namespace hub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view later = R"([{"name":"later","when":{"source":"field"},
  "do":{"target":"west","verb":"trigger","delay":"500ms"},"delay":"1s","expiry":"2s"}])";
constexpr std::string_view tour = R"([{"name":"tour","when":{"source":"field"},
  "do":[[{"target":"gate","verb":"goto","preset":3},{"wait":"800ms"},{"target":"east","verb":"trigger","name":"{name}"},
         {"wait":"2s"},{"target":"gate","verb":"return"}]]}])";
constexpr std::string_view tour_on = R"([{"name":"tour","when":{"source":"field"},"on_failure":"go_on",
  "do":[[{"target":"gate","verb":"goto","preset":3},{"wait":"800ms"},{"target":"east","verb":"trigger"},
         {"target":"gate","verb":"return"}]]}])";

TEST(Timing, LeadAndDelaysAddUpAndLatencyComesOff) {
  World world(later);
  world.hub().set_latency("west", microseconds{200'500});
  Event event = world.event("field", "trigger");
  event.lead = milliseconds{100};
  world.take(event);
  EXPECT_THAT(world.fired(), IsEmpty());
  ASSERT_EQ(world.out.schedule.size(), 1U);
  const Command& command = world.out.schedule[0];
  EXPECT_EQ(command.due.steady - world.now().steady, microseconds{1'600'000 - 200'500});
  EXPECT_EQ(command.event_at - world.now().utc, milliseconds{1600});
  EXPECT_EQ(world.hub().next_due(), command.due.steady);
  world.pass(command.due.steady - world.now().steady - std::chrono::nanoseconds{1});
  world.run({});
  EXPECT_THAT(world.fired(), IsEmpty()) << "not a nanosecond too early";
  world.run(std::chrono::nanoseconds{1});
  EXPECT_THAT(world.fired(), ElementsAre("west trigger"));
  EXPECT_EQ(world.out.fire[0].late.count(), 0);
}

TEST(Timing, TheStepsOwnLatencyComesBeforeWhatWasMeasured) {
  const auto due = [](std::string_view more) {
    World world(R"([{"name":"a","when":{"source":"field"},"delay":"1s",
      "do":{"target":"west","verb":"trigger","latency":"250ms"})" +
                std::string(more) + "}]");
    world.hub().set_latency("west", milliseconds{400});
    world.take(world.event("field", "trigger"));
    return world.out.schedule.at(0).due.steady - world.now().steady;
  };
  EXPECT_EQ(due(""), milliseconds{750});
  EXPECT_EQ(due(R"(,"compensate":false)"), seconds{1});
}

TEST(Timing, IsMeasuredFromOutcomes) {
  World world(later);
  world.take(world.event("field", "trigger"));
  world.run(milliseconds{1500});
  world.out.clear();
  const Command fired = [&] {
    Decisions again;
    world.hub().command("west", "trigger", {}, world.now(), again);
    return again.fire.at(0);
  }();
  world.hub().finished(fired.id, {Outcome::confirmed, "", milliseconds{60}, {9}}, world.now(), world.out);
  EXPECT_EQ(world.note(Outcome::confirmed).latency, milliseconds{60});
  EXPECT_EQ(world.note(Outcome::confirmed).raw, base::Bytes{9});
  EXPECT_EQ(world.hub().latency("west")->mean, milliseconds{60});
}

TEST(Timing, LateIsSaidAndTooLateIsNotDone) {
  World world(later);
  Event event = world.event("field", "trigger");
  world.pass(milliseconds{1750});
  world.take(event);
  ASSERT_EQ(world.out.fire.size(), 1U);
  EXPECT_EQ(world.out.fire[0].late, milliseconds{250});
  EXPECT_EQ(world.note(Outcome::pending).late, milliseconds{250});
  event = world.event("field", "trigger");
  world.pass(milliseconds{3500});
  world.take(event);
  EXPECT_EQ(world.out.fire.size(), 1U) << "at its expiry, not behind it";
  event = world.event("field", "trigger");
  world.pass(milliseconds{3501});
  world.take(event);
  EXPECT_THAT(world.fired(), IsEmpty());
  EXPECT_THAT(world.note(Outcome::expired).reason, HasSubstr("more than 2s behind"));
}

TEST(Timing, ALongLatencyIsNoReasonToExpire) {
  World world(R"([{"name":"a","when":{"source":"field"},"do":{"target":"west","verb":"trigger"},"expiry":"1s"}])");
  world.hub().set_latency("west", seconds{5});
  world.take(world.event("field", "trigger"));
  ASSERT_EQ(world.out.fire.size(), 1U);
  EXPECT_EQ(world.out.fire[0].late, seconds{5});
}

TEST(Arms, EventsOfADisarmedRuleAreNotedNeverQueued) {
  World world(later);
  world.arm(ArmScope::rule, "later", false);
  world.take(world.event("field", "trigger"));
  EXPECT_EQ(world.note(Outcome::disarmed).reason, "the rule \"later\" is disarmed");
  EXPECT_TRUE(world.out.schedule.empty());
  world.arm(ArmScope::rule, "later", true);
  world.run(seconds{10});
  EXPECT_THAT(world.fired(), IsEmpty()) << "arming fires nothing";
  EXPECT_FALSE(world.hub().next_due());
}

TEST(Arms, WhatIsPendingIsDroppedWhenItIsDue) {
  for (const auto scope : {ArmScope::global, ArmScope::rule, ArmScope::target}) {
    World world(later);
    world.take(world.event("field", "trigger"));
    const base::Uuid id = world.out.schedule.at(0).id;
    world.arm(scope, scope == ArmScope::rule ? "later" : scope == ArmScope::target ? "west" : "", false);
    world.run(milliseconds{1499});
    EXPECT_TRUE(world.out.notes.empty());
    EXPECT_EQ(world.kept().size(), 1U);
    world.run(milliseconds{1});
    EXPECT_EQ(world.note(Outcome::disarmed).id, id);
    EXPECT_THAT(world.fired(), IsEmpty());
    EXPECT_TRUE(world.kept().empty());
  }
}

TEST(Arms, ForATimeInBothDirections) {
  World world(R"([{"name":"a","when":{"source":"field"},"do":{"target":"west","verb":"trigger"},"armed":false}])");
  const auto fires = [&world] {
    world.take(world.event("field", "trigger"));
    return !world.out.fire.empty();
  };
  EXPECT_FALSE(fires());
  world.arm(ArmScope::rule, "a", true, world.now().utc + seconds{10});
  world.pass(milliseconds{9999});
  EXPECT_TRUE(fires());
  world.pass(milliseconds{1});
  EXPECT_FALSE(fires()) << "disarmed again";
  world.arm(ArmScope::rule, "a", true);
  world.arm(ArmScope::target, "west", false, world.now().utc + seconds{10});
  EXPECT_FALSE(fires());
  EXPECT_THAT(world.note(Outcome::disarmed).reason, HasSubstr("the target \"west\" is disarmed until 2024-"));
  world.pass(seconds{10});
  EXPECT_TRUE(fires());
  for (const ArmState& state : world.hub().arms(world.now())) EXPECT_EQ(state.arm, (Arm{true, {}})) << state.name;
  EXPECT_EQ(world.hub().arms(world.now()).size(), 1U + 1U + 6U);
}

TEST(Arms, UnknownNamesAreRefused) {
  World world(later);
  const auto result = world.hub().arm({ArmScope::rule, "sooner", {false, {}}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Errc::not_found);
  EXPECT_THAT(result.error().message, HasSubstr("there are: later"));
  EXPECT_FALSE(world.hub().arm({ArmScope::target, "field", {false, {}}})) << "it only hears";
}

TEST(Arms, OutliveNewRules) {
  World world(later);
  world.arm(ArmScope::rule, "later", false);
  world.set(later);
  world.take(world.event("field", "trigger"));
  EXPECT_EQ(world.count(Outcome::disarmed), 1U);
}

// Goes to the preset and fires, as the other tests of sequences begin.
Command begin_tour(World& world) {
  world.take(world.event("field", "trigger", {{"name", "x"}}));
  EXPECT_THAT(world.fired(), ElementsAre("gate goto"));
  return world.out.fire.at(0);
}

TEST(Sequence, EachStepBeginsAtTheOutcomeOfTheOneBefore) {
  World world(tour);
  const Command moved = begin_tour(world);
  EXPECT_EQ(world.out.schedule.size(), 1U) << "the steps behind it survive a restart";
  world.run(seconds{5});
  EXPECT_THAT(world.fired(), IsEmpty());
  world.finish(moved, Outcome::confirmed);
  EXPECT_EQ(world.hub().next_due(), world.now().steady + milliseconds{800});
  world.run(milliseconds{800});
  EXPECT_THAT(world.fired(), ElementsAre("east trigger"));
  EXPECT_EQ(world.out.fire[0].parameters[0].value, "x");
  EXPECT_EQ(world.out.fire[0].step, 2U);
  EXPECT_EQ(world.out.fire[0].late.count(), 0);
  world.finish(world.out.fire[0], Outcome::unconfirmed, "it did not show it");
  world.run(seconds{2});
  EXPECT_THAT(world.fired(), ElementsAre("gate return"));
  world.finish(world.out.fire[0]);
  EXPECT_TRUE(world.kept().empty());
  EXPECT_FALSE(world.hub().next_due());
}

TEST(Sequence, AFailureLeavesOutTheRestButReturnsAtOnce) {
  World world(tour);
  world.finish(begin_tour(world), Outcome::confirmed);
  world.run(milliseconds{800});
  world.finish(world.out.fire.at(0), Outcome::ignored, "it is saving");
  EXPECT_THAT(world.fired(), ElementsAre("gate return"));

  World other(tour);
  other.finish(begin_tour(other), Outcome::failed, "no answer");
  EXPECT_THAT(other.fired(), ElementsAre("gate return")) << "it may have moved";
  EXPECT_EQ(other.note(Outcome::failed).reason, "no answer; the step behind it is left out");
}

TEST(Sequence, AllReturnsAreAtOnceThen) {
  World world(R"([{"name":"two","when":{"source":"field"},"do":[[{"target":"gate","verb":"goto","preset":1},
    {"target":"yard","verb":"goto","preset":1},{"target":"west","verb":"trigger"},{"wait":"1m"},
    {"target":"gate","verb":"return"},{"wait":"1m"},{"target":"yard","verb":"return"}]]}])");
  world.take(world.event("field", "trigger"));
  world.finish(world.out.fire.at(0));
  world.finish(world.out.fire.at(0));
  world.finish(world.out.fire.at(0), Outcome::failed, "no answer");
  EXPECT_THAT(world.fired(), ElementsAre("gate return"));
  world.finish(world.out.fire.at(0));
  EXPECT_THAT(world.fired(), ElementsAre("yard return"));
}

TEST(Sequence, GoesOnWhereTheRuleSaysSo) {
  World world(tour_on);
  world.finish(begin_tour(world), Outcome::failed, "no answer");
  EXPECT_EQ(world.note(Outcome::failed).reason, "no answer");
  world.run(milliseconds{800});
  EXPECT_THAT(world.fired(), ElementsAre("east trigger"));
}

TEST(Sequence, PatienceEnds) {
  World world(tour, {.patience = seconds{3}});
  const Command moved = begin_tour(world);
  world.run(milliseconds{2999});
  EXPECT_THAT(world.fired(), IsEmpty());
  world.run(milliseconds{1});
  EXPECT_THAT(world.note(Outcome::failed).reason, HasSubstr("nothing was heard of it within 3s"));
  EXPECT_THAT(world.fired(), ElementsAre("gate return"));
  world.finish(moved, Outcome::confirmed);
  EXPECT_TRUE(world.out.notes.empty()) << "too late to matter";
}

TEST(Sequence, IsBroughtBackThoughDisarmedMeanwhile) {
  for (const auto& [scope, name] : {std::pair(ArmScope::global, ""), std::pair(ArmScope::rule, "tour"),
                                    std::pair(ArmScope::target, "gate"), std::pair(ArmScope::target, "east")}) {
    World world(tour);
    const Command moved = begin_tour(world);
    world.arm(scope, name, false);
    world.finish(moved, Outcome::confirmed);
    world.run(milliseconds{800});
    if (std::string_view(name) == "gate") {
      EXPECT_THAT(world.fired(), ElementsAre("east trigger"));
      world.finish(world.out.fire[0]);
      world.run(seconds{2});
    } else {
      EXPECT_EQ(world.count(Outcome::disarmed), 1U);
    }
    EXPECT_THAT(world.fired(), ElementsAre("gate return"));
  }
}

TEST(Sequence, WhatWasNeverMovedIsNotBroughtBack) {
  World world(tour_on);
  world.arm(ArmScope::target, "gate", false);
  world.take(world.event("field", "trigger"));
  EXPECT_EQ(world.count(Outcome::disarmed), 1U);
  world.run(milliseconds{800});
  EXPECT_THAT(world.fired(), ElementsAre("east trigger"));
  world.finish(world.out.fire[0]);
  world.run(seconds{60});
  EXPECT_THAT(world.fired(), IsEmpty());
  EXPECT_TRUE(world.kept().empty());
  EXPECT_EQ(world.hub().figures().pending, 0U);
}

TEST(Sequence, AReturnOfItsOwnIsAlwaysDone) {
  World world(R"([{"name":"back","when":{"source":"field"},"do":{"target":"gate","verb":"return","delay":"1s"}}])");
  world.take(world.event("field", "trigger"));
  world.arm(ArmScope::target, "gate", false);
  world.pass(seconds{100});
  world.run({});
  EXPECT_THAT(world.fired(), ElementsAre("gate return"));
  EXPECT_EQ(world.out.fire[0].late, seconds{99});
}

TEST(Restart, WhatIsDueLaterIsFiredOnce) {
  World world(later);
  world.take(world.event("field", "trigger"));
  world.pass(seconds{1});
  world.restart(later);
  EXPECT_THAT(world.fired(), IsEmpty());
  world.run(milliseconds{500});
  EXPECT_THAT(world.fired(), ElementsAre("west trigger"));
  const Command fired = world.out.fire[0];
  EXPECT_EQ(fired.late.count(), 0);
  EXPECT_EQ(world.kept().size(), 1U) << "until its outcome is known";
  world.restart(later);
  EXPECT_THAT(world.fired(), IsEmpty());
  EXPECT_EQ(world.note(Outcome::unconfirmed).id, fired.id);
  EXPECT_TRUE(world.kept().empty());
}

TEST(Restart, LateIsDoneAtOnceTooLateIsNot) {
  for (const auto& [away, fires] : {std::pair(milliseconds{3500}, true), std::pair(milliseconds{3501}, false)}) {
    World world(later);
    world.take(world.event("field", "trigger"));
    world.pass(away);
    world.restart(later);
    EXPECT_EQ(world.out.fire.size(), fires ? 1U : 0U);
    EXPECT_EQ(world.count(Outcome::expired), fires ? 0U : 1U);
    if (fires) {
      EXPECT_EQ(world.out.fire[0].late, seconds{2});
    }
  }
}

TEST(Restart, ASequenceGoesOnAtItsStep) {
  World world(tour);
  begin_tour(world);
  world.restart(tour);
  EXPECT_EQ(world.count(Outcome::unconfirmed), 1U);
  world.run(milliseconds{800});
  EXPECT_THAT(world.fired(), ElementsAre("east trigger"));
  EXPECT_EQ(world.out.fire[0].parameters[0].value, "x");
  world.finish(world.out.fire[0]);
  world.pass(std::chrono::hours{10});
  world.restart(tour);
  EXPECT_THAT(world.fired(), ElementsAre("gate return")) << "however late";
}

TEST(Restart, WhoseRuleOrTargetIsGone) {
  World world(later);
  world.take(world.event("field", "trigger"));
  world.restart("[]");
  EXPECT_THAT(world.note(Outcome::expired).reason, HasSubstr("the rule \"later\" is gone"));
  EXPECT_TRUE(world.kept().empty());

  World moved(tour);
  begin_tour(moved);
  moved.restart("[]");
  EXPECT_THAT(moved.fired(), ElementsAre("gate return")) << "it is owed, rule or not";
}

TEST(NewRules, SettleWhatIsPendingOfThoseThatAreGone) {
  World world(later);
  world.take(world.event("field", "trigger"));
  world.set("[]");
  EXPECT_EQ(world.count(Outcome::expired), 1U);
  EXPECT_TRUE(world.kept().empty());

  World other(later);
  other.take(other.event("field", "trigger"));
  auto endpoints = test_endpoints();
  std::erase_if(endpoints, [](const EndpointInfo& endpoint) { return endpoint.name == "west"; });
  other.set("[]", endpoints);
  EXPECT_THAT(other.note(Outcome::expired).reason, HasSubstr("the target \"west\" is gone"));
}

TEST(NewRules, ThatAreWrongLeaveTheOldOnes) {
  World world(later);
  auto wrong = rules_of(later);
  wrong[0].actions[0].steps[0].target = "north";
  Decisions out;
  EXPECT_FALSE(world.hub().set(test_endpoints(), wrong, world.now(), out));
  EXPECT_EQ(world.hub().rules().size(), 1U);
  world.take(world.event("field", "trigger"));
  EXPECT_EQ(world.out.schedule.size(), 1U);
}

TEST(Pending, HasNoOutcomeBeforeItIsFired) {
  World world(later);
  world.take(world.event("field", "trigger"));
  world.finish(Command(world.out.schedule.at(0)), Outcome::confirmed);
  EXPECT_TRUE(world.out.notes.empty());
  world.run(milliseconds{1500});
  EXPECT_THAT(world.fired(), ElementsAre("west trigger"));
}

TEST(Pending, IsBounded) {
  World world(later, {.most_pending = 3});
  for (int n = 0; n < 5; ++n) world.take(world.event("field", "trigger"));
  EXPECT_THAT(world.note(Outcome::failed).reason, HasSubstr("3 commands are under way"));
  EXPECT_EQ(world.kept().size(), 3U);
  EXPECT_EQ(world.hub().figures().pending, 3U);
}

TEST(CommandJson, RefusesWhatIsNone) {
  World world(tour);
  const std::string good = to_json(begin_tour(world));
  ASSERT_TRUE(parse_command(good));
  EXPECT_EQ(to_json(*parse_command(good)), good);
  for (std::size_t cut = 0; cut < good.size(); ++cut) EXPECT_FALSE(parse_command(good.substr(0, cut)));
  EXPECT_EQ(parse_command("{}").error().code, base::Errc::corrupt);
}

}  // namespace
}  // namespace hub
