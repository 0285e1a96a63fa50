#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/relay/mavlink/camera/camera_state.hpp"
#include "server/relay/mavlink/camera/limits.hpp"

namespace mavlink::camera {

std::optional<AskId> Camera::State::ask(Wish wish, Address by, Peer peer, Turn turn) {
  // There is never more than one image: it has its place beside the others.
  if (asks.size() >= limits::most_asks && !std::holds_alternative<TakeImage>(wish)) return std::nullopt;
  const auto time = std::holds_alternative<FormatStorage>(wish) ? limits::format_time : description.longest_ask;
  const auto id = ++last_ask;
  asks.emplace(id, Pending{wish, by, peer, turn.now.steady + time});
  turn.out.asks.push_back({id, std::move(wish), by});
  return id;
}

Answer Camera::State::ask_for(Wish wish, const Command& command, Turn turn) {
  if (!ask(std::move(wish), command.from, command.peer, turn))
    return rejected_for_now("The camera has too much to do already.");
  return {};
}

void Camera::State::done(AskId id, const Outcome& outcome, Turn turn) {
  const auto found = asks.find(id);
  if (found == asks.end()) return;
  // That an image was taken says image() alone, which knows where it is.
  if (outcome.ok && std::holds_alternative<TakeImage>(found->second.wish)) return;
  const auto pending = std::move(found->second);
  asks.erase(found);
  settle(pending, outcome, turn);
  if (!outcome.ok && !std::holds_alternative<TakeImage>(pending.wish))
    turn.out.notes.push_back({Note::Kind::failed, pending.by, 0,
                              fmt::format("The camera did not do what it was asked: {}", outcome.reason)});
}

void Camera::State::settle(const Pending& pending, const Outcome& outcome, Turn turn) {
  const auto& wish = pending.wish;
  if (std::holds_alternative<TakeImage>(wish)) {
    capture.ended();
    image({.ok = false, .taken_at = turn.now.utc, .reason = outcome.reason}, turn);
  } else if (std::holds_alternative<StartVideo>(wish)) {
    if (outcome.ok && !condition.recording_since) condition.recording_since = turn.now.steady;
    if (!outcome.ok) {
      recording_status.reset();
      push_status(turn);  // a button that waits is let go
    }
  } else if (std::holds_alternative<StopVideo>(wish)) {
    if (outcome.ok) condition.recording_since.reset();
    if (!outcome.ok) push_status(turn);
  } else if (std::holds_alternative<FormatStorage>(wish)) {
    format_ended(outcome.ok ? Answer{} : Answer{result::failed, outcome.reason}, turn);
  } else if (const auto* set = std::get_if<SetParameter>(&wish)) {
    parameter_settled(pending, *set, outcome, turn);
  } else {
    if (const auto* mode = std::get_if<SetMode>(&wish); mode && outcome.ok) condition.settings.mode = mode->mode;
    push_settings(turn);  // as they are now, or still
  }
}

void Camera::State::give_up_overdue(Turn turn) {
  std::vector<AskId> overdue;
  for (const auto& [id, pending] : asks)
    if (turn.now.steady >= pending.deadline) overdue.push_back(id);
  for (const auto id : overdue) {
    turn.out.notes.push_back({Note::Kind::late, asks.at(id).by, 0, "The camera did not say in time what came of it."});
    done(id, {false, "the camera did not answer in time"}, turn);
  }
}

void Camera::done(AskId ask, const Outcome& outcome, base::Now now, Actions& out) {
  state_->done(ask, outcome, {now, out});
  state_->drive({now, out});
}

}  // namespace mavlink::camera
