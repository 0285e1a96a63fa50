// A hub with a clock, ids and endpoints of the test's own.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/relay/hub/hub.hpp"

namespace hub {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// edgertronic: trigger(name) and the event trigger; shogun: start(name, notes), stop(name, result) and the events
// start, stop, complete, timecode_start (announces); trendnet: goto(preset), record(length), light(on), return;
// webhook: the event hook, of any fields.
const Vocabulary& test_vocabulary();
// field and field2 (edgertronic, hear, medium "group a"), west, east (edgertronic, act, "group b"), stage (shogun,
// both, "udp 30"), gate, yard (trendnet, act), hook (webhook, hears).
std::vector<EndpointInfo> test_endpoints();
// At most 10 characters of a to z, 0 to 9, _ and &; others become _.
std::string test_sanitise(std::string_view text);

base::Uuid numbered_id(std::uint64_t number);
std::vector<Rule> rules_of(std::string_view json);  // fails the test where they cannot be read

class World {
 public:
  explicit World(std::string_view rules, HubOptions options = {});

  Now now() const { return {base::SteadyTime{} + seconds{1000} + at_, base::UtcTime{} + days_ + round(at_)}; }
  void pass(std::chrono::nanoseconds time) { at_ += time; }
  // Time passes, and what is due on the way is done at its very moment.
  void run(std::chrono::nanoseconds time);

  Event event(std::string_view source, std::string_view kind, Fields fields = {});
  // What came of it stands in `out` alone.
  void take(Event event);
  void finish(const Command& command, Outcome outcome = Outcome::sent, std::string reason = {});
  void arm(ArmScope scope, std::string_view name, bool armed, std::optional<base::UtcTime> until = {});
  void set(std::string_view rules, std::vector<EndpointInfo> endpoints = test_endpoints());
  // Everything but what was kept is forgotten; goes through JSON.
  void restart(std::string_view rules);

  Hub& hub() { return *hub_; }
  std::map<base::Uuid, Command>& kept() { return kept_; }
  std::vector<std::string> fired() const;  // "TARGET VERB" of out.fire
  // The last note of that outcome; fails the test where there is none.
  const Note& note(Outcome outcome) const;
  std::size_t count(Outcome outcome) const;

  Decisions out;           // of the last call
  std::vector<Note> log;   // of all calls
  std::string transcript;  // everything of all calls, as text

 private:
  static milliseconds round(std::chrono::nanoseconds time) { return std::chrono::floor<milliseconds>(time); }
  void make_hub();
  void gather();

  HubOptions options_;
  std::uint64_t ids_ = 0;
  std::uint64_t events_ = 1'000'000'000;
  std::chrono::nanoseconds at_{0};
  std::chrono::days days_{20'000};
  std::unique_ptr<Hub> hub_;
  std::map<base::Uuid, Command> kept_;
};

}  // namespace hub
