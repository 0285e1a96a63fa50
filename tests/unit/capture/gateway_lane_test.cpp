// Commands that a gateway takes, refuses, or cannot take now.
#include "server/capture/gateway_lane.hpp"

#include "tests/unit/capture/desk_fixture.hpp"

namespace capture {
namespace {

using namespace std::chrono_literals;
using storage::CaptureState;
using testing::SizeIs;

struct FakeGateway : Gateway {
  base::Result<HandedOut> hand_out(const storage::CapturePart& part) override {
    parts.push_back(part);
    return answer ? answer(part) : HandedOut{};
  }
  std::vector<storage::CapturePart> parts;
  std::function<base::Result<HandedOut>(const storage::CapturePart&)> answer;
};

class GatewayLaneTest : public DeskFixture {
 protected:
  base::Uuid add_for_webhook(std::uint64_t device = 0) {
    Wish wish = video_wish(tracker(device), 10);
    wish.channel = storage::CaptureChannel::webhook;
    return add(wish);
  }
  NextRound step() { return lane.round(utc, now); }

  FakeGateway gateway;
  GatewayLane lane{storage::CaptureChannel::webhook, options, captures, gateway, figures};
};

TEST_F(GatewayLaneTest, ACommandIsHandedOutOnce) {
  const auto id = add_for_webhook();
  add_video();  // of another channel
  EXPECT_EQ(step().at, now) << "there may be more";
  EXPECT_EQ(step().at, now + look);
  ASSERT_THAT(gateway.parts, SizeIs(1));
  EXPECT_EQ(gateway.parts[0].request_id, id);
  EXPECT_EQ(gateway.parts[0].due_at, utc + options.patience.reply);
  EXPECT_EQ(state(id), CaptureState::sent);
}

TEST_F(GatewayLaneTest, AReplyThatIsKnownAtOnceIsWritten) {
  const auto accepted = add_for_webhook(0);
  const auto refused = add_for_webhook(1);
  const auto unclear = add_for_webhook(2);
  const auto other = add_for_webhook(3);
  gateway.answer = [&](const storage::CapturePart& part) -> base::Result<HandedOut> {
    if (part.request_id == accepted) return HandedOut{acceptance(part)};
    if (part.request_id == refused) return HandedOut{"Invalid argument in camera request cmd!"};
    if (part.request_id == other) return HandedOut{"Request for photo from source 1 received"};
    return HandedOut{"queued for delivery"};
  };
  for (int n = 0; n < 4; ++n) step();
  EXPECT_EQ(state(accepted), CaptureState::accepted);
  EXPECT_EQ(state(refused), CaptureState::refused);
  EXPECT_EQ(state(unclear), CaptureState::sent) << "the device's words may still come";
  EXPECT_EQ(state(other), CaptureState::sent);
}

TEST_F(GatewayLaneTest, AGatewayThatIsDownCostsNoAttemptAndIsLeftAlone) {
  const auto id = add_for_webhook(0);
  const auto next = add_for_webhook(1);
  gateway.answer = [](const auto&) { return base::fail(base::Errc::unavailable, "http://hook answered 503."); };
  const NextRound rest = step();
  EXPECT_TRUE(rest.resting);
  EXPECT_GT(rest.at, now);
  EXPECT_EQ(state(id), CaptureState::queued);
  EXPECT_EQ(captures.part(id).attempts, 0U);
  EXPECT_EQ(captures.part(id).reason, "http://hook answered 503.");
  EXPECT_EQ(captures.part(next).attempts, 0U);
  for (const auto end = now + 2min; now < end;) {
    const auto wait = step().at - now;
    pass(std::chrono::duration_cast<std::chrono::milliseconds>(wait));
  }
  EXPECT_LT(gateway.parts.size(), 12U) << "less and less often";
  gateway.answer = nullptr;
  pass(1min);
  step();
  step();
  EXPECT_EQ(state(id), CaptureState::sent);
  EXPECT_EQ(state(next), CaptureState::sent);
  EXPECT_EQ(captures.part(id).attempts, 1U);
}

TEST_F(GatewayLaneTest, ARefusalIsTheEndInItsWords) {
  const auto id = add_for_webhook();
  gateway.answer = [](const auto&) { return base::fail(base::Errc::refused, "The SIM is barred."); };
  EXPECT_FALSE(step().resting);
  EXPECT_EQ(state(id), CaptureState::refused);
  EXPECT_EQ(captures.part(id).reason, "The SIM is barred.");
}

TEST_F(GatewayLaneTest, WhatBecameOfACommandIsWrittenWhenTheCatalogIsBack) {
  const auto id = add_for_webhook(0);
  add_for_webhook(1);
  gateway.answer = [&](const storage::CapturePart& part) -> base::Result<HandedOut> {
    captures.set_down(true);
    return HandedOut{acceptance(part)};
  };
  EXPECT_TRUE(step().resting);
  EXPECT_TRUE(step().resting);
  EXPECT_THAT(gateway.parts, SizeIs(1)) << "nothing else is taken meanwhile";
  captures.set_down(false);
  step();
  EXPECT_EQ(state(id), CaptureState::accepted);
  EXPECT_THAT(gateway.parts, SizeIs(2));
}

}  // namespace
}  // namespace capture
