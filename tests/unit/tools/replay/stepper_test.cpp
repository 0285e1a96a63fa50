#include "tools/replay/stepper.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace replay {
namespace {

// Actions at seconds 0 to 9 of two conversations; which of them were shown.
std::string shown(const std::string& answers) {
  std::istringstream in(answers);
  std::ostringstream out;
  Stepper stepper(in, out);
  do {
    bool on = true;
    for (std::size_t conversation = 1; on && conversation <= 2; ++conversation)
      for (int second = 0; on && second < 10; ++second)
        on = stepper({.at = std::chrono::seconds{second}, .conversation = conversation, .action = "act"});
  } while (stepper.begin_again());
  std::string all;
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) {
    const auto point = line.find(".000000");
    if (point == std::string::npos) continue;
    const bool second_one = line.find("#2") != std::string::npos;
    all += (second_one ? "b" : "a") + std::string(1, line[point - 1]) + " ";
  }
  return all;
}

TEST(Stepper, GoesOnAsItIsTold) {
  EXPECT_EQ(shown(""), "a0 ") << "the end of input is the end";
  EXPECT_EQ(shown("\n\nq\n"), "a0 a1 a2 ");
  EXPECT_EQ(shown("3\n\n"), "a0 a1 a2 a3 a4 ");
  EXPECT_EQ(shown("s 7\nq\n"), "a0 a7 ");
  EXPECT_EQ(shown("2\ns +3\nq\n"), "a0 a1 a2 a5 ");
  EXPECT_EQ(shown("12\nq\n"), "a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 ");
  EXPECT_EQ(shown("nonsense\n\n"), "a0 a1 ");
}

TEST(Stepper, GoingBackBeginsAgain) {
  EXPECT_EQ(shown("5\ns 2\nq\n"), "a0 a1 a2 a3 a4 a5 a2 ");
}

TEST(Stepper, GoesOnWithoutStopsToTheEnd) {
  const std::string all = shown("c\n");
  EXPECT_EQ(all.size(), 20 * std::string("a0 ").size());
}

TEST(Stepper, SecondsAreChecked) {
  EXPECT_EQ(parse_seconds("12.5"), std::chrono::milliseconds{12'500});
  for (const char* bad : {"", "-1", "1s", "1e99", "nan"}) EXPECT_FALSE(parse_seconds(bad)) << bad;
}

}  // namespace
}  // namespace replay
