// Who watches an offline replay action by action: what is shown, where it stops, where it goes on.
#pragma once

#include <chrono>
#include <istream>
#include <optional>
#include <ostream>

#include "tools/replay/action_line.hpp"

namespace replay {

class Stepper {
 public:
  // Borrowed. Reads one line for each stop: nothing for the next action, a number for as many, `s 12.5` or `s +3` for a
  // time in seconds of the conversation's clock, `c` to go on without stops, `q` to end. The end of input is `q`.
  Stepper(std::istream& in, std::ostream& out) : in_(in), out_(out) {}

  // A LineSink. False: over, or begin_again().
  bool operator()(const ActionLine& line);
  // A time before what was shown was asked for: the replay is to begin again, and this one will be silent until then.
  bool begin_again();

 private:
  enum class Answer : std::uint8_t { go_on, over };
  Answer ask(const ActionLine& line);
  bool seek(const std::string& where, const ActionLine& line);

  std::istream& in_;
  std::ostream& out_;
  std::uint64_t free_ = 0;  // actions before the next stop
  bool stops_ = true;
  // Silent until this moment of this conversation.
  struct Goal {
    std::size_t conversation;
    std::chrono::microseconds at;
  };
  std::optional<Goal> goal_;
  bool again_ = false;
};

// Seconds with a fraction, not below zero; nothing where the text is no such number.
std::optional<std::chrono::microseconds> parse_seconds(std::string_view text);

}  // namespace replay
