#include <gmock/gmock.h>

#include <map>

#include "server/relay/trendnet/command_queue.hpp"

namespace trendnet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string outputs_body = "Trigger1=0&Trigger2=1&ImageUpload=0&ImageEmail=1";

class Queue : public testing::Test {
 protected:
  CommandId add(Command command, std::optional<Duration> within = {}) {
    const auto id = queue_.add(std::move(command), now_, within);
    EXPECT_TRUE(id) << id.error().message;
    return id.value_or(0);
  }
  // The body of the request that is sent now, without its end; empty: there is none.
  std::string send() {
    const auto next = queue_.next(now_);
    if (!next) return "";
    number_ = next->number;
    const std::string& body = next->request.body;
    return body.empty() ? next->request.path : body.substr(0, body.find("\r\n"));
  }
  void answer(int status, std::string_view body = {}) {
    queue_.answered(number_, {.status = status, .body = base::as_bytes(body)}, now_);
  }
  // What is sent until nothing waits, each answered with success.
  std::vector<std::string> send_all() {
    std::vector<std::string> sent;
    for (std::string body = send(); !body.empty(); body = send()) {
      sent.push_back(body);
      answer(200, outputs_body);
      now_ += 1ms;
    }
    return sent;
  }
  std::vector<std::pair<CommandId, Outcome>> outcomes() {
    std::vector<std::pair<CommandId, Outcome>> list;
    for (const auto& result : queue_.take_results()) {
      EXPECT_TRUE(result.text.ends_with('.')) << result.text;
      list.emplace_back(result.id, result.outcome);
    }
    return list;
  }
  static std::pair<CommandId, Outcome> is(CommandId id, Outcome outcome) { return {id, outcome}; }

  base::SteadyTime now_{1h};
  CommandQueue queue_;
  std::uint64_t number_ = 0;
};

TEST_F(Queue, HasOneRequestUnderWay) {
  const auto home = add(Home{}), swing = add(Swing{SwingMode::horizontal});
  EXPECT_EQ(send(), "PanTiltSingleMove=4");
  EXPECT_TRUE(queue_.is_busy());
  EXPECT_EQ(send(), "");
  EXPECT_EQ(queue_.waiting(), 1U);
  answer(204);
  EXPECT_EQ(send(), "PanTiltSwingMode=1");
  answer(500);
  EXPECT_EQ(send(), "");
  EXPECT_THAT(outcomes(), ElementsAre(is(home, Outcome::done), is(swing, Outcome::failed)));
  EXPECT_FALSE(queue_.wake_at());
}

TEST_F(Queue, MovesThatWaitAddUp) {
  const auto first = add(Move{.right = 5});
  EXPECT_EQ(send(), "PanSingleMoveDegree=5&PanTiltSingleMove=5");
  const auto a = add(Move{.right = 5}), b = add(Move{.right = 5, .up = 2}), c = add(Move{.right = -3});
  EXPECT_EQ(queue_.waiting(), 3U);
  answer(200);
  EXPECT_THAT(send_all(), ElementsAre("PanSingleMoveDegree=7&TiltSingleMoveDegree=2&PanTiltSingleMove=2"));
  EXPECT_THAT(outcomes(),
              ElementsAre(is(first, Outcome::done), is(a, Outcome::done), is(b, Outcome::done), is(c, Outcome::done)));
}

TEST_F(Queue, OppositeMovesCancelEachOther) {
  const auto a = add(Move{.right = 5, .up = -2}), b = add(Move{.right = -5, .up = 2});
  EXPECT_EQ(send(), "");
  EXPECT_THAT(outcomes(), ElementsAre(is(a, Outcome::done), is(b, Outcome::done)));
  EXPECT_EQ(queue_.waiting(), 0U);
}

TEST_F(Queue, MovesAddUpPastOutputsAndNothingElse) {
  add(Move{.up = 1});
  add(ReadOutputs{});
  add(Move{.up = 1});
  add(TakeSnapshot{});
  add(Move{.up = 1});
  EXPECT_THAT(send_all(), ElementsAre("TiltSingleMoveDegree=2&PanTiltSingleMove=1", "/IOCONTROL.CGI", "/IMAGE.JPG",
                                      "TiltSingleMoveDegree=1&PanTiltSingleMove=1"));
}

TEST_F(Queue, ALongMoveIsSentInParts) {
  const auto a = add(Move{.right = 45, .up = -10}), b = add(Move{.right = 25});
  EXPECT_THAT(send_all(),
              ElementsAre("PanSingleMoveDegree=30&TiltSingleMoveDegree=10&PanTiltSingleMove=8",
                          "PanSingleMoveDegree=30&PanTiltSingleMove=5", "PanSingleMoveDegree=10&PanTiltSingleMove=5"));
  EXPECT_THAT(outcomes(), ElementsAre(is(a, Outcome::done), is(b, Outcome::done)));
  for (int n = 0; n < 20; ++n) add(Move{.right = 360});
  EXPECT_THAT(send_all(), SizeIs(12)) << "once round is as far as it goes";
}

TEST_F(Queue, TheRestOfALongMoveIsNotSentAfterAnError) {
  const auto id = add(Move{.right = 90});
  send();
  answer(503);
  EXPECT_EQ(send(), "");
  EXPECT_THAT(outcomes(), ElementsAre(is(id, Outcome::failed)));
}

TEST_F(Queue, AnAbsoluteWayTakesThePlaceOfThoseThatWait) {
  const auto move = add(Move{.right = 5}), home = add(Home{}), preset = add(GoPreset{3}),
             there = add(GoTo{.position = {1, 2}});
  add(ReadOutputs{});
  const auto newest = add(GoPreset{7});
  EXPECT_THAT(outcomes(), ElementsAre(is(move, Outcome::replaced), is(home, Outcome::replaced),
                                      is(preset, Outcome::replaced), is(there, Outcome::replaced)));
  EXPECT_THAT(send_all(), ElementsAre("/IOCONTROL.CGI", "PanTiltPresetPositionMove=7"));
  EXPECT_THAT(outcomes(), testing::Contains(is(newest, Outcome::done)));
}

// What is to be seen, or kept, on the way is not skipped.
TEST_F(Queue, AnAbsoluteWayTakesNoPlaceBeforeASnapshotOrAPresetThatIsSetHere) {
  add(GoPreset{1});
  add(TakeSnapshot{});
  add(GoPreset{2});
  add(SetPreset{5, "here", {}});
  add(GoPreset{3});
  add(SetPreset{6, "there", Position{1, 2}});
  const auto last = add(GoPreset{4});
  EXPECT_THAT(send_all(), ElementsAre("PanTiltPresetPositionMove=1", "/IMAGE.JPG", "PanTiltPresetPositionMove=2",
                                      "SetName=here&SetPosition=5",
                                      "PanTiltHorizontal=1&PanTiltVertical=2&SetName=there&SetPosition=6",
                                      "PanTiltPresetPositionMove=4"));
  EXPECT_THAT(outcomes(), testing::Contains(is(last, Outcome::done)));
}

TEST_F(Queue, OfTwoSwingModesTheOlderIsNotSent) {
  const auto older = add(Swing{SwingMode::horizontal});
  add(ReadOutputs{});
  add(Swing{SwingMode::stop});
  EXPECT_THAT(send_all(), ElementsAre("/IOCONTROL.CGI", "PanTiltSwingMode=0"));
  EXPECT_EQ(outcomes().front(), is(older, Outcome::replaced));
}

// Between the two requests of one way nothing else is sent, so that two of them cannot mix.
TEST_F(Queue, AWayToAPositionIsTwoRequestsInOne) {
  const auto id = add(GoTo{.position = {136, 46}, .scratch_preset = 20});
  EXPECT_EQ(send(), "PanTiltHorizontal=136&PanTiltVertical=46&SetName=goto&SetPosition=20");
  add(Move{.up = 1});
  answer(200);
  EXPECT_THAT(outcomes(), IsEmpty()) << "not yet";
  EXPECT_EQ(send(), "PanTiltPresetPositionMove=20");
  answer(200);
  EXPECT_THAT(outcomes(), ElementsAre(is(id, Outcome::done)));
}

TEST_F(Queue, ANewerWayReplacesTheRestOfOneUnderWay) {
  const auto far = add(Move{.right = 90});
  send();
  const auto there = add(GoTo{.position = {1, 2}});
  answer(200);
  EXPECT_THAT(outcomes(), ElementsAre(is(far, Outcome::replaced)));
  EXPECT_THAT(send(), HasSubstr("PanTiltHorizontal=1"));
  const auto home = add(Home{});
  answer(200);
  EXPECT_THAT(outcomes(), ElementsAre(is(there, Outcome::replaced)));
  EXPECT_EQ(send(), "PanTiltSingleMove=4");
  answer(200);
  EXPECT_THAT(outcomes(), ElementsAre(is(home, Outcome::done)));
}

TEST_F(Queue, ASnapshotKeepsTheRestOfAWayBeforeIt) {
  add(Move{.right = 31});
  send();
  add(TakeSnapshot{});
  add(Home{});
  answer(200);
  EXPECT_THAT(send_all(),
              ElementsAre("PanSingleMoveDegree=1&PanTiltSingleMove=5", "/IMAGE.JPG", "PanTiltSingleMove=4"));
}

// ---- Outputs.

TEST_F(Queue, OutputsThatAreNotNamedStayAsTheyAre) {
  const auto id = add(SetOutputs{.trigger1 = true});
  EXPECT_EQ(send(), "/IOCONTROL.CGI");
  answer(200, outputs_body);
  EXPECT_EQ(send(), "Trigger1=1&Trigger2=1&ImageUpload=0&ImageEmail=1");
  answer(200);
  const auto results = queue_.take_results();
  ASSERT_THAT(results, SizeIs(1));
  EXPECT_EQ(results[0].id, id);
  EXPECT_EQ(results[0].outputs, (Outputs{.trigger1 = true, .trigger2 = true, .image_email = true}));
}

TEST_F(Queue, OutputsThatAreAllNamedAreNotRead) {
  add(SetOutputs{true, false, false, false});
  EXPECT_THAT(send_all(), ElementsAre("Trigger1=1&Trigger2=0&ImageUpload=0&ImageEmail=0"));
}

TEST_F(Queue, OutputsThatCannotBeReadAreNotSet) {
  const auto id = add(SetOutputs{.trigger1 = true});
  send();
  answer(200, "<html>");
  EXPECT_EQ(send(), "");
  EXPECT_THAT(outcomes(), ElementsAre(is(id, Outcome::refused)));
}

TEST_F(Queue, OutputsAreReadForTheirOwnSake) {
  add(ReadOutputs{});
  send();
  answer(200, outputs_body);
  const auto results = queue_.take_results();
  ASSERT_THAT(results, SizeIs(1));
  EXPECT_EQ(results[0].outputs, (Outputs{.trigger2 = true, .image_email = true}));
}

TEST_F(Queue, ASnapshotIsAPictureOrAReason) {
  const std::string picture = "\xff\xd8 picture \xff\xd9";
  add(TakeSnapshot{});
  send();
  answer(200, picture);
  add(TakeSnapshot{});
  send();
  answer(200, "<html>");
  const auto results = queue_.take_results();
  ASSERT_THAT(results, SizeIs(2));
  EXPECT_EQ(base::as_text(results[0].picture), picture);
  EXPECT_EQ(results[1].outcome, Outcome::refused);
  EXPECT_THAT(results[1].text, HasSubstr("no whole picture: 6 bytes"));
}

// ---- Time and bounds.

TEST_F(Queue, AnAnswerMustComeInTime) {
  const auto id = add(Home{});
  send();
  EXPECT_EQ(queue_.wake_at(), now_ + 5s);
  const auto late = number_;
  now_ += 5s;
  EXPECT_EQ(send(), "");
  EXPECT_FALSE(queue_.is_busy());
  EXPECT_THAT(outcomes(), ElementsAre(is(id, Outcome::no_answer)));
  const auto next = add(GoPreset{1});
  send();
  queue_.answered(late, {.status = 200, .body = {}}, now_);
  EXPECT_THAT(outcomes(), IsEmpty()) << "the late answer is not this command's";
  answer(401);
  EXPECT_THAT(outcomes(), ElementsAre(is(next, Outcome::unauthorized)));
}

TEST_F(Queue, ACommandWaitsForItsTimeAndNoLonger) {
  add(Home{});
  send();
  const auto impatient = add(TakeSnapshot{}, 2s), patient = add(TakeSnapshot{});
  EXPECT_EQ(queue_.wake_at(), now_ + 2s);
  now_ += 2s;
  EXPECT_EQ(send(), "");
  EXPECT_THAT(outcomes(), ElementsAre(is(impatient, Outcome::expired)));
  answer(200);
  EXPECT_EQ(send(), "/IMAGE.JPG");
  now_ += 5s;
  send();
  EXPECT_THAT(outcomes(), testing::Contains(is(patient, Outcome::no_answer)));
}

TEST_F(Queue, MovesThatAddUpWaitAsLongAsTheMostPatient) {
  add(Home{});
  send();
  add(Move{.up = 1}, 1s);
  add(Move{.up = 1}, 3s);
  now_ += 2s;
  answer(200);
  EXPECT_EQ(send(), "TiltSingleMoveDegree=2&PanTiltSingleMove=1");
}

TEST_F(Queue, RequestsAreSpaced) {
  queue_ = CommandQueue({.spacing = 300ms});
  add(Home{});
  add(TakeSnapshot{});
  EXPECT_EQ(send(), "PanTiltSingleMove=4");
  now_ += 100ms;
  answer(200);
  EXPECT_EQ(send(), "");
  EXPECT_EQ(queue_.wake_at(), now_ + 200ms);
  now_ += 200ms;
  EXPECT_EQ(send(), "/IMAGE.JPG");
}

TEST_F(Queue, IsBounded) {
  queue_ = CommandQueue({.most_waiting = 3});
  add(Move{.up = 1});
  add(Move{.up = 1});
  add(ReadOutputs{});
  const auto refused = queue_.add(Move{.up = 1}, now_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::exhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("3 commands wait"));
  send();
  add(Move{.up = 1});
  EXPECT_FALSE(queue_.add(GoPreset{25}, now_)) << "of no camera";
}

TEST_F(Queue, WhatWaitsCanBeDropped) {
  const auto far = add(Move{.right = 90});
  send();
  const auto waiting = add(TakeSnapshot{});
  queue_.drop("The camera was disarmed.");
  EXPECT_THAT(outcomes(), ElementsAre(is(waiting, Outcome::dropped)));
  answer(200);
  EXPECT_THAT(outcomes(), ElementsAre(is(far, Outcome::dropped))) << "its first part was sent";
  EXPECT_EQ(send(), "");
}

// Whatever is told in whatever order: each command has one result, and never are two requests under way.
TEST_F(Queue, EachCommandHasOneResult) {
  queue_ = CommandQueue({.most_waiting = 10, .spacing = 20ms});
  unsigned random = 1;
  const auto below = [&](unsigned bound) { return (random = random * 1103515245U + 12345U) / 65536U % bound; };
  std::map<CommandId, int> results;
  const auto take = [&] {
    for (const auto& result : queue_.take_results()) ++results[result.id];
  };
  for (int n = 0; n < 50'000; ++n) {
    const int degrees = static_cast<int>(below(100)) - 50;
    const std::vector<Command> commands{
        Move{.right = degrees},   Move{.up = degrees},   Home{},  GoPreset{3},   TakeSnapshot{},
        GoTo{.position = {5, 5}}, SetPreset{4, "x", {}}, Swing{}, ReadOutputs{}, SetOutputs{.trigger2 = true}};
    if (const auto id = queue_.add(commands[below(10)], now_, Duration(below(3000)))) results.try_emplace(*id, 0);
    if (below(2) == 0) send();
    if (below(3) == 0) answer(below(9) == 0 ? 500 : 200, outputs_body);
    if (below(200) == 0) queue_.drop("That is enough.");
    now_ += Duration(below(below(50) == 0 ? 6000 : 60));
    ASSERT_LE(queue_.waiting(), 10U + 10U) << "what was under way may have come back";
    take();
  }
  queue_.drop("The end.");
  now_ += 1h;
  send();
  take();
  EXPECT_GT(results.size(), 10'000U);
  for (const auto& [id, count] : results) ASSERT_EQ(count, 1) << id;
}

}  // namespace
}  // namespace trendnet
