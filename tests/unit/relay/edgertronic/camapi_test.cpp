#include "server/relay/edgertronic/camapi.hpp"

#include <gtest/gtest.h>

#include <set>

namespace edgertronic {
namespace {

TEST(Camapi, NamesAreEscapedInTheTarget) {
  EXPECT_EQ(trigger_target(), "/trigger");
  EXPECT_EQ(trigger_target("pitch_27_&T"), "/trigger?base_filename=pitch_27_%26T");
  EXPECT_EQ(trigger_target("/mnt/net/a b?#é\r\n"), "/trigger?base_filename=%2Fmnt%2Fnet%2Fa%20b%3F%23%C3%A9%0D%0A");
  EXPECT_EQ(trigger_target("aZ0-._~"), "/trigger?base_filename=aZ0-._~");
}

TEST(Camapi, AStatusIsRead) {
  const auto status = parse_status(
      R"({"state": 6, "level": 100, "flags": 12582920, "available_space": 31268536320, "sensor_temp": 41.5,)"
      R"("fpga_temperature": 55, "active_buffer": 2, "captured_buffers": [1], "new": {"a": [1, 2]}})");
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(*status, (CameraStatus{.state = State::running_pretrigger_full,
                                   .state_number = 6,
                                   .level = 100,
                                   .flags = flag::sd_installed | flag::genlock_no_signal | flag::genlock_error,
                                   .available_space = 31268536320.0,
                                   .sensor_celsius = 41.5,
                                   .fpga_celsius = 55,
                                   .active_buffer = 2,
                                   .captured_buffers = 1}));
}

TEST(Camapi, AStateIsEnough) {
  EXPECT_EQ(parse_status(R"({"state": 3.0, "flags": null})")->state, State::running);
  EXPECT_EQ(parse_status(R"({"state": 13})")->state, State::unknown);
  EXPECT_EQ(parse_status(R"({"state": 13})")->state_number, 13);
  EXPECT_EQ(parse_status(R"({"state": -1})")->state, State::unknown);
}

TEST(Camapi, WhatIsNoStatusIsToldWithItsBeginning) {
  const std::string deep = R"({"state": 3, "a": )" + std::string(30'000, '[') + std::string(30'000, ']') + "}";
  for (const std::string& body :
       {std::string(), std::string("null"), std::string("[]"), std::string("3"), std::string(R"({"state": "3"})"),
        std::string(R"({"state": 1e30})"), std::string(R"({"state": 18446744073709551615})"),
        std::string(R"({"state": 3)"), std::string("<html>500 Internal Server Error</html>"), std::string("\xff\xfe"),
        deep}) {
    const auto status = parse_status(body);
    ASSERT_FALSE(status) << body.substr(0, 60);
    EXPECT_EQ(status.error().code, base::Errc::invalid);
  }
  EXPECT_TRUE(parse_status("<html>500").error().message.contains("<html>500"));
  EXPECT_EQ(parse_status(std::string(max_answer_size + 1, ' ')).error().code, base::Errc::exhausted);
}

TEST(Camapi, BareNumbersAreResults) {
  EXPECT_EQ(parse_call_result("1").value(), CallResult::okay);
  EXPECT_EQ(parse_call_result(" 2\n").value(), CallResult::invalid_state);
  EXPECT_EQ(parse_call_result("5").value(), CallResult::invalid_parameter);
  for (const std::string_view body : {"0", "6", "-1", "1.5", "\"1\"", "", "okay", "[1]", "1 1"})
    EXPECT_FALSE(parse_call_result(body)) << body;
}

TEST(Camapi, LastFileAndMulticastSettings) {
  EXPECT_EQ(parse_last_file(R"("/mnt/sdcard/DCIM/slomo_1.mov")").value(), "/mnt/sdcard/DCIM/slomo_1.mov");
  EXPECT_EQ(parse_last_file("null").value(), "");
  EXPECT_FALSE(parse_last_file("{}"));
  EXPECT_EQ(parse_multicast_answer(R"({"payload": 95065412, "port": 600, "address": "224.1.1.1"})").value(),
            MulticastSettings{});
  EXPECT_EQ(parse_multicast_answer("null").value(), std::nullopt);
  for (const std::string_view body :
       {R"({"payload": 95065412, "port": 600})", R"({"payload": -1, "port": 600, "address": "224.1.1.1"})",
        R"({"payload": 1, "port": 70000, "address": "224.1.1.1"})",
        R"({"payload": 1, "port": 600, "address": "10.0.0.1"})"})
    EXPECT_FALSE(parse_multicast_answer(body)) << body;
}

TEST(Camapi, EveryStateHasAWordAndTwoTakeTriggers) {
  std::set<std::string_view> words;
  int taking = 0;
  for (int number = 0; number <= 12; ++number) {
    const auto state = static_cast<State>(number);
    words.insert(to_string(state));
    taking += takes_trigger(state) ? 1 : 0;
    EXPECT_FALSE(takes_trigger(state) && follows_trigger(state));
  }
  EXPECT_EQ(words.size(), 13U);
  EXPECT_EQ(taking, 2);
}

TEST(Camapi, FlagsInWords) {
  EXPECT_EQ(flags_in_words(0), "");
  EXPECT_EQ(flags_in_words(flag::storage_full | flag::genlock_no_signal), "storage full, genlock has no signal");
  EXPECT_EQ(flags_in_words(0x1000 | flag::sd_installed), "SD card there, 0x1000");
}

TEST(Camapi, ReadinessSaysWhyNot) {
  const auto of = [](State state, std::uint32_t flags = 0) {
    return readiness({.state = state, .state_number = static_cast<int>(state), .flags = flags});
  };
  EXPECT_TRUE(of(State::running).ready);
  EXPECT_TRUE(of(State::running_pretrigger_full, flag::sd_installed | flag::usb_full).ready);
  EXPECT_EQ(of(State::running_pretrigger_full).sentence, "The camera is armed and ready.");
  for (const std::uint32_t bad : {flag::storage_full, flag::storage_missing, flag::storage_bad})
    EXPECT_EQ(of(State::running, bad).sentence, "The camera could not keep a shot: " + flags_in_words(bad) + ".");
  for (const State state : {State::unknown, State::unconfigured, State::calibrating, State::triggered, State::saving,
                            State::reviewing, State::selective_saving, State::save_truncating}) {
    EXPECT_FALSE(of(state).ready);
    EXPECT_TRUE(of(state).sentence.ends_with('.')) << of(state).sentence;
  }
}

}  // namespace
}  // namespace edgertronic
