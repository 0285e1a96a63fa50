// Records by UDP.
#include "server/net/avl_datagrams.hpp"

#include <array>
#include <fstream>

#include "tests/support/datagram_socket.hpp"
#include "tests/unit/net/avl_fixture.hpp"

namespace net {
namespace {

using base::Bytes;
using std::chrono::milliseconds;
using tests::DatagramSocket;
using tests::eventually;
using tests::imei;

class AvlDatagramsTest : public AvlServerTest {
 protected:
  static Bytes datagram(const base::Imei& imei, std::uint16_t id, const std::vector<tests::Said>& said) {
    const Bytes payload = tests::payload(said);
    return avl::encode_datagram({.packet_id = id, .avl_packet_id = 7, .imei = imei, .payload = payload});
  }
  static Bytes answer_to(std::uint16_t id, std::uint8_t records) {
    return {0x00, 0x05, static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id), 0x01, 0x07, records};
  }
  std::string outcome(const std::string& which) {
    return metric("dualcamd_tracker_datagrams_total{outcome=\"" + which + "\"}");
  }
  DatagramSocket tracker() { return DatagramSocket(server_->listening_udp()[0].port); }
};

TEST_F(AvlDatagramsTest, AreAnsweredOnceTheirRecordsAreDurable) {
  start();
  const DatagramSocket socket = tracker();
  catalog_.hold();
  ASSERT_TRUE(socket.send(datagram(imei(), 0xcafe, {{.at = avl_t0}, {.at = avl_t0 + std::chrono::seconds{1}}})));
  ASSERT_TRUE(eventually([&] { return catalog_.held() == 1; }));
  EXPECT_TRUE(socket.receive(milliseconds{20}).empty());
  catalog_.let_go();
  EXPECT_EQ(socket.receive(), answer_to(0xcafe, 2));
  EXPECT_EQ(catalog_.records(), 2U);
  EXPECT_TRUE(eventually([&] { return outcome("answered") == "1"; }));
  EXPECT_FALSE(server_->linked(imei())) << "no link";
}

TEST_F(AvlDatagramsTest, AnAnswerThatWasLostIsGivenAgain) {
  start();
  const Bytes packet = datagram(imei(), 9, {{.at = avl_t0, .sos = 1}});
  {
    const DatagramSocket gone = tracker();
    ASSERT_TRUE(gone.send(packet));
    ASSERT_TRUE(eventually([&] { return outcome("answered") == "1"; }));
  }
  const DatagramSocket again = tracker();  // from another port
  ASSERT_TRUE(again.send(packet));
  EXPECT_EQ(again.receive(), answer_to(9, 1));
  EXPECT_EQ(catalog_.records(), 1U);
  EXPECT_EQ(catalog_.events().size(), 1U);
}

TEST_F(AvlDatagramsTest, WhatIsNotStoredIsNotAnswered) {
  start();
  catalog_.fail("append_records");
  const DatagramSocket socket = tracker();
  ASSERT_TRUE(socket.send(datagram(imei(), 1, {{.at = avl_t0}})));
  ASSERT_TRUE(eventually([&] { return outcome("failed") == "1"; }));
  ASSERT_TRUE(socket.send(datagram(imei(), 1, {{.at = avl_t0}})));
  EXPECT_EQ(socket.receive(), answer_to(1, 1)) << "the only answer";
}

TEST_F(AvlDatagramsTest, NonsenseIsNotAnswered) {
  start();
  const DatagramSocket socket = tracker();
  Bytes cut = datagram(imei(), 1, {{.at = avl_t0}});
  cut.resize(cut.size() - 3);
  const Bytes command = *avl::encode_message({.text = "getver"});
  ASSERT_TRUE(socket.send(cut));
  ASSERT_TRUE(socket.send(Bytes{1, 2, 3}));
  ASSERT_TRUE(socket.send(avl::encode_datagram({.imei = imei(), .payload = command})));
  ASSERT_TRUE(eventually([&] { return outcome("bad") == "3"; }));
  ASSERT_TRUE(socket.send(datagram(imei(), 2, {{.at = avl_t0}})));
  EXPECT_EQ(socket.receive(), answer_to(2, 1)) << "the only answer";
}

TEST_F(AvlDatagramsTest, ThePolicyDecides) {
  const auto list = folder_ / "devices";
  std::ofstream(list) << imei(1).str() << "\n";
  options_.policy = DevicePolicy::allow_list;
  options_.device_list = list;
  start();
  const DatagramSocket socket = tracker();
  ASSERT_TRUE(socket.send(datagram(imei(2), 1, {{.at = avl_t0}})));
  ASSERT_TRUE(eventually([&] { return outcome("refused") == "1"; }));
  ASSERT_TRUE(socket.send(datagram(imei(1), 2, {{.at = avl_t0}})));
  EXPECT_EQ(socket.receive(), answer_to(2, 1));
  EXPECT_EQ(catalog_.records(), 1U);
}

TEST_F(AvlDatagramsTest, ABoundedNumberIsUnderWay) {
  start();
  const DatagramSocket socket = tracker();
  catalog_.hold();
  int sent = 0;
  ASSERT_TRUE(eventually([&] {
    for (int n = 0; n < 20; ++n, ++sent)
      EXPECT_TRUE(socket.send(datagram(imei(), static_cast<std::uint16_t>(sent), {{.at = avl_t0}})));
    return outcome("busy") != "none";
  }));
  EXPECT_GE(sent, 1024);
  catalog_.let_go();
  // And perhaps some that had waited in the socket until there was room again.
  EXPECT_TRUE(eventually([&] { return outcome("answered") != "none" && std::stoi(outcome("answered")) >= 1024; }));
}

TEST_F(AvlDatagramsTest, DrainAnswersWhatIsUnderWay) {
  start();
  const DatagramSocket socket = tracker();
  catalog_.hold();
  ASSERT_TRUE(socket.send(datagram(imei(), 3, {{.at = avl_t0}})));
  ASSERT_TRUE(eventually([&] { return catalog_.held() == 1; }));
  std::thread draining([this] { server_->drain(); });
  catalog_.let_go();
  EXPECT_EQ(socket.receive(), answer_to(3, 1));
  draining.join();
}

}  // namespace
}  // namespace net
