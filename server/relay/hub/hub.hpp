// The hub: events in, commands out. Sans-IO: it knows no socket, clock, thread or file, so that every question about
// timing, copies, loops and limits is answered by a unit test. One thread.
//
// The order in which an event is judged, and what its audit row says: malformed (never gets here) → echo (we sent it) →
// duplicate (heard already, whatever way it came) → too many hops → heard. For each rule that matches a heard one:
// disarmed (global, rule) → debounced → too soon → over the burst or the global rate → fires. For each step when it is
// due: expired → disarmed (target, rule, global) → handed to the driver.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/result.hpp"
#include "server/relay/hub/event.hpp"
#include "server/relay/hub/rule.hpp"
#include "server/relay/hub/vocabulary.hpp"

namespace hub {

// How something ended, as audit rows have it.
enum class Outcome : std::uint8_t {
  heard,        // an event: it was matched against the rules
  duplicate,    // an event that was heard before
  echo,         // an event of our own making
  refused,      // an event that is none: malformed, from an address that is not allowed, too many hops
  armed_only,   // an event that announces something to come (a timecode start): noted, fires only rules that name it
  pending,      // a command that is not due yet, or whose outcome is not known yet
  sent,         // done, and nobody says whether it was heard
  confirmed,    // done, and the target showed it
  unconfirmed,  // done, and the target did not show it in time
  ignored,      // the target was in no state for it, in its own words
  failed,       // `reason` says what
  suppressed,   // debounced, too soon, over the burst or the global rate
  disarmed,
  expired,
  dry_run,
};
std::string_view to_string(Outcome outcome) noexcept;
std::optional<Outcome> parse_outcome(std::string_view text) noexcept;

// What a driver is to do, once.
struct Command {
  base::Uuid id;  // of its audit row
  std::string rule;
  std::string target;
  Protocol protocol = Protocol::api;
  std::string verb;
  Fields parameters;  // templates filled in, names fit for the target
  base::Uuid event;   // that caused it
  base::Uuid take;
  std::string source;                 // of the event
  std::uint32_t hops = 0;             // what the target is to be told, where its wire can say it
  Now due;                            // when it is to be fired
  base::UtcTime event_at;             // when the event itself happens
  std::chrono::microseconds late{0};  // fired so much after it should have been
  std::uint32_t action = 0;           // of the rule
  std::uint32_t step = 0;             // of the action
  std::chrono::milliseconds expiry{0};
};

// A row of the audit, as the hub knows it: a heard event, or a command. Written anew under the same id when its outcome
// becomes known.
struct Note {
  bool incoming = true;
  base::Uuid id;
  Protocol protocol = Protocol::api;
  std::string endpoint;  // source or target
  std::string kind;      // or verb
  std::string rule;      // of a command, or of a rule that did not fire (suppressed, disarmed)
  Fields fields;
  std::optional<base::Uuid> cause;  // the event of a command
  std::optional<base::Uuid> take;
  base::UtcTime at;
  std::optional<base::UtcTime> due_at;
  std::chrono::microseconds late{0};
  std::optional<std::chrono::microseconds> latency;  // from sent to shown
  Outcome outcome = Outcome::heard;
  std::string reason;  // a sentence, for everything that is not plain success
  std::string peer;
  base::Bytes raw;
};

struct Take {
  base::Uuid id;
  std::uint64_t number = 0;
  std::string source;
  std::string name;
  std::string state;  // open, ended, complete, orphan
  std::string result;
  base::UtcTime started_at;
  std::optional<base::UtcTime> ended_at;
  std::optional<base::UtcTime> completed_at;
  std::uint32_t commands = 0;
};

// What came of one call. Reused between calls: clear() keeps the memory.
struct Decisions {
  std::vector<Command> fire;        // now, in this order
  std::vector<Command> schedule;    // to be kept until they are settled: they survive a restart
  std::vector<base::Uuid> settled;  // that were kept, and are done with
  std::vector<Note> notes;
  std::vector<Take> takes;  // new ones, and those that changed
  void clear() noexcept;
};

// What is switched on. `until`: it flips then.
struct Arm {
  bool armed = true;
  std::optional<base::UtcTime> until;
  bool operator==(const Arm&) const = default;
};
enum class ArmScope : std::uint8_t { global, rule, target };
struct ArmState {
  ArmScope scope = ArmScope::global;
  std::string name;  // of the rule or target
  Arm arm;
};

struct HubOptions {
  std::chrono::milliseconds duplicate_window{std::chrono::seconds{30}};
  std::size_t most_remembered = 65'536;                          // keys of events heard and sent, each
  std::uint32_t most_firings_per_second = 200;                   // of all rules together
  std::chrono::milliseconds patience{std::chrono::seconds{30}};  // for the outcome of a step of a sequence
  std::size_t most_pending = 10'000;
  std::chrono::milliseconds take_expiry{std::chrono::hours{1}};  // an open take that nobody ends
};

struct Figures {
  std::uint64_t heard = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t echoes = 0;
  std::uint64_t fired = 0;
  std::uint64_t suppressed = 0;
  std::uint64_t disarmed = 0;
  std::uint64_t expired = 0;
  std::size_t pending = 0;
  std::size_t remembered = 0;
};

// What a rule would do, told without doing it or remembering anything.
struct DryRun {
  struct Line {
    std::string rule;
    bool fires = false;
    std::string reason;             // why it does not
    std::vector<Command> commands;  // with due times
  };
  Outcome event = Outcome::heard;
  std::string reason;
  std::vector<Line> rules;  // those that match, in order
};

class Hub {
 public:
  // `new_id` makes the ids of commands and takes.
  Hub(HubOptions options, const Vocabulary& vocabulary, std::function<base::Uuid(base::UtcTime)> new_id);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Checked first; on an error the old ones stay. What is pending of a rule that is gone is settled as expired.
  base::Result<> set(std::vector<EndpointInfo> endpoints, std::vector<Rule> rules, Now now, Decisions& out);
  std::span<const Rule> rules() const noexcept;

  void arm(const ArmState& state, Now now);
  std::vector<ArmState> arms(Now now) const;
  // What was measured of a target, which rules compensate for.
  void set_latency(std::string_view target, std::chrono::microseconds latency);
  void next_take_number(std::uint64_t number);

  void take(Event event, Now now, Decisions& out);
  // The same by hand: one command, subject to arms, limits and audit as any other, without a rule.
  base::Result<base::Uuid> command(std::string_view target, std::string_view verb, Fields parameters, Now now,
                                   Decisions& out);
  DryRun dry_run(const Event& event, Now now) const;

  // What has become due.
  void advance(Now now, Decisions& out);
  std::optional<base::SteadyTime> next_due() const noexcept;

  // What came of a command that was fired. `latency`: from sending to the target's showing it, where it was seen.
  struct Result {
    Outcome outcome = Outcome::sent;
    std::string reason;
    std::optional<std::chrono::microseconds> latency;
    base::Bytes raw;  // what was sent
  };
  void finished(const base::Uuid& command, Result result, Now now, Decisions& out);
  // A driver has sent something that may be heard again as an event: it is an echo for a while.
  void remember_sent(Protocol protocol, std::string key, Now now);

  // Commands that were kept before a restart: fired when due, at once where that has passed, expired where it is too
  // late.
  void restore(std::span<const Command> kept, Now now, Decisions& out);

  Figures figures() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hub
