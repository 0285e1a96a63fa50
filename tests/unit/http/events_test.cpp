// Server-sent events as a plain socket sees them: framing, topics, coming again, slow readers, many readers, the end.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "tests/unit/http/fixture.hpp"

namespace http::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class EventsTest : public ServerTest {
 protected:
  EventsTest() { feed = std::make_unique<Feed>(); }
  ~EventsTest() override { server.reset(); }

  // One that has read the greeting: what is published from now on is for it.
  std::unique_ptr<Connection> reader(std::string_view target = "/api/v1/events", std::string_view headers = {}) {
    auto connection = std::make_unique<Connection>(port());
    connection->send_get(target, headers);
    const auto head = connection->read_head();
    EXPECT_TRUE(head && head->status == 200);
    greeting = connection->read_chunk().value_or("");
    return connection;
  }

  static std::string id_in(std::string_view text) {
    const auto at = text.rfind("id: ") + 4;
    return std::string(text.substr(at, text.find('\n', at) - at));
  }

  std::string greeting;
};

TEST_F(EventsTest, AnEventIsOneChunk) {
  start();
  Connection connection(port());
  connection.send_get("/api/v1/events");
  const auto head = connection.read_head();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->header("content-type"), "text/event-stream");
  EXPECT_EQ(head->header("transfer-encoding"), "chunked");
  EXPECT_EQ(head->header("cache-control"), "no-store");
  EXPECT_EQ(head->header("connection"), "close");
  EXPECT_FALSE(head->headers.contains("content-length"));
  EXPECT_THAT(connection.read_chunk().value(), MatchesRegex("retry: 2000\nid: [0-9a-f]+-0\n\n"));
  feed->publish(Topic::trigger, "{\"a\":\n 1}");
  EXPECT_THAT(connection.read_chunk().value(),
              MatchesRegex("id: [0-9a-f]+-1\nevent: trigger\ndata: \\{\"a\":  1\\}\n\n"));
  feed->publish(Topic::arm, "{}");
  EXPECT_THAT(connection.read_chunk().value(), MatchesRegex("id: [0-9a-f]+-2\nevent: arm\ndata: \\{\\}\n\n"));
}

TEST_F(EventsTest, OnlyTheTopicsAskedFor) {
  start();
  const auto some = reader("/api/v1/events?topics=take,media");
  feed->publish(Topic::trigger, "1");
  feed->publish(Topic::take, "2");
  EXPECT_THAT(some->read_chunk().value(), HasSubstr("event: take\ndata: 2\n"));
  feed->publish(Topic::camera, "3");
  feed->publish(Topic::media, "4");
  EXPECT_THAT(some->read_chunk().value(), HasSubstr("event: media\ndata: 4\n"));
}

TEST_F(EventsTest, WhatCannotBeAskedIsSaid) {
  start();
  EXPECT_EQ(get("/api/v1/events?topics=take,nothing").status, 400);
  EXPECT_THAT(get("/api/v1/events?topics=nothing").body, HasSubstr("There is no topic \\\"nothing\\\""));
  EXPECT_EQ(get("/api/v1/events?after=yesterday").status, 400);
  EXPECT_EQ(request(port(), "POST", "/api/v1/events").status, 405);
}

TEST_F(EventsTest, WithoutAFeedThereIsNoSuchAddress) {
  feed.reset();
  start();
  EXPECT_EQ(get("/api/v1/events").status, 404);
}

TEST_F(EventsTest, HeadHasNoBody) {
  start();
  Connection connection(port());
  connection.send("HEAD /api/v1/events HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto head = connection.read_head();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->header("content-type"), "text/event-stream");
  EXPECT_EQ(connection.read_some(100), "");
  EXPECT_TRUE(connection.ended());
  EXPECT_EQ(feed->readers(), 0U);
}

TEST_F(EventsTest, AnOldClientReadsToTheEndOfTheConnection) {
  start();
  Connection connection(port());
  connection.send("GET /api/v1/events HTTP/1.0\r\n\r\n");
  const auto head = connection.read_head();
  ASSERT_TRUE(head);
  EXPECT_FALSE(head->headers.contains("transfer-encoding"));
  EXPECT_FALSE(head->headers.contains("content-length"));
  std::string body;
  while (!body.contains("\n\n")) body += connection.read_some(1);
  EXPECT_THAT(body, StartsWith("retry: 2000\nid: "));
  feed->publish(Topic::trigger, "{}");
  body.clear();
  while (!body.contains("\n\n")) body += connection.read_some(1);
  EXPECT_THAT(body, MatchesRegex("id: [0-9a-f]+-1\nevent: trigger\ndata: \\{\\}\n\n"));
  server->stop();
  EXPECT_EQ(connection.read_some(100), "");
  EXPECT_TRUE(connection.ended());
}

TEST_F(EventsTest, WhoComesAgainMissesNothing) {
  start();
  auto first = reader();
  feed->publish(Topic::trigger, "1");
  const auto id = id_in(first->read_chunk().value());
  first->reset();
  feed->publish(Topic::trigger, "2");
  feed->publish(Topic::trigger, "3");
  const auto again = reader("/api/v1/events", fmt::format("Last-Event-ID: {}\r\n", id));
  EXPECT_THAT(greeting, StartsWith("retry: "));
  EXPECT_THAT(greeting, ::testing::Not(HasSubstr("gap")));
  EXPECT_THAT(greeting, HasSubstr("data: 2\n"));
  EXPECT_THAT(greeting, EndsWith("data: 3\n\n"));
  feed->publish(Topic::trigger, "4");
  EXPECT_THAT(again->read_chunk().value(), HasSubstr("data: 4\n"));
  const auto by_parameter = reader("/api/v1/events?after=" + id);
  EXPECT_THAT(greeting, EndsWith("data: 4\n\n"));
  EXPECT_THAT(greeting, HasSubstr("data: 2\n"));
}

// The greeting names where the reader is: who breaks off before its first event has an id to come again with.
TEST_F(EventsTest, TheGreetingIsEnoughToComeAgain) {
  start();
  feed->publish(Topic::trigger, "1");
  reader()->reset();
  const auto id = id_in(greeting);
  feed->publish(Topic::trigger, "2");
  const auto again = reader("/api/v1/events?after=" + id);
  EXPECT_THAT(greeting, EndsWith("data: 2\n\n"));
  EXPECT_THAT(greeting, ::testing::Not(HasSubstr("data: 1\n")));
}

TEST_F(EventsTest, AGapIsSaid) {
  feed = std::make_unique<Feed>(FeedLimits{.events = 3});
  start();
  reader()->reset();
  const auto begin = id_in(greeting);
  for (int i = 1; i <= 3; ++i) feed->publish(Topic::trigger, std::to_string(i));
  const auto whole = reader("/api/v1/events?after=" + begin);
  EXPECT_THAT(greeting, ::testing::Not(HasSubstr("event: gap")));
  feed->publish(Topic::trigger, "4");
  const auto cut = reader("/api/v1/events?after=" + begin);
  EXPECT_THAT(greeting, HasSubstr("event: gap\ndata: {\"reason\":"));
  EXPECT_THAT(greeting, HasSubstr("data: 2\n"));
  EXPECT_THAT(greeting, ::testing::Not(HasSubstr("data: 1\n")));
  // Of another start of the server, or of no server.
  for (const auto* id : {"1-2", "nonsense"}) {
    const auto other = reader("/api/v1/events", fmt::format("Last-Event-ID: {}\r\n", id));
    EXPECT_THAT(greeting, HasSubstr("event: gap\n")) << id;
  }
}

TEST_F(EventsTest, TheRingIsBoundedInBytes) {
  feed = std::make_unique<Feed>(FeedLimits{.events = 100, .bytes = 1000});
  start();
  reader()->reset();
  const auto begin = id_in(greeting);
  for (int i = 0; i < 5; ++i) feed->publish(Topic::trigger, fmt::format("\"{}{}\"", i, std::string(300, 'x')));
  const auto cut = reader("/api/v1/events?after=" + begin);
  EXPECT_THAT(greeting, HasSubstr("event: gap\n"));
  EXPECT_THAT(greeting, ::testing::Not(HasSubstr("\"1x")));
  EXPECT_THAT(greeting, HasSubstr("\"3x"));
  EXPECT_THAT(greeting, HasSubstr("\"4x"));
}

// The answer timeout would end a connection that says nothing.
TEST_F(EventsTest, SilenceIsBroken) {
  options.heartbeat = 60s;
  options.answer_timeout = 200ms;
  start();
  const auto one = reader();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(one->read_chunk().value(), ":\n\n");
  feed->publish(Topic::trigger, "1");
  std::string chunk = ":\n\n";
  while (chunk == ":\n\n") chunk = one->read_chunk().value();
  EXPECT_THAT(chunk, HasSubstr("data: 1\n"));
}

TEST_F(EventsTest, WhoHasLeftIsNoticed) {
  options.heartbeat = 20ms;
  start();
  auto one = reader();
  auto two = reader();
  EXPECT_EQ(feed->readers(), 2U);
  one->reset();
  two.reset();
  while (feed->readers() > 0) std::this_thread::yield();
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(EventsTest, OverTheBoundReadersAreToldToComeLater) {
  options.max_live = 2;
  options.heartbeat = 20ms;
  start();
  auto one = reader();
  const auto two = reader();
  const auto third = get("/api/v1/events");
  EXPECT_EQ(third.status, 503);
  EXPECT_EQ(third.header("retry-after"), "2");
  EXPECT_EQ(get("/healthz").status, 200);
  one->reset();
  while (feed->readers() > 1) std::this_thread::yield();
  while (get("/api/v1/events?topics=nothing").status != 400) std::this_thread::yield();
  const auto next = reader();
  feed->publish(Topic::arm, "5");
  EXPECT_THAT(next->read_chunk().value(), HasSubstr("data: 5\n"));
}

// It is told so and let go as soon as it reads again; the others never notice.
TEST_F(EventsTest, ASlowReaderIsLetGoWhileOthersGoOn) {
  start();
  Connection slow(port(), 4 * 1024);
  slow.send_get("/api/v1/events");
  ASSERT_TRUE(slow.read_head());
  auto quick = reader();
  const std::string filling(16 * 1024, 'x');
  for (int i = 0; i < 3000; ++i) {
    feed->publish(Topic::trigger, fmt::format("\"{} {}\"", i, filling));
    const auto begin = fmt::format("data: \"{} xxx", i);
    ASSERT_THAT(quick->read_chunk().value(), HasSubstr(begin));
  }
  std::string last;
  std::size_t chunks = 0;
  for (;;) {
    const auto chunk = slow.read_chunk();
    ASSERT_TRUE(chunk);
    if (chunk->empty()) break;
    last = *chunk;
    ++chunks;
  }
  EXPECT_EQ(last, ": you fall behind; come again with Last-Event-ID\n\n");
  EXPECT_LT(chunks, 2000U);
  EXPECT_TRUE(slow.ended());
  feed->publish(Topic::trigger, "\"the end\"");
  EXPECT_THAT(quick->read_chunk().value(), HasSubstr("the end"));
}

TEST_F(EventsTest, AReaderThatReadsNothingIsLetGo) {
  options.write_timeout = 150ms;
  start();
  Connection stuck(port(), 4 * 1024);
  stuck.send_get("/api/v1/events");
  ASSERT_TRUE(stuck.read_head());
  const std::string filling(60 * 1024, 'x');
  while (feed->readers() > 0) {
    feed->publish(Topic::trigger, filling);
    std::this_thread::yield();
  }
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(EventsTest, FiveHundredReadersHoldNoWorkerAndAllAreTold) {
  constexpr std::size_t count = 500;
  start();
  catalog.gate.close();
  Connection first(port());
  Connection second(port());
  first.send_get("/api/v1/media");
  second.send_get("/api/v1/media");
  ASSERT_TRUE(catalog.gate.wait_for_waiting(options.workers));  // none is left to serve anybody
  std::vector<std::unique_ptr<Connection>> readers;
  readers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) readers.push_back(reader());
  EXPECT_EQ(feed->readers(), count);
  const auto begun = base::steady_now();
  feed->publish(Topic::trigger, "\"all\"");
  const auto published = base::steady_now();
  for (const auto& each : readers) ASSERT_THAT(each->read_chunk().value_or(""), HasSubstr("data: \"all\"\n"));
  const auto told = base::steady_now();
  RecordProperty("publish_us", std::to_string((published - begun) / 1us));
  RecordProperty("all_told_us", std::to_string((told - begun) / 1us));
  EXPECT_LT(published - begun, 100ms);
  catalog.gate.open();
  EXPECT_EQ(first.read_answer().value().status, 200);
}

TEST_F(EventsTest, ManyPublishersAndReadersAgreeOnTheOrder) {
  constexpr int each = 200;
  start();
  const auto one = reader();
  const auto two = reader();
  std::vector<std::jthread> publishers;
  for (int p = 0; p < 4; ++p)
    publishers.emplace_back([this, p] {
      for (int i = 0; i < each; ++i) feed->publish(Topic::trigger, fmt::format("\"{}:{};\"", p, i));
    });
  const auto read_all = [](Connection& connection) {
    std::string all;
    while (std::ranges::count(all, ';') < 4 * each) {
      const auto chunk = connection.read_chunk();
      if (!chunk || chunk->empty()) break;
      all += *chunk;
    }
    return all;
  };
  const auto all = read_all(*one);
  EXPECT_EQ(all, read_all(*two));
  std::size_t from = 0;
  for (int i = 1; i <= 4 * each; ++i) {
    from = all.find(fmt::format("-{}\nevent", i), from);
    ASSERT_NE(from, std::string::npos) << i;
  }
}

TEST_F(EventsTest, StopEndsReadersAtOnce) {
  options.stop_grace = 30s;
  start();
  std::vector<std::unique_ptr<Connection>> readers;
  for (int i = 0; i < 20; ++i) readers.push_back(reader());
  const auto begun = base::steady_now();
  server->stop();
  EXPECT_LT(base::steady_now() - begun, 5s);
  for (const auto& each : readers) {
    EXPECT_EQ(each->read_chunk(), "");  // the last chunk: ended in order
    EXPECT_TRUE(each->ended());
  }
  EXPECT_EQ(feed->readers(), 0U);
}

TEST_F(EventsTest, StopDoesNotWaitForAReaderThatIsStuck) {
  options.stop_grace = 30s;
  start();
  Connection stuck(port(), 4 * 1024);
  stuck.send_get("/api/v1/events");
  ASSERT_TRUE(stuck.read_head());
  const std::string filling(60 * 1024, 'x');
  for (int i = 0; i < 200; ++i) feed->publish(Topic::trigger, filling);
  const auto begun = base::steady_now();
  server->stop();
  EXPECT_LT(base::steady_now() - begun, 5s);
  EXPECT_EQ(feed->readers(), 0U);
}

TEST_F(EventsTest, TheEndOfTheFeedEndsItsReaders) {
  start();
  const auto one = reader();
  feed.reset();
  EXPECT_EQ(one->read_chunk(), "");
  EXPECT_TRUE(one->ended());
}

}  // namespace
}  // namespace http::testing
