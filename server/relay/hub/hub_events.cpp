// take(): from an event to what is done about it, and dry_run(): the same questions, and nothing done.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/relay/hub/hub_state.hpp"

namespace hub {

std::optional<Outcome> Hub::State::copy_of(const Event& event, Now now) const {
  if (event.key.empty()) return std::nullopt;
  if (sent.contains(event.protocol, event.key, now.steady)) return Outcome::echo;
  if (heard.contains(event.protocol, event.key, now.steady)) return Outcome::duplicate;
  return std::nullopt;
}

bool Hub::State::announces(const Event& event) const {
  const EventKind* kind = vocabulary.event_kind(event.protocol, event.kind);
  return kind != nullptr && kind->announces;
}

std::string Hub::State::over_rate() const {
  return fmt::format("over the rate of all rules together: {} firings a second", options.most_firings_per_second);
}

std::optional<Refusal> Hub::State::refusal(std::uint32_t rule, const Event& event, Now now, std::size_t already) const {
  if (event.hops > rules[rule].max_hops)
    return Refusal{Outcome::refused, fmt::format("it has come through {} relays, the rule takes {} at most", event.hops,
                                                 rules[rule].max_hops)};
  if (auto reason = arms.objection_to_rule(rules[rule].name, now))
    return Refusal{Outcome::disarmed, std::move(*reason)};
  if (auto reason = live[rule].limits.objection(now.steady)) return Refusal{Outcome::suppressed, std::move(*reason)};
  if (!rate.has_room(now.steady, already)) return Refusal{Outcome::suppressed, over_rate()};
  return std::nullopt;
}

Note Hub::State::note_of(const Event& event, Now now) const {
  Note note;
  note.id = event.id;
  note.protocol = event.protocol;
  note.endpoint = event.source;
  note.kind = event.kind;
  note.at = event.received.utc;
  note.peer = event.peer;
  if (event.lead.count() != 0) note.due_at = event.received.utc + event.lead;
  note.late = std::max(std::chrono::duration_cast<std::chrono::microseconds>(now.steady - event.received.steady),
                       std::chrono::microseconds{0});
  return note;
}

// A rule that does not fire for an event.
void Hub::State::quietly(std::uint32_t rule, const Event& event, const base::Uuid& take, Refusal refusal, Now now,
                         Decisions& out) {
  ++(refusal.outcome == Outcome::disarmed ? figures.disarmed : figures.suppressed);
  Note note = note_of(event, now);
  note.rule = rules[rule].name;
  note.cause = event.id;
  if (!take.is_nil()) note.take = take;
  note.outcome = refusal.outcome;
  note.reason = std::move(refusal.reason);
  live[rule].quiet.add(std::move(note), now, new_id, out.notes);
}

void Hub::State::judge(const Event& event, const base::Uuid& take, Now now, Decisions& out) {
  firing.clear();
  if (!index) return;
  index->find(event, matching);
  for (const std::uint32_t rule : matching) {
    auto refused = refusal(rule, event, now);
    // Events that a rule never hears, being disarmed or by their hops, leave its quiet alone.
    if (!refused || refused->outcome == Outcome::suppressed) live[rule].limits.matched(now.steady);
    if (refused) {
      quietly(rule, event, take, std::move(*refused), now, out);
      continue;
    }
    live[rule].limits.fired(now.steady);
    rate.add(now.steady);
    firing.push_back(rule);
  }
}

void Hub::State::fire(const Event& event, Take& take, Now now, Decisions& out) {
  std::uint32_t steps = 0;
  made.clear();
  for (const std::uint32_t rule : firing) {
    steps += live[rule].plan.steps();
    live[rule].plan.append_commands(event, take, latencies, made);
  }
  takes.caused(take, event, steps);
  for (Command& command : made) commands.begin(std::move(command), now, out);
}

void Hub::State::hear(const Event& event, Note& note, Now now, Decisions& out) {
  ++figures.heard;
  note.outcome = announces(event) ? Outcome::armed_only : Outcome::heard;
  if (!event.key.empty()) {
    const auto expires = now.steady + event.copy_window.value_or(options.duplicate_window);
    static_cast<void>(heard.remember(event.protocol, event.key, expires, now.steady));
  }
  std::optional<Takes::Heard> take;
  if (event.take) {
    take = takes.hear(event, *event.take, now, new_id, out.takes);
    note.reason = std::move(take->orphan);
  }
  judge(event, take ? take->take.id : base::Uuid{}, now, out);
  if (!take && !firing.empty()) take = Takes::Heard{takes.single(event, new_id), {}};
  if (!take) return;
  fire(event, take->take, now, out);
  note.take = take->take.id;
  out.takes.push_back(std::move(take->take));
}

void Hub::take(Event event, Now now, Decisions& out) {
  State& state = *state_;
  Note note = state.note_of(event, now);
  // It comes before the notes of what it causes.
  const std::size_t place = out.notes.size();
  out.notes.emplace_back();
  if (const auto copy = state.copy_of(event, now)) {
    ++(*copy == Outcome::echo ? state.figures.echoes : state.figures.duplicates);
    note.outcome = *copy;
  } else {
    state.hear(event, note, now, out);
  }
  note.fields = std::move(event.fields);
  note.raw = std::move(event.raw);
  out.notes[place] = std::move(note);
}

DryRun Hub::dry_run(const Event& event, Now now) const {
  const State& state = *state_;
  DryRun told;
  if (const auto copy = state.copy_of(event, now)) {
    told.event = *copy;
    told.reason = *copy == Outcome::echo ? "this relay has sent it itself" : "it was heard already";
    return told;
  }
  told.event = state.announces(event) ? Outcome::armed_only : Outcome::heard;
  std::vector<std::uint32_t> matching;
  if (state.index) state.index->find(event, matching);
  const Take take = state.takes.foresee(event);
  std::size_t firing = 0;
  for (const std::uint32_t rule : matching) {
    DryRun::Line& line = told.rules.emplace_back();
    line.rule = state.rules[rule].name;
    if (auto refused = state.refusal(rule, event, now, firing)) {
      line.reason = std::move(refused->reason);
      continue;
    }
    line.fires = true;
    ++firing;
    std::vector<Command> commands;
    state.live[rule].plan.append_commands(event, take, state.latencies, commands);
    for (Command& command : commands)
      if (auto against = state.commands.objection(command, now))
        line.left_out.push_back(fmt::format("{} {}: {}", command.target, command.verb, against->reason));
      else
        line.commands.push_back(std::move(command));
  }
  return told;
}

}  // namespace hub
