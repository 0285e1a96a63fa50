#include "server/relay/hub/hub.hpp"

#include <map>
#include <utility>

#include "server/relay/hub/hub_state.hpp"

namespace hub {

Hub::Hub(HubOptions options, const Vocabulary& vocabulary, NewId new_id)
    : state_(std::make_unique<State>(options, vocabulary, std::move(new_id))) {}
Hub::~Hub() = default;

base::Result<> Hub::set(std::vector<EndpointInfo> endpoints, std::vector<Rule> rules, Now now, Decisions& out) {
  State& state = *state_;
  if (auto fits = check_rules(rules, endpoints, state.vocabulary); !fits) return fits;
  std::map<std::string, LiveRule, std::less<>> old;
  for (std::size_t n = 0; n < state.rules.size(); ++n) old.emplace(state.rules[n].name, std::move(state.live[n]));
  state.endpoints = std::move(endpoints);
  state.rules = std::move(rules);
  state.live.clear();
  for (const Rule& rule : state.rules) {
    LiveRule live{Plan(rule, state.endpoints, state.vocabulary, state.options.patience), RuleLimits(rule),
                  QuietNotes(state.options.most_quiet_notes)};
    if (const auto same = old.find(rule.name); same != old.end()) {
      live.limits.keep_from(same->second.limits);
      live.quiet = std::move(same->second.quiet);
    }
    state.live.push_back(std::move(live));
  }
  state.index.emplace(state.rules, state.endpoints, state.vocabulary);
  state.arms.know(state.rules, state.endpoints);
  state.commands.drop_gone(now, out);
  return {};
}

std::span<const Rule> Hub::rules() const noexcept {
  return state_->rules;
}

base::Result<> Hub::arm(const ArmState& state) {
  return state_->arms.set(state);
}

std::vector<ArmState> Hub::arms(Now now) const {
  return state_->arms.list(now);
}

void Hub::set_latency(std::string_view target, std::chrono::microseconds mean, std::uint64_t measured) {
  state_->latencies.set(target, mean, measured);
}

std::optional<Latency> Hub::latency(std::string_view target) const {
  return state_->latencies.of(target);
}

void Hub::next_take_number(std::uint64_t number) {
  state_->takes.next_number(number);
}

void Hub::finished(const base::Uuid& command, Result result, Now now, Decisions& out) {
  state_->commands.finished(command, std::move(result), now, out);
}

void Hub::remember_sent(Protocol protocol, std::string_view key, Now now,
                        std::optional<std::chrono::milliseconds> window) {
  const auto expires = now.steady + window.value_or(state_->options.duplicate_window);
  static_cast<void>(state_->sent.remember(protocol, key, expires, now.steady));
}

void Hub::restore(std::span<const Command> kept, Now now, Decisions& out) {
  state_->commands.restore(kept, now, out);
}

void Hub::advance(Now now, Decisions& out) {
  state_->commands.advance(now, out);
  state_->takes.advance(now, out.takes);
  for (LiveRule& rule : state_->live) rule.quiet.advance(now, state_->new_id, out.notes);
}

std::optional<base::SteadyTime> Hub::next_due() const noexcept {
  auto due = state_->commands.next_due();
  const auto earlier = [&due](std::optional<base::SteadyTime> other) {
    if (other && (!due || *other < *due)) due = other;
  };
  earlier(state_->takes.next_due());
  for (const LiveRule& rule : state_->live) earlier(rule.quiet.next_due());
  return due;
}

Figures Hub::figures() const noexcept {
  Figures figures = state_->figures;
  figures.pending = state_->commands.size();
  figures.remembered = state_->heard.size() + state_->sent.size();
  return figures;
}

}  // namespace hub
