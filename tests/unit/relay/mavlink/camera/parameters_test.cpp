#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "bench.hpp"

namespace mavlink::camera {
namespace {

ParamExtSet set_message(std::string_view id, std::uint8_t type, const ParameterValue& value) {
  return {.target_system = 1,
          .target_component = 100,
          .param_id = id,
          .param_value = encode(type, value),
          .param_type = type};
}
ParamExtRequestRead read_message(std::int16_t index, std::string_view id = {}) {
  return {.param_index = index, .target_system = 1, .target_component = 100, .param_id = id};
}
constexpr ParamExtRequestList list_message{.target_system = 1, .target_component = 100};

TEST(CameraParameters, ListIsPacedAndForWhoeverAsked) {
  Bench bench;
  bench.hear(list_message);
  bench.hear(list_message);                                                  // again
  bench.hear(list_message, other_station, other_peer, Permission::refused);  // anybody may read
  bench.hear(ParamExtRequestList{.target_system = 1, .target_component = 101});
  EXPECT_EQ(bench.sent<ParamExtValue>().size(), 1U);
  bench.run(milliseconds{200});
  const auto values = bench.sent<ParamExtValue>();
  ASSERT_EQ(values.size(), 8U);
  int mine = 0;
  for (const auto& outgoing : bench.all)
    if (const auto* value = std::get_if<ParamExtValue>(&outgoing.message); value && outgoing.to == station_peer) {
      EXPECT_EQ(value->param_index, mine++);
      EXPECT_EQ(value->param_count, 4);
    }
  EXPECT_EQ(mine, 4);
  for (std::size_t i = 1; i < bench.at.size(); ++i) EXPECT_GE(bench.at[i] - bench.at[i - 1], milliseconds{20});
}

TEST(CameraParameters, ListsAreBoundedAndEndWithTheirPeer) {
  Bench bench;
  for (std::uint32_t peer = 0; peer < 6; ++peer) bench.hear(list_message, station, {3, peer});
  bench.camera.forget({3, 0});
  bench.run(seconds{1});
  EXPECT_EQ(bench.sent<ParamExtValue>().size(), 13U);  // of one its first only
}

TEST(CameraParameters, AreReadByNumberAndName) {
  Bench bench;
  bench.hear(read_message(1));
  bench.hear(read_message(-1, "CAM_ISO"));
  bench.hear(read_message(-1, "CAM_NONE"));
  bench.hear(read_message(4));
  const auto values = bench.sent<ParamExtValue>();
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[0].param_id.view(), "CAM_EV");
  EXPECT_EQ(values[1].param_id.view(), "CAM_ISO");
  EXPECT_EQ(values[1].param_type, param_type::u16);
  EXPECT_EQ(values[1].param_value.bytes[0], 100);
  bench.hear(ParamExtRequestRead{.param_index = 1, .target_system = 1, .target_component = 101});
  EXPECT_EQ(bench.sent<ParamExtValue>().size(), 2U);
}

TEST(CameraParameters, SettingTakesItsTimeAndIsToldToAll) {
  Bench bench;
  const auto iso = set_message("CAM_ISO", param_type::u16, std::uint64_t{800});
  bench.hear(iso);
  bench.hear(iso);  // sent again
  ASSERT_EQ(bench.asked<SetParameter>(), 1U);
  EXPECT_EQ(std::get<SetParameter>(bench.asks[0].wish).value, ParameterValue{std::uint64_t{800}});
  EXPECT_EQ(bench.sent<ParamExtAck>().at(0).param_result, param_ack::in_progress);
  EXPECT_EQ(bench.sent<ParamExtAck>().at(1).param_result, param_ack::in_progress);
  bench.done();
  const auto ack = bench.sent<ParamExtAck>().back();
  EXPECT_EQ(ack.param_result, param_ack::accepted);
  EXPECT_EQ(ack.param_value.view(), iso.param_value.view());
  EXPECT_EQ(bench.all.back().to, std::nullopt);

  bench.hear(set_message("CAM_ISO", param_type::u16, std::uint64_t{400}));
  bench.done(false);
  EXPECT_EQ(bench.sent<ParamExtAck>().back().param_result, param_ack::failed);
  EXPECT_EQ(bench.all.back().to, station_peer);
  bench.hear(read_message(0));
  EXPECT_EQ(bench.sent<ParamExtValue>().back().param_value.view(), iso.param_value.view());
}

TEST(CameraParameters, WhatCannotBeSetIsRefused) {
  Bench bench;
  const auto answer = [&](const ParamExtSet& sent, Permission permission = Permission::granted) {
    bench.hear(sent, station, station_peer, permission);
    return int{bench.sent<ParamExtAck>().back().param_result};
  };
  EXPECT_EQ(answer(set_message("CAM_ISO", param_type::u16, std::uint64_t{49})), param_ack::value_unsupported);
  EXPECT_EQ(answer(set_message("CAM_ISO", param_type::u16, std::uint64_t{6401})), param_ack::value_unsupported);
  EXPECT_EQ(answer(set_message("CAM_ISO", param_type::u32, std::uint64_t{100})), param_ack::value_unsupported);
  EXPECT_EQ(answer(set_message("CAM_ISO", 0, std::uint64_t{100})), param_ack::value_unsupported);
  EXPECT_EQ(answer(set_message("CAM_EV", param_type::real32, std::numeric_limits<double>::quiet_NaN())),
            param_ack::value_unsupported);
  EXPECT_EQ(answer(set_message("CAM_WB", param_type::i8, std::int64_t{0})), param_ack::value_unsupported);
  EXPECT_EQ(answer(set_message("CAM_NONE", param_type::i8, std::int64_t{0})), param_ack::failed);
  EXPECT_EQ(answer(set_message("CAM_SERIAL", param_type::custom, std::string("B"))), param_ack::failed);
  EXPECT_EQ(answer(set_message("CAM_WB", param_type::i8, std::int64_t{1}), Permission::refused), param_ack::failed);
  EXPECT_EQ(answer(set_message("CAM_WB", param_type::i8, std::int64_t{1}), Permission::too_fast), param_ack::failed);
  EXPECT_TRUE(bench.asks.empty());
  EXPECT_EQ(bench.notes.size(), 10U);
  EXPECT_EQ(answer(set_message("CAM_WB", param_type::i8, std::int64_t{1})), param_ack::in_progress);
  for (std::uint64_t iso = 100; iso < 131; ++iso)
    EXPECT_EQ(answer(set_message("CAM_ISO", param_type::u16, iso)), param_ack::in_progress);
  EXPECT_EQ(answer(set_message("CAM_ISO", param_type::u16, std::uint64_t{200})), param_ack::failed);  // too many
  bench.hear(ParamExtSet{.target_system = 2});
  EXPECT_EQ(bench.sent<ParamExtAck>().size(), 43U);
  bench.camera.offline(bench.now, bench.out);
  EXPECT_EQ(answer(set_message("CAM_WB", param_type::i8, std::int64_t{-1})), param_ack::failed);
}

TEST(CameraParameters, WhatTheDeviceSaysIsShown) {
  Bench bench;
  bench.camera.parameter("CAM_EV", -1.5);
  bench.camera.parameter("CAM_EV", 99.0);
  bench.camera.parameter("CAM_NONE", 1.0);
  bench.hear(read_message(1));
  EXPECT_EQ(decode(param_type::real32, bench.sent<ParamExtValue>().at(0).param_value), ParameterValue{-1.5});
}

TEST(CameraParameterValue, EveryTypeGoesThereAndBack) {
  const auto same = [](std::uint8_t type, const ParameterValue& value) {
    return fits({.id = "X", .type = type}, value) && decode(type, encode(type, value)) == value;
  };
  EXPECT_TRUE(same(param_type::u8, std::uint64_t{255}));
  EXPECT_TRUE(same(param_type::i8, std::int64_t{-128}));
  EXPECT_TRUE(same(param_type::u16, std::uint64_t{0xBEEF}));
  EXPECT_TRUE(same(param_type::i16, std::int64_t{-32768}));
  EXPECT_TRUE(same(param_type::u32, std::uint64_t{0xDEADBEEF}));
  EXPECT_TRUE(same(param_type::i32, std::int64_t{-5}));
  EXPECT_TRUE(same(param_type::u64, std::numeric_limits<std::uint64_t>::max()));
  EXPECT_TRUE(same(param_type::i64, std::numeric_limits<std::int64_t>::min()));
  EXPECT_TRUE(same(param_type::real32, -0.5));
  EXPECT_TRUE(same(param_type::real64, 1.0 / 3));
  EXPECT_TRUE(same(param_type::custom, std::string(128, 'x')));
  EXPECT_FALSE(same(param_type::u8, std::uint64_t{256}));
  EXPECT_FALSE(same(param_type::i8, std::int64_t{128}));
  EXPECT_FALSE(same(param_type::i8, std::uint64_t{1}));
  EXPECT_FALSE(same(param_type::custom, std::string(129, 'x')));
  EXPECT_FALSE(same(12, std::uint64_t{1}));
  EXPECT_EQ(decode(0, {}), std::nullopt);
  EXPECT_EQ(encode(0, std::uint64_t{7}).bytes[0], 0);
  EXPECT_EQ(type_name(9), "float");
  EXPECT_EQ(type_name(12), "");
  const auto third = decode(param_type::real32, encode(param_type::real32, 0.1));
  EXPECT_TRUE(fits({.id = "X", .type = param_type::real32, .options = {{"a tenth", 0.1}}}, *third));
}

}  // namespace
}  // namespace mavlink::camera
