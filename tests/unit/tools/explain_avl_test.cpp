// A tracker's link explained: both directions in the order they happened, records with the names of their elements.
#include <gtest/gtest.h>

#include <algorithm>

#include "server/avl/command.hpp"
#include "server/avl/datagram.hpp"
#include "server/avl/record.hpp"
#include "tools/explain/session.hpp"

namespace explain {
namespace {

constexpr std::string_view login = "000f333536333037303432343431303133";
constexpr std::string_view codec8 =
    "000000000000003608010000016b40d8ea30010000000000000000000000000000000105021503010101425e0f01f10000601a014e00000000"
    "00000000010000c7cf";
constexpr std::string_view command =
    "00000000000000200c01050000001863616d7265713a302c312c313736333030303030302c3130010000d701";

base::Bytes hex(std::string_view digits) {
  return base::from_hex(digits).value();
}
base::Bytes join(std::initializer_list<base::Bytes> parts) {
  base::Bytes all;
  for (const base::Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
const Field* field(const Item& item, std::string_view name) {
  const auto at = std::ranges::find(item.fields, name, &Field::name);
  return at == item.fields.end() ? nullptr : &*at;
}
std::vector<std::string> titles(const Report& report) {
  std::vector<std::string> all;
  for (const Item& item : report.items) all.push_back(item.title);
  return all;
}

base::Bytes sos_payload() {
  avl::Record record{.time = base::UtcTime(std::chrono::milliseconds(1'763'000'000'000)),
                     .priority = avl::Priority::high,
                     .longitude_e7 = -252'797'000,
                     .latitude_e7 = 546'872'000,
                     .satellites = 9,
                     .event_id = avl::io::sos_trigger};
  const std::vector<avl::OutgoingRecord> records{{record,
                                                  {avl::element(avl::io::ignition, 1, 1),
                                                   avl::element(avl::io::front_camera, 1, 1),
                                                   avl::element(avl::io::rear_camera, 0, 1),
                                                   avl::element(avl::io::sos_trigger, 3, 1),
                                                   {10'000, {0xab, 0xcd, 0xef}}}}};
  return avl::encode_records(avl::Codec::codec8e, records).value();
}
base::Bytes framed(base::ByteView payload) {
  base::Bytes out;
  avl::append_frame(payload, out);
  return out;
}

TEST(ExplainAvl, AWholeLinkBothWays) {
  const base::Bytes reply = framed(
      avl::encode_message({.type = avl::MessageType::reply, .text = "Invalid argument in camera request cmd!\r\n"})
          .value());
  const Report report = explain_session(
      join({hex(login), hex("01"), hex(codec8), hex("00000001"), hex(command), reply, hex("ff")}), From::either);
  EXPECT_EQ(titles(report), (std::vector<std::string>{"AVL greeting", "login answer", "AVL data, 1 record",
                                                      "records answer", "AVL command", "AVL reply", "keep-alive"}));
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(report.summary, "A tracker's link: 3 frames, 1 record, 2 texts.");
  EXPECT_EQ(report.items[1].from, From::server);
  EXPECT_EQ(report.items[4].from, From::server);
  EXPECT_EQ(field(report.items[4], "text")->value, "camreq:0,1,1763000000,10");
  EXPECT_EQ(report.items[5].from, From::device);
  EXPECT_EQ(report.items[5].notes, std::vector<std::string>{"The camera request is refused."});
  std::size_t at = 0;
  for (const Item& item : report.items) {  // every byte of every item belongs to one field
    EXPECT_EQ(item.offset, at);
    std::size_t next = at;
    for (const Field& each : item.fields) {
      EXPECT_EQ(each.offset, next);
      next += each.size;
    }
    at += item.size;
    EXPECT_EQ(next, item.fields.empty() ? item.offset : at);
  }
  EXPECT_EQ(at, report.bytes.size());
}

TEST(ExplainAvl, RecordsNameTheirElements) {
  const Report report = explain_session(framed(sos_payload()), From::device);
  ASSERT_EQ(report.items.size(), 1U);
  const Item& item = report.items[0];
  EXPECT_EQ(field(item, "time")->value, "2025-11-13T02:13:20.000Z");
  EXPECT_EQ(field(item, "priority")->meaning, "high");
  EXPECT_EQ(field(item, "longitude")->value, "-25.2797000°");
  EXPECT_EQ(field(item, "event")->meaning, "SOS trigger");
  EXPECT_EQ(field(item, "groups")->details,
            (std::vector<std::string>{"239 = 1  ignition: on", "498 = 1  front camera: no_card",
                                      "497 = 0  rear camera: not_detected", "499 = 3  SOS trigger: crash",
                                      "10000 = 0xabcdef"}));
  EXPECT_EQ(field(item, "CRC")->meaning, "CRC-16/IBM, right");
}

TEST(ExplainAvl, WhatIsWrongIsSaid) {
  base::Bytes bad_crc = hex(codec8);
  bad_crc.back() ^= 1;
  const Report crc = explain_session(bad_crc, From::device);
  ASSERT_EQ(crc.items.size(), 1U);
  EXPECT_NE(crc.items[0].problems.at(0).find("has CRC 0000c7ce, its bytes have 0000c7cf"), std::string::npos)
      << crc.items[0].problems[0];

  base::Bytes payload = sos_payload();
  payload.back() = 2;
  EXPECT_NE(explain_session(framed(payload), From::device).items[0].problems.at(0).find("1 records are announced"),
            std::string::npos);

  const Report stranger = explain_session(join({hex(login), hex("01"), hex("deadbeef00")}), From::either);
  EXPECT_EQ(titles(stranger), (std::vector<std::string>{"AVL greeting", "login answer", "rest"}));
  EXPECT_FALSE(stranger.sound());
  EXPECT_FALSE(explain_session(hex("000f333536333037303432343431303134"), From::device).sound());
}

TEST(ExplainAvl, CutOffAnywhereItSaysSo) {
  const base::Bytes whole = join({hex(login), hex(codec8)});
  for (std::size_t size = 4; size < whole.size(); ++size) {
    const Report report =
        explain_session({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}, From::device);
    ASSERT_FALSE(report.items.empty()) << size;
    EXPECT_TRUE(report.items.front().title == "AVL greeting" || size < 17) << size;
    EXPECT_TRUE(size == 17 || report.items.back().title == "rest") << size;
  }
}

TEST(ExplainAvl, Datagrams) {
  const base::Bytes payload = sos_payload();
  const Report report =
      explain_session(avl::encode_datagram({7, 8, *base::Imei::from_number(356307042441013), payload}), From::device);
  ASSERT_EQ(report.items.size(), 1U);
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(field(report.items[0], "IMEI")->value, "356307042441013");
  EXPECT_EQ(field(report.items[0], "packet")->value, "7");
  EXPECT_EQ(field(report.items[0], "groups")->details.size(), 5U);
}

}  // namespace
}  // namespace explain
