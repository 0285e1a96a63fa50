#include "server/relay/hub/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "server/relay/hub/duration.hpp"
#include "server/relay/hub/plan.hpp"

namespace hub {

namespace {
using std::chrono::duration_cast;
using std::chrono::microseconds;

Note note_of(const Command& command, Outcome outcome, std::string reason, base::UtcTime at) {
  Note note;
  note.incoming = false;
  note.id = command.id;
  note.protocol = command.protocol;
  note.endpoint = command.target;
  note.kind = command.verb;
  note.rule = command.rule;
  note.fields = command.parameters;
  if (!command.event.is_nil()) note.cause = command.event;
  if (!command.take.is_nil()) note.take = command.take;
  note.at = at;
  note.due_at = command.due.utc;
  note.late = command.late;
  note.outcome = outcome;
  note.reason = std::move(reason);
  return note;
}

bool is_failure(Outcome outcome) noexcept {
  return outcome != Outcome::sent && outcome != Outcome::confirmed && outcome != Outcome::unconfirmed;
}

// What comes back owes it to this: its target is touched now.
void owe_returns(Command& command) {
  for (NextStep& next : command.rest)
    if (next.verb == return_verb && next.target == command.target) next.always = true;
}

// By the event's own time: what a target needs beforehand does not count.
base::SteadyTime expires(const Command& command) noexcept {
  return command.due.steady + (command.event_at - command.due.utc) + command.expiry;
}

std::string with_left_out(std::string reason, std::size_t count) {
  if (count == 0) return reason;
  return fmt::format("{}{}{} behind it {} left out", reason, reason.empty() ? "" : "; ",
                     count == 1 ? "the step" : fmt::format("the {} steps", count), count == 1 ? "is" : "are");
}
}  // namespace

std::optional<Commands::Objection> Commands::gone(const Command& command) const {
  if (!arms_.has_target(command.target))
    return Objection{Outcome::expired, fmt::format("the target \"{}\" is gone", command.target)};
  if (!command.always && !command.rule.empty() && !arms_.has_rule(command.rule))
    return Objection{Outcome::expired, fmt::format("the rule \"{}\" is gone", command.rule)};
  return std::nullopt;
}

std::optional<Commands::Objection> Commands::objection(const Command& command, Now now) const {
  if (!command.fault.empty()) return Objection{Outcome::failed, command.fault};
  if (auto found = gone(command)) return found;
  if (command.always) return std::nullopt;
  if (now.steady > expires(command))
    return Objection{Outcome::expired,
                     fmt::format("it is more than {} behind its time", duration_text(command.expiry))};
  if (auto reason = arms_.objection_to_command(command.target, command.rule, now))
    return Objection{Outcome::disarmed, std::move(*reason)};
  return std::nullopt;
}

bool Commands::stops(const Command& command, Outcome outcome) const {
  if (!command.rule.empty() && !arms_.has_rule(command.rule)) return true;
  return is_failure(outcome) && command.on_failure == OnFailure::stop;
}

base::Uuid Commands::refuse(Command command, Outcome outcome, std::string reason, Now now, Decisions& out) {
  command.id = new_id_(now.utc);
  const base::Uuid id = command.id;
  static_cast<void>(end({std::move(command), false, false}, {outcome, std::move(reason), {}, {}}, now, out));
  return id;
}

base::Uuid Commands::begin(Command command, Now now, Decisions& out) {
  if (under_way_.size() >= options_.most_pending)
    return refuse(std::move(command), Outcome::failed,
                  fmt::format("{} commands are under way, which is the most", under_way_.size()), now, out);
  command.id = new_id_(now.utc);
  const base::Uuid id = command.id;
  run(UnderWay{std::move(command)}, now, out);
  return id;
}

void Commands::run(Next next, Now now, Decisions& out) {
  while (next) next = begin_step(std::move(*next), now, out);
}

Commands::Next Commands::begin_step(UnderWay one, Now now, Decisions& out) {
  if (one.command.due.steady <= now.steady || !one.command.fault.empty()) return act(std::move(one), now, out);
  wait(std::move(one), now, out);
  return std::nullopt;
}

void Commands::wait(UnderWay one, Now now, Decisions& out) {
  if (!one.noted) out.notes.push_back(note_of(one.command, Outcome::pending, {}, now.utc));
  if (!one.kept) out.schedule.push_back(one.command);
  one.noted = one.kept = true;
  const base::SteadyTime when = one.command.due.steady;
  under_way_.add(std::move(one), when);
}

Commands::Next Commands::act(UnderWay one, Now now, Decisions& out) {
  one.command.late = std::max(duration_cast<microseconds>(now.steady - one.command.due.steady), microseconds{0});
  if (auto against = objection(one.command, now))
    return end(std::move(one), {against->outcome, std::move(against->reason), {}, {}}, now, out);
  fire(std::move(one), now, out);
  return std::nullopt;
}

void Commands::fire(UnderWay one, Now now, Decisions& out) {
  ++figures_.fired;
  one.command.fired = now.utc;
  owe_returns(one.command);
  out.fire.push_back(one.command);
  if (!one.noted) out.notes.push_back(note_of(one.command, Outcome::pending, {}, now.utc));
  one.kept = one.kept || !one.command.rest.empty();
  if (one.kept) out.schedule.push_back(one.command);
  one.noted = true;
  const base::SteadyTime patience = now.steady + one.command.patience;
  under_way_.add(std::move(one), patience);
}

Commands::Next Commands::end(UnderWay one, Hub::Result result, Now now, Decisions& out) {
  if (result.outcome == Outcome::disarmed) ++figures_.disarmed;
  if (result.outcome == Outcome::expired) ++figures_.expired;
  if (result.outcome == Outcome::suppressed) ++figures_.suppressed;
  const bool stop = stops(one.command, result.outcome);
  if (stop) {
    const auto left_out = std::erase_if(one.command.rest, [](const NextStep& next) { return !next.always; });
    result.reason = with_left_out(std::move(result.reason), left_out);
    for (NextStep& owed : one.command.rest) owed.delay = {};  // what they waited for is left out
  }
  Note note = note_of(one.command, result.outcome, std::move(result.reason), one.command.fired.value_or(now.utc));
  note.latency = result.latency;
  note.raw = std::move(result.raw);
  out.notes.push_back(std::move(note));
  if (one.kept) out.settled.push_back(one.command.id);
  return follow(std::move(one.command), now);
}

Commands::Next Commands::follow(Command before, Now now) const {
  std::vector<NextStep> rest = std::exchange(before.rest, {});
  const auto first =
      std::ranges::find_if(rest, [](const NextStep& next) { return next.always || next.verb != return_verb; });
  if (first == rest.end()) return std::nullopt;
  NextStep next = std::move(*first);
  const std::chrono::milliseconds delay = next.delay;
  UnderWay one{command_of(std::move(next), std::move(before))};
  one.command.id = new_id_(now.utc);
  one.command.due = {now.steady + delay, now.utc + delay};
  one.command.event_at = one.command.due.utc;
  one.command.rest.assign(std::make_move_iterator(first + 1), std::make_move_iterator(rest.end()));
  return one;
}

void Commands::finished(const base::Uuid& id, Hub::Result result, Now now, Decisions& out) {
  const UnderWay* known = under_way_.find(id);
  if (known == nullptr || !known->command.fired || result.outcome == Outcome::pending) return;
  UnderWay one = *under_way_.take(id);
  if (result.latency) latencies_.measured(one.command.target, *result.latency);
  run(end(std::move(one), std::move(result), now, out), now, out);
}

void Commands::advance(Now now, Decisions& out) {
  while (auto due = under_way_.take_due(now.steady)) {
    if (!due->command.fired) {
      run(act(std::move(*due), now, out), now, out);
      continue;
    }
    std::string reason = fmt::format("nothing was heard of it within {}", duration_text(due->command.patience));
    run(end(std::move(*due), {Outcome::failed, std::move(reason), {}, {}}, now, out), now, out);
  }
}

void Commands::drop_gone(Now now, Decisions& out) {
  for (const base::Uuid& id : under_way_.waiting()) {
    auto against = gone(under_way_.find(id)->command);
    if (!against) continue;
    run(end(*under_way_.take(id), {against->outcome, std::move(against->reason), {}, {}}, now, out), now, out);
  }
}

void Commands::restore(std::span<const Command> kept, Now now, Decisions& out) {
  std::vector<Command> commands(kept.begin(), kept.end());
  std::ranges::sort(commands, {}, [](const Command& command) { return std::pair(command.due.utc, command.id); });
  for (Command& command : commands) {
    if (under_way_.find(command.id) != nullptr) continue;
    command.due.steady = now.steady + (command.due.utc - now.utc);
    UnderWay one{std::move(command), true, true};
    if (one.command.fired)
      run(end(std::move(one), {Outcome::unconfirmed, "this server ended before its outcome was known", {}, {}}, now,
              out),
          now, out);
    else if (auto against = gone(one.command))
      run(end(std::move(one), {against->outcome, std::move(against->reason), {}, {}}, now, out), now, out);
    else
      run(begin_step(std::move(one), now, out), now, out);
  }
}

}  // namespace hub
