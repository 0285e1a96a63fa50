// Trackers that send their records by UDP.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "server/avl/datagram.hpp"
#include "tests/e2e/fixture.hpp"
#include "tests/e2e/wire_tracker.hpp"
#include "tests/support/datagram_socket.hpp"
#include "tests/unit/http/client.hpp"

namespace e2e {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::uint16_t packet_id = 0xcafe;
constexpr std::uint8_t avl_packet_id = 7;

class Datagrams : public EndToEnd {
 protected:
  void SetUp() override {
    start({"--avl-udp-listen", "127.0.0.1:0"});
    ASSERT_NE(server().port("avl-udp"), 0);
  }
  json ask(const std::string& target) { return json::parse(http_body(target), nullptr, false); }
  static base::Bytes with(const std::vector<avl::OutgoingRecord>& records) {
    const auto payload = avl::encode_records(avl::Codec::codec8e, records);
    return avl::encode_datagram({.packet_id = packet_id,
                                 .avl_packet_id = avl_packet_id,
                                 .imei = base::Imei::from_number(imei(1)).value(),
                                 .payload = payload.value()});
  }
  static base::Bytes answer(std::uint8_t records) { return {0, 5, 0xca, 0xfe, 1, avl_packet_id, records}; }
};

TEST_F(Datagrams, TheirRecordsAreSafeWhenTheyAreAnswered) {
  const base::UtcTime begin = std::chrono::floor<std::chrono::seconds>(base::utc_now() - 10min);
  const tests::DatagramSocket tracker(server().port("avl-udp"));
  ASSERT_TRUE(tracker.send(with({record_at(begin), sos_record(begin + 1s, 3)})));
  ASSERT_EQ(tracker.receive(), answer(2));
  server().kill_hard();
  start({"--avl-udp-listen", "127.0.0.1:0"});
  const std::string device = fmt::format("/api/v1/devices/{}", imei(1));
  const json track = ask(fmt::format("{}/track?from={}", device, base::to_iso8601(begin)));
  ASSERT_EQ(track["items"].size(), 2U) << track.dump(1);
  EXPECT_NEAR(track["items"][0]["latitude"].get<double>(), 54.6872, 1e-6);
  const json known = ask(device);
  EXPECT_EQ(known["state"]["ignition"]["on"], true) << known.dump(1);
  EXPECT_TRUE(known["link"].is_null()) << "who sends datagrams has none";
  const json events = ask(fmt::format("/api/v1/device-events?imei={}&kind=sos", imei(1)));
  ASSERT_EQ(events["items"].size(), 1U) << events.dump(1);
  EXPECT_EQ(events["items"][0]["name"], "crash");
}

// Nobody knows whether a tracker still listens where its last datagram came from: a command waits for a link.
TEST_F(Datagrams, ACommandIsNotSentByThem) {
  const tests::DatagramSocket sender(server().port("avl-udp"));
  const base::UtcTime now = base::utc_now();
  ASSERT_TRUE(sender.send(with({record_at(now)})));
  ASSERT_EQ(sender.receive(), answer(1));
  const auto made =
      http::testing::request(server().port("http"), "POST", fmt::format("/api/v1/devices/{}/capture-requests", imei(1)),
                             "Content-Type: application/json\r\n", R"({"kind":"photo","cameras":["front"]})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string request = "/api/v1/capture-requests/" + json::parse(made.body).value("id", "");
  for (int seconds = 1; seconds <= 3; ++seconds) {
    ASSERT_TRUE(sender.send(with({record_at(now + seconds * 1s)})));
    ASSERT_EQ(sender.receive(), answer(1)) << "and nothing else";
  }
  EXPECT_EQ(sender.receive(300ms), base::Bytes{});
  EXPECT_EQ(ask(request)["state"], "queued");

  WireTracker tracker(server(), imei(1));
  ASSERT_TRUE(tracker.login());
  EXPECT_EQ(tracker.next_command(), "camreq:1,1");
  EXPECT_EQ(sender.receive(300ms), base::Bytes{});
}

}  // namespace
}  // namespace e2e
