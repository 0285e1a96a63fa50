// The dispatcher's threads: hints, texts and gateways from outside, one catalog between them.
#include "server/capture/dispatcher.hpp"

#include <atomic>
#include <condition_variable>

#include "tests/support/eventually.hpp"
#include "tests/unit/capture/desk_fixture.hpp"

namespace capture {
namespace {

using namespace std::chrono_literals;
using storage::CaptureState;
using tests::eventually;

class DispatcherTest : public testing::Test {
 protected:
  base::Uuid add(const base::Imei& imei, storage::CaptureChannel channel = storage::CaptureChannel::avl) {
    const auto now = base::utc_now();
    const Wish wish{
        .imei = imei, .front = true, .from = now - 1h, .duration_s = 10, .channel = channel, .origin = "test"};
    const auto request = plan(wish, {}, base::Uuid::v7(now), now).value();
    EXPECT_TRUE(captures.add_capture(request));
    return request.id;
  }
  void start(Gateway* webhook = nullptr, std::chrono::milliseconds look = 1h) {
    dispatcher = std::make_unique<Dispatcher>(
        DispatcherOptions{.node = "here", .look_interval = look}, captures,
        [this](const base::Imei&, std::string_view) {
          ++sent;
          return true;
        },
        webhook, nullptr, registry);
    ASSERT_TRUE(eventually([&] { return captures.calls() >= 3; })) << "the first round is over";
  }
  bool becomes(const base::Uuid& id, CaptureState state) {
    return eventually([&] { return captures.part(id).state == state; });
  }

  tests::MemoryCaptures captures;
  prometheus::Registry registry;
  std::atomic<int> sent = 0;
  std::unique_ptr<Dispatcher> dispatcher;
};

TEST_F(DispatcherTest, HintsAreEnoughForAWholeDialogue) {
  start();
  const auto id = add(tracker());
  captures.link(tracker());
  dispatcher->tracker_linked(tracker());
  ASSERT_TRUE(becomes(id, CaptureState::sent));
  EXPECT_TRUE(eventually([&] { return sent == 1; }));
  const std::string text = acceptance(captures.part(id));
  dispatcher->tracker_said(tracker(), text.substr(0, 33));
  dispatcher->tracker_said(tracker(), text.substr(33));
  EXPECT_TRUE(becomes(id, CaptureState::accepted));
}

TEST_F(DispatcherTest, WithoutHintsItLooksByItself) {
  start(nullptr, 5ms);
  captures.link(tracker());
  EXPECT_TRUE(becomes(add(tracker()), CaptureState::sent));
}

TEST_F(DispatcherTest, ManyTrackersSpeakAtOnce) {
  constexpr std::uint64_t fleet = 200;
  std::vector<base::Uuid> ids;
  for (std::uint64_t n = 0; n < fleet; ++n) {
    captures.link(tracker(n));
    ids.push_back(add(tracker(n)));
  }
  start();
  ASSERT_TRUE(eventually([&] { return sent == fleet; }));
  std::vector<std::jthread> speakers;
  for (std::uint64_t thread = 0; thread < 4; ++thread)
    speakers.emplace_back([&, thread] {
      for (std::uint64_t n = thread; n < fleet; n += 4)
        dispatcher->tracker_said(tracker(n), acceptance(captures.part(ids[n])));
    });
  speakers.clear();
  for (const auto& id : ids) ASSERT_TRUE(becomes(id, CaptureState::accepted));
  EXPECT_EQ(sent, fleet);
}

TEST_F(DispatcherTest, AReplyByHttpMovesOn) {
  struct : Gateway {
    base::Result<HandedOut> hand_out(const storage::CapturePart&) override { return HandedOut{}; }
  } webhook;
  start(&webhook);
  const auto id = add(tracker(), storage::CaptureChannel::webhook);
  dispatcher->look();
  ASSERT_TRUE(becomes(id, CaptureState::sent));
  const auto replied = dispatcher->reply(id, 0, acceptance(captures.part(id)));
  ASSERT_TRUE(replied) << replied.error().message;
  EXPECT_EQ(replied->state, CaptureState::accepted);
  EXPECT_EQ(dispatcher->reply(id, 0, acceptance(captures.part(id))).error().code, base::Errc::conflict);
  dispatcher.reset();  // before the webhook, which it uses
}

// A webhook that answers nothing until it is cancelled.
struct HangingGateway : Gateway {
  base::Result<HandedOut> hand_out(const storage::CapturePart&) override {
    std::unique_lock lock(mutex);
    busy = true;
    changed.wait(lock, [&] { return cancelled; });
    return base::fail(base::Errc::unavailable, "cancelled");
  }
  void cancel() noexcept override {
    const std::scoped_lock lock(mutex);
    cancelled = true;
    changed.notify_all();
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> busy = false;
  bool cancelled = false;
};

TEST_F(DispatcherTest, AHangingWebhookHoldsUpNeitherTrackersNorTheEnd) {
  HangingGateway webhook;
  start(&webhook);
  const auto stuck = add(tracker(1), storage::CaptureChannel::webhook);
  dispatcher->look();
  ASSERT_TRUE(eventually([&] { return webhook.busy.load(); }));
  captures.link(tracker());
  const auto id = add(tracker());
  dispatcher->look();
  EXPECT_TRUE(becomes(id, CaptureState::sent));
  dispatcher.reset();
  EXPECT_EQ(captures.part(stuck).state, CaptureState::queued) << "given back: no attempt is lost";
}

}  // namespace
}  // namespace capture
