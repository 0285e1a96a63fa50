#include "server/relay/mavlink/camera/camera_state.hpp"
#include "server/relay/mavlink/camera/limits.hpp"

namespace mavlink::camera {

namespace {
bool is_same(const Command& a, const Command& b) noexcept {
  return a.from == b.from && a.parameters == b.parameters;
}
}  // namespace

void Camera::State::forget_images(Turn turn) {
  condition.image_count = 0;
  replay.clear();
  turn.out.keep.emplace_back(ForgetImages{});
}

// Repeated by senders who wait for the end, with or without counting: the same again is the same for a while.
Answer Camera::State::format(const Command& command, Turn turn) {
  if (formatting) {
    if (!is_same(formatting->command, command)) return rejected_for_now("The storage is being formatted.");
    ++figures.repeated;
    return {result::in_progress, {}, formatting->progress};
  }
  if (formatted && is_same(formatted->command, command) && turn.now.steady - formatted->at <= limits::same_command) {
    ++figures.repeated;
    return formatted->answer;
  }
  const auto number = command.whole(1);
  const bool formats = command.p(2) == 1;
  if (!number || *number < 0 || static_cast<std::size_t>(*number) > description.storages.size())
    return denied("There is no storage of that number.");
  if (!formats && command.p(3) != 1) return denied("Neither formatting nor a new image log was asked for.");
  if (capture.status() != image_status::idle || condition.recording_since)
    return rejected_for_now("The camera takes images or records.");
  if (formats) return format_now(static_cast<std::uint8_t>(*number == 0 ? 1 : *number), command, turn);
  forget_images(turn);
  formatted = Formatted{command, {}, turn.now.steady};
  send(report.storage(static_cast<std::size_t>(*number == 0 ? 0 : *number - 1), turn.now.steady), std::nullopt, turn);
  return {};
}

Answer Camera::State::format_now(std::uint8_t storage, const Command& command, Turn turn) {
  if (!description.storages[storage - 1U].can_format) return unsupported("This storage cannot be formatted from here.");
  const auto id = ask(FormatStorage{storage}, command.from, command.peer, turn);
  if (!id) return rejected_for_now("The camera has too much to do already.");
  formatting = Format{command, *id, 0, {turn.now.steady + limits::progress_every, limits::progress_every}};
  return {result::in_progress, {}, 0};
}

void Camera::State::tell_format(const Answer& answer, Turn turn) const {
  send(ack_of(command::storage_format, formatting->command.from, answer), formatting->command.peer, turn);
}

void Camera::State::format_ended(const Answer& answer, Turn turn) {
  tell_format(answer, turn);
  const auto command = formatting->command;
  formatted = Formatted{command, answer, turn.now.steady};
  formatting.reset();
  if (answer.result == result::accepted) forget_images(turn);
  const auto number = command.whole(1).value_or(0);
  send(report.storage(number == 0 ? 0 : static_cast<std::size_t>(number - 1), turn.now.steady), std::nullopt, turn);
}

void Camera::progress(AskId ask, std::uint8_t percent, base::Now now, Actions& out) {
  if (!state_->formatting || state_->formatting->ask != ask) return;
  state_->formatting->progress = percent > 100 ? std::uint8_t{100} : percent;  // told with the next second
  state_->drive({now, out});
}

void Camera::storage(std::uint8_t id, const StorageNumbers& numbers, base::Now now, Actions& out) {
  auto& state = *state_;
  if (id > 0 && id <= state.condition.storages.size() && state.condition.storages[id - 1U] != numbers) {
    state.condition.storages[id - 1U] = numbers;
    state.send(state.report.storage(id - 1U, now.steady), std::nullopt, {now, out});
  }
  state.drive({now, out});
}

void Camera::battery(std::optional<std::int8_t> percent, base::Now now, Actions& out) {
  auto& state = *state_;
  if (state.condition.battery != percent) {
    state.condition.battery = percent;
    state.battery_status.reset();
    if (percent) state.battery_status = Grid{now.steady, limits::battery_every};
  }
  state.drive({now, out});
}

}  // namespace mavlink::camera
