// Ways to a place and back: the camera is told, and that it is there is read from its stream. Sans-IO.
//
// The driver puts next() into the camera's queue and tells how that came out, tells each position of the stream, and
// the time at wake_at(); until end() says something. A newer way of the same camera makes the older one fail, if that
// has not been sent yet; else both watch, and the older one comes to its deadline.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "server/base/clock.hpp"
#include "server/relay/trendnet/command_queue.hpp"

namespace trendnet {

struct GotoOptions {
  int scratch_preset = 24;  // overwritten
  std::string scratch_name = "goto";
  int tolerance = 2;                               // on each axis: where a motor with gears comes to rest
  Duration deadline = std::chrono::seconds{20};    // in all; from end to end the camera takes some ten seconds
  Duration stillness = std::chrono::seconds{2};    // of a preset whose place is not known: it is there when it stands
  Duration no_position = std::chrono::seconds{5};  // with no position in the stream by then there is none to wait for
};

struct GotoEnd {
  enum class How : std::uint8_t {
    reached,
    not_reached,  // in time
    unknown,      // the camera took the order, and its stream tells no position
    failed,       // it did not take the order
  };
  How how = How::failed;
  std::string text;                  // one sentence
  std::optional<Position> position;  // the last one told
};
std::string_view to_string(GotoEnd::How how) noexcept;

class Goto {
 public:
  using Target = std::variant<Position, GoPreset>;
  Goto(Target target, GotoOptions options, base::SteadyTime now);

  // What to tell the camera; returned once.
  std::optional<Command> next();
  // How what next() returned came out; a refusal of the queue itself is Outcome::refused.
  void came_out(Outcome outcome, std::string_view text, base::SteadyTime now);
  void at(const Position& position, base::SteadyTime now);
  void on_time(base::SteadyTime now);
  base::SteadyTime wake_at() const noexcept;  // of no meaning behind the end
  const std::optional<GotoEnd>& end() const noexcept { return end_; }

 private:
  enum class Step : std::uint8_t { to_tell, telling, watching };
  const Position* place() const noexcept { return std::get_if<Position>(&target_); }
  std::string target_text() const;
  void finish(GotoEnd::How how, std::string text);
  Target target_;
  GotoOptions options_;
  base::SteadyTime deadline_;
  Step step_ = Step::to_tell;
  base::SteadyTime told_at_{};  // the camera took the order
  std::optional<Position> last_;
  std::optional<Position> rests_at_;  // since the order
  base::SteadyTime rests_since_{};
  std::optional<GotoEnd> end_;
};

// For goto, wait, fire, return: keeps where the camera looked before it was sent away.
class Return {
 public:
  explicit Return(GotoOptions options) : options_(std::move(options)) {}
  // Each position of the stream; what comes after leave() is not where to return to.
  void at(const Position& position) noexcept;
  void leave() noexcept { left_ = true; }  // to be called before the camera is sent away
  const std::optional<Position>& place() const noexcept { return place_; }
  // `not_found`: the stream had told no position before the camera was sent away.
  base::Result<Goto> back(base::SteadyTime now) const;

 private:
  GotoOptions options_;
  std::optional<Position> place_;
  bool left_ = false;
};

}  // namespace trendnet
