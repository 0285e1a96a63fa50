#include <gmock/gmock.h>

#include "server/relay/trendnet/health.hpp"

namespace trendnet {
namespace {

using namespace std::chrono_literals;
using State = HealthState;

const base::SteadyTime begin{1h};

TEST(Health, IsNotKnownUntilSomethingIsHeard) {
  Health health(begin);
  EXPECT_EQ(health.state(), State::unknown);
  EXPECT_EQ(health.since(), begin);
  EXPECT_FALSE(health.on_result(Outcome::expired, "Too late.", begin + 1s));
  EXPECT_FALSE(health.on_result(Outcome::replaced, "Another.", begin + 1s));
  EXPECT_FALSE(health.last_heard());
  EXPECT_TRUE(health.on_frame(begin + 2s));
  EXPECT_EQ(health.state(), State::online);
  EXPECT_EQ(health.since(), begin + 2s);
  EXPECT_FALSE(health.on_frame(begin + 3s));
  EXPECT_EQ(health.last_heard(), begin + 3s);
}

TEST(Health, FollowsResultsWithTheirReasons) {
  Health health(begin);
  const std::vector<std::pair<Outcome, State>> rows{
      {Outcome::done, State::online},
      {Outcome::no_answer, State::offline},
      {Outcome::refused, State::online},
      {Outcome::failed, State::offline},
      {Outcome::unauthorized, State::unauthorized},
      {Outcome::not_spoken, State::wrong_model},
      {Outcome::done, State::online},
  };
  auto now = begin;
  for (const auto& [outcome, state] : rows) {
    now += 1s;
    EXPECT_TRUE(health.on_result(outcome, to_string(outcome), now));
    EXPECT_EQ(health.state(), state) << to_string(outcome);
    EXPECT_EQ(health.reason(), to_string(outcome));
    EXPECT_EQ(health.since(), now);
    EXPECT_FALSE(health.on_result(outcome, "Again.", now + 1ms)) << "the same as before";
    EXPECT_EQ(health.since(), now);
  }
}

// The stream may be open to everybody.
TEST(Health, PicturesDoNotHideThatCommandsAreRefused) {
  Health health(begin);
  health.on_frame(begin);
  EXPECT_TRUE(health.on_result(Outcome::unauthorized, "Password.", begin + 1s));
  EXPECT_FALSE(health.on_frame(begin + 2s));
  EXPECT_EQ(health.state(), State::unauthorized);
  EXPECT_EQ(health.reason(), "Password.");
  EXPECT_TRUE(health.on_result(Outcome::done, "Fine.", begin + 3s));
  EXPECT_EQ(health.state(), State::online);
}

TEST(Health, ACommandThatIsLostMattersNothingWhilePicturesCome) {
  Health health(begin);
  health.on_frame(begin);
  EXPECT_FALSE(health.on_result(Outcome::no_answer, "Lost.", begin + 1s));
  EXPECT_EQ(health.state(), State::online);
  EXPECT_TRUE(health.on_stream_end({Outcome::no_answer, "The stream broke."}, begin + 2s));
  EXPECT_EQ(health.state(), State::offline);
  EXPECT_EQ(health.reason(), "The stream broke.");
}

TEST(Health, AStreamThatBreaksAfterTheLastAnswerIsACameraThatIsGone) {
  Health health(begin);
  health.on_result(Outcome::done, "Fine.", begin);
  health.on_frame(begin + 1s);
  EXPECT_TRUE(health.on_stream_end({Outcome::done, "The stream ended."}, begin + 2s));
  EXPECT_EQ(health.state(), State::offline);
  EXPECT_TRUE(health.on_result(Outcome::done, "Fine again.", begin + 3s));
  EXPECT_EQ(health.state(), State::online);
  EXPECT_TRUE(health.on_stream_end({Outcome::unauthorized, "Password."}, begin + 4s));
  EXPECT_EQ(health.state(), State::unauthorized);
  EXPECT_TRUE(health.on_frame(begin + 5s)) << "and now it was the right one";
  EXPECT_EQ(health.state(), State::online);
}

TEST(Health, SilenceOfAnOpenStreamIsNoticed) {
  Health health(begin);
  EXPECT_FALSE(health.wake_at());
  health.on_frame(begin);
  EXPECT_EQ(health.wake_at(), begin + 10s);
  EXPECT_FALSE(health.on_time(begin + 9999ms));
  EXPECT_TRUE(health.on_time(begin + 10s));
  EXPECT_EQ(health.state(), State::offline);
  EXPECT_THAT(health.reason(), testing::HasSubstr("no picture for 10000 ms"));
  EXPECT_FALSE(health.wake_at());
}

TEST(Health, AStreamThatIsClosedByUsSaysNothing) {
  Health health(begin);
  health.on_frame(begin);
  EXPECT_FALSE(health.on_stream_closed(begin + 1s));
  EXPECT_EQ(health.state(), State::online);
  EXPECT_FALSE(health.wake_at());
  EXPECT_FALSE(health.on_time(begin + 1h)) << "nothing is expected of it";
  EXPECT_TRUE(health.on_result(Outcome::no_answer, "Gone.", begin + 2h));
  health.on_frame(begin + 3h);
  EXPECT_FALSE(health.on_stream_closed(begin + 4h));
  EXPECT_EQ(health.state(), State::online) << "that was heard last";
}

TEST(Health, AProbeKnowsTheModel) {
  Health health(begin);
  EXPECT_TRUE(health.on_probe({Probe::Speaks::another_way, Outcome::not_spoken, "Newer."}, begin + 1s));
  EXPECT_EQ(health.state(), State::wrong_model);
  EXPECT_EQ(health.reason(), "Newer.");
  EXPECT_TRUE(health.on_probe({Probe::Speaks::unknown, Outcome::no_answer, "Gone."}, begin + 2s));
  EXPECT_EQ(health.state(), State::offline);
  EXPECT_TRUE(health.on_probe({Probe::Speaks::this_way, Outcome::done, "Right."}, begin + 3s));
  EXPECT_EQ(health.state(), State::online);
}

}  // namespace
}  // namespace trendnet
