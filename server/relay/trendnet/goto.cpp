#include "server/relay/trendnet/goto.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trendnet {

std::string_view to_string(GotoEnd::How how) noexcept {
  switch (how) {
    case GotoEnd::How::reached: return "reached";
    case GotoEnd::How::not_reached: return "not reached";
    case GotoEnd::How::unknown: return "unknown";
    case GotoEnd::How::failed: break;
  }
  return "failed";
}

Goto::Goto(Target target, GotoOptions options, base::SteadyTime now)
    : target_(target), options_(std::move(options)), deadline_(now + options_.deadline) {}

std::string Goto::target_text() const {
  return place() != nullptr ? to_string(*place()) : fmt::format("preset {}", std::get<GoPreset>(target_).preset);
}

std::optional<Command> Goto::next() {
  if (end_ || step_ != Step::to_tell) return std::nullopt;
  step_ = Step::telling;
  if (place() == nullptr) return std::get<GoPreset>(target_);
  return GoTo{*place(), options_.scratch_preset, options_.scratch_name};
}

void Goto::came_out(Outcome outcome, std::string_view text, base::SteadyTime now) {
  if (end_ || step_ != Step::telling) return;
  if (outcome != Outcome::done)
    return finish(GotoEnd::How::failed, fmt::format("The camera was not sent to {}. {}", target_text(), text));
  step_ = Step::watching;
  told_at_ = now;
}

// What was told before the camera took the order says where it was, be that near the place or not.
void Goto::at(const Position& position, base::SteadyTime now) {
  if (end_) return;
  last_ = position;
  if (step_ != Step::watching) return;
  if (!rests_at_ || *rests_at_ != position) rests_since_ = now;
  rests_at_ = position;
  if (place() != nullptr && are_near(position, *place(), options_.tolerance))
    return finish(GotoEnd::How::reached, fmt::format("The camera looks at {}, as it should.", to_string(position)));
  on_time(now);
}

void Goto::on_time(base::SteadyTime now) {
  if (end_) return;
  const bool watching = step_ == Step::watching;
  if (watching && place() == nullptr && rests_at_ && now >= rests_since_ + options_.stillness)
    return finish(GotoEnd::How::reached,
                  fmt::format("The camera was sent to {} and stands at {}.", target_text(), to_string(*rests_at_)));
  if (watching && !rests_at_ && now >= told_at_ + options_.no_position)
    return finish(GotoEnd::How::unknown,
                  fmt::format("The camera was sent to {}; whether it is there is not known, since its stream tells no "
                              "position.",
                              target_text()));
  if (now < deadline_) return;
  if (!watching)
    return finish(GotoEnd::How::failed,
                  fmt::format("The camera was not sent to {} within {} ms.", target_text(), options_.deadline.count()));
  finish(rests_at_ ? GotoEnd::How::not_reached : GotoEnd::How::unknown,
         fmt::format("The camera was sent to {} and {} after {} ms.", target_text(),
                     rests_at_ ? "looked at " + to_string(*rests_at_) : "had told no position",
                     options_.deadline.count()));
}

base::SteadyTime Goto::wake_at() const noexcept {
  if (step_ != Step::watching) return deadline_;
  if (!rests_at_) return std::min(deadline_, told_at_ + options_.no_position);
  return place() == nullptr ? std::min(deadline_, rests_since_ + options_.stillness) : deadline_;
}

void Goto::finish(GotoEnd::How how, std::string text) {
  end_ = GotoEnd{how, std::move(text), last_};
}

void Return::at(const Position& position) noexcept {
  if (!left_) place_ = position;
}

base::Result<Goto> Return::back(base::SteadyTime now) const {
  if (!place_)
    return base::fail(base::Errc::not_found,
                      "Where the camera looked before is not known, since its stream had told no position: it stays "
                      "where it is.");
  return Goto(*place_, options_, now);
}

}  // namespace trendnet
