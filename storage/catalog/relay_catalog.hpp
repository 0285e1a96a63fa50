// What the relay keeps: the log of everything heard and done, takes, commands that are not due yet, rules and switches
// set through the API, and what was measured of targets. Ids are of Uuid::v7(): they say when a row was made, and the
// order of every listing is theirs. Every call blocks: not for I/O threads. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/result.hpp"

namespace storage {

// One row of the log: something heard, or something done. Words are those of the hub.
struct Trigger {
  base::Uuid id;
  bool incoming = true;
  std::string node;
  std::string protocol;
  std::string endpoint;
  std::string kind;  // of an event; the verb of a command
  std::string rule;
  std::string outcome;
  std::string reason;
  std::string fields;  // JSON object: the decoded form
  base::Bytes raw;     // as it was on the wire
  std::string peer;
  std::optional<base::Uuid> cause;  // the event's row, of a command
  std::optional<base::Uuid> take_id;
  base::UtcTime at;
  std::optional<base::UtcTime> due_at;
  std::int64_t late_us = 0;
  std::optional<std::int64_t> latency_us;  // from sent to shown
};

struct TriggerQuery {
  std::optional<bool> incoming;
  std::optional<std::string> protocol;
  std::optional<std::string> endpoint;
  std::optional<std::string> rule;
  std::optional<std::string> outcome;
  std::optional<base::Uuid> take_id;
  std::optional<base::Uuid> cause;
  std::optional<base::UtcTime> from;  // of the id: when it was heard or decided; inclusive
  std::optional<base::UtcTime> to;    // exclusive
  std::uint32_t limit = 50;           // 1..500
  std::string cursor;
};
struct TriggerPage {
  std::vector<Trigger> items;  // newest first: by id, descending. Without `raw`: find_trigger() has it
  std::string next_cursor;
};

struct RelayTake {
  base::Uuid id;
  std::uint64_t number = 0;
  std::string node;
  std::string source;
  std::string name;
  std::string state;  // open ended complete orphan
  std::string result;
  base::UtcTime started_at;
  std::optional<base::UtcTime> ended_at;
  std::optional<base::UtcTime> completed_at;
  std::uint32_t commands = 0;
};
struct RelayTakePage {
  std::vector<RelayTake> items;  // newest first: by id, descending
  std::string next_cursor;
};

struct PendingCommand {
  base::Uuid id;
  std::string node;
  std::string target;
  std::string rule;
  std::string command;  // JSON: what the hub needs to do it after a restart
  base::UtcTime due_at;
  base::UtcTime expires_at;
};

// What is written together. A row whose id is there already is written anew; of several with one id the last stands.
struct RelayNotes {
  std::vector<Trigger> triggers;
  std::vector<RelayTake> takes;
  std::vector<PendingCommand> pending;
  std::vector<base::Uuid> settled;  // of `pending`, before or with this, that are done with
  bool empty() const noexcept { return triggers.empty() && takes.empty() && pending.empty() && settled.empty(); }
};

struct RelayRules {
  std::string rules = "[]";   // JSON array
  std::uint64_t version = 0;  // counts changes; 0: never set
  std::optional<base::UtcTime> changed_at;
};

struct RelayArm {
  std::string scope;  // global rule target
  std::string name;   // empty for global
  bool armed = true;
  std::optional<base::UtcTime> until;
};

struct RelayLatency {
  std::string target;
  std::int64_t latency_us = 0;  // a running mean
  std::uint64_t measured = 0;   // how often
  base::UtcTime measured_at;
};

class RelayCatalog {
 public:
  virtual ~RelayCatalog() = default;

  // One durable transaction, which concurrent calls may share. Rows of this node: nobody else writes them.
  virtual base::Result<> note(const RelayNotes& notes) = 0;
  virtual base::Result<TriggerPage> list_triggers(const TriggerQuery& query) = 0;
  virtual base::Result<std::optional<Trigger>> find_trigger(const base::Uuid& id) = 0;  // with `raw`
  virtual base::Result<RelayTakePage> list_takes(std::uint32_t limit, std::string_view cursor) = 0;
  virtual base::Result<std::optional<RelayTake>> find_take(const base::Uuid& id) = 0;
  virtual base::Result<std::uint64_t> last_take_number() = 0;  // of all nodes; 0: none

  virtual base::Result<std::vector<PendingCommand>> pending(std::string_view node) = 0;  // by due time

  // What an earlier start of the node left without an end, at its next start: commands whose outcome nobody waits for
  // any more are `unconfirmed`, with the reason, and open takes are `orphan`. Not what is pending still.
  virtual base::Result<> end_left_open(std::string_view node, std::string_view reason) = 0;

  virtual base::Result<RelayRules> rules() = 0;
  // `conflict` unless `expected` is the version that stands, whichever node asks; the new ones.
  virtual base::Result<RelayRules> set_rules(std::string_view rules, std::uint64_t expected, base::UtcTime now) = 0;

  virtual base::Result<std::vector<RelayArm>> arms() = 0;  // by scope and name
  virtual base::Result<> set_arm(const RelayArm& arm) = 0;

  virtual base::Result<std::vector<RelayLatency>> latencies() = 0;  // by target
  virtual base::Result<> set_latency(const RelayLatency& latency) = 0;

  // Rows of the log, and takes that are not open, made before this: at most `limit` of them, the oldest first; how many
  // went. The take with the last number stays, so that none is given again. One small transaction.
  virtual base::Result<std::uint32_t> forget_triggers(base::UtcTime older_than, std::uint32_t limit) = 0;
};

}  // namespace storage
