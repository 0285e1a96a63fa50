#include "server/relay/edgertronic/verification.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace edgertronic {
namespace {

using base::SteadyTime;
using std::chrono::milliseconds;

struct Setting {
  VerificationPolicy policy;
  milliseconds round_trip{4};
  bool http_works = true;
  int datagrams_lost = 0;  // the first ones
  bool sending_fails = false;
  bool http_trigger_lost = false;  // neither the camera nor the answer hears of it
  State state = State::running_pretrigger_full;
  std::uint32_t flags = 0;
  std::string last_file = "a.mov";
  milliseconds trigger_takes{100}, saving_takes{3000};
  std::optional<CallResult> http_says;  // whatever its state
};

// A camera and the driver between it and the verification: carries out orders over a network that takes as long as it
// is told to, until the verification has ended.
class Scene : private Setting {
 public:
  explicit Scene(Setting setting = {}) : Setting(std::move(setting)) {}

  // What happened.
  int videos = 0, sent = 0, polls = 0, http_triggers = 0;
  Report report;
  milliseconds ended{0};

  void run(Known known = {}, bool sent_already = false) {
    Verification verification(policy);
    if (sent_already) heard();
    orders_ = verification.begin(at(), std::move(known), sent_already);
    for (int step = 0; step < 10'000 && !verification.finished(); ++step) {
      carry_out(verification);
      if (verification.finished()) break;
      advance(verification);
    }
    ASSERT_TRUE(verification.finished());
    EXPECT_EQ(verification.report()->datagrams, sent + (sent_already ? 1 : 0));
    report = *verification.report();
    ended = now_;
    // Whatever still comes changes nothing and orders nothing.
    for (const Orders& late :
         {verification.time(at()), verification.status(at(), {}), verification.send_failed(at(), "")})
      EXPECT_TRUE(late.finished && !late.send_datagram && late.request == Request::none);
  }

 private:
  SteadyTime at() const { return SteadyTime{} + std::chrono::hours{1} + now_; }

  void carry_out(Verification& verification) {
    if (orders_.send_datagram) {
      orders_.send_datagram = false;
      if (sending_fails) {
        const Request asked = orders_.request;
        orders_ = verification.send_failed(at(), "Network is unreachable.");
        if (asked != Request::none) start(asked);
        if (orders_.request != Request::none) start(orders_.request);
        orders_.request = Request::none;
        return;
      }
      ++sent;
      heard();
    }
    if (orders_.request != Request::none) start(std::exchange(orders_.request, Request::none));
  }

  void start(Request request) {
    ASSERT_EQ(under_way_, Request::none) << "two requests at a time";
    under_way_ = request;
    answer_at_ = now_ + round_trip;
    if (request == Request::status) ++polls;
    if (request != Request::trigger) return;
    ++http_triggers;
    if (http_says || http_trigger_lost || !http_works) return;
    result_ = takes_trigger(state_now()) ? CallResult::okay : CallResult::invalid_state;
    heard(true);
  }

  // To the next answer or wake_at, whichever comes first.
  void advance(Verification& verification) {
    ASSERT_TRUE(orders_.wake_at || under_way_ != Request::none) << "nothing will ever happen";
    const auto wake = orders_.wake_at
                          ? std::chrono::ceil<milliseconds>(*orders_.wake_at - SteadyTime{} - std::chrono::hours{1})
                          : milliseconds::max();
    if (under_way_ != Request::none && answer_at_ <= wake) {
      now_ = answer_at_;
      orders_ = answer(verification, std::exchange(under_way_, Request::none));
    } else {
      ASSERT_GE(wake, now_) << "asked to be woken in the past";
      now_ = wake;
      orders_ = verification.time(at());
    }
  }

  Orders answer(Verification& verification, Request request) {
    if (!http_works || (request == Request::trigger && http_trigger_lost))
      return verification.request_failed(at(), "The camera did not answer within 4 ms.");
    if (request == Request::last_file) return verification.last_file(at(), file_now());
    if (request == Request::trigger) return verification.trigger_result(at(), http_says.value_or(result_));
    return verification.status(
        at(),
        {.state = state_now(), .state_number = static_cast<int>(state_now()), .level = level_now(), .flags = flags});
  }

  void heard(bool over_http = false) {
    if (!over_http && datagrams_lost-- > 0) return;
    if (!takes_trigger(state_now())) return;
    ++videos;
    triggered_ = now_;
  }

  State state_now() const {
    if (!triggered_) return state;
    if (now_ < *triggered_ + trigger_takes) return State::triggered;
    if (now_ < *triggered_ + trigger_takes + saving_takes) return State::saving;
    return level_now() < 100 ? State::running : State::running_pretrigger_full;
  }
  // The time before the trigger fills within half a second.
  int level_now() const {
    if (!triggered_) return state == State::running_pretrigger_full ? 100 : 50;
    return static_cast<int>(
        std::clamp((now_ - *triggered_ - trigger_takes - saving_takes) / milliseconds{5}, 0L, 100L));
  }
  std::string file_now() const {
    return triggered_ && now_ >= *triggered_ + trigger_takes + saving_takes ? "b.mov" : last_file;
  }

  milliseconds now_{0}, answer_at_{0};
  Orders orders_;
  Request under_way_ = Request::none;
  CallResult result_ = CallResult::okay;
  std::optional<milliseconds> triggered_;
};

TEST(Verification, ACameraThatFiresIsConfirmedWithItsLatency) {
  Scene scene;
  scene.run();
  EXPECT_EQ(scene.report.outcome, Outcome::confirmed);
  EXPECT_EQ(scene.report.way, Way::datagram);
  EXPECT_EQ(scene.report.latency, milliseconds{4});  // one round trip
  EXPECT_EQ(scene.sent, 1);
  EXPECT_EQ(scene.videos, 1);
  EXPECT_EQ(scene.polls, 2);
  EXPECT_EQ(scene.report.sentence, "The camera was ready, and is triggered since.");
}

TEST(Verification, WhatIsKnownNeedNotBeAsked) {
  Scene scene;
  const CameraStatus ready{.state = State::running_pretrigger_full, .state_number = 6};
  scene.run({ready, "a.mov"});
  EXPECT_EQ(scene.report.outcome, Outcome::confirmed);
  EXPECT_EQ(scene.polls, 1);
  EXPECT_EQ(scene.ended, milliseconds{4});
}

TEST(Verification, ACameraThatIsNotReadyIsNotTriggered) {
  for (const State state :
       {State::unconfigured, State::calibrating, State::triggered, State::saving, State::reviewing}) {
    Scene scene({.state = state});
    scene.run();
    EXPECT_EQ(scene.report.outcome, Outcome::refused_by_state) << to_string(state);
    EXPECT_EQ(scene.sent, 0);
    EXPECT_EQ(scene.http_triggers, 0);
    EXPECT_TRUE(scene.report.sentence.contains(to_string(state))) << scene.report.sentence;
  }
  Scene full({.flags = flag::storage_full});
  full.run();
  EXPECT_EQ(full.report.outcome, Outcome::refused_by_state);
  EXPECT_EQ(full.sent, 0);
}

TEST(Verification, ALostDatagramIsSentOnceMore) {
  Scene scene({.datagrams_lost = 1});
  scene.run();
  EXPECT_EQ(scene.report.outcome, Outcome::confirmed);
  EXPECT_EQ(scene.report.way, Way::datagram_again);
  EXPECT_EQ(scene.report.latency, milliseconds{4});  // of the try that did it
  EXPECT_EQ(scene.sent, 2);
  EXPECT_EQ(scene.videos, 1);
  EXPECT_EQ(scene.http_triggers, 0);
}

TEST(Verification, ThenHttpTriggers) {
  Scene scene({.datagrams_lost = 5});
  scene.run();
  EXPECT_EQ(scene.report.outcome, Outcome::confirmed);
  EXPECT_EQ(scene.report.way, Way::http);
  EXPECT_EQ(scene.sent, 2);
  EXPECT_EQ(scene.http_triggers, 1);
  EXPECT_EQ(scene.videos, 1);
}

TEST(Verification, AGroupIsNotSentToAgain) {
  Scene scene({.policy = {.send_again = false}, .datagrams_lost = 5});
  scene.run({.status = CameraStatus{.state = State::running}}, /*sent_already=*/true);
  EXPECT_EQ(scene.report.outcome, Outcome::confirmed);
  EXPECT_EQ(scene.report.way, Way::http);
  EXPECT_EQ(scene.sent, 0);
  EXPECT_EQ(scene.videos, 1);
}

TEST(Verification, PolicyMaySendSeveralAndMakesOneVideo) {
  Scene scene({.policy = {.sends = 3, .send_gap = milliseconds{1}}, .datagrams_lost = 1});
  scene.run();
  EXPECT_EQ(scene.report.outcome, Outcome::confirmed);
  EXPECT_EQ(scene.sent, 3);
  EXPECT_EQ(scene.videos, 1);
  Scene greedy({.policy = {.sends = 99, .send_gap = milliseconds{0}}});
  greedy.run();
  EXPECT_LE(greedy.sent, max_sends);
}

TEST(Verification, SeenTriggeredItSendsNoMoreOfARound) {
  Scene scene({.policy = {.sends = 3, .send_gap = milliseconds{20}}});
  scene.run();
  EXPECT_EQ(scene.sent, 1);
}

TEST(Verification, AShotTooShortToSeeIsFoundByItsFile) {
  // Asked while the answer is slow: the shot is over before the next look, and the buffer full again.
  Scene scene({.policy = {.check_limit = milliseconds{5000}, .confirm_limit = milliseconds{800}},
               .round_trip = milliseconds{700},
               .trigger_takes = milliseconds{1},
               .saving_takes = milliseconds{1}});
  scene.run();
  EXPECT_EQ(scene.report.outcome, Outcome::confirmed);
  EXPECT_EQ(scene.report.latency, std::nullopt);
  EXPECT_TRUE(scene.report.sentence.contains("b.mov")) << scene.report.sentence;
  EXPECT_EQ(scene.sent, 1);
  EXPECT_EQ(scene.videos, 1);
}

TEST(Verification, ABufferThatBeganAnewIsNoReasonToSendAgain) {
  Scene scene({.policy = {.ask_last_file = false},
               .round_trip = milliseconds{100},
               .trigger_takes = milliseconds{1},
               .saving_takes = milliseconds{1}});
  scene.run();
  EXPECT_EQ(scene.report.outcome, Outcome::unconfirmed);
  EXPECT_EQ(scene.sent, 1);
  EXPECT_EQ(scene.http_triggers, 0);
  EXPECT_EQ(scene.videos, 1);
}

TEST(Verification, ACapturedBufferMoreIsAShot) {
  Verification verification({});
  const SteadyTime t0{};
  const CameraStatus before{.state = State::running, .captured_buffers = 1};
  EXPECT_TRUE(verification.begin(t0, {before, "a.mov"}).send_datagram);
  CameraStatus after = before;
  after.captured_buffers = 2;
  EXPECT_TRUE(verification.status(t0 + milliseconds{9}, after).finished);
  EXPECT_EQ(verification.report()->outcome, Outcome::confirmed);
  EXPECT_EQ(verification.report()->latency, milliseconds{9});
}

TEST(Verification, WithoutHttpTheTriggerIsSentAndStaysUnconfirmed) {
  Scene scene({.http_works = false});
  scene.run();
  EXPECT_EQ(scene.report.outcome, Outcome::unconfirmed);
  EXPECT_EQ(scene.sent, 1);
  EXPECT_EQ(scene.videos, 1);
  EXPECT_TRUE(scene.report.sentence.contains("did not answer within")) << scene.report.sentence;
}

TEST(Verification, ASlowCameraHoldsTheTriggerBackForTheCheckLimitOnly) {
  Verification verification({});
  const SteadyTime t0{};
  EXPECT_FALSE(verification.begin(t0).send_datagram);
  EXPECT_FALSE(verification.time(t0 + milliseconds{149}).send_datagram);
  EXPECT_TRUE(verification.time(t0 + milliseconds{150}).send_datagram);
  // The answer to what was asked before the trigger tells how the camera was then.
  const Orders orders = verification.status(t0 + milliseconds{400}, {.state = State::running_pretrigger_full});
  EXPECT_EQ(orders.request, Request::status);
  EXPECT_TRUE(verification.status(t0 + milliseconds{800}, {.state = State::saving}).finished);
  EXPECT_EQ(verification.report()->outcome, Outcome::confirmed);
}

TEST(Verification, AShotOfUnknownOriginIsNotClaimed) {
  Verification verification({});
  const SteadyTime t0{};
  verification.begin(t0);
  EXPECT_TRUE(verification.request_failed(t0, "busy").send_datagram);
  EXPECT_TRUE(verification.status(t0 + milliseconds{5}, {.state = State::saving}).finished);
  EXPECT_EQ(verification.report()->outcome, Outcome::unconfirmed);
}

TEST(Verification, WhatCannotBeSentGoesOverHttp) {
  Scene scene({.sending_fails = true});
  scene.run();
  EXPECT_EQ(scene.report.outcome, Outcome::confirmed);
  EXPECT_EQ(scene.report.way, Way::http);
  EXPECT_EQ(scene.videos, 1);
  Scene alone({.policy = {.http_fallback = false}, .sending_fails = true});
  alone.run();
  EXPECT_EQ(alone.report.outcome, Outcome::failed);
  EXPECT_TRUE(alone.report.sentence.contains("Network is unreachable.")) << alone.report.sentence;
}

TEST(Verification, WhatTheCameraSaysOverHttpDecides) {
  struct Row {
    CallResult result;
    Outcome outcome;
  };
  for (const Row& row :
       {Row{CallResult::storage_error, Outcome::failed}, Row{CallResult::code_out_of_date, Outcome::failed},
        Row{CallResult::invalid_parameter, Outcome::failed}, Row{CallResult::okay, Outcome::confirmed},
        // It was ready and no longer is: it did trigger.
        Row{CallResult::invalid_state, Outcome::confirmed}}) {
    Scene scene({.datagrams_lost = 5, .http_says = row.result});
    scene.run();
    EXPECT_EQ(scene.report.outcome, row.outcome) << to_string(row.result);
    EXPECT_EQ(scene.http_triggers, 1);
  }
  // Nothing had been sent that it could have taken.
  Scene unsent({.sending_fails = true, .http_says = CallResult::invalid_state});
  unsent.run();
  EXPECT_EQ(unsent.report.outcome, Outcome::refused_by_state);
}

TEST(Verification, AnHttpTriggerWithoutAnswerIsLookedAfterAndNotRepeated) {
  Scene scene({.datagrams_lost = 5, .http_trigger_lost = true});
  scene.run();
  EXPECT_EQ(scene.report.outcome, Outcome::unconfirmed);
  EXPECT_EQ(scene.http_triggers, 1);
}

TEST(Verification, EndsWithoutAnyAnswer) {
  Verification verification({});
  const SteadyTime t0{};
  Orders orders = verification.begin(t0);
  int wakes = 0;
  for (; !orders.finished && wakes < 20; ++wakes) orders = verification.time(*orders.wake_at);
  EXPECT_TRUE(verification.finished());
  EXPECT_LT(wakes, 5);
  EXPECT_EQ(verification.report()->outcome, Outcome::unconfirmed);
  EXPECT_EQ(verification.report()->datagrams, 1);
}

TEST(Verification, AnswersThatNobodyAskedForChangeNothing) {
  Verification verification({});
  const SteadyTime t0{};
  EXPECT_EQ(verification.begin(t0).request, Request::status);
  verification.last_file(t0, "b.mov");
  verification.trigger_result(t0, CallResult::storage_error);
  EXPECT_FALSE(verification.finished());
  EXPECT_EQ(verification.status(t0, {.state = State::running}).request, Request::last_file);
}

// Whatever is lost and however slow it all is: never two videos.
TEST(Verification, NeverTwoVideos) {
  for (int lost = 0; lost < 4; ++lost)
    for (const int round_trip : {1, 30, 90, 200, 450, 900})
      for (const int takes : {1, 20, 50, 120, 700})
        for (const int sends : {1, 2})
          // A round of two, 5 ms apart, is for cameras that take longer than that to save a shot.
          for (const bool files : {false, true}) {
            if (sends > 1 && takes < 5) continue;
            Scene scene({.policy = {.sends = sends, .ask_last_file = files},
                         .round_trip = milliseconds{round_trip},
                         .datagrams_lost = lost,
                         .trigger_takes = milliseconds{takes},
                         .saving_takes = milliseconds{takes}});
            scene.run();
            EXPECT_LE(scene.videos, 1) << lost << " lost, " << round_trip << " ms, shot of " << 2 * takes << " ms";
            EXPECT_TRUE(scene.report.outcome != Outcome::confirmed || scene.videos == 1);
          }
}

}  // namespace
}  // namespace edgertronic
