#include "server/net/mavlink/peer_table.hpp"

#include <gtest/gtest.h>

#include "server/net/mavlink/aim.hpp"

namespace net::mavlink {
namespace {
using asio::ip::udp;
using namespace std::chrono_literals;

constexpr base::SteadyTime start{1000s};

udp::endpoint at(std::string_view address, std::uint16_t port) {
  return {asio::ip::make_address(std::string(address)), port};
}

TEST(PeerTable, OneNumberForEachAddressAndPort) {
  PeerTable table(8, 10s);
  const auto first = table.heard(at("10.0.0.1", 14550), start);
  const auto second = table.heard(at("10.0.0.1", 14551), start);
  const auto again = table.heard(at("10.0.0.1", 14550), start + 1s);
  ASSERT_TRUE(first && second && again);
  EXPECT_TRUE(first->is_new);
  EXPECT_TRUE(second->is_new);
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->number, first->number);
  EXPECT_NE(second->number, first->number);
  ASSERT_NE(table.find(second->number), nullptr);
  EXPECT_EQ(table.find(second->number)->port(), 14551);
  EXPECT_EQ(table.find(99), nullptr);
}

TEST(PeerTable, WhoIsSilentGoesAndComesBackAsAnother) {
  PeerTable table(8, 10s);
  const auto first = table.heard(at("10.0.0.1", 1), start);
  table.heard(at("10.0.0.2", 2), start + 4s);
  EXPECT_EQ(table.next_expiry(), start + 10s);
  EXPECT_TRUE(table.expire(start + 9'999ms).empty());
  const auto gone = table.expire(start + 10s);
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone.front().number, first->number);
  EXPECT_EQ(table.next_expiry(), start + 14s);
  const auto back = table.heard(at("10.0.0.1", 1), start + 11s);
  EXPECT_TRUE(back->is_new);
  EXPECT_NE(back->number, first->number);
  EXPECT_EQ(table.expire(start + 60s).size(), 2U);
  EXPECT_EQ(table.next_expiry(), std::nullopt);
}

TEST(PeerTable, AFloodOfNewcomersTakesNobodysPlace) {
  PeerTable table(2, 10s);
  table.heard(at("10.0.0.1", 1), start);
  table.heard(at("10.0.0.2", 2), start);
  for (std::uint16_t port = 1000; port < 2000; ++port) EXPECT_FALSE(table.heard(at("10.9.9.9", port), start));
  EXPECT_EQ(table.all().size(), 2U);
  EXPECT_TRUE(table.heard(at("10.0.0.1", 1), start));
}

TEST(Aim, AClientListensToItsOtherEndOnly) {
  Aim aim(at("10.0.0.1", 14550), false, 5s);
  EXPECT_FALSE(aim.heard(at("10.0.0.2", 14550), start));
  EXPECT_FALSE(aim.heard(at("10.0.0.1", 14551), start));
  EXPECT_EQ(aim.last_heard(), std::nullopt);
  EXPECT_TRUE(aim.heard(at("10.0.0.1", 14550), start));
  EXPECT_EQ(aim.last_heard(), start);
  EXPECT_EQ(aim.next_expiry(), std::nullopt);
  EXPECT_FALSE(aim.expire(start + 1h));
}

TEST(Aim, ABroadcastBecomesItsFirstAnswerAndABroadcastAgainAfterSilence) {
  const auto everybody = at("10.0.0.255", 14550);
  const auto first = at("10.0.0.7", 40000);
  const auto second = at("10.0.0.8", 40000);
  Aim aim(everybody, true, 5s);
  EXPECT_EQ(aim.target(), everybody);
  EXPECT_TRUE(aim.heard(first, start));
  EXPECT_EQ(aim.target(), first);
  EXPECT_FALSE(aim.heard(second, start + 1s));
  EXPECT_EQ(aim.target(), first);
  const auto number = aim.peer();

  EXPECT_TRUE(aim.heard(first, start + 3s));
  EXPECT_EQ(aim.next_expiry(), start + 8s);
  EXPECT_FALSE(aim.expire(start + 7s));
  EXPECT_TRUE(aim.expire(start + 8s));
  EXPECT_EQ(aim.target(), everybody);
  EXPECT_NE(aim.peer(), number);
  EXPECT_FALSE(aim.expire(start + 20s));

  EXPECT_TRUE(aim.heard(second, start + 30s));
  EXPECT_EQ(aim.target(), second);
}

}  // namespace
}  // namespace net::mavlink
