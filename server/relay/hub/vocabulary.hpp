// What can be asked of the targets of each protocol, as tables: rules are checked against them when they are loaded,
// not when something has to be fired.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/relay/hub/event.hpp"

namespace hub {

enum class ValueKind : std::uint8_t { text, name, number, duration, choice, flag };

struct Parameter {
  std::string_view name;
  ValueKind kind = ValueKind::text;
  bool required = false;
  std::string_view choices = {};  // of a choice, separated by blanks
  std::int64_t lowest = 0;        // of a number; both 0: any number
  std::int64_t highest = 0;
};

struct Verb {
  Protocol protocol = Protocol::api;
  std::string_view name;
  std::span<const Parameter> parameters;
  // The kind of the event that others hear when it is done ("trigger", "start"); empty: nobody hears of it. For the
  // check of cycles.
  std::string_view heard_as = {};
  // Makes what a template has brought fit for the target (characters, length); null: as it is. For values of the kind
  // `name` only.
  std::string (*sanitise)(std::string_view text) = nullptr;
};

// The kinds of events and their fields, by protocol: a rule that names others is a mistake that is found when it is
// loaded.
struct EventKind {
  Protocol protocol = Protocol::api;
  std::string_view name;
  std::span<const std::string_view> fields;  // "*": any, the peer chooses them (a webhook)
  // It only announces something (a timecode start says when to record, not that it is recorded): fires those rules that
  // name the kind, not those that take any.
  bool announces = false;
};

class Vocabulary {
 public:
  // The tables outlive it.
  Vocabulary(std::span<const Verb> verbs, std::span<const EventKind> kinds) : verbs_(verbs), kinds_(kinds) {}

  const Verb* verb(Protocol protocol, std::string_view name) const noexcept;
  const EventKind* event_kind(Protocol protocol, std::string_view name) const noexcept;
  std::span<const Verb> verbs() const noexcept { return verbs_; }
  std::span<const EventKind> event_kinds() const noexcept { return kinds_; }

  // Names of a protocol's verbs, for the message to whoever asked for another.
  std::string verb_names(Protocol protocol) const;

  // Whether a value without templates in it is one of the parameter. The error is a sentence.
  static base::Result<> check(const Parameter& parameter, std::string_view value);

 private:
  std::span<const Verb> verbs_;
  std::span<const EventKind> kinds_;
};

// Those of this program. (The protocols' folders are not known here: the functions that sanitise are handed in where
// the tables are put together, in server/net/relay.)

}  // namespace hub
