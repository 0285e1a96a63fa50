#include <gmock/gmock.h>

#include "server/relay/trendnet/goto.hpp"

namespace trendnet {
namespace {

using namespace std::chrono_literals;
using How = GotoEnd::How;
using testing::HasSubstr;

const base::SteadyTime begin{1h};
const GotoOptions options{.scratch_preset = 20, .tolerance = 2};

void expect_end(const Goto& way, How how, const std::string& words, std::optional<Position> position) {
  ASSERT_TRUE(way.end());
  EXPECT_EQ(way.end()->how, how) << to_string(way.end()->how);
  EXPECT_THAT(way.end()->text, HasSubstr(words));
  EXPECT_TRUE(way.end()->text.ends_with('.'));
  EXPECT_EQ(way.end()->position, position);
}

TEST(Goto, APositionIsReachedWhenTheStreamSaysSo) {
  Goto way(Position{136, 46}, options, begin);
  EXPECT_EQ(way.next(), Command(GoTo{{136, 46}, 20, "goto"}));
  EXPECT_FALSE(way.next()) << "it is told once";
  way.at({136, 46}, begin + 1s);
  EXPECT_FALSE(way.end()) << "it was there before it was told";
  way.came_out(Outcome::done, "", begin + 2s);
  way.at({120, 46}, begin + 3s);
  way.at({133, 46}, begin + 4s);
  EXPECT_FALSE(way.end());
  way.at({134, 45}, begin + 5s);
  expect_end(way, How::reached, "looks at 134_045", Position{134, 45});
  way.at({0, 0}, begin + 6s);
  expect_end(way, How::reached, "134_045", Position{134, 45});
}

TEST(Goto, APositionThatIsNotReachedIsToldWithTheLastOne) {
  Goto way(Position{136, 46}, options, begin);
  way.next();
  way.came_out(Outcome::done, "", begin + 1s);
  way.at({130, 46}, begin + 2s);
  EXPECT_EQ(way.wake_at(), begin + 20s);
  way.on_time(begin + 19999ms);
  EXPECT_FALSE(way.end());
  way.on_time(begin + 20s);
  expect_end(way, How::not_reached, "sent to 136_046 and looked at 130_046 after 20000 ms", Position{130, 46});
}

TEST(Goto, WithoutAPositionInTheStreamItIsNotKnown) {
  Goto way(Position{136, 46}, options, begin);
  way.at({1, 1}, begin);
  way.next();
  way.came_out(Outcome::done, "", begin + 1s);
  EXPECT_EQ(way.wake_at(), begin + 6s);
  way.on_time(begin + 6s);
  expect_end(way, How::unknown, "tells no position", Position{1, 1});
}

TEST(Goto, AnOrderThatIsNotTakenIsAFailure) {
  Goto way(Position{136, 46}, options, begin);
  way.next();
  way.came_out(Outcome::unauthorized, "The camera wants a password.", begin + 1s);
  expect_end(way, How::failed, "not sent to 136_046. The camera wants a password.", {});
  Goto late(GoPreset{3}, options, begin);
  late.next();
  EXPECT_EQ(late.wake_at(), begin + 20s);
  late.on_time(begin + 20s);
  expect_end(late, How::failed, "not sent to preset 3 within 20000 ms", {});
}

TEST(Goto, APresetIsReachedWhenTheCameraStands) {
  Goto way(GoPreset{7}, options, begin);
  EXPECT_EQ(way.next(), Command(GoPreset{7}));
  way.at({10, 10}, begin);
  way.came_out(Outcome::done, "", begin + 1s);
  way.at({20, 10}, begin + 1500ms);
  way.at({30, 10}, begin + 3s);
  EXPECT_FALSE(way.end());
  EXPECT_EQ(way.wake_at(), begin + 5s);
  way.at({30, 10}, begin + 4s);
  EXPECT_FALSE(way.end());
  way.on_time(begin + 5s);
  expect_end(way, How::reached, "sent to preset 7 and stands at 030_010", Position{30, 10});
}

TEST(Return, GoesBackToWhereTheCameraLookedBefore) {
  Return back(options);
  EXPECT_FALSE(back.back(begin)) << "not known";
  back.at({1, 2});
  back.at({100, 50});
  back.leave();
  back.at({300, 50});
  auto way = back.back(begin);
  ASSERT_TRUE(way);
  EXPECT_EQ(way->next(), Command(GoTo{{100, 50}, 20, "goto"}));
}

TEST(Return, SaysWhyItCannot) {
  Return back(options);
  back.leave();
  back.at({1, 2});
  const auto way = back.back(begin);
  ASSERT_FALSE(way);
  EXPECT_EQ(way.error().code, base::Errc::not_found);
}

}  // namespace
}  // namespace trendnet
