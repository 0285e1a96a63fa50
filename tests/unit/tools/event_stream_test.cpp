#include "tools/trigger/event_stream.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace trigger {
namespace {

using testing::ElementsAre;

std::vector<std::string> read(const std::vector<std::string>& pieces) {
  std::vector<std::string> seen;
  EventStream stream([&](const ServerEvent& event) { seen.push_back(event.id + "|" + event.type + "|" + event.data); });
  for (const std::string& piece : pieces) EXPECT_TRUE(stream.feed(piece));
  return seen;
}

const std::string session =
    ": hello\nretry: 2000\n\nid: 1-1\nevent: trigger\ndata: {\"a\":1}\n\n: beat\n\nevent: take\r\nid: 1-2\r\ndata: "
    "x\r\n"
    "data:y\r\n\r\ndata\rdata:z\r\r";

TEST(EventStream, TakesEventsApart) {
  EXPECT_THAT(read({session}), ElementsAre("1-1|trigger|{\"a\":1}", "1-2|take|x\ny", "1-2|message|\nz"));
}

TEST(EventStream, DoesNotDependOnWhereItIsCut) {
  const auto whole = read({session});
  for (std::size_t cut = 0; cut <= session.size(); ++cut)
    EXPECT_EQ(read({session.substr(0, cut), session.substr(cut)}), whole) << cut;
  std::vector<std::string> bytes;
  bytes.reserve(session.size());
  for (const char c : session) bytes.emplace_back(1, c);
  EXPECT_EQ(read(bytes), whole);
}

TEST(EventStream, WhatBrokeOffIsAskedForAgain) {
  std::vector<std::string> seen;
  EventStream stream([&](const ServerEvent& event) { seen.push_back(event.data); });
  ASSERT_TRUE(stream.feed("id: 7\ndata: whole\n\nid: 8\ndata: hal"));
  stream.broken();
  EXPECT_EQ(stream.last_id(), "7");
  ASSERT_TRUE(stream.feed("data: next\n\n"));
  EXPECT_THAT(seen, ElementsAre("whole", "next"));
}

TEST(EventStream, CommentsAreNoEvents) {
  EXPECT_THAT(read({":\n\n: data: x\n\n:data: y\n\n"}), ElementsAre());
}

TEST(EventStream, AnIdWithoutDataIsKeptAndCallsNobody) {
  EventStream stream([](const ServerEvent& event) { ADD_FAILURE() << event.data; });
  ASSERT_TRUE(stream.feed("id: 1a-7\n\nevent: take\n\n"));
  EXPECT_EQ(stream.last_id(), "1a-7");
}

TEST(EventStream, AnIdIsThatOfLaterEventsUntilItIsTakenBack) {
  EXPECT_THAT(read({"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n"}),
              ElementsAre("1|message|a", "1|message|b", "|message|c"));
}

TEST(EventStream, AnIdWithAZeroIsNone) {
  EXPECT_THAT(read({std::string("id: 1\nid: 2\0\ndata: a\n\n", 22)}), ElementsAre("1|message|a"));
}

TEST(EventStream, ATypeIsOfOneEventAlone) {
  EXPECT_THAT(read({"event: take\ndata: a\n\ndata: b\n\nevent: arm\n\ndata: c\n\n"}),
              ElementsAre("|take|a", "|message|b", "|message|c"));
}

TEST(EventStream, OneBlankBehindTheColonIsNoPartOfTheValue) {
  EXPECT_THAT(read({"data:  a\ndata:b: c\ndata:\n\n"}), ElementsAre("|message| a\nb: c\n"));
}

TEST(EventStream, FieldsThatAreNotKnownAreLeftOut) {
  EXPECT_THAT(read({"datum: x\n Data: y\nDATA: z\ndata: a\n\n"}), ElementsAre("|message|a"));
}

TEST(EventStream, AnEventWithoutItsEmptyLineIsNotWhole) {
  EXPECT_THAT(read({"data: a\n"}), ElementsAre());
}

TEST(EventStream, AByteOrderMarkIsNoPartOfTheFirstLine) {
  EventStream stream([](const ServerEvent&) {});
  ASSERT_TRUE(stream.feed("\xEF\xBB"));
  ASSERT_TRUE(
      stream.feed("\xBF"
                  "id: 1\n\n"));
  EXPECT_EQ(stream.last_id(), "1");
  ASSERT_TRUE(stream.feed("\xEF\xBB\xBFid: 2\n\n"));
  EXPECT_EQ(stream.last_id(), "1") << "in the middle it is a field that nobody knows";
  stream.broken();
  ASSERT_TRUE(stream.feed("\xEF\xBB\xBFid: 3\n\n"));
  EXPECT_EQ(stream.last_id(), "3") << "the next stream has its own";
}

TEST(EventStream, KnowsHowLongTheServerWantsToBeLeftAlone) {
  EventStream stream([](const ServerEvent&) {});
  EXPECT_FALSE(stream.retry());
  for (const char* const nonsense : {"retry: 2s\n", "retry: -1\n", "retry:\n", "retry: 99999999999\n", "retry: 2 \n"}) {
    ASSERT_TRUE(stream.feed(nonsense));
    EXPECT_FALSE(stream.retry()) << nonsense;
  }
  ASSERT_TRUE(stream.feed("retry: 2000\n"));
  EXPECT_EQ(stream.retry(), std::chrono::seconds{2}) << "it needs no event";
  ASSERT_TRUE(stream.feed("retry: soon\n"));
  stream.broken();
  EXPECT_EQ(stream.retry(), std::chrono::seconds{2});
}

TEST(EventStream, ALineEndThatIsCutByABreakIsNoLineEndOfTheNextStream) {
  std::vector<std::string> seen;
  EventStream stream([&](const ServerEvent& event) { seen.push_back(event.data); });
  ASSERT_TRUE(stream.feed("data: a\r"));
  stream.broken();
  ASSERT_TRUE(stream.feed("\ndata: b\n\n"));
  EXPECT_THAT(seen, ElementsAre("b"));
}

TEST(EventStream, BoundsAnEndlessLine) {
  EventStream stream([](const ServerEvent&) {});
  EXPECT_TRUE(stream.feed(std::string(EventStream::longest_event, 'x')));
  EXPECT_FALSE(stream.feed("x"));
}

TEST(EventStream, BoundsAnEndlessEvent) {
  EventStream stream([](const ServerEvent&) {});
  const std::string line = "data: " + std::string(1000, 'x') + "\n";
  std::size_t fed = 0;
  while (stream.feed(line)) fed += line.size();
  EXPECT_LT(fed, 2 * EventStream::longest_event);
}

TEST(EventStream, LongEventsOneAfterTheOtherAreFine) {
  std::size_t taken = 0;
  EventStream stream([&](const ServerEvent& event) { taken += event.data.size(); });
  const std::string event = "data: " + std::string(EventStream::longest_event / 2, 'x') + "\n\n";
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(stream.feed(event));
  EXPECT_EQ(taken, 5 * EventStream::longest_event / 2);
}

}  // namespace
}  // namespace trigger
