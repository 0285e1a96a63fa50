// Rules: what is heard, and what is done about it. Read from JSON (the API) or TOML (which becomes JSON first), checked
// as a whole: a set of rules is taken or refused with everything that is wrong with it.
//
//   [[rule]]
//   name = "pitch"
//   when = { source = "field", kind = "trigger", name = "pitch_*" }     # any other key: a field and a pattern for it
//   do = [ { target = "west", verb = "trigger", name = "{name}_west" },
//          [ { target = "gate", verb = "goto", preset = 3 }, { wait = "800ms" },       # one after the other
//            { target = "east", verb = "trigger" }, { target = "gate", verb = "return" } ] ]
//   debounce = "500ms"      min_interval = "2s"      burst = "10/1m"
//   delay = "0ms"           compensate = true        expiry = "10s"
//   armed = true            on_failure = "stop"
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/relay/hub/event.hpp"
#include "server/relay/hub/vocabulary.hpp"

namespace hub {

constexpr std::size_t most_rules = 500;
constexpr std::size_t most_steps_of_a_rule = 64;  // a rule is no program

// A pattern with * and ? for a field's value; or, when it begins with <, <=, >, >= or !=, a comparison, of numbers
// where both sides are some. A field that is not there is empty text.
struct Condition {
  std::string field;
  std::string pattern;
  bool operator==(const Condition&) const = default;
};

struct Match {
  std::vector<std::string> sources;  // endpoints, by patterns; none: any
  std::optional<Protocol> protocol;
  std::vector<std::string> kinds;  // by patterns; none: any
  std::vector<Condition> conditions;
  bool operator==(const Match&) const = default;
};

// A command to a target, or a pause.
//
// In JSON its parameters stand beside target, verb, wait, delay, latency and patience: no verb has parameters of these
// names.
struct Step {
  std::string target;  // empty: a pause of `wait`
  std::string verb;
  Fields parameters;  // values are templates, see template.hpp; & is left alone
  std::chrono::milliseconds wait{0};
  std::chrono::milliseconds delay{0};  // behind the time at which it would be due
  // What this target needs to act: the first step of an action is fired that much earlier. Nothing: what was measured.
  // Neither where the rule does not compensate. Steps behind the first are about the one before, not about the event's
  // time.
  std::optional<std::chrono::milliseconds> latency;
  // How long its outcome is waited for. Nothing: HubOptions::patience.
  std::optional<std::chrono::milliseconds> patience;
  bool operator==(const Step&) const = default;
};

// Undoes what earlier steps of its sequence did to its target: always done once one of them was handed to a driver (or
// where the sequence has none), also after failure, disarming or expiry.
constexpr std::string_view return_verb = "return";

enum class OnFailure : std::uint8_t { stop, go_on };  // of a sequence; `return` steps are always done

struct Action {
  std::vector<Step> steps;  // each begins when the one before has come to its outcome
  bool operator==(const Action&) const = default;
};

struct Burst {
  std::uint32_t count = 0;  // 0: no cap
  std::chrono::milliseconds per{0};
  bool operator==(const Burst&) const = default;
};

enum class RuleOrigin : std::uint8_t { file, api };

struct Rule {
  std::string name;
  RuleOrigin origin = RuleOrigin::api;
  std::string note;   // for people
  bool armed = true;  // until somebody says otherwise
  Match match;
  std::vector<Action> actions;                // all at once
  std::chrono::milliseconds debounce{0};      // nothing for events that follow the one before within that time
  std::chrono::milliseconds min_interval{0};  // nothing so soon behind the last firing
  Burst burst;
  std::chrono::milliseconds delay{0};                          // behind the event's own time
  bool compensate = true;                                      // fires each target earlier by its latency
  std::chrono::milliseconds expiry{std::chrono::seconds{10}};  // what would come so much behind its time is left out
  OnFailure on_failure = OnFailure::stop;
  std::uint32_t max_hops = 1;  // events that have come through more relays are not for it
  bool operator==(const Rule&) const = default;
};

// An endpoint as far as rules care.
struct EndpointInfo {
  std::string name;
  Protocol protocol = Protocol::api;
  bool hears = false;
  bool acts = false;
  // Where others hear what it sends ("udp 224.1.1.1:600"): endpoints of the same one hear each other. Empty: nobody
  // hears it.
  std::string medium;
};

// `text` is a JSON array of rules, or an object with the member "rule" or "rules". Errors: `invalid`, every fault in
// one message, each with the rule's name or number and what is allowed.
base::Result<std::vector<Rule>> parse_rules(std::string_view text, RuleOrigin origin);
std::string to_json(std::span<const Rule> rules);

// Whether they fit the endpoints and the vocabulary: targets, verbs, parameters, fields of templates and conditions;
// and no rule fires what another (or itself) hears in a circle: the error names the circle, rule by rule:
// "rule a: field → stage; rule b: stage → field". A condition keeps two rules apart only where the first one sends a
// fixed text that does not meet it.
base::Result<> check_rules(std::span<const Rule> rules, std::span<const EndpointInfo> endpoints,
                           const Vocabulary& vocabulary);

}  // namespace hub
