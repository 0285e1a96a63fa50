#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/relay/hub/takes.hpp"
#include "tests/unit/relay/hub/world.hpp"

namespace hub {
namespace {

using Phase = TakeMark::Phase;

constexpr std::string_view rules = R"([
  {"name":"start","when":{"kind":"start"},"do":[{"target":"west","verb":"trigger","name":"{take}_{take.number}"},
    [{"target":"gate","verb":"goto","preset":1},{"wait":"1s"},{"target":"gate","verb":"return"}]]},
  {"name":"stop","when":{"kind":"stop"},"do":{"target":"east","verb":"trigger","name":"{take}"}},
  {"name":"shot","when":{"source":"field"},"do":{"target":"west","verb":"trigger","name":"{take}"}}])";

Event marked(World& world, std::string_view kind, Phase phase, std::string_view key, std::string_view orphan = {}) {
  Event event = world.event("stage", kind);
  event.take = TakeMark{phase, std::string(key), "dance", std::string(orphan), phase == Phase::ends ? "SUCCESS" : ""};
  return event;
}

TEST(Takes, StartEndAndFileAreOne) {
  World world(rules);
  world.hub().next_take_number(12);
  world.take(marked(world, "start", Phase::begins, "k"));
  ASSERT_EQ(world.out.takes.size(), 1U);
  const Take started = world.out.takes[0];
  EXPECT_EQ(started.number, 12U);
  EXPECT_EQ(started.state, "open");
  EXPECT_EQ(started.source, "stage");
  EXPECT_EQ(started.commands, 3U);
  EXPECT_EQ(world.out.fire[0].take, started.id);
  EXPECT_EQ(world.out.fire[0].parameters[0].value, "dance_12");
  EXPECT_EQ(world.out.notes[0].take, started.id);
  EXPECT_EQ(world.note(Outcome::pending).take, started.id);
  world.pass(seconds{5});
  world.take(marked(world, "stop", Phase::ends, "k"));
  ASSERT_EQ(world.out.takes.size(), 1U);
  EXPECT_EQ(world.out.takes[0].id, started.id);
  EXPECT_EQ(world.out.takes[0].state, "ended");
  EXPECT_EQ(world.out.takes[0].result, "SUCCESS");
  EXPECT_EQ(world.out.takes[0].commands, 4U);
  EXPECT_EQ(*world.out.takes[0].ended_at - started.started_at, seconds{5});
  world.take(marked(world, "complete", Phase::complete, "k"));
  EXPECT_EQ(world.out.takes[0].id, started.id);
  EXPECT_EQ(world.out.takes[0].state, "complete");
  EXPECT_TRUE(world.out.takes[0].completed_at);
  world.take(marked(world, "complete", Phase::complete, "k"));
  EXPECT_EQ(world.out.takes[0].state, "orphan") << "it is over";
  EXPECT_EQ(world.out.takes[0].number, 13U);
}

TEST(Takes, OrphansAreTold) {
  World world(rules);
  world.take(marked(world, "stop", Phase::ends, "k"));
  ASSERT_EQ(world.out.takes.size(), 1U);
  EXPECT_EQ(world.out.takes[0].state, "orphan");
  EXPECT_EQ(world.out.fire[0].take, world.out.takes[0].id);
  EXPECT_EQ(world.out.notes[0].reason, "an end without a start that was heard");
  world.take(marked(world, "start", Phase::begins, "k"));
  world.take(marked(world, "complete", Phase::complete, "k", "the names differ"));
  EXPECT_EQ(world.out.takes[0].state, "orphan");
  EXPECT_EQ(world.out.notes[0].reason, "the names differ");
}

TEST(Takes, AnEventOfItsOwnIsOneWhereItFiresSomething) {
  World world(rules);
  world.take(world.event("field", "trigger", {{"name", "pitch"}}));
  ASSERT_EQ(world.out.takes.size(), 1U);
  EXPECT_EQ(world.out.takes[0].state, "complete");
  EXPECT_EQ(world.out.takes[0].commands, 1U);
  EXPECT_EQ(world.out.fire[0].parameters[0].value, "pitch");
  world.take(world.event("field", "trigger"));
  EXPECT_EQ(world.out.fire[0].parameters[0].value, "take_2");
  world.take(world.event("hook", "hook"));
  EXPECT_TRUE(world.out.takes.empty());
}

TEST(Takes, ThatNobodyEndsAreOrphansAfterAWhile) {
  World world(rules, {.take_expiry = seconds{60}});
  world.take(marked(world, "start", Phase::begins, "a"));
  for (const Command& command : std::vector(world.out.fire)) world.finish(command);
  world.pass(seconds{1});
  world.take(marked(world, "start", Phase::begins, "a"));
  ASSERT_EQ(world.out.takes.size(), 2U) << "the next start ends it, too";
  EXPECT_EQ(world.out.takes[0].state, "orphan");
  EXPECT_EQ(world.out.takes[0].result, "no end was heard");
  EXPECT_EQ(world.out.takes[1].number, 2U);
  world.run(seconds{59});
  EXPECT_TRUE(world.out.takes.empty());
  world.run(seconds{1});
  ASSERT_EQ(world.out.takes.size(), 1U);
  EXPECT_EQ(world.out.takes[0].number, 2U);
  EXPECT_EQ(world.out.takes[0].state, "orphan");
}

TEST(Takes, AreBounded) {
  Takes takes(std::chrono::hours{1});
  World world("[]");
  std::vector<Take> changed;
  const NewId new_id = [](base::UtcTime) { return base::Uuid{}; };
  for (std::size_t n = 0; n < Takes::most_open + 5; ++n) {
    const Event event = marked(world, "start", Phase::begins, std::to_string(n));
    static_cast<void>(takes.hear(event, *event.take, world.now(), new_id, changed));
  }
  EXPECT_EQ(takes.open(), Takes::most_open);
  ASSERT_EQ(changed.size(), 5U);
  EXPECT_EQ(changed[0].number, 1U) << "the oldest go";
}

}  // namespace
}  // namespace hub
