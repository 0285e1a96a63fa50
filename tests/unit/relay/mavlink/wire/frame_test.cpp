#include "server/relay/mavlink/wire/frame.hpp"

#include <gtest/gtest.h>

#include <random>

#include "server/relay/mavlink/wire/codec.hpp"
#include "tests/unit/relay/mavlink/wire/golden.hpp"
#include "tests/unit/relay/mavlink/wire/reading.hpp"

namespace mavlink::test {
namespace {

constexpr Address camera{42, 100};

std::optional<Message> again(const FrameBytes& bytes) {
  return decode(frame_of(bytes.view()));
}

template <class M>
M random_message(std::mt19937& random) {
  std::array<std::uint8_t, longest_payload> payload;
  // Many zeros, so that ends are cut off.
  for (auto& byte : payload) byte = random() % 2 == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(random());
  return load_payload<M>(payload.data());
}

template <class M>
M without_extensions(M message) {
  std::array<std::uint8_t, longest_payload> payload{};
  store_payload(message, false, payload.data());
  return load_payload<M>(payload.data());
}

template <class M>
void check_round_trips(std::mt19937& random) {
  SCOPED_TRACE(M::info.name);
  for (int i = 0; i < 200; ++i) {
    const M message = random_message<M>(random);
    const FrameBytes second = encode(message, camera, 3);
    EXPECT_LE(second.size, longest_frame - signature_size);
    ASSERT_TRUE(again(second) && same(*again(second), message));
    const FrameBytes first = encode(message, camera, 3, 1);
    const bool is_1 = M::info.id <= 255;
    ASSERT_EQ(first.data[0], is_1 ? 0xfe : 0xfd);
    ASSERT_TRUE(again(first) && same(*again(first), is_1 ? without_extensions(message) : message));
  }
}

TEST(Frame, EveryMessageComesBackAsItWas) {
  std::mt19937 random(7);
  [&]<class... M>(std::type_identity<std::variant<M...>>) {
    (check_round_trips<M>(random), ...);
  }(std::type_identity<Message>{});
}

TEST(Frame, MessagesOfHighNumbersAreAlwaysOfVersion2) {
  const FrameBytes made = encode(ParamExtRequestList{.target_system = 1}, camera, 0, 1);
  EXPECT_EQ(frame_of(made.view()).version, 2);
  EXPECT_EQ(frame_of(encode(MessageInterval{}, camera, 0, 1).view()).version, 1);
}

// COMMAND_ACK: 3 bytes and 7 of extensions.
TEST(Frame, ZerosAtTheEndAreCutOffButNotTheFirstByte) {
  CommandAck ack{.command = 0, .result = 0, .progress = 0};
  EXPECT_EQ(encode(ack, camera, 0).size, 10 + 1 + 2u);
  ack.command = 512;  // 00 02
  EXPECT_EQ(encode(ack, camera, 0).size, 10 + 2 + 2u);
  ack.target_component = 190;
  EXPECT_EQ(encode(ack, camera, 0).size, 10 + 10 + 2u);
  ack.target_component = 0;
  ack.target_system = 1;
  EXPECT_EQ(encode(ack, camera, 0).size, 10 + 9 + 2u);
  EXPECT_EQ(encode(ack, camera, 0, 1).size, 6 + 3 + 2u);  // version 1: as long as ever
  EXPECT_EQ(encode(CommandAck{.command = 0, .progress = 0}, camera, 0, 1).size, 6 + 3 + 2u);
}

base::Bytes with_payload(const MessageInfo& info, base::ByteView payload, int version = 2) {
  base::Bytes made =
      version == 1
          ? base::Bytes{0xfe, 0, 9, 42, 100, static_cast<std::uint8_t>(info.id)}
          : base::Bytes{
                0xfd, 0, 0, 0, 9, 42, 100, static_cast<std::uint8_t>(info.id), static_cast<std::uint8_t>(info.id >> 8),
                0};
  made[1] = static_cast<std::uint8_t>(payload.size());
  made.insert(made.end(), payload.begin(), payload.end());
  const std::uint16_t crc = crc_of_frame(base::ByteView(made).subspan(1), info.crc_extra);
  made.push_back(static_cast<std::uint8_t>(crc));
  made.push_back(static_cast<std::uint8_t>(crc >> 8));
  return made;
}

// Of every length from nothing to the longest there is: cut, whole, untruncated, and longer than what is known here.
TEST(Frame, PayloadsOfEveryLengthAreRead) {
  for (std::size_t size = 0; size <= longest_payload; ++size) {
    const base::Bytes payload(size, 1);
    const Read got = read(with_payload(CommandAck::info, payload));
    ASSERT_EQ(got.frames.size(), 1u) << size;
    const auto* ack = as<CommandAck>(got.frames[0].message);
    ASSERT_TRUE(ack) << size;
    EXPECT_EQ(ack->command, size == 0 ? 0 : size == 1 ? 1 : 0x0101);
    EXPECT_EQ(ack->progress, size > 3 ? 1 : 0);
    EXPECT_EQ(ack->result_param2, size > 7 ? 0x01010101 : size > 6 ? 0x010101 : size > 5 ? 0x0101 : size > 4 ? 1 : 0);
    EXPECT_EQ(ack->target_component, size > 9 ? 1 : 0);
    EXPECT_EQ(got.frames[0].target, (Address{size > 8 ? std::uint8_t{1} : std::uint8_t{0}, ack->target_component}));
  }
}

TEST(Frame, APayloadOfVersion1HasOneLength) {
  for (const std::size_t size : {2u, 3u, 4u, 10u}) {
    const Read got = read(with_payload(CommandAck::info, base::Bytes(size, 1), 1));
    ASSERT_EQ(got.frames.size(), 1u);
    EXPECT_TRUE(got.frames[0].frame.checked);
    EXPECT_EQ(got.frames[0].message.has_value(), size == 3) << size;
  }
}

TEST(Frame, TextsEndWhereTheyAreFull) {
  const ParamExtRequestRead full{.param_id = "0123456789abcdefgh"};
  EXPECT_EQ(as<ParamExtRequestRead>(again(encode(full, camera, 0)))->param_id.view(), "0123456789abcdef");
  const ParamExtRequestRead brief{.param_id = "a"};
  EXPECT_EQ(as<ParamExtRequestRead>(again(encode(brief, camera, 0)))->param_id.view(), "a");
}

TEST(Frame, TargetsStandWhereTheDefinitionsHaveThem) {
  struct Expected {
    std::uint32_t id;
    std::optional<std::uint8_t> system, component;
  };
  constexpr std::nullopt_t none = std::nullopt;
  for (const auto& [id, system, component] : {Expected{4, 12, 13},
                                              {75, 30, 31},
                                              {76, 30, 31},
                                              {77, 8, 9},
                                              {80, 2, 3},
                                              {180, 42, none},
                                              Expected{320, 2, 3},
                                              {321, 0, 1},
                                              {323, 0, 1},
                                              {20, 2, 3},
                                              {21, 0, 1},
                                              {0, none, none},
                                              Expected{259, none, none},
                                              {322, none, none},
                                              {111, 16, 17},
                                              {110, 1, 2},
                                              {282, 32, 33},
                                              {109, none, none}}) {
    const auto about = known(id);
    ASSERT_TRUE(about) << id;
    EXPECT_EQ(about->target_system, system) << id;
    EXPECT_EQ(about->target_component, component) << id;
  }
  EXPECT_FALSE(known(1));
  EXPECT_FALSE(known(412));
  EXPECT_FALSE(known(0xffffff));
}

TEST(Frame, ATargetIsReadFromTheFrame) {
  const CommandLong command{.command = 512, .target_system = 42, .target_component = 100};
  for (const int version : {1, 2})
    EXPECT_EQ(target_of(frame_of(encode(command, camera, 0, version).view())), (Address{42, 100}));
  const CameraFeedback feedback{.target_system = 9, .cam_idx = 77};
  EXPECT_EQ(target_of(frame_of(encode(feedback, camera, 0).view())), (Address{9, 0}));
  EXPECT_EQ(target_of(frame_of(encode(Heartbeat{}, camera, 0).view())), Address{});
  EXPECT_EQ(target_of(frame_of(encode(CommandAck{.target_system = 3}, camera, 0, 1).view())), Address{});
}

TEST(Crc, IsTheOneOfTheStandard) {
  EXPECT_EQ(crc_of_text(crc_start, "123456789"), 0x6f91);  // the catalogue's check value of CRC-16/MCRF4XX
  const base::ByteView digits = base::as_bytes("123456789");
  EXPECT_EQ(crc_of_frame(digits.first(8), '9'), 0x6f91);
}

}  // namespace
}  // namespace mavlink::test
