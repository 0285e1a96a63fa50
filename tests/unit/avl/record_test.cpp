// Records of Codec 8 and 8 Extended: taken apart, made again, and refused when anything in them lies.
#include "server/avl/record.hpp"

#include <gtest/gtest.h>

#include "tests/unit/avl/frames.hpp"

namespace avl {
namespace {

using base::Bytes;
using base::ByteView;
using test::hex;
using test::payload_of;

std::string refusal(Codec codec, ByteView payload) {
  Records records;
  const auto decoded = records.decode(codec, payload);
  EXPECT_TRUE(decoded || records.all().empty());
  return decoded ? "" : decoded.error().message;
}

TEST(Records, Codec8IsTakenApart) {
  const Bytes payload = payload_of(hex(test::codec8_hex));
  Records records;
  ASSERT_TRUE(records.decode(Codec::codec8, payload));
  ASSERT_EQ(records.all().size(), 1u);
  const Record& record = records.all()[0];
  EXPECT_EQ(base::to_iso8601(record.time), "2019-06-10T10:04:46.000Z");
  EXPECT_EQ(record.priority, Priority::high);
  EXPECT_EQ(record.event_id, 1);
  EXPECT_FALSE(record.has_fix());
  EXPECT_EQ(base::to_hex(record.raw), base::to_hex(ByteView(payload).subspan(2, payload.size() - 3)));
  const std::vector<std::pair<unsigned, std::uint64_t>> expected{
      {0x15, 3}, {0x01, 1}, {0x42, 0x5e0f}, {0xf1, 0x601a}, {0x4e, 0}};
  std::vector<std::pair<unsigned, std::uint64_t>> found;
  for (const Element& element : records.elements(record)) found.emplace_back(element.id, element.number().value());
  EXPECT_EQ(found, expected);
  EXPECT_EQ(records.find(record, 0x42)->number(), 0x5e0fu);
  EXPECT_EQ(records.find(record, 0x43), nullptr);
}

TEST(Records, Codec8ExtendedIsTakenApart) {
  const Bytes payload = payload_of(hex(test::codec8e_hex));
  Records records;
  ASSERT_TRUE(records.decode(Codec::codec8e, payload));
  ASSERT_EQ(records.all().size(), 1u);
  const Record& record = records.all()[0];
  EXPECT_EQ(base::to_iso8601(record.time), "2019-06-10T11:36:32.000Z");
  EXPECT_EQ(record.element_count, 5u);
  EXPECT_EQ(records.find(record, 0x10)->number(), 0x015e2c88u);
  EXPECT_EQ(records.find(record, 0x0e)->number(), 0x1dd7e06au);
}

TEST(Records, MadeAgainByteForByte) {
  for (const auto& [codec, frame] :
       {std::pair{Codec::codec8, hex(test::codec8_hex)}, std::pair{Codec::codec8e, hex(test::codec8e_hex)},
        std::pair{Codec::codec8e, test::records(3)}}) {
    const Bytes payload = payload_of(frame);
    Records records;
    ASSERT_TRUE(records.decode(codec, payload));
    EXPECT_EQ(base::to_hex(test::framed(encode_records(codec, test::outgoing(records)).value())), base::to_hex(frame));
  }
}

TEST(Records, EveryKindOfElementIsKept) {
  const Record place{.time = base::UtcTime(std::chrono::milliseconds(1)),
                     .priority = Priority::panic,
                     .longitude_e7 = -1'800'000'000,
                     .latitude_e7 = -900'000'000,
                     .altitude_m = -1,
                     .angle_deg = 65535,
                     .satellites = 255,
                     .speed_kmh = 65535,
                     .event_id = io::sos_trigger};
  const Bytes longer(300, 0xab);
  const std::vector<OutgoingRecord> out{{place,
                                         {element(io::ignition, 1, 1),
                                          element(1, 0xffff, 2),
                                          element(2, 0xffffffff, 4),
                                          element(3, ~0ULL, 8),
                                          {50'000, {}},
                                          {50'001, {1, 2, 3}},
                                          {50'002, longer},
                                          element(io::front_camera, 4, 1)}}};
  const Bytes payload = encode_records(Codec::codec8e, out).value();
  Records records;
  ASSERT_TRUE(records.decode(Codec::codec8e, payload));
  const Record& record = records.all()[0];
  EXPECT_EQ(record.priority, Priority::panic);
  EXPECT_EQ(record.longitude_e7, -1'800'000'000);
  EXPECT_EQ(record.latitude_e7, -900'000'000);
  EXPECT_EQ(record.altitude_m, -1);
  EXPECT_EQ(record.angle_deg, 65535);
  EXPECT_EQ(record.satellites, 255);
  EXPECT_EQ(record.speed_kmh, 65535);
  EXPECT_EQ(record.event_id, 499);
  EXPECT_TRUE(record.has_fix());
  ASSERT_EQ(record.element_count, 8u);
  for (const OutgoingElement& sent : out[0].elements) {
    const Element* kept = records.find(record, sent.id);
    ASSERT_NE(kept, nullptr) << sent.id;
    EXPECT_EQ(base::to_hex(kept->bytes), base::to_hex(sent.bytes));
  }
  EXPECT_EQ(records.find(record, 3)->number(), ~0ULL);
  EXPECT_EQ(records.find(record, 50'000)->number(), std::nullopt);
  EXPECT_EQ(records.find(record, 50'001)->number(), std::nullopt);
}

TEST(Records, NoShorterPacketIsTaken) {
  for (const auto& [codec, frame] :
       {std::pair{Codec::codec8, hex(test::codec8_hex)}, std::pair{Codec::codec8e, hex(test::codec8e_hex)},
        std::pair{Codec::codec8e, test::records(3)}}) {
    const Bytes payload = payload_of(frame);
    for (std::size_t size = 0; size < payload.size(); ++size) {
      Bytes cut(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_NE(refusal(codec, cut), "") << size;
      if (size < 3) continue;
      cut.back() = payload[1];  // so that the counts agree
      EXPECT_NE(refusal(codec, cut), "") << size;
    }
    Bytes longer = payload;
    longer.push_back(payload[1]);
    EXPECT_NE(refusal(codec, longer).find("bytes are left behind the last"), std::string::npos);
  }
}

TEST(Records, CountsThatDisagreeAreRefused) {
  const Bytes payload = payload_of(test::records(3));
  for (const int lie : {0, 2, 4, 255}) {
    Bytes before = payload, behind = payload, both = payload;
    before[1] = behind.back() = both[1] = both.back() = static_cast<std::uint8_t>(lie);
    EXPECT_NE(refusal(Codec::codec8e, before).find("announced before them, 3 behind"), std::string::npos);
    EXPECT_NE(refusal(Codec::codec8e, behind).find("3 records are announced before them"), std::string::npos);
    EXPECT_NE(refusal(Codec::codec8e, both), "");
  }
}

// Where the counts of a packet of one record stand: total, then each group's.
struct CountAt {
  Codec codec;
  std::string_view frame;
  std::vector<std::size_t> at;
  std::size_t size;
};

TEST(Records, EveryGroupsCountIsChecked) {
  const CountAt table[]{{Codec::codec8, test::codec8_hex, {27, 28, 33, 37, 43}, 1},
                        {Codec::codec8e, test::codec8e_hex, {28, 30, 35, 41, 49, 71}, 2}};
  for (const CountAt& row : table) {
    const Bytes payload = payload_of(hex(row.frame));
    for (const std::size_t at : row.at) {
      const std::size_t low = at + row.size - 1;
      for (const int change : {-1, 1, 0x40}) {
        Bytes lying = payload;
        lying[low] = static_cast<std::uint8_t>(lying[low] + change);
        EXPECT_NE(refusal(row.codec, lying), "") << to_string(row.codec) << ", count at " << at << ", " << change;
      }
      if (row.size == 1) continue;
      Bytes lying = payload;
      lying[at] = 0xff;
      EXPECT_NE(refusal(row.codec, lying), "") << at;
    }
  }
}

TEST(Records, ALyingLengthInTheLastGroupIsRefused) {
  const Bytes payload = payload_of(test::records(1));
  const std::size_t length_at = payload.size() - 1 - 10 - 2;  // before the ten bytes and the count
  ASSERT_EQ(payload[length_at + 1], 10);
  for (const int lie : {0, 9, 11, 255}) {
    Bytes lying = payload;
    lying[length_at + 1] = static_cast<std::uint8_t>(lie);
    EXPECT_NE(refusal(Codec::codec8e, lying), "") << lie;
  }
}

TEST(Records, WhatIsNoPacketOfThisCodecIsRefused) {
  EXPECT_NE(refusal(Codec::codec8, payload_of(hex(test::codec8e_hex))).find("begins with 8e"), std::string::npos);
  EXPECT_NE(refusal(Codec::codec12, payload_of(hex(test::photo_hex))).find("text, not records"), std::string::npos);
  EXPECT_EQ(refusal(Codec::codec8, hex("080000")), "");
}

TEST(Records, ATimeBeyondTheCalendarIsRefused) {
  Bytes payload = payload_of(test::records(1));
  payload[2] = 0x80;
  EXPECT_NE(refusal(Codec::codec8e, payload).find("is no time"), std::string::npos);
}

TEST(Records, AHigherPriorityThanKnownIsPanic) {
  Bytes payload = payload_of(test::records(1));
  payload[10] = 3;
  Records records;
  ASSERT_TRUE(records.decode(Codec::codec8e, payload));
  EXPECT_EQ(records.all()[0].priority, Priority::panic);
  EXPECT_EQ(records.all()[0].raw[8], 3);
}

TEST(Records, AreReadAgainAsTheyWereStored) {
  const Bytes payload = payload_of(test::records(3));
  Records whole;
  ASSERT_TRUE(whole.decode(Codec::codec8e, payload));
  Records second;
  ASSERT_TRUE(second.decode_stored(Codec::codec8e, 1, whole.all()[1].raw));
  EXPECT_EQ(second.all()[0].time, whole.all()[1].time);
  EXPECT_EQ(second.elements(second.all()[0]).size(), 2u);
  EXPECT_FALSE(second.decode_stored(Codec::codec8e, 2, whole.all()[1].raw));
  EXPECT_TRUE(second.all().empty());
}

TEST(Records, KeepTheirMemory) {
  const Bytes payload = payload_of(test::records(50));
  Records records;
  ASSERT_TRUE(records.decode(Codec::codec8e, payload));
  const std::size_t memory = records.memory();
  const Record* where = records.all().data();
  ASSERT_TRUE(records.decode(Codec::codec8e, payload));
  EXPECT_EQ(records.all().data(), where);
  EXPECT_EQ(records.memory(), memory);
  records.release();
  EXPECT_EQ(records.memory(), 0u);
}

TEST(Records, AFixNeedsSatellitesAndAPlaceOnEarth) {
  const Record good{.longitude_e7 = 1, .latitude_e7 = 0, .satellites = 1};
  EXPECT_TRUE(good.has_fix());
  for (auto spoil :
       {+[](Record& r) { r.satellites = 0; }, +[](Record& r) { r.longitude_e7 = 0; },
        +[](Record& r) { r.longitude_e7 = 1'800'000'001; }, +[](Record& r) { r.latitude_e7 = -900'000'001; }}) {
    Record bad = good;
    spoil(bad);
    EXPECT_FALSE(bad.has_fix());
  }
}

TEST(Records, WhatACodecCannotSayIsRefused) {
  const Record record{.time = base::UtcTime(std::chrono::milliseconds(1))};
  const auto error = [&](Codec codec, OutgoingRecord outgoing) {
    const std::vector<OutgoingRecord> all{std::move(outgoing)};
    const auto encoded = encode_records(codec, all);
    return encoded ? "" : encoded.error().message;
  };
  EXPECT_NE(error(Codec::codec8, {record, {element(io::sos_trigger, 0, 1)}}).find("needs Codec 8 Extended"),
            std::string::npos);
  EXPECT_NE(error(Codec::codec8, {record, {{1, {1, 2, 3}}}}).find("3 bytes"), std::string::npos);
  Record sos = record;
  sos.event_id = io::sos_trigger;
  EXPECT_NE(error(Codec::codec8, {sos, {}}).find("event 499"), std::string::npos);
  EXPECT_NE(error(Codec::codec12, {record, {}}), "");
  EXPECT_EQ(error(Codec::codec8e, {sos, {element(io::sos_trigger, 0, 1)}}), "");
  EXPECT_FALSE(encode_records(Codec::codec8, std::vector<OutgoingRecord>(256, OutgoingRecord{record, {}})));
}

TEST(Elements, Names) {
  EXPECT_EQ(camera_state_name(0), "not_detected");
  EXPECT_EQ(camera_state_name(4), "card_faulty");
  EXPECT_EQ(camera_state_name(5), std::nullopt);
  EXPECT_EQ(sos_trigger_name(0), "server_request");
  EXPECT_EQ(sos_trigger_name(3), "crash");
  EXPECT_EQ(sos_trigger_name(11), "din4");
  EXPECT_EQ(sos_trigger_name(12), "trigger_12");
}

}  // namespace
}  // namespace avl
