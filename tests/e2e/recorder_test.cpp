// Sessions that are recorded: every byte, read back by libpcap.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "server/avl/datagram.hpp"
#include "tests/e2e/relay_fixture.hpp"
#include "tests/e2e/wire_tracker.hpp"
#include "tests/support/datagram_socket.hpp"
#include "tests/unit/http/client.hpp"
#include "tests/unit/pcapng/read_back.hpp"

namespace e2e {
namespace {

using base::Bytes;
using nlohmann::json;
using pcapng::test::Session;

class Recorded : public EndToEnd {
 protected:
  json list() { return json::parse(http_body("/api/v1/recordings?limit=500"), nullptr, false).value("items", json()); }
  // Newest first, once there are so many that have ended.
  json wait_ended(std::size_t count) {
    json items;
    const bool came = tests::eventually([&] {
      items = list();
      std::erase_if(items.get_ref<json::array_t&>(), [](const json& each) { return each["outcome"] == "recording"; });
      return items.size() >= count;
    });
    EXPECT_TRUE(came) << items.dump(1);
    EXPECT_EQ(items.size(), count) << items.dump(1);
    return items;
  }
  std::string download(const json& item) { return http_body("/api/v1/recordings/" + item.value("id", "")); }
  Session session(const json& item) { return pcapng::test::read_session(base::as_bytes(download(item))); }
  int put(std::uint64_t device, const std::string& body) {
    return http::testing::request(server().port("http"), "PUT", fmt::format("/api/v1/devices/{}/recording", device),
                                  "Content-Type: application/json\r\n", body)
        .status;
  }
  void upload(std::uint64_t device, unsigned seed) {
    WireCamera camera(server(), device);
    ASSERT_TRUE(camera.upload(make_file(seed)));
  }
};

Bytes operator+(Bytes all, base::ByteView more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST_F(Recorded, EveryByteOfBothSides) {
  start({"--record", "all"});
  const CameraFile file = make_file(1, 100'000);
  upload(imei(1), 1);
  ASSERT_FALSE(HasFailure());
  {
    WireCamera camera(server(), imei(2));
    ASSERT_TRUE(camera.upload(file));
  }
  const json items = wait_ended(2);
  const json& item = items[0];
  EXPECT_EQ(item["kind"], "camera");
  EXPECT_EQ(item["imei"], std::to_string(imei(2)));
  EXPECT_EQ(item["outcome"], "ok");
  EXPECT_EQ(item["left_out"], 0);
  const std::string bytes = download(item);
  EXPECT_EQ(bytes.size(), item["size"]);
  const Session recorded = session(item);
  EXPECT_TRUE(recorded.whole);
  EXPECT_TRUE(recorded.ended);

  // What is known of the camera's side: INIT first, then META and START, then the file's packets.
  const auto init = dualcam::encode_init(
      {.protocol = 5, .imei = imei(2), .settings = dualcam::settings_always | dualcam::settings_bit(file.file_class)});
  ASSERT_GT(recorded.from_device.size(), file.bytes.size());
  EXPECT_EQ(base::to_hex(base::ByteView(recorded.from_device).first(dualcam::init_size)), base::to_hex(init.view()));
  const base::Bytes last(file.bytes.end() - 100, file.bytes.end());
  EXPECT_FALSE(std::ranges::search(recorded.from_device, last).empty());
  std::size_t at = recorded.from_device.size() - (file.bytes.size() + file.packets() * 6);
  for (std::size_t offset = 0; offset < file.bytes.size(); offset += dualcam::packet_size) {
    const std::size_t size = std::min(dualcam::packet_size, file.bytes.size() - offset);
    ASSERT_TRUE(std::ranges::equal(base::ByteView(recorded.from_device).subspan(at + 4, size),
                                   base::ByteView(file.bytes).subspan(offset, size)))
        << offset;
    at += size + 6;
  }
  // The server's: META REQ, FILE REQ, RESUME 1, and the acknowledgement.
  const std::string_view name = dualcam::identifier(file.file_class);
  const Bytes server_said = Bytes{} + dualcam::encode_meta_request(base::as_bytes(name)).view() +
                            dualcam::encode_file_request(base::as_bytes(name)).view() +
                            dualcam::encode_resume(1).view() + dualcam::encode_init_repeat().view();
  EXPECT_EQ(base::to_hex(recorded.to_device), base::to_hex(server_said));
  for (const char* comment : {"admitted: camera", "from its beginning: nothing of it is kept", "stored: 100000 bytes"})
    EXPECT_NE(bytes.find(comment), std::string::npos) << comment;
}

TEST_F(Recorded, OnlyWhatFailedIsKept) {
  start({"--record", "failed"});
  upload(imei(1), 1);
  {
    const CameraFile file = make_file(2, 50'000);
    WireCamera camera(server(), imei(2));
    ASSERT_EQ(camera.offer(file), 1U);
    ASSERT_TRUE(camera.send_packets(file, 1, 20));
    camera.socket().close(true);
  }
  const json items = wait_ended(1);
  EXPECT_EQ(items[0]["imei"], std::to_string(imei(2)));
  EXPECT_EQ(items[0]["outcome"], "failed");
  EXPECT_EQ(server().terminate(), 0);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(data_dir_ / "recordings")) ++files;
  EXPECT_EQ(files, 1U);
}

TEST_F(Recorded, OneDeviceForAWhile) {
  start();
  const std::string policy = fmt::format("/api/v1/devices/{}/recording", imei(1));
  EXPECT_EQ(json::parse(http_body(policy))["record"], "off");
  ASSERT_EQ(put(imei(1), R"({"record":"all"})"), 200);
  const json set = json::parse(http_body(policy));
  EXPECT_EQ(set["record"], "all");
  EXPECT_TRUE(set["until"].is_string());
  upload(imei(1), 1);
  upload(imei(2), 2);
  const json items = wait_ended(1);
  EXPECT_EQ(items[0]["imei"], std::to_string(imei(1)));
  EXPECT_EQ(session(items[0]).from_device[3], 5) << "with its INIT";
  // A restart knows it still.
  EXPECT_EQ(server().terminate(), 0);
  start();
  EXPECT_EQ(json::parse(http_body(policy)), set);
  upload(imei(1), 3);
  wait_ended(2);
  EXPECT_EQ(http::testing::request(server().port("http"), "DELETE", policy).status, 200);
  EXPECT_TRUE(json::parse(http_body(policy))["until"].is_null());
  upload(imei(1), 4);
  upload(imei(3), 5);
  EXPECT_EQ(server().terminate(), 0);
  start();
  wait_ended(2);
}

TEST_F(Recorded, MaskedHasNeitherImeiNorAddress) {
  start({"--record", "all", "--record-mask", "true"});
  upload(imei(1), 1);
  const json items = wait_ended(1);
  const std::string bytes = download(items[0]);
  EXPECT_EQ(bytes.find(std::to_string(imei(1))), std::string::npos);
  Bytes number(8);
  base::store_be(number.data(), imei(1));
  EXPECT_EQ(bytes.find(base::as_text(number)), std::string::npos);
  EXPECT_EQ(bytes.find("127.0.0.1"), std::string::npos);
  EXPECT_EQ(bytes.find(std::string("\x7f\0\0\1", 4)), std::string::npos);
  EXPECT_NE(bytes.find("masked: yes"), std::string::npos);
  EXPECT_EQ(items[0]["masked"], true);
  const Session recorded = session(items[0]);
  EXPECT_TRUE(recorded.whole);
  const auto init = dualcam::parse_init(recorded.from_device);
  EXPECT_TRUE(base::Imei::from_number(init.imei)) << "a server takes it";
  EXPECT_EQ(items[0]["imei"], std::to_string(init.imei));
}

TEST_F(Recorded, BoundsHold) {
  start({"--record", "all", "--record-session-bytes", "64KiB", "--record-bytes", "150KiB"});
  for (unsigned n = 1; n <= 4; ++n) {
    WireCamera camera(server(), imei(n));
    ASSERT_TRUE(camera.upload(make_file(n, 200'000)));
    camera.socket().close();
    ASSERT_TRUE(tests::eventually([&] {
      const json items = list();
      return !items.empty() && items[0]["imei"] == std::to_string(imei(n)) && items[0]["outcome"] != "recording";
    }));
  }
  const json items = list();
  ASSERT_GE(items.size(), 1U);
  EXPECT_LT(items.size(), 4U) << "the oldest made room";
  EXPECT_GT(items[0]["left_out"], 100'000);
  const std::string bytes = download(items[0]);
  EXPECT_NE(bytes.find("bytes of the device were left out here: the recording was full"), std::string::npos);
  EXPECT_FALSE(session(items[0]).whole);
  std::uintmax_t sum = 0;
  for (const auto& each : std::filesystem::directory_iterator(data_dir_ / "recordings")) sum += each.file_size();
  EXPECT_LE(sum, 150U * 1024);
}

TEST_F(Recorded, TrackersOverTcpAndUdp) {
  start({"--record", "all", "--avl-udp-listen", "127.0.0.1:0"});
  const base::UtcTime now = base::utc_now();
  {
    WireTracker tracker(server(), imei(1));
    ASSERT_TRUE(tracker.login());
    ASSERT_TRUE(tracker.report({record_at(now)}));
  }
  const json items = wait_ended(1);
  EXPECT_EQ(items[0]["kind"], "tracker");
  EXPECT_EQ(items[0]["imei"], std::to_string(imei(1)));
  const Session recorded = session(items[0]);
  EXPECT_EQ(base::as_text(base::ByteView(recorded.from_device).subspan(2, 15)), std::to_string(imei(1)));
  EXPECT_EQ(base::to_hex(recorded.to_device), "0100000001");
  EXPECT_NE(download(items[0]).find("1 records stored"), std::string::npos);

  const auto payload = avl::encode_records(avl::Codec::codec8e, std::vector{record_at(now)});
  const Bytes sent = avl::encode_datagram({.packet_id = 7,
                                           .avl_packet_id = 1,
                                           .imei = base::Imei::from_number(imei(2)).value(),
                                           .payload = payload.value()});
  const tests::DatagramSocket socket(server().port("avl-udp"));
  ASSERT_TRUE(socket.send(sent));
  const Bytes answer = socket.receive();
  ASSERT_EQ(answer.size(), 7U);
  EXPECT_EQ(server().terminate(), 0);
  start();
  const json both = wait_ended(2);
  EXPECT_EQ(both[0]["session"].get<std::string>().substr(0, 8), "avl-udp:");
  const auto datagrams = pcapng::test::read_datagrams(base::as_bytes(download(both[0])));
  ASSERT_EQ(datagrams.size(), 2U);
  EXPECT_EQ(datagrams[0], sent);
  EXPECT_EQ(datagrams[1], answer);
}

TEST_F(Recorded, ACrashLeavesWhatCanBeRead) {
  start({"--record", "all"});
  const CameraFile file = make_file(1, 50'000);
  WireCamera camera(server(), imei(1));
  ASSERT_EQ(camera.offer(file), 1U);
  ASSERT_TRUE(tests::eventually([&] { return !list().empty() && list()[0]["size"] > 200; }));
  server().kill_hard();
  start();
  const json items = wait_ended(1);
  EXPECT_EQ(items[0]["outcome"], "unknown");
  EXPECT_EQ(session(items[0]).from_device[3], 5);
  const std::string target = "/api/v1/recordings/" + items[0].value("id", "");
  EXPECT_EQ(http::testing::request(server().port("http"), "DELETE", target).status, 200);
  EXPECT_EQ(http_status(target), 404);
}

class RecordedRelay : public Relay {};

TEST_F(RecordedRelay, WhatAnEndpointHearsAndIsTold) {
  const std::string file = write_file(edgertronic("west", group(0)));
  start({"--relay", file, "--record", "all"});
  const GroupSender camera(group(0), group_port);
  camera.send("no trigger");
  camera.trigger("jump");
  wait_row(having({{"endpoint", "west"}, {"kind", "trigger"}}));
  command("west", R"({"verb": "trigger", "parameters": {"name": "again"}})");
  wait_row(having({{"endpoint", "west"}, {"incoming", "false"}}));
  EXPECT_EQ(server().terminate(), 0);
  start();
  json items;
  ASSERT_TRUE(tests::eventually([&] {
    items = json::parse(http_body("/api/v1/recordings"), nullptr, false).value("items", json());
    return items.size() == 1;
  }));
  EXPECT_EQ(items[0]["kind"], "relay");
  EXPECT_EQ(items[0]["session"], "west");
  EXPECT_TRUE(items[0]["peer"].is_null());
  const std::string bytes = http_body("/api/v1/recordings/" + items[0].value("id", ""));
  const auto datagrams = pcapng::test::read_datagrams(base::as_bytes(bytes));
  ASSERT_GE(datagrams.size(), 3U);
  EXPECT_EQ(base::as_text(datagrams[0]), "no trigger");
  EXPECT_NE(base::as_text(datagrams[1]).find("jump"), std::string::npos);
  for (const char* comment : {"event: trigger", "command: trigger", "outcome: "})
    EXPECT_NE(bytes.find(comment), std::string::npos) << comment;
}

}  // namespace
}  // namespace e2e
