#include "server/relay/trendnet/health.hpp"

#include <fmt/format.h>

namespace trendnet {

namespace {

// Nothing: this says nothing of the camera.
std::optional<HealthState> state_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::done:
    case Outcome::refused: return HealthState::online;  // it answered, and what was wrong is the command
    case Outcome::unauthorized: return HealthState::unauthorized;
    case Outcome::not_spoken: return HealthState::wrong_model;
    case Outcome::failed:
    case Outcome::no_answer: return HealthState::offline;
    case Outcome::expired:
    case Outcome::replaced:
    case Outcome::dropped: break;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(HealthState state) noexcept {
  switch (state) {
    case HealthState::unknown: break;
    case HealthState::online: return "online";
    case HealthState::offline: return "offline";
    case HealthState::unauthorized: return "unauthorized";
    case HealthState::wrong_model: return "wrong model";
  }
  return "unknown";
}

bool Health::on_result(Outcome outcome, std::string_view text, base::SteadyTime now) {
  const auto state = state_of(outcome);
  return state && note(control_, *state, text, now);
}

bool Health::on_probe(const Probe::Verdict& verdict, base::SteadyTime now) {
  switch (verdict.speaks) {
    case Probe::Speaks::this_way: return note(control_, HealthState::online, verdict.text, now);
    case Probe::Speaks::another_way:
    case Probe::Speaks::neither: return note(control_, HealthState::wrong_model, verdict.text, now);
    case Probe::Speaks::unknown: break;
  }
  return on_result(verdict.outcome, verdict.text, now);
}

bool Health::on_frame(base::SteadyTime now) {
  last_frame_ = now;
  if (stream_.state != HealthState::online)
    return note(stream_, HealthState::online, "The camera sends pictures.", now);
  last_heard_ = now;
  return false;
}

bool Health::on_stream_end(const Verdict& why, base::SteadyTime now) {
  last_frame_.reset();
  const auto state = state_of(why.outcome).value_or(HealthState::offline);
  // An answer that was good, and ended: a stream does not end by itself.
  return note(stream_, state == HealthState::online ? HealthState::offline : state, why.text, now);
}

bool Health::on_stream_closed(base::SteadyTime now) {
  last_frame_.reset();
  // What was heard last holds, but for the need of a person, which pictures do not lift.
  const bool in_need = control_.state == HealthState::unauthorized || control_.state == HealthState::wrong_model;
  if (stream_.state != HealthState::unknown && stream_.at >= control_.at && !in_need) control_ = stream_;
  stream_ = {};
  return settle(now);
}

bool Health::on_time(base::SteadyTime now) {
  if (!last_frame_ || now < *last_frame_ + options_.silence) return false;
  last_frame_.reset();
  return note(
      stream_, HealthState::offline,
      fmt::format("The camera has sent no picture for {} ms, though its stream is open.", options_.silence.count()),
      now);
}

std::optional<base::SteadyTime> Health::wake_at() const noexcept {
  if (!last_frame_) return std::nullopt;
  return *last_frame_ + options_.silence;
}

bool Health::note(Way& way, HealthState state, std::string_view reason, base::SteadyTime now) {
  if (state != HealthState::offline) last_heard_ = now;
  way = {state, std::string(reason), now};
  return settle(now);
}

// What a person must do something about comes first. Then pictures that come in; without them, what was heard last.
const Health::Way& Health::deciding() const noexcept {
  for (const HealthState trouble : {HealthState::wrong_model, HealthState::unauthorized})
    for (const Way* way : {&control_, &stream_})
      if (way->state == trouble) return *way;
  if (stream_.state == HealthState::online || control_.state == HealthState::unknown) return stream_;
  return stream_.state != HealthState::unknown && stream_.at > control_.at ? stream_ : control_;
}

bool Health::settle(base::SteadyTime now) {
  const Way& way = deciding();
  reason_ = way.reason;
  if (way.state == state_) return false;
  state_ = way.state;
  since_ = now;
  return true;
}

}  // namespace trendnet
