#include "tools/replay/stepper.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <utility>

namespace replay {

namespace {
constexpr std::string_view help = "Enter: next action · 20: so many · s 12.5 or s +3: to a time · c: go on · q: end\n";
}

std::optional<std::chrono::microseconds> parse_seconds(std::string_view text) {
  constexpr double most = 1e9;  // thirty years
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || !(seconds >= 0) || seconds > most)
    return std::nullopt;
  return std::chrono::round<std::chrono::microseconds>(std::chrono::duration<double>(seconds));
}

// False: no time that can be understood.
bool Stepper::seek(const std::string& where, const ActionLine& line) {
  const bool forward = where.starts_with('+');
  const auto time = parse_seconds(std::string_view(where).substr(forward ? 1 : 0));
  if (!time) return false;
  goal_ = Goal{line.conversation, forward ? line.at + *time : *time};
  again_ = goal_->at <= line.at && !forward;
  return true;
}

Stepper::Answer Stepper::ask(const ActionLine& line) {
  std::string answer;
  while (std::getline(in_, answer)) {
    if (answer.empty()) return Answer::go_on;
    if (answer == "q") return Answer::over;
    if (answer == "c") {
      stops_ = false;
      return Answer::go_on;
    }
    if (answer.starts_with("s ") && seek(answer.substr(2), line)) return again_ ? Answer::over : Answer::go_on;
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(answer.data(), answer.data() + answer.size(), count);
    if (error == std::errc{} && end == answer.data() + answer.size() && count > 0) {
      free_ = count - 1;
      return Answer::go_on;
    }
    out_ << help << std::flush;
  }
  return Answer::over;
}

bool Stepper::begin_again() {
  return std::exchange(again_, false);
}

bool Stepper::operator()(const ActionLine& line) {
  if (goal_) {
    const bool before =
        line.conversation < goal_->conversation || (line.conversation == goal_->conversation && line.at < goal_->at);
    if (before) return true;
    goal_.reset();
    free_ = 0;
  }
  out_ << as_text(line) << '\n' << std::flush;
  if (!stops_) return true;
  if (free_ > 0) {
    --free_;
    return true;
  }
  return ask(line) == Answer::go_on;
}

}  // namespace replay
