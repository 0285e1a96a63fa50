#include "tools/explain/session.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "server/dualcam/crc16.hpp"
#include "server/dualcam/wire.hpp"
#include "tests/unit/tools/virtual_run.hpp"
#include "tools/explain/input.hpp"
#include "tools/explain/render.hpp"
#include "tools/sim/random.hpp"

namespace explain {
namespace {

Report of_hex(std::string_view hex, From from = From::either) {
  return explain_session(*parse_hex(hex), from);
}

const Field& field(const Report& report, std::size_t item, std::string_view name) {
  static const Field none;
  const auto& fields = report.items.at(item).fields;
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? none : *found;
}

std::vector<std::string> titles(const Report& report) {
  std::vector<std::string> result;
  for (const Item& item : report.items) result.push_back(item.title);
  return result;
}

// ---- Input

TEST(ExplainInput, HexInManyShapes) {
  const base::Bytes expected{0x00, 0x09, 0xab, 0xcd};
  for (const char* text : {"0009abcd", "00 09 AB CD", "0x00, 0x09, 0xab, 0xcd", "00:09:ab:cd",
                           "0009 # a comment\nabcd\n", "00000000: 0009 abcd                                ....\n",
                           "00000000  00 09 ab cd                                       |....|\n"})
    EXPECT_EQ(parse_input(text), expected) << text;
}

TEST(ExplainInput, BinaryIsTakenAsItIs) {
  const std::string binary("\0\t\xff", 3);
  EXPECT_EQ(parse_input(binary), (base::Bytes{0, 9, 0xff}));
}

TEST(ExplainInput, SaysWhatIsWrongWithHex) {
  EXPECT_EQ(parse_hex("00zz").error().message, "\"z\" is no hexadecimal digit.");
  EXPECT_EQ(parse_hex("000").error().message, "There are 3 hexadecimal digits; bytes need an even number.");
  EXPECT_FALSE(parse_hex(""));
}

// ---- Frames

TEST(Explain, InitWithItsBits) {
  const Report report = of_hex("000000050001440f32b217357c000400");
  ASSERT_EQ(report.items.size(), 1U);
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(field(report, 0, "IMEI").value, "356307042441013");
  EXPECT_EQ(field(report, 0, "IMEI").meaning, "15 digits, the Luhn check digit is right");
  EXPECT_EQ(field(report, 0, "settings").meaning, "4 of 5 kinds of file waiting");
  EXPECT_EQ(field(report, 0, "settings").offset, 12U);
}

TEST(Explain, ImeiThatFailsLuhn) {
  const Report report = of_hex("000000050001440f32b2173644000400", From::device);
  EXPECT_FALSE(report.sound());
  EXPECT_EQ(field(report, 0, "IMEI").meaning, "the Luhn check digit is wrong; it would be 3");
}

TEST(Explain, AWholeSessionOfBothDirections) {
  const Report report = of_hex(
      "000000050001440f32b2173550000400"
      "000a000725766964656f66"
      "000b002804100000019a7afd1e7b03000a140078404b57f4c2b51bd640394797460242d00000019a7afd1e00"
      "0008000725766964656f66"
      "000100060000001e0000"
      "0002000400000001"
      "0003000400000001"
      "0005000400000011"
      "00000000");
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(titles(report), (std::vector<std::string>{"INIT", "META REQ", "META", "FILE REQ", "START", "RESUME", "SYNC",
                                                      "STATUS", "CLOSE"}));
  EXPECT_EQ(report.items[1].from, From::server);
  EXPECT_EQ(report.items[2].from, From::device);
  EXPECT_EQ(field(report, 2, "trigger").meaning, "crash");
  EXPECT_EQ(field(report, 2, "time zone").meaning, "UTC+02:00");
  EXPECT_EQ(field(report, 2, "latitude").value, "54.687157");
  EXPECT_EQ(field(report, 2, "triggered").value, "1763000000000");
  EXPECT_EQ(field(report, 4, "size").meaning, "packets of 1024 bytes: 29697 to 30720 bytes of file");
  EXPECT_EQ(field(report, 7, "status").meaning, "read failed: the camera is not configured or the file is not there");
}

TEST(Explain, APathMakesItBytes) {
  const Report report = of_hex(
      "000d001e64736d2f706963747572652f3236313132312f3130313530302e6a706700"
      "000b001a 6743fd00 01 0d 03460000 01770000 0009 00000000414e4e410000"
      "0001000600007d000000");
  EXPECT_EQ(field(report, 0, "path").value, "dsm/picture/261121/101500.jpg");
  EXPECT_EQ(field(report, 1, "trigger").meaning, "dsm_event");
  EXPECT_EQ(field(report, 1, "events").details, (std::vector<std::string>{"bit 0: drowsiness", "bit 3: phone"}));
  EXPECT_EQ(field(report, 2, "size").meaning, "bytes");
}

TEST(Explain, JsonMetadata) {
  const std::string json = R"({"version":1,"file":{"duration":10}})";
  base::Bytes bytes;
  dualcam::append_meta(bytes, base::as_bytes(json));
  const Report report = explain_session(bytes, From::device);
  EXPECT_EQ(field(report, 0, "JSON").details, (std::vector<std::string>{"file.duration = 10", "version = 1"}));
}

TEST(Explain, StrayByteAfterVersionTwo) {
  for (const char* rate : {"14", "00"}) {
    const Report report = of_hex("000b000d02100000019a7afd1e7b03000a" + std::string(rate) + "000100060000001e0000");
    EXPECT_EQ(titles(report), (std::vector<std::string>{"META", "stray byte", "START"})) << rate;
    EXPECT_TRUE(report.sound()) << rate;
  }
}

// ---- DATA

base::Bytes packet_of(unsigned seed, std::size_t size = 1024) {
  base::Bytes bytes(size);
  for (std::size_t n = 0; n < size; ++n) bytes[n] = static_cast<std::uint8_t>(sim::mix(seed, n));
  return bytes;
}

// SYNC 1 and DATA 1, 2, 3.
struct Transfer {
  std::vector<base::Bytes> frames;
  Transfer() {
    const dualcam::Frame sync = dualcam::encode_sync(1);
    frames.emplace_back(sync.view().begin(), sync.view().end());
    std::uint16_t crc = 0;
    for (const unsigned n : {1U, 2U, 3U}) {
      const base::Bytes packet = packet_of(n + 10);
      crc = dualcam::crc16(crc, packet);
      frames.emplace_back();
      dualcam::append_data(frames.back(), packet, crc);
    }
  }
  base::Bytes bytes() const {
    base::Bytes all;
    for (const base::Bytes& frame : frames) all.insert(all.end(), frame.begin(), frame.end());
    return all;
  }
};

TEST(Explain, ChecksTheCrcChain) {
  const Report report = explain_session(Transfer().bytes(), From::device);
  EXPECT_EQ(titles(report), (std::vector<std::string>{"SYNC", "DATA 1", "DATA 2", "DATA 3"}));
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(field(report, 3, "CRC").meaning, "right");
  EXPECT_EQ(field(report, 3, "bytes").meaning, "of the file, from byte 2048");
}

TEST(Explain, NamesABadCrcAndWhatItShouldBe) {
  Transfer transfer;
  transfer.frames[2][500] ^= 1;
  const Report report = explain_session(transfer.bytes(), From::device);
  EXPECT_FALSE(report.sound());
  EXPECT_EQ(field(report, 2, "CRC").meaning, "WRONG");
  EXPECT_TRUE(report.items[1].problems.empty());
}

TEST(Explain, RecognisesATruncatedFrameWhereverItIsCut) {
  for (const std::size_t kept : {4U, 5U, 580U, 1000U, 1029U}) {
    SCOPED_TRACE(kept);
    Transfer transfer;
    base::Bytes cut = transfer.frames[2];
    cut.resize(kept);
    transfer.frames.insert(transfer.frames.begin() + 2, cut);
    const Report report = explain_session(transfer.bytes(), From::device);
    EXPECT_EQ(titles(report), (std::vector<std::string>{"SYNC", "DATA 1", "DATA, truncated", "DATA 2", "DATA 3"}));
    EXPECT_TRUE(report.sound());
  }
}

TEST(Explain, FindsItsWayBackAfterUnknownBytes) {
  const Report report = of_hex("0003000400000001 ffeeddcc 0003000400000001", From::device);
  EXPECT_EQ(titles(report), (std::vector<std::string>{"SYNC", "unknown bytes", "SYNC"}));
  EXPECT_FALSE(report.sound());
}

TEST(Explain, EveryPrefixOfASessionIsExplained) {
  sim::VirtualRun run({.imei = 356307042441013}, sim::FaultOptions::none(), {.photos = 1, .videos = 0});
  ASSERT_TRUE(run.run());
  base::Bytes bytes;
  for (const base::Bytes& segment : run.segments) bytes.insert(bytes.end(), segment.begin(), segment.end());
  for (std::size_t size = 1; size < bytes.size(); size += size < 300 ? 1 : 211) {
    base::Bytes prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const Report report = explain_session(prefix, From::device);
    std::size_t covered = 0;
    for (const Item& item : report.items) {
      ASSERT_EQ(item.offset, covered) << size;
      covered += item.size;
    }
    ASSERT_EQ(covered, size);
  }
}

TEST(Explain, ASimulatedSessionIsSound) {
  using sim::Dialect;
  for (const Dialect dialect : {Dialect::identifiers, Dialect::paths, Dialect::enhanced}) {
    sim::VirtualRun run({.imei = 356307042441013, .dialect = dialect}, sim::FaultOptions::none());
    ASSERT_TRUE(run.run());
    base::Bytes bytes;
    for (const base::Bytes& segment : run.segments) bytes.insert(bytes.end(), segment.begin(), segment.end());
    const Report report = explain_session(bytes, From::device);
    EXPECT_TRUE(report.sound()) << as_text(report, false).substr(0, 3000);
  }
}

// ---- Other protocols

TEST(Explain, NamesWhatIsNoCamera) {
  const std::pair<const char*, const char*> rows[] = {
      {"474554202f20485454502f312e310d0a", "HTTP request"},
      {"16030100f5010000f10303", "TLS record"},
      {"5353482d322e302d4f70656e5353480d0a", "SSH greeting"},
  };
  for (const auto& [hex, title] : rows) {
    const Report report = of_hex(hex);
    ASSERT_EQ(report.items.size(), 1U) << hex;
    EXPECT_EQ(report.items[0].title, title);
    EXPECT_FALSE(report.sound());
  }
}

TEST(Explain, JsonHasEveryByteOfEachField) {
  const std::string json = as_json(of_hex("0005000400000011", From::device));
  EXPECT_NE(json.find(R"("hex": "00000011")"), std::string::npos);
  EXPECT_NE(json.find(R"("sound": true)"), std::string::npos);
}

}  // namespace
}  // namespace explain
