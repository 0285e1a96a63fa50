#include "tests/support/peer.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using tests::Peer;
using tests::PeerLine;

TEST(PeerLine, HasValuesOfAnyDepthByKey) {
  const PeerLine line(R"({"event": "e", "inner": {"list": ["x", 2]}, "no": false, "nothing": null, "part": -0.5})");
  EXPECT_TRUE(line.is_json());
  EXPECT_EQ(line.event(), "e");
  EXPECT_EQ(line.text("inner.list.0"), "x");
  EXPECT_EQ(line.integer("inner.list.1"), 2);
  EXPECT_DOUBLE_EQ(line.number("part"), -0.5);
  EXPECT_TRUE(line.has("no"));
  EXPECT_FALSE(line.flag("no"));
  EXPECT_FALSE(line.has("nothing"));
  EXPECT_EQ(line.integer("missing", 9), 9);
}

TEST(PeerLine, OfSomethingElseHasNoValues) {
  for (const char* raw : {"Traceback", "[1]", "{\"event\": ", ""}) {
    EXPECT_FALSE(PeerLine(raw).is_json()) << raw;
    EXPECT_EQ(PeerLine(raw).event(), "") << raw;
  }
}

TEST(Peer, IsReadyAndItsLinesAreKept) {
  Peer peer(TRIVIAL_PEER);
  EXPECT_EQ(peer.port(), 4711);
  EXPECT_EQ(peer.ready("name"), "trivial");
  EXPECT_EQ(peer.ready("none"), "");
  const auto values = peer.wait_event("values");
  ASSERT_TRUE(values);
  EXPECT_TRUE(values->flag("yes"));
  EXPECT_LE(values->at(), std::chrono::steady_clock::now());
  EXPECT_GE(values->at(), std::chrono::steady_clock::now() - 60s);
  ASSERT_EQ(peer.lines().size(), 2U);
  EXPECT_FALSE(peer.lines()[0].is_json());
}

TEST(Peer, DoesWhatItIsTold) {
  Peer peer(TRIVIAL_PEER, {"--flag", "with space"});
  const PeerLine answer = peer.ask(R"({"do": "this"})");
  EXPECT_EQ(answer.text("do"), "this");
  EXPECT_EQ(answer.text("arguments.1"), "with space");
  EXPECT_NE(peer.ask(R"({"do": "that"})").text("id"), answer.text("id"));
  EXPECT_EQ(peer.count("obeyed"), 2U);
  EXPECT_TRUE(peer.wait_count("obeyed", 2));
  EXPECT_FALSE(peer.wait_count("obeyed", 3, 20ms));
}

TEST(Peer, ThatRefusesSaysWhy) {
  Peer peer(TRIVIAL_PEER);
  try {
    peer.ask(R"({"do": "refuse"})");
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("out of mood"), std::string::npos) << error.what();
  }
}

TEST(Peer, LineInTwoPartsIsOneLine) {
  Peer peer(TRIVIAL_PEER);
  ASSERT_TRUE(peer.tell(R"({"do": "halves"})"));
  EXPECT_TRUE(peer.wait_event("halves"));
  for (const PeerLine& line : peer.lines()) EXPECT_NE(line.raw(), "ves\"}");
}

TEST(Peer, WaitsFromALineOn) {
  Peer peer(TRIVIAL_PEER);
  ASSERT_TRUE(peer.wait_event("values"));
  EXPECT_FALSE(peer.wait_event("values", 20ms, peer.lines().size()));
}

TEST(Peer, EndsWithItsInput) {
  Peer peer(TRIVIAL_PEER);
  EXPECT_EQ(peer.end(), std::optional<int>(0));
  EXPECT_FALSE(peer.running());
  EXPECT_FALSE(peer.tell("{}"));
}

TEST(Peer, ThatLeftByItselfIsNoticed) {
  Peer peer(TRIVIAL_PEER);
  ASSERT_TRUE(peer.tell(R"({"do": "leave"})"));
  EXPECT_TRUE(tests::eventually([&] { return !peer.running(); }));
  EXPECT_THROW(peer.ask(R"({"do": "this"})", 100ms), std::runtime_error);
  EXPECT_EQ(peer.end(), std::optional<int>(5));
}

TEST(Peer, WithoutReadyLineIsAnError) {
  try {
    Peer peer(TRIVIAL_PEER, {"--never-ready"});
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no wish to"), std::string::npos) << error.what();
  }
  EXPECT_THROW(Peer(TRIVIAL_PEER, {"--mute"}, {}, 200ms), std::runtime_error);
}

TEST(Peer, RunsBehindAnotherCommand) {
  Peer peer(TRIVIAL_PEER, {}, {"env", "A=B"});
  EXPECT_EQ(peer.ask(R"({"do": "this"})").text("do"), "this");
}

TEST(Peer, SharesANetworkWithAnotherOne) {
  if (!tests::has_namespaces()) GTEST_SKIP() << "no user namespaces here";
  Peer stage("shogun_stage.py", {"--port", "30", "--listen", "127.0.0.1,255.255.255.255"}, tests::in_new_network());
  Peer other("shogun_stage.py", {"--to", "255.255.255.255:30@127.0.0.1"}, tests::in_network_of(stage.pid()));
  other.ask(R"({"do": "start", "name": "dance"})");
  const auto heard = stage.wait_event("heard");
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->text("values.Name"), "dance");
  EXPECT_LE(heard->at("arrived_ms"), heard->at());
  EXPECT_EQ(stage.end(), std::optional<int>(0));
}

TEST(Peer, IsQuietAfterATestThatPassed) {
  testing::internal::CaptureStderr();
  {
    const Peer peer(TRIVIAL_PEER);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(PeerDeathTest, PrintsItsLinesWhenTheTestHasFailed) {
  const auto fails = [] {
    {
      const Peer peer(TRIVIAL_PEER);
      ADD_FAILURE() << "on purpose";
    }
    _exit(0);
  };
  EXPECT_EXIT(fails(), testing::ExitedWithCode(0), "Traceback of something that is no JSON");
}

}  // namespace
