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
    ": hello\nretry: 2000\n\nid: 1-1\nevent: trigger\ndata: {\"a\":1}\n\n: beat\n\nevent: take\r\nid: 1-2\r\ndata: x\r\n"
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

TEST(EventStream, BoundsWhatItHolds) {
  EventStream stream([](const ServerEvent&) {});
  EXPECT_FALSE(stream.feed(std::string(EventStream::longest_event + 1, 'x')));
}

}  // namespace
}  // namespace trigger
