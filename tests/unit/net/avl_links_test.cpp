// One live link for each tracker, here and among several nodes.
#include "server/net/avl_links.hpp"

#include "tests/unit/net/avl_fixture.hpp"

namespace net {
namespace {

using tests::ClientSocket;
using tests::eventually;
using tests::imei;

class AvlLinksTest : public AvlServerTest {
 protected:
  std::string session() {
    const auto links = catalog_.links();
    return links.empty() ? std::string() : links[0].session;
  }
};

TEST_F(AvlLinksTest, TheCatalogKnowsOfThem) {
  start();
  ClientSocket tracker = log_in(imei());
  EXPECT_TRUE(server_->linked(imei()));
  ASSERT_TRUE(eventually([&] { return catalog_.links().size() == 1; }));
  const storage::TrackerLink link = catalog_.links()[0];
  EXPECT_EQ(link.imei, imei());
  EXPECT_EQ(link.node, "here");
  EXPECT_THAT(link.peer, testing::StartsWith("127.0.0.1:"));
  EXPECT_TRUE(eventually([&] { return linked() == std::vector{imei().str()}; })) << "once it can be found";
  tracker.close();
  EXPECT_TRUE(eventually([&] { return catalog_.links().empty(); }));
  EXPECT_FALSE(server_->linked(imei()));
}

TEST_F(AvlLinksTest, TheNewestWins) {
  start();
  ClientSocket older = log_in(imei());
  ASSERT_TRUE(eventually([&] { return !session().empty(); }));
  const std::string first = session();
  ClientSocket newer = log_in(imei());
  EXPECT_TRUE(older.ended());
  EXPECT_TRUE(eventually([&] { return !session().empty() && session() != first; }));
  EXPECT_EQ(server_->live(), 1U);
  EXPECT_TRUE(server_->send(imei(), "getver"));
  EXPECT_FALSE(newer.read_some(1).empty()) << "commands go to the newest";
  EXPECT_TRUE(eventually([&] { return metric("dualcamd_tracker_connections") == "1"; }));
  EXPECT_EQ(metric("dualcamd_tracker_links"), "1");
  EXPECT_EQ(metric("dualcamd_tracker_takeovers_total"), "1");
}

TEST_F(AvlLinksTest, ManyLoginsLeaveOne) {
  options_.threads = 3;
  start();
  std::vector<ClientSocket> sockets;
  for (int n = 0; n < 30; ++n) sockets.push_back(log_in(imei()));
  ASSERT_TRUE(eventually([&] { return metric("dualcamd_tracker_connections") == "1"; }));
  EXPECT_EQ(server_->live(), 1U);
  sockets.back().send(avl_frame());
  EXPECT_EQ(answer(sockets.back()), 1);
  const std::string last = session();
  const auto calls = catalog_.called("links_of");
  ASSERT_TRUE(eventually([&] { return catalog_.called("links_of") > calls + 2; }));
  EXPECT_EQ(session(), last);
}

TEST_F(AvlLinksTest, ANewerOneOnAnotherNodeEndsTheOneHere) {
  start();
  ClientSocket tracker = log_in(imei());
  ClientSocket stays = log_in(imei(1));
  ASSERT_TRUE(eventually([&] { return catalog_.links().size() == 2 && linked().size() == 2; }));
  ASSERT_TRUE(catalog_.open_link({.imei = imei(), .node = "there", .session = "s", .peer = "p", .since = {}}));
  EXPECT_TRUE(tracker.ended());
  stays.send(avl_frame());
  EXPECT_EQ(answer(stays), 1);
  const auto link = *catalog_.find_link(imei());
  ASSERT_TRUE(link);
  EXPECT_EQ(link->node, "there") << "the end of the one here takes nothing away";
}

TEST_F(AvlLinksTest, ALinkThatCouldNotBeNotedIsNotedLater) {
  start();
  catalog_.fail("open_link", 3);
  ClientSocket tracker = log_in(imei());
  EXPECT_TRUE(eventually([&] { return catalog_.links().size() == 1; }));
  EXPECT_TRUE(eventually([&] { return linked().size() == 1; }));
  tracker.send(avl_frame());
  EXPECT_EQ(answer(tracker), 1) << "its records need no link";
}

TEST_F(AvlLinksTest, WhatTheCatalogForgotIsNotedAgain) {
  start();
  ClientSocket tracker = log_in(imei());
  ASSERT_TRUE(eventually([&] { return linked().size() == 1; }));
  ASSERT_TRUE(catalog_.close_links_of("here"));
  EXPECT_TRUE(eventually([&] { return catalog_.links().size() == 1; }));
}

TEST_F(AvlLinksTest, AnEndThatCouldNotBeNotedIsNotedLater) {
  start();
  ClientSocket tracker = log_in(imei());
  ASSERT_TRUE(eventually([&] { return linked().size() == 1; }));
  catalog_.fail("close_link", 2);
  tracker.close();
  EXPECT_TRUE(eventually([&] { return catalog_.links().empty(); }));
}

TEST_F(AvlLinksTest, WhatAnEarlierRunLeftIsGone) {
  ASSERT_TRUE(catalog_.open_link({.imei = imei(), .node = "here", .session = "old", .peer = "p", .since = {}}));
  ASSERT_TRUE(catalog_.open_link({.imei = imei(1), .node = "there", .session = "s", .peer = "p", .since = {}}));
  ASSERT_TRUE(create());
  ASSERT_EQ(catalog_.links().size(), 1U);
  EXPECT_EQ(catalog_.links()[0].node, "there");
}

TEST_F(AvlLinksTest, ATrackerThatComesBackMayHaveBeenElsewhere) {
  start();
  {
    ClientSocket tracker = log_in(imei());
    tracker.send(avl_frame({{.at = avl_t0, .front = 1}}));
    EXPECT_EQ(answer(tracker), 1);
  }
  catalog_.put_state({.imei = imei(),
                      .recorded_at = avl_t0 + std::chrono::seconds{9},
                      .front_camera = storage::Lasting{0, avl_t0 + std::chrono::seconds{5}}});
  ClientSocket tracker = log_in(imei());
  tracker.send(avl_frame({{.at = avl_t0 + std::chrono::seconds{10}, .front = 0}}));
  EXPECT_EQ(answer(tracker), 1);
  EXPECT_EQ(catalog_.events().size(), 1U) << "the other node has told of the change";
}

}  // namespace
}  // namespace net
