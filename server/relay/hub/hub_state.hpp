// What the hub holds, and the steps of its judgement. Asking (const) changes nothing, so that a dry run asks the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/relay/hub/arms.hpp"
#include "server/relay/hub/commands.hpp"
#include "server/relay/hub/hub.hpp"
#include "server/relay/hub/latencies.hpp"
#include "server/relay/hub/limits.hpp"
#include "server/relay/hub/matching.hpp"
#include "server/relay/hub/plan.hpp"
#include "server/relay/hub/quiet_notes.hpp"
#include "server/relay/hub/seen.hpp"
#include "server/relay/hub/takes.hpp"

namespace hub {

struct LiveRule {
  Plan plan;
  RuleLimits limits;
  QuietNotes quiet;
};

struct Refusal {
  Outcome outcome = Outcome::suppressed;
  std::string reason;
};

struct Hub::State {
  static constexpr std::chrono::seconds rate_period{1};

  State(HubOptions wanted, const Vocabulary& words, NewId make_id)
      : options(wanted),
        vocabulary(words),
        new_id(std::move(make_id)),
        rate({wanted.most_firings_per_second, rate_period}),
        heard(wanted.most_remembered),
        sent(wanted.most_remembered),
        takes(wanted.take_expiry),
        commands(options, arms, latencies, figures, new_id) {}

  // Nothing: it is new.
  std::optional<Outcome> copy_of(const Event& event, Now now) const;
  bool announces(const Event& event) const;
  // Why the rule, which matches, does not fire. `already`: so many others do at this moment.
  std::optional<Refusal> refusal(std::uint32_t rule, const Event& event, Now now, std::size_t already = 0) const;
  std::string over_rate() const;

  Note note_of(const Event& event, Now now) const;
  void hear(const Event& event, Note& note, Now now, Decisions& out);
  void judge(const Event& event, const base::Uuid& take, Now now, Decisions& out);  // leaves in `firing` what fires
  void quietly(std::uint32_t rule, const Event& event, const base::Uuid& take, Refusal refusal, Now now,
               Decisions& out);
  void fire(const Event& event, Take& take, Now now, Decisions& out);

  const HubOptions options;
  const Vocabulary& vocabulary;
  const NewId new_id;
  std::vector<EndpointInfo> endpoints;
  std::vector<Rule> rules;
  std::vector<LiveRule> live;  // the same numbers
  std::optional<RuleIndex> index;
  SlidingWindow rate;
  Seen heard;
  Seen sent;
  Arms arms;
  Latencies latencies;
  Takes takes;
  Figures figures;
  Commands commands;
  // Of one call, kept for their memory.
  std::vector<std::uint32_t> matching;
  std::vector<std::uint32_t> firing;
  std::vector<Command> made;
};

}  // namespace hub
