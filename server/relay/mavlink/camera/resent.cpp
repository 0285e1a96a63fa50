#include "server/relay/mavlink/camera/resent.hpp"

#include "server/relay/mavlink/camera/limits.hpp"

namespace mavlink::camera {

namespace {
bool is_numbered_shot(const Command& command) noexcept {
  return capture_number(command) > 0;
}
bool is_digicam_shot(const Command& command) noexcept {
  return command.id == command::do_digicam_control && command.p(5) == 1;
}
}  // namespace

std::int32_t capture_number(const Command& command) noexcept {
  if (command.id != command::image_start_capture || command.p(3) != 1) return 0;
  const auto number = command.whole(4);
  return number && *number > 0 ? *number : 0;
}

bool Resent::is_other_telling(Kept& kept, const Command& command, base::SteadyTime now) const noexcept {
  const bool other_way = (is_numbered_shot(kept.command) && is_digicam_shot(command)) ||
                         (is_digicam_shot(kept.command) && is_numbered_shot(command));
  if (!other_way || kept.told_twice || now - kept.at > limits::same_shot_two_ways) return false;
  kept.told_twice = true;
  return true;
}

bool Resent::is_known(const Command& command, base::SteadyTime now) {
  const auto number = capture_number(command);
  for (auto& kept : kept_) {
    if (kept.command.from != command.from) continue;
    const auto age = now - kept.at;
    if (number > 0 && capture_number(kept.command) == number && age <= limits::same_capture_number) return true;
    if (number == 0 && command.confirmation > 0 && kept.command.id == command.id &&
        kept.command.parameters == command.parameters && age <= limits::same_command)
      return true;
  }
  for (auto& kept : kept_)
    if (kept.command.from == command.from && is_other_telling(kept, command, now)) {
      // From now on it is known by its own number or words as well.
      remember(command, now);
      kept_.back().told_twice = true;
      return true;
    }
  return false;
}

void Resent::remember(const Command& command, base::SteadyTime now) {
  if (kept_.size() == limits::most_remembered) kept_.pop_front();
  kept_.push_back({command, now});
}

}  // namespace mavlink::camera
