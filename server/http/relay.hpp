// What the API does with the relay. Implemented over the relay's own thread; called on pool threads, so that a call may
// block for a bounded time. Words (protocols, outcomes, states) are those of the hub. Errors are sentences for whoever
// asked: `not_found` (no such camera or rule), `invalid` (one fault a line), `conflict` (somebody else was faster),
// `refused` (policy), `exhausted` and `unavailable` (may pass).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/result.hpp"
#include "server/relay/hub/event.hpp"
#include "server/relay/hub/hub.hpp"
#include "server/relay/hub/vocabulary.hpp"

namespace http {

// An endpoint of the relay, and how it is.
struct RelayCamera {
  std::string name;
  std::string protocol;
  std::string address;  // for people: where it is, or where it is heard
  bool hears = false;   // events come from it
  bool acts = false;    // commands go to it
  bool live = false;    // it has pictures
  std::string state;    // "ready", "silent", "unreachable", "refused", ...
  std::string reason;   // a sentence, unless all is well
  base::UtcTime since;  // in that state
  std::optional<base::UtcTime> last_seen;
  struct Result {  // of the last command
    base::UtcTime at;
    std::string verb;
    std::string outcome;
    std::string reason;
  };
  std::optional<Result> last_result;
  std::optional<std::int64_t> latency_us;                      // from sent to shown, a running mean
  hub::Fields properties;                                      // what it says of itself: {"pan", "136"}
  std::vector<std::pair<std::string, std::uint64_t>> figures;  // counters since the start
  std::vector<hub::Verb> verbs;                                // it can be asked; the tables outlive it
};

struct RelayRuleSet {
  std::string rules = "[]";       // JSON array: those of the API
  std::string file_rules = "[]";  // JSON array: those of the file, which only the file changes
  std::uint64_t version = 0;      // of the API's; counts changes
  std::optional<base::UtcTime> changed_at;
};

// Something that was heard, or is said to have been.
struct RelayEvent {
  std::string protocol;
  std::string source;  // an endpoint; may be empty where somebody only asks what a datagram would do
  std::string kind;
  hub::Fields fields;
  std::uint32_t hops = 0;
  std::string key;  // copies of it have the same; empty: it is never a copy
};
struct RelayDatagram {
  std::string protocol;
  std::string source;  // the endpoint whose options it is read with; empty: the usual ones
  base::Bytes raw;
};

// What would come of an event.
struct RelayRehearsal {
  std::optional<RelayEvent> event;  // of a datagram: as it was read; nothing: it is none
  std::string outcome;
  std::string reason;
  struct Command {
    std::string target;
    std::string protocol;
    std::string verb;
    hub::Fields parameters;  // templates filled in
    base::UtcTime due_at;
    std::uint32_t action = 0;
    std::uint32_t step = 0;
  };
  struct Rule {
    std::string name;
    bool fires = false;
    std::string reason;  // why it does not
    std::vector<Command> commands;
  };
  std::vector<Rule> rules;  // that match
};

class Relay {
 public:
  virtual ~Relay() = default;

  virtual std::vector<RelayCamera> cameras() = 0;  // by name
  // The id of its row in the log, where its outcome will be.
  virtual base::Result<base::Uuid> command(std::string_view target, std::string_view verb, hub::Fields parameters) = 0;

  // The definition file of a camera that ground stations see. `not_found`: there is none of that name.
  virtual base::Result<std::string> definition(std::string_view camera) = 0;

  virtual base::Result<RelayRuleSet> rules() = 0;
  // `text` is JSON as hub::parse_rules() takes it. `conflict` unless `expected` is the version that stands.
  virtual base::Result<RelayRuleSet> set_rules(std::string_view text, std::uint64_t expected) = 0;
  virtual base::Result<RelayRehearsal> rehearse(const RelayEvent& event) = 0;
  virtual base::Result<RelayRehearsal> rehearse(const RelayDatagram& datagram) = 0;

  virtual std::vector<hub::ArmState> arms() = 0;
  virtual base::Result<> arm(const hub::ArmState& state) = 0;

  // An event by hand. The id of its row in the log.
  virtual base::Result<base::Uuid> trigger(const RelayEvent& event) = 0;
};

}  // namespace http
