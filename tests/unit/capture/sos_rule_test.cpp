// An SOS comes, and the clip around it is asked for: once, whatever happens in between.
#include "server/capture/sos_rule.hpp"

#include <deque>

#include "server/capture/sos_desk.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/capture/desk_fixture.hpp"
#include "tests/unit/capture/memory_events.hpp"

namespace capture {
namespace {

using namespace std::chrono_literals;
using storage::DeviceEvent;
using storage::DeviceEventKind;

class SosTest : public testing::Test {
 protected:
  DeviceEvent event(const std::string& name = "crash") const {
    return {.id = base::Uuid::v7(utc - 1s),
            .imei = tracker(),
            .kind = DeviceEventKind::sos,
            .at = utc - 60s,
            .received_at = utc - 1s,
            .value = 3,
            .name = name};
  }
  NextRound look() {
    SosDesk desk(options, tracking, captures, added, registry);
    return desk.round(utc, now);
  }
  storage::CaptureRequest asked(const DeviceEvent& event, base::MediaKind kind = base::MediaKind::video) {
    return captures.request(sos_request_id(event.id, kind));
  }

  const base::UtcTime utc = base::parse_iso8601("2026-11-21T12:00:00Z").value();
  const base::SteadyTime now = base::SteadyTime{} + 1h;
  SosOptions options;
  tests::MemoryEvents tracking;
  tests::MemoryCaptures captures;
  prometheus::Registry registry;
  int hints = 0;
  std::function<void()> added = [this] { ++hints; };
};

TEST_F(SosTest, TheClipAroundItIsAskedFor) {
  options.before = 10s;
  options.after = 20s;
  const DeviceEvent sos = event();
  tracking.put(sos);
  EXPECT_EQ(look().at, now + options.look_interval);
  const auto request = asked(sos);
  EXPECT_EQ(request.imei, tracker());
  EXPECT_EQ(request.from, sos.at - 10s);
  EXPECT_EQ(request.duration_s, 30U);
  EXPECT_EQ(request.event_id, sos.id);
  EXPECT_EQ(request.origin, "rule sos");
  ASSERT_EQ(request.parts.size(), 1U);
  EXPECT_EQ(request.parts[0].files.size(), 2U) << "front and rear";
  EXPECT_EQ(hints, 1);
  EXPECT_EQ(tracking.unhandled(), 0U);
  EXPECT_EQ(captures.requests(), 1U);
}

TEST_F(SosTest, ItIsAskedForOnceAlsoAfterACrashInBetween) {
  const DeviceEvent sos = event();
  tracking.put(sos);
  tracking.fail_marks(true);
  EXPECT_TRUE(look().resting);
  EXPECT_EQ(captures.requests(), 1U);
  tracking.fail_marks(false);
  look();
  EXPECT_EQ(captures.requests(), 1U);
  EXPECT_EQ(tracking.unhandled(), 0U);
  EXPECT_EQ(sample(registry, "dualcamd_rule_events_total", {{"outcome", "asked_before"}}), 1);
}

TEST_F(SosTest, PhotosHaveRequestsOfTheirOwn) {
  options.photo = true;
  const DeviceEvent sos = event();
  tracking.put(sos);
  look();
  EXPECT_EQ(asked(sos).kind, base::MediaKind::video);
  EXPECT_EQ(asked(sos, base::MediaKind::photo).kind, base::MediaKind::photo);
}

TEST_F(SosTest, WhatIsNotMeantIsOnlyTickedOff) {
  options.triggers = {"crash", "server_request"};
  tracking.put(event("server_request"));
  tracking.put(event("din1"));
  DeviceEvent old = event();
  old.at = utc - options.max_age - 1s;
  tracking.put(old);
  DeviceEvent camera = event();
  camera.kind = DeviceEventKind::rear_camera;
  tracking.put(camera);
  look();
  EXPECT_EQ(captures.requests(), 0U);
  EXPECT_EQ(tracking.unhandled(), 0U);
  EXPECT_EQ(hints, 0);
}

TEST_F(SosTest, WhatCannotBeAskedForDoesNotHoldUpTheRest) {
  DeviceEvent from_the_future = event();
  from_the_future.at = utc + 24h;
  const DeviceEvent good = event();
  tracking.put(from_the_future);
  tracking.put(good);
  look();
  EXPECT_EQ(captures.requests(), 1U);
  EXPECT_EQ(asked(good).event_id, good.id);
  EXPECT_EQ(tracking.unhandled(), 0U);
}

TEST_F(SosTest, AClipThatIsNotOverYetWaits) {
  DeviceEvent sos = event();
  sos.at = utc;
  tracking.put(sos);
  look();
  EXPECT_EQ(asked(sos).parts[0].due_at, utc + 5s);
}

TEST_F(SosTest, TheDevicesProfileSaysHow) {
  ASSERT_TRUE(captures.set_capture_profile(tracker(), "icam:1"));
  const DeviceEvent sos = event();
  tracking.put(sos);
  look();
  EXPECT_THAT(asked(sos).parts.at(1).command, testing::StartsWith("icam_req:3,1,0,"));
}

TEST_F(SosTest, WhileACatalogIsDownEventsWait) {
  tracking.put(event());
  captures.set_down(true);
  EXPECT_TRUE(look().resting);
  EXPECT_EQ(tracking.unhandled(), 1U);
  captures.set_down(false);
  EXPECT_FALSE(look().resting);
  EXPECT_EQ(captures.requests(), 1U);
}

TEST_F(SosTest, ALongLineOfEventsIsWorkedOffAtOnce) {
  for (std::uint32_t n = 0; n < SosDesk::batch + 1; ++n) tracking.put(event("server_request"));
  EXPECT_EQ(look().at, now);
  EXPECT_GT(look().at, now);
  EXPECT_EQ(tracking.unhandled(), 0U);
}

TEST_F(SosTest, IdsFollowFromTheEventAndSortByItsTime) {
  const auto first = base::Uuid::parse("01a1fdfa-4601-704d-a810-7a28aa39292d").value();
  const auto id = sos_request_id(first, base::MediaKind::video);
  EXPECT_EQ(id, sos_request_id(first, base::MediaKind::video));
  EXPECT_NE(id, sos_request_id(first, base::MediaKind::photo));
  EXPECT_NE(id,
            sos_request_id(base::Uuid::parse("01a1fdfa-4601-704d-a810-7a28aa39292e").value(), base::MediaKind::video));
  EXPECT_EQ(id.str().substr(0, 13), "01a1fdfa-4601");
  EXPECT_EQ(id.str()[14], '8');
  EXPECT_THAT(std::string("89ab"), testing::HasSubstr(id.str().substr(19, 1)));
}

TEST_F(SosTest, TheRuleLooksWhenItIsTold) {
  std::atomic<int> told = 0;
  options.look_interval = 1h;
  SosRule rule(options, tracking, captures, [&] { ++told; }, registry);
  ASSERT_TRUE(tests::eventually([&] { return tracking.looks() >= 1; }));
  tracking.put(event());
  rule.look();
  EXPECT_TRUE(tests::eventually([&] { return told == 1; }));
}

}  // namespace
}  // namespace capture
