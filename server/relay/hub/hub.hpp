// The hub: events in, commands out. Sans-IO: it knows no socket, clock, thread or file, so that every question about
// timing, copies, loops and limits is answered by a unit test. One thread.
//
// The order in which an event is judged, and what its audit row says: malformed (never gets here) → echo (we sent it) →
// duplicate (heard already, whatever way it came) → heard. For each rule that matches a heard one:
// too many hops for it → disarmed (global, rule) → debounced → too soon → over the burst or the global rate → fires.
// For each step when it is due: expired → disarmed (target, rule, global) → handed to the driver.
//
// A sequence is the command of its present step, which carries the steps behind it: what is kept of a command is all it
// takes to go on after a restart, whatever the rules say by then.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
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

using NewId = std::function<base::Uuid(base::UtcTime)>;

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

// A step of a sequence that is still to come, with its templates filled in.
struct NextStep {
  std::string target;
  Protocol protocol = Protocol::api;
  std::string verb;
  Fields parameters;
  std::chrono::milliseconds delay{0};  // behind the outcome of the step before; pauses are in it
  std::chrono::milliseconds patience{0};
  std::uint32_t step = 0;
  bool always = false;  // a `return` step that is owed: its target was touched
  std::string fault;    // why it cannot be done: a template brought nothing that fits
  bool operator==(const NextStep&) const = default;
};

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
  std::chrono::milliseconds patience{0};  // for its outcome
  bool always = false;                    // a `return`: neither expires nor is disarmed
  std::string fault;                      // not empty: it cannot be done, and is never fired
  OnFailure on_failure = OnFailure::stop;
  std::vector<NextStep> rest;          // of its sequence
  std::optional<base::UtcTime> fired;  // given to the driver; kept on until its outcome is known
};

// For the catalog. Steady times are not in it: restore() finds them anew.
std::string to_json(const Command& command);
base::Result<Command> parse_command(std::string_view json);

// A row of the audit, as the hub knows it: a heard event, a command, or a rule that did not fire for an event
// (incoming, with `rule` and `cause`). Commands are written anew under the same id when their outcome becomes known:
// `pending` once, then one final outcome.
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
  // open, ended, complete; orphan: an end or a file that no start was heard of, or a start that nobody ended. An event
  // without a mark that fired something is a take of its own, complete at once.
  std::string state;
  std::string result;
  base::UtcTime started_at;
  std::optional<base::UtcTime> ended_at;
  std::optional<base::UtcTime> completed_at;
  std::uint32_t commands = 0;  // that it caused, steps still to come included
};

// What came of one call. Reused between calls: clear() keeps the memory. Apart from `fire` it belongs into one
// transaction.
struct Decisions {
  std::vector<Command> fire;  // now, in this order
  // To be kept until they are settled, written anew where the id is there already: they survive a restart. Commands
  // that are due later, and those with steps behind them; the same again with `fired` when they are fired, so that a
  // restart fires nothing twice.
  std::vector<Command> schedule;
  std::vector<base::Uuid> settled;  // that were kept, and are done with
  std::vector<Note> notes;
  std::vector<Take> takes;  // new ones, and those that changed
  void clear() noexcept;
  bool empty() const noexcept;
};

// What is switched on. `until`: it flips then.
struct Arm {
  bool armed = true;
  std::optional<base::UtcTime> until;
  bool operator==(const Arm&) const = default;
};
enum class ArmScope : std::uint8_t { global, rule, target };
std::string_view to_string(ArmScope scope) noexcept;
std::optional<ArmScope> parse_arm_scope(std::string_view text) noexcept;
struct ArmState {
  ArmScope scope = ArmScope::global;
  std::string name;  // of the rule or target
  Arm arm;
};

// A running mean of how long a target takes to act, over the last dozen or so.
struct Latency {
  std::chrono::microseconds mean{0};
  std::uint64_t measured = 0;  // how often
};

struct HubOptions {
  std::chrono::milliseconds duplicate_window{std::chrono::seconds{30}};
  std::size_t most_remembered = 65'536;                          // keys of events heard and sent, each
  std::uint32_t most_firings_per_second = 200;                   // of all rules and by hand, together
  std::uint32_t most_quiet_notes = 10;                           // a second and rule, about events it did not fire for
  std::chrono::milliseconds patience{std::chrono::seconds{30}};  // for the outcome of a step of a sequence
  std::size_t most_pending = 10'000;                             // commands that are not due yet or without outcome
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
    std::string reason;                 // why it does not
    std::vector<Command> commands;      // that would be done, with due times; without ids
    std::vector<std::string> left_out;  // what of it would not, and why
  };
  Outcome event = Outcome::heard;
  std::string reason;
  std::vector<Line> rules;  // those that match, in order
};

class Hub {
 public:
  // `new_id` makes the ids of commands, takes and notes. The vocabulary outlives it.
  Hub(HubOptions options, const Vocabulary& vocabulary, NewId new_id);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Checked first; on an error the old ones stay. What is pending of a rule or target that is gone is settled as
  // expired; of a rule's sequence that was begun, only what is owed to its targets (`return`) is still done.
  base::Result<> set(std::vector<EndpointInfo> endpoints, std::vector<Rule> rules, Now now, Decisions& out);
  std::span<const Rule> rules() const noexcept;

  // Never fires anything, and drops nothing by itself: what is pending is judged when it is due. `not_found`: no rule
  // or target of that name; the message has those there are. set() forgets switches of what is gone.
  base::Result<> arm(const ArmState& state);
  std::vector<ArmState> arms(Now now) const;  // of everything, defaults included
  // What was measured of a target before a restart; finished() goes on from there.
  void set_latency(std::string_view target, std::chrono::microseconds mean, std::uint64_t measured = 1);
  std::optional<Latency> latency(std::string_view target) const;
  void next_take_number(std::uint64_t number);

  void take(Event event, Now now, Decisions& out);
  // The same by hand: one command, subject to arms, the global rate and audit as any other, without a rule or take.
  // Values are taken as they are: no templates. Errors, `not_found` or `invalid`, name what there is. The id is that of
  // its note, which says so where it was disarmed or over the rate.
  base::Result<base::Uuid> command(std::string_view target, std::string_view verb, Fields parameters, Now now,
                                   Decisions& out);
  DryRun dry_run(const Event& event, Now now) const;

  // What has become due.
  void advance(Now now, Decisions& out);
  // When advance() has something to do again: never later, and never in vain.
  std::optional<base::SteadyTime> next_due() const noexcept;

  // What came of a command that was fired. `latency`: from sending to the target's showing it, where it was seen.
  struct Result {
    Outcome outcome = Outcome::sent;
    std::string reason;
    std::optional<std::chrono::microseconds> latency;
    base::Bytes raw;  // what was sent
  };
  // The next step of its sequence begins. After its patience, or twice, it is nothing any more.
  void finished(const base::Uuid& command, Result result, Now now, Decisions& out);
  // A driver has sent something that may be heard again as an event: it is an echo for a while. `window`:
  // Event::copy_window.
  void remember_sent(Protocol protocol, std::string_view key, Now now,
                     std::optional<std::chrono::milliseconds> window = {});

  // Commands that were kept before a restart, after set(): fired when due, at once where that has passed, expired where
  // it is too late. Those that were fired already are `unconfirmed`, and their sequence goes on.
  void restore(std::span<const Command> kept, Now now, Decisions& out);

  Figures figures() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hub
