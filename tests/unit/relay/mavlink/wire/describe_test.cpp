#include "server/relay/mavlink/wire/describe.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/unit/relay/mavlink/wire/golden.hpp"

namespace mavlink::test {
namespace {

using Pair = std::pair<std::string, std::string>;

TEST(Describe, ACommandInWords) {
  const CommandLong command{
      .param1 = 0, .param3 = 1, .param4 = 2.5F, .command = 2000, .target_system = 42, .target_component = 100};
  EXPECT_EQ(describe(command),
            "COMMAND_LONG param1=0 param2=\"not given\" param3=1 param4=2.5 param5=\"not given\" "
            "param6=\"not given\" param7=\"not given\" command=IMAGE_START_CAPTURE target_system=42 "
            "target_component=100 confirmation=0");
  EXPECT_EQ(to_fields(command), (FieldTexts{{"param1", "0"},
                                            {"param3", "1"},
                                            {"param4", "2.5"},
                                            {"command", "IMAGE_START_CAPTURE"},
                                            {"target_system", "42"},
                                            {"target_component", "100"},
                                            {"confirmation", "0"}}));
}

TEST(Describe, NumbersWithoutAWordStay) {
  EXPECT_EQ(describe(CommandAck{.command = 999, .result = 77}),
            "COMMAND_ACK command=999 result=77 progress=255 result_param2=0 target_system=0 target_component=0");
  EXPECT_EQ(to_fields(CommandAck{.command = 512, .result = 3})[1], Pair("result", "UNSUPPORTED"));
  EXPECT_EQ(to_fields(Heartbeat{.type = 200, .autopilot = 99, .system_status = 99})[3], Pair("base_mode", "0"));
}

TEST(Describe, AHeartbeatSaysWhatItIs) {
  EXPECT_EQ(describe(Heartbeat{.type = 30, .autopilot = 8, .system_status = 4}),
            "HEARTBEAT custom_mode=0 type=CAMERA autopilot=INVALID base_mode=0 system_status=ACTIVE mavlink_version=3");
  // The type of a storage is another enumeration.
  const FieldTexts storage = to_fields(StorageInformation{.type = 2});
  EXPECT_NE(std::ranges::find(storage, Pair("type", "2")), storage.end());
}

TEST(Describe, TextsOfOthersAreMadePrintable) {
  CameraInformation camera{.vendor_name = "A\x1b[2J\"", .model_name = ""};
  const FieldTexts fields = to_fields(camera);
  EXPECT_NE(std::ranges::find(fields, Pair("vendor_name", "A\\x1b[2J\\x22")), fields.end());
  EXPECT_EQ(std::ranges::find(fields, "model_name", &Pair::first), fields.end());
}

TEST(Describe, ArraysOfNumbers) {
  CameraImageCaptured image{.q = {1, 0, 0.5F, not_given}};
  FieldTexts fields = to_fields(image);
  EXPECT_NE(std::ranges::find(fields, Pair("q", "1 0 0.5 -")), fields.end());
  image.q.fill(not_given);
  fields = to_fields(image);
  EXPECT_EQ(std::ranges::find(fields, "q", &Pair::first), fields.end());
  EXPECT_NE(describe(image).find(" q=\"not given\""), std::string::npos);
}

template <class T>
std::string value_of(T number, std::uint8_t type) {
  ParamExtValue value{.param_id = "ISO", .param_type = type};
  std::memcpy(value.param_value.bytes.data(), &number, sizeof number);
  for (const auto& [name, text] : to_fields(value))
    if (name == "param_value") return text;
  return "nothing";
}

TEST(Describe, ParametersByTheirType) {
  EXPECT_EQ(value_of(std::uint8_t{200}, 1), "200");
  EXPECT_EQ(value_of(std::int8_t{-3}, 2), "-3");
  EXPECT_EQ(value_of(std::uint16_t{65000}, 3), "65000");
  EXPECT_EQ(value_of(std::int16_t{-300}, 4), "-300");
  EXPECT_EQ(value_of(std::uint32_t{4000000000}, 5), "4000000000");
  EXPECT_EQ(value_of(std::int32_t{-70000}, 6), "-70000");
  EXPECT_EQ(value_of(std::uint64_t{1} << 60, 7), "1152921504606846976");
  EXPECT_EQ(value_of(std::int64_t{-1}, 8), "-1");
  EXPECT_EQ(value_of(0.25F, 9), "0.25");
  EXPECT_EQ(value_of(-1.5, 10), "-1.5");
  EXPECT_EQ(value_of(std::array{'a', 'b'}, 11), "ab");
  EXPECT_EQ(value_of(not_given, 9), "nothing");
  EXPECT_EQ(value_of(std::uint64_t{0}, 11), "nothing");
}

TEST(Describe, EveryMessageHasItsNameAndAllItsFields) {
  for (const Golden& g : golden()) {
    if (!g.message) continue;
    const std::string line = describe(*g.message);
    EXPECT_TRUE(line.starts_with(g.name + " ")) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos);
    for (const auto& [name, value] : to_fields(*g.message)) EXPECT_NE(line.find(" " + name + "="), std::string::npos);
  }
}

TEST(Words, AreThoseOfTheDefinitions) {
  EXPECT_EQ(command_word(2505), "REQUEST_VIDEO_STREAM_STATUS");
  EXPECT_EQ(command_word(1), "");
  EXPECT_EQ(result_word(0), "ACCEPTED");
  EXPECT_EQ(result_word(11), "");
  EXPECT_EQ(type_word(6), "GCS");
  EXPECT_EQ(autopilot_word(12), "PX4");
  EXPECT_EQ(state_word(8), "FLIGHT_TERMINATION");
}

}  // namespace
}  // namespace mavlink::test
