#include "server/base/log.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <limits>
#include <thread>

namespace base::log {
namespace {

constexpr std::string_view noon = "2026-11-21T12:00:00.000Z";

TEST(Log, TextIsForPeople) {
  EXPECT_EQ(
      format_line(Format::text, Level::info, noon, "camera connected", {{"peer", "127.0.0.1:4711"}, {"count", 3}}),
      "2026-11-21T12:00:00.000Z info    camera connected peer=127.0.0.1:4711 count=3");
  EXPECT_EQ(format_line(Format::text, Level::warning, noon, "w", {{"empty", ""}, {"spaced", "a b"}, {"equal", "a=b"}}),
            "2026-11-21T12:00:00.000Z warning w empty=\"\" spaced=\"a b\" equal=\"a=b\"");
}

TEST(Log, JsonIsForMachines) {
  const std::string owned = "dsm/1.jpg";
  EXPECT_EQ(
      format_line(
          Format::json, Level::error, noon, "it \"broke\"",
          {{"file", owned}, {"signed", -1}, {"unsigned", 18446744073709551615ULL}, {"real", 0.5}, {"flag", true}}),
      R"({"time":"2026-11-21T12:00:00.000Z","level":"error","message":"it \"broke\"","file":"dsm/1.jpg",)"
      R"("signed":-1,"unsigned":18446744073709551615,"real":0.5,"flag":true})");
}

TEST(Log, NoValueCanForgeALine) {
  constexpr std::string_view hostile = "a\n2026 error \"forged\"\\\x01";
  EXPECT_EQ(format_line(Format::text, Level::debug, noon, "m", {{"path", hostile}}),
            "2026-11-21T12:00:00.000Z debug   m path=\"a\\u000a2026 error \\\"forged\\\"\\\\\\u0001\"");
  EXPECT_EQ(
      format_line(Format::json, Level::debug, noon, "m", {{"path", hostile}}),
      R"({"time":"2026-11-21T12:00:00.000Z","level":"debug","message":"m","path":"a\u000a2026 error \"forged\"\\\u0001"})");
}

TEST(Log, NoValueMovesTheCursorOfATerminal) {
  EXPECT_EQ(format_line(Format::text, Level::info, noon, "m", {{"name", "\x1b[2J"}, {"other", "a\x7f"}}),
            "2026-11-21T12:00:00.000Z info    m name=\"\\u001b[2J\" other=\"a\\u007f\"");
}

TEST(Log, EveryLineIsJsonWhateverIsLogged) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(format_line(Format::json, Level::info, noon, "m",
                        {{"rate", nan}, {"high", infinity}, {"low", -infinity}, {"name", "no \xff UTF-8"}}),
            R"({"time":"2026-11-21T12:00:00.000Z","level":"info","message":"m","rate":null,"high":null,"low":null,)"
            "\"name\":\"no \ufffd UTF-8\"}");
}

// In a process of its own: level and format are those of the process.
[[noreturn]] void log_and_exit(const Options& options) {
  configure(options);
  {
    const Queue queue;
    debug("a detail");
    info("hello", {{"answer", 42}});
    if (dropped_events() != 0) std::exit(9);
  }
  info("afterwards");
  std::exit(enabled(Level::debug) ? 2 : 1);
}

TEST(LogDeathTest, WritesWhatIsQueuedThenDirectlyAndNothingBelowTheLevel) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(log_and_exit({Level::info, Format::text}), testing::ExitedWithCode(1),
              "^[^ ]+Z info    hello answer=42\n[^ ]+Z info    afterwards\n$");
  EXPECT_EXIT(log_and_exit({Level::warning, Format::text}), testing::ExitedWithCode(1), "^$");
  EXPECT_EXIT(
      log_and_exit({Level::debug, Format::json}), testing::ExitedWithCode(2),
      "\"level\":\"debug\",\"message\":\"a detail\"}\n.*\"message\":\"hello\",\"answer\":42}\n.*afterwards\"}\n$");
}

// A thread that still logs while the process ends must find nothing of the log destroyed.
[[noreturn]] void exit_while_a_thread_logs() {
  std::promise<void> begun;
  std::thread([&begun] {
    info("begun");
    begun.set_value();
    for (;;) info("on and on");
  }).detach();
  begun.get_future().wait();
  std::exit(0);
}

TEST(LogDeathTest, TheProcessMayEndWhileAThreadLogs) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(exit_while_a_thread_logs(), testing::ExitedWithCode(0), "begun");
}

}  // namespace
}  // namespace base::log
