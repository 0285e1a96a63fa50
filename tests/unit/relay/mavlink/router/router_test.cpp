#include "tests/unit/relay/mavlink/router/router_fixture.hpp"

namespace mavlink::router {
namespace {

TEST_F(RouterTest, WhatIsForEverybodyIsForUsAndGoesOnWhereItIsConfigured) {
  for (const Peer peer : {on_1, on_2, on_3}) router_.peer_came(peer, at(0));
  hear(on_1, autopilot, Heartbeat{});
  EXPECT_EQ(verdict_.local, (Addresses{ours, ours_too}));
  EXPECT_EQ(verdict_.forward, Peers{on_2});
  EXPECT_FALSE(verdict_.dropped);
  hear(on_3, {3, 1}, Heartbeat{});
  EXPECT_EQ(verdict_.local.size(), 2U);
  EXPECT_TRUE(verdict_.forward.empty());
  EXPECT_EQ(router_.figures().delivered, 4U);
  EXPECT_EQ(router_.figures().forwarded, 1U);
}

TEST_F(RouterTest, CommandsReachTheComponentsTheyAreFor) {
  struct Case {
    Address target;
    Addresses local;
  };
  const std::vector<Case> cases{{{0, 0}, {ours, ours_too}},
                                {{42, 0}, {ours, ours_too}},
                                {{42, 100}, {ours}},
                                {{42, 101}, {ours_too}},
                                {{42, 102}, {}},
                                {{0, 101}, {ours_too}},
                                {{7, 100}, {}}};
  for (const Case& each : cases) {
    hear(on_1, station, command_for(each.target));
    EXPECT_EQ(verdict_.local, each.local) << int{each.target.system} << '/' << int{each.target.component};
  }
  EXPECT_EQ(dropped(Drop::no_way), 2U);
}

TEST_F(RouterTest, CommandsGoOnWhereTheirTargetWasHeard) {
  hear(on_2, camera, Heartbeat{});
  hear(on_1_too, {9, 1}, Heartbeat{});
  hear(on_3, {8, 1}, Heartbeat{});
  EXPECT_EQ(hear(on_1, station, command_for(camera)).forward, Peers{on_2});
  EXPECT_EQ(hear(on_1, station, command_for({1, 0})).forward, Peers{on_2});
  EXPECT_EQ(hear(on_1, station, command_for({1, 154})).dropped, Drop::no_way);
  // On the same link, and on one that is not configured.
  EXPECT_EQ(hear(on_1, station, command_for({9, 1})).dropped, Drop::no_way);
  EXPECT_EQ(hear(on_1, station, command_for({8, 1})).dropped, Drop::no_way);
  // What is for one of ours alone is nobody else's.
  EXPECT_TRUE(hear(on_1, station, command_for(ours)).forward.empty());
}

TEST_F(RouterTest, NothingGoesWhereItsSenderWasHeard) {
  hear(on_1, autopilot, Heartbeat{});
  hear(on_2, {5, 1}, Heartbeat{});
  EXPECT_EQ(hear(on_2, autopilot, Heartbeat{}, 2'000).forward, Peers{});
  EXPECT_EQ(hear(on_2, {5, 1}, Heartbeat{}, 3'000).forward, Peers{on_1});
  router_.peer_went(on_1);
  EXPECT_EQ(hear(on_2, {5, 1}, Heartbeat{}, 4'000).forward, Peers{});
  EXPECT_EQ(router_.routes(at(0)).size(), 2U);
}

TEST_F(RouterTest, UnknownMessagesGoOnAndAreNotOurs) {
  router_.peer_came(on_2, at(0));
  hear_id(on_1, autopilot, 60'000, false);
  EXPECT_TRUE(verdict_.local.empty());
  EXPECT_EQ(verdict_.forward, Peers{on_2});
  EXPECT_FALSE(verdict_.dropped);
  EXPECT_TRUE(router_.routes(at(0)).empty());  // nobody knows whether that was a frame
}

TEST_F(RouterTest, DropsHaveReasons) {
  router_.peer_came(on_2, at(0));
  EXPECT_EQ(hear_id(on_1, autopilot, Heartbeat::info.id, false).dropped, Drop::bad_crc);
  EXPECT_EQ(hear_id(on_1, {0, 1}, Heartbeat::info.id, true).dropped, Drop::bad_source);
  EXPECT_EQ(hear_id(on_1, {1, 0}, Heartbeat::info.id, true).dropped, Drop::bad_source);
  EXPECT_EQ(hear_id(on_1, autopilot, 256, true).dropped, Drop::setup_signing);
  EXPECT_TRUE(verdict_.local.empty());
  EXPECT_TRUE(verdict_.forward.empty());
  for (const Drop each : {Drop::bad_crc, Drop::setup_signing}) EXPECT_EQ(dropped(each), 1U) << to_string(each);
  EXPECT_EQ(dropped(Drop::bad_source), 2U);
}

TEST_F(RouterTest, ACopyOnAnotherWayIsDropped) {
  const FrameBytes frame = encode(command_for(ours), station, 9);
  EXPECT_FALSE(hear_bytes(on_1, frame.view(), 0).dropped);
  EXPECT_EQ(hear_bytes(on_2, frame.view(), 400).dropped, Drop::copy);
  EXPECT_FALSE(hear_bytes(on_1, frame.view(), 450).dropped);  // its sender means it
  EXPECT_FALSE(hear_bytes(on_2, frame.view(), 2'000).dropped);
  // The copy taught the second way.
  EXPECT_EQ(ways(command_for(station)), (Peers{on_1, on_2}));
}

TEST_F(RouterTest, SomebodyWithOurIdsIsReportedOnceAMinute) {
  hear(on_1, ours, Heartbeat{}, 0);
  EXPECT_EQ(verdict_.dropped, Drop::own_source);
  ASSERT_EQ(verdict_.notices.size(), 1U);
  EXPECT_EQ(verdict_.notices[0].what, Notice::What::own_address);
  EXPECT_EQ(verdict_.notices[0].who, ours);
  EXPECT_TRUE(hear(on_1, ours, Heartbeat{}, 59'999).notices.empty());
  EXPECT_EQ(hear(on_1, ours_too, Heartbeat{}, 59'999).notices.size(), 1U);
  EXPECT_TRUE(hear(on_1, ours, SystemTime{}, 60'000).notices.empty());
  EXPECT_EQ(hear(on_1, ours, Heartbeat{}, 60'000).notices.size(), 1U);
  EXPECT_TRUE(router_.routes(at(60'000)).empty());
}

TEST_F(RouterTest, AFreshStartClearsTheRoutesOfItsSystem) {
  hear(on_2, camera, Heartbeat{});
  hear(on_1, {2, 1}, Heartbeat{});
  hear(on_1, autopilot, SystemTime{.time_boot_ms = 50'000});
  EXPECT_TRUE(hear(on_1, autopilot, SystemTime{.time_boot_ms = 48'500}).notices.empty());  // overtaken
  EXPECT_TRUE(hear(on_2, camera, SystemTime{.time_boot_ms = 7}).notices.empty());          // a clock of its own
  hear(on_1, autopilot, SystemTime{.time_boot_ms = 900});
  ASSERT_EQ(verdict_.notices.size(), 1U);
  EXPECT_EQ(verdict_.notices[0].what, Notice::What::restarted);
  EXPECT_EQ(verdict_.notices[0].who, autopilot);
  const auto routes = router_.routes(at(0));
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[0].component, autopilot);
  EXPECT_EQ(routes[1].component, (Address{2, 1}));
}

TEST_F(RouterTest, OursGoWhereTheirTargetWasHeard) {
  EXPECT_EQ(ways(Heartbeat{}), Peers{});
  EXPECT_EQ(router_.figures().unreachable, 1U);
  router_.peer_came(on_3, at(0));
  hear(on_1, autopilot, Heartbeat{});
  hear(on_2, camera, Heartbeat{});
  EXPECT_EQ(ways(Heartbeat{}), (Peers{on_1, on_2, on_3}));
  EXPECT_EQ(ways(command_for(camera)), Peers{on_2});
  EXPECT_EQ(ways(command_for({1, 0})), (Peers{on_1, on_2}));
  EXPECT_EQ(ways(command_for({1, 154})), (Peers{on_1, on_2}));  // the system may know it
  EXPECT_EQ(ways(command_for({9, 1})), Peers{});
  EXPECT_EQ(ways(CameraFeedback{.target_system = 1}), (Peers{on_1, on_2}));
  EXPECT_EQ(ways(CameraInformation{}, on_2), Peers{on_2});
  EXPECT_EQ(ways(CameraInformation{}, Peer{7, 7}), Peers{});
  EXPECT_EQ(router_.figures().unreachable, 3U);
}

TEST_F(RouterTest, EachOfOursCountsForItselfOnEachLink) {
  for (int n = 0; n < 300; ++n) EXPECT_EQ(router_.next_sequence(ours, 1), n % 256);
  EXPECT_EQ(router_.next_sequence(ours, 2), 0);
  EXPECT_EQ(router_.next_sequence(ours_too, 1), 0);
}

TEST_F(RouterTest, AFloodOfInventedIdsStaysBounded) {
  hear(on_2, camera, Heartbeat{});
  for (int n = 0; n < 20'000; ++n) {
    const Address from{static_cast<std::uint8_t>(1 + n % 254), static_cast<std::uint8_t>(1 + n / 254 % 254)};
    hear(on_1, from, SystemTime{.time_boot_ms = 1}, n);
  }
  EXPECT_LE(router_.routes(at(0)).size(), Routes::most_components + 2);
  EXPECT_EQ(ways(command_for(camera)).back(), on_2);
  for (std::uint32_t n = 0; n < 1'000; ++n) router_.peer_came({.link = 1, .number = 100 + n}, at(30'000 + n));
  EXPECT_EQ(ways(Heartbeat{}).size(), Routes::most_peers);
}

TEST_F(RouterTest, GapsAreLosses) {
  for (const int n : {0, 1, 2, 4, 5, 6, 7, 9}) {
    sequence_ = static_cast<std::uint8_t>(250 + n);
    hear(on_1, autopilot, Heartbeat{}, n * 1'000);
  }
  const auto routes = router_.routes(at(9'000));
  ASSERT_EQ(routes.size(), 1U);
  EXPECT_DOUBLE_EQ(*routes[0].loss, 0.2);
  EXPECT_EQ(routes[0].frames, 8U);
  EXPECT_EQ(routes[0].heard, at(9'000).steady);
}

class GroupedTest : public RouterTest {
 protected:
  GroupedTest()
      : RouterTest({.links = {{.link = 1, .group = "air", .forwards_to = {2, 3}},
                              {.link = 2, .group = "air", .forwards_to = {1, 3}},
                              {.link = 3, .group = {}, .forwards_to = {1, 2, 3}}},
                    .own = {ours},
                    .may_command = {{255, 0}, {1, 1}},
                    .acting = {.per_second = 2, .burst = 3}}) {}
};

TEST_F(GroupedTest, LinksOfAGroupAreOne) {
  for (const Peer peer : {on_1, on_1_too, on_2, on_3, Peer{3, 31}}) router_.peer_came(peer, at(0));
  EXPECT_EQ(hear(on_1, autopilot, Heartbeat{}).forward, (Peers{on_3, Peer{3, 31}}));
  // Between the peers of a link that is configured so; and to all links of a group.
  EXPECT_EQ(hear(on_3, station, Heartbeat{}).forward, (Peers{on_1, on_1_too, on_2, Peer{3, 31}}));
  EXPECT_EQ(hear(Peer{3, 31}, station, Heartbeat{}, 2'000).forward, (Peers{on_1, on_1_too, on_2}));
  // Heard on one link of the group: known on both.
  EXPECT_EQ(hear(on_3, autopilot, Heartbeat{}, 4'000).forward, Peers{(Peer{3, 31})});
}

// Whose sender leaves no route, so that only the links tell that it would go round.
TEST_F(GroupedTest, UnknownMessagesStayOffTheOtherLinksOfTheirGroup) {
  for (const Peer peer : {on_1, on_2, on_3}) router_.peer_came(peer, at(0));
  hear_id(on_1, autopilot, 60'000, false);
  EXPECT_EQ(verdict_.forward, Peers{on_3});
}

TEST_F(GroupedTest, SomeMayCommandAndNotAsOftenAsTheyLike) {
  EXPECT_TRUE(hear(on_3, station, command_for(ours)).may_command);
  EXPECT_TRUE(hear(on_3, {255, 7}, command_for(ours)).may_command);
  EXPECT_TRUE(hear(on_3, autopilot, command_for(ours)).may_command);
  EXPECT_FALSE(hear(on_3, camera, command_for(ours)).may_command);
  for (int n = 0; n < 3; ++n) EXPECT_TRUE(router_.may_act(station, on_3, at(0)));
  EXPECT_FALSE(router_.may_act(station, on_3, at(0)));
  EXPECT_TRUE(router_.may_act(autopilot, on_3, at(0)));
  EXPECT_FALSE(router_.may_act(station, on_3, at(400)));
  EXPECT_TRUE(router_.may_act(station, on_3, at(600)));
  EXPECT_EQ(router_.figures().too_many, 2U);
}

TEST_F(GroupedTest, ManyNamesOfOneSenderHaveNoMore) {
  int carried_out = 0;
  for (int n = 0; n < 2'000; ++n)
    carried_out +=
        router_.may_act({static_cast<std::uint8_t>(1 + n % 250), static_cast<std::uint8_t>(1 + n / 250)}, on_1, at(0));
  EXPECT_EQ(carried_out, 12);
  EXPECT_TRUE(router_.may_act(station, on_2, at(0)));
}

TEST(Acting, IsMoreThanToAsk) {
  EXPECT_TRUE(is_acting(command_for(ours)));
  EXPECT_TRUE(is_acting(CommandInt{.command = command::storage_format}));
  EXPECT_TRUE(is_acting(ParamExtSet{}));
  for (const std::uint16_t id : std::vector<std::uint16_t>{510, 511, 512, 519, 521, 522, 525, 527, 2002, 2504, 2505})
    EXPECT_FALSE(is_acting(command_for(ours, id))) << id;
  EXPECT_FALSE(is_acting(CommandInt{.command = command::request_video_stream_status}));
  EXPECT_FALSE(is_acting(Heartbeat{}));
}

TEST(Duplicates, AreOfASecondAtMost) {
  const base::Bytes bytes{1, 2, 3};
  const base::SteadyTime start(std::chrono::hours(1));
  Duplicates off(std::chrono::milliseconds(0));
  EXPECT_FALSE(off.is_copy(bytes, on_1, start));
  EXPECT_FALSE(off.is_copy(bytes, on_2, start));
  Duplicates longest(std::chrono::hours(1));
  EXPECT_FALSE(longest.is_copy(bytes, on_1, start));
  EXPECT_TRUE(longest.is_copy(bytes, on_2, start + std::chrono::milliseconds(998)));
  EXPECT_FALSE(longest.is_copy(bytes, on_2, start + std::chrono::milliseconds(999)));
  for (std::uint32_t n = 0; n < 10'000; ++n) {
    base::Bytes other(4);
    base::store_le(other.data(), n);
    EXPECT_FALSE(longest.is_copy(other, on_1, start + std::chrono::milliseconds(999)));
  }
  EXPECT_FALSE(longest.is_copy(bytes, on_1, start + std::chrono::milliseconds(999)));  // pushed out
}

TEST(Loss, ForgetsWhatWasLongAgo) {
  const base::SteadyTime start(std::chrono::hours(1));
  Loss loss;
  EXPECT_EQ(loss.share(start), std::nullopt);
  loss.hear(0, start);
  loss.hear(3, start);
  EXPECT_DOUBLE_EQ(*loss.share(start), 0.5);
  loss.hear(2, start);  // overtaken, not lost
  EXPECT_DOUBLE_EQ(*loss.share(start), 0.25);
  loss.hear(4, start + Loss::window);
  EXPECT_DOUBLE_EQ(*loss.share(start + Loss::window), 0.2);
  loss.hear(5, start + 4 * Loss::window);
  EXPECT_DOUBLE_EQ(*loss.share(start + 4 * Loss::window), 0.0);
  EXPECT_EQ(loss.share(start + 6 * Loss::window), std::nullopt);
}

TEST(Drops, HaveNames) {
  EXPECT_EQ(to_string(Drop::copy), "copy");
  EXPECT_EQ(to_string(Drop::own_source), "own_source");
  EXPECT_EQ(to_string(Drop::no_way), "no_way");
  EXPECT_EQ(to_string(Drop::bad_crc), "bad_crc");
  EXPECT_EQ(to_string(Drop::bad_source), "bad_source");
  EXPECT_EQ(to_string(Drop::setup_signing), "setup_signing");
}

}  // namespace
}  // namespace mavlink::router
