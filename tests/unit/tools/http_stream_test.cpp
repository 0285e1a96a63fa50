// http::Client::stream() against a server whose every byte the test writes.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/support/scripted_server.hpp"
#include "tools/http/client.hpp"

namespace http {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using tests::ScriptedServer;

const std::string type = "text/event-stream";
const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n";

struct Streamed {
  base::Result<Answer> answer;
  std::string bytes;
};

// Ends it when `end` has come, if that is something.
Streamed stream(const ScriptedServer& server, const std::string& end = {}, Client::Stream wish = {.path = "/events"}) {
  Client client(server.url(""), "secret");
  std::string bytes;
  wish.received = [&](std::string_view piece) {
    bytes += piece;
    return end.empty() || !bytes.contains(end);
  };
  auto answer = client.stream(wish);
  return {.answer = std::move(answer), .bytes = bytes};
}

TEST(HttpStream, GivesWhatComesUntilItEnds) {
  std::string asked;
  const Streamed streamed = stream(ScriptedServer([&](ScriptedServer::Connection& connection) {
    asked = connection.read_head();
    connection.send(head + "one ");
    connection.send("two");
  }));
  ASSERT_TRUE(streamed.answer) << streamed.answer.error().message;
  EXPECT_EQ(streamed.answer->status, 200);
  EXPECT_EQ(streamed.bytes, "one two");
  EXPECT_THAT(asked, StartsWith("GET /events HTTP/1.1\r\n"));
  EXPECT_THAT(asked, HasSubstr("Authorization: Bearer secret\r\n"));
  EXPECT_THAT(asked, Not(HasSubstr("Last-Event-ID"))) << "it begins with what comes next";
}

TEST(HttpStream, EndsWhenItsReaderHasEnough) {
  const ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_head();
    connection.send(head + "enough");
    connection.wait_for_client_to_leave();
  });
  const Streamed streamed = stream(server, "enough");
  ASSERT_TRUE(streamed.answer) << streamed.answer.error().message;
  EXPECT_EQ(streamed.answer->status, 200);
  EXPECT_TRUE(streamed.answer->body.empty());
}

TEST(HttpStream, EndsWhileNothingComes) {
  const ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_head();
    connection.wait_for_client_to_leave();
  });
  const Streamed streamed = stream(server, {}, {.path = "/", .goes_on = [] { return false; }});
  ASSERT_TRUE(streamed.answer) << "nothing failed";
  EXPECT_EQ(streamed.answer->status, 0) << "there was no answer";
}

TEST(HttpStream, TellsWhereItLeftOff) {
  std::string asked;
  const Streamed streamed = stream(ScriptedServer([&](ScriptedServer::Connection& connection) {
                                     asked = connection.read_head();
                                     connection.send(head);
                                   }),
                                   {}, {.path = "/", .last_event_id = "1a-7"});
  EXPECT_TRUE(streamed.answer);
  EXPECT_THAT(asked, HasSubstr("Last-Event-ID: 1a-7\r\n"));
}

TEST(HttpStream, OtherAnswersAreNoPartOfIt) {
  const ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nwhere");
  });
  const Streamed streamed = stream(server);
  ASSERT_TRUE(streamed.answer);
  EXPECT_EQ(streamed.answer->status, 404);
  EXPECT_EQ(streamed.answer->body, "where");
  EXPECT_TRUE(streamed.bytes.empty());
}

TEST(HttpStream, AProblemWithoutAnEndIsCut) {
  const ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    while (connection.send(std::string(10'000, 'x'))) {
    }
  });
  const Streamed streamed = stream(server);
  ASSERT_TRUE(streamed.answer) << streamed.answer.error().message;
  EXPECT_EQ(streamed.answer->status, 400);
  EXPECT_EQ(streamed.answer->body, std::string(64UL * 1024, 'x'));
}

TEST(HttpStream, WhatIsNoEventStreamIsNotRead) {
  const ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html>");
  });
  const Streamed streamed = stream(server, {}, {.path = "/", .content_type = type});
  ASSERT_FALSE(streamed.answer);
  EXPECT_EQ(streamed.answer.error().code, base::Errc::invalid);
  EXPECT_THAT(streamed.answer.error().message, HasSubstr("\"text/html\" instead of text/event-stream"));
  EXPECT_TRUE(streamed.bytes.empty());
}

TEST(HttpStream, TheTypeThatIsWantedIsRead) {
  const ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_head();
    connection.send(head + "data");
  });
  EXPECT_EQ(stream(server, {}, {.path = "/", .content_type = type}).bytes, "data");
}

TEST(HttpStream, OneThatBreaksOffIsNoEnd) {
  const ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
  });
  const Streamed streamed = stream(server);
  ASSERT_FALSE(streamed.answer);
  EXPECT_EQ(streamed.answer.error().code, base::Errc::unavailable);
  EXPECT_EQ(streamed.bytes, "half");
}

TEST(HttpStream, AServerThatIsNotThereIsUnavailable) {
  const ScriptedServer server([](ScriptedServer::Connection& connection) { connection.reset(); });
  const Streamed streamed = stream(server);
  ASSERT_FALSE(streamed.answer);
  EXPECT_EQ(streamed.answer.error().code, base::Errc::unavailable);
  EXPECT_THAT(streamed.answer.error().message, StartsWith("GET " + server.url("/events")));
}

TEST(HttpStream, AClientAsksOtherThingsAfterwards) {
  const ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  Client client(server.url(""), "");
  ASSERT_TRUE(client.stream({.path = "/", .received = [](std::string_view) { return true; }}));
  const auto answer = client.ask(Method::get, "/");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "ok");
}

}  // namespace
}  // namespace http
