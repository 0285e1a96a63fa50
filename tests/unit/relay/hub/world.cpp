#include "tests/unit/relay/hub/world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace hub {

namespace {
constexpr std::array<Parameter, 1> trigger{{{"name", ValueKind::name}}};
constexpr std::array<Parameter, 2> start{{{"name", ValueKind::name, true}, {"notes"}}};
constexpr std::array<Parameter, 2> stop{
    {{"name", ValueKind::name, true}, {"result", ValueKind::choice, false, "SUCCESS FAIL CANCEL"}}};
constexpr std::array<Parameter, 1> move{{{"preset", ValueKind::number, true, {}, 0, 24}}};
constexpr std::array<Parameter, 1> record{{{"length", ValueKind::duration, true}}};
constexpr std::array<Parameter, 1> light{{{"on", ValueKind::flag, true}}};
constexpr std::array<Verb, 7> verbs{{
    {Protocol::edgertronic, "trigger", trigger, "trigger", test_sanitise},
    {Protocol::shogun, "start", start, "start", test_sanitise},
    {Protocol::shogun, "stop", stop, "stop", test_sanitise},
    {Protocol::trendnet, "goto", move},
    {Protocol::trendnet, "record", record},
    {Protocol::trendnet, "light", light},
    {Protocol::trendnet, "return", {}},
}};
constexpr std::array<std::string_view, 1> trigger_fields{"name"};
constexpr std::array<std::string_view, 3> start_fields{"name", "notes", "packet_id"};
constexpr std::array<std::string_view, 2> stop_fields{"name", "result"};
constexpr std::array<std::string_view, 1> any_field{"*"};
constexpr std::array<EventKind, 6> kinds{{
    {Protocol::edgertronic, "trigger", trigger_fields},
    {Protocol::shogun, "start", start_fields},
    {Protocol::shogun, "stop", stop_fields},
    {Protocol::shogun, "complete", trigger_fields},
    {Protocol::shogun, "timecode_start", start_fields, true},
    {Protocol::webhook, "hook", any_field},
}};

std::string told(const Command& command) {
  return fmt::format("{} {} {} late {} {}", command.id.str(), command.target, command.verb, command.late.count(),
                     to_json(command));
}
}  // namespace

const Vocabulary& test_vocabulary() {
  static const Vocabulary vocabulary(verbs, kinds);
  return vocabulary;
}

std::vector<EndpointInfo> test_endpoints() {
  return {{"field", Protocol::edgertronic, true, false, "group a"},
          {"field2", Protocol::edgertronic, true, true, "group a"},
          {"west", Protocol::edgertronic, false, true, "group b"},
          {"east", Protocol::edgertronic, false, true, "group b"},
          {"stage", Protocol::shogun, true, true, "udp 30"},
          {"gate", Protocol::trendnet, false, true, ""},
          {"yard", Protocol::trendnet, false, true, ""},
          {"hook", Protocol::webhook, true, false, ""}};
}

std::string test_sanitise(std::string_view text) {
  std::string fit(text.substr(0, 10));
  for (char& c : fit)
    if (std::string_view("abcdefghijklmnopqrstuvwxyz0123456789_&T").find(c) == std::string_view::npos) c = '_';
  return fit;
}

base::Uuid numbered_id(std::uint64_t number) {
  return base::Uuid::parse(fmt::format("00000000-0000-7000-8000-{:012x}", number)).value();
}

std::vector<Rule> rules_of(std::string_view json) {
  auto rules = parse_rules(json, RuleOrigin::api);
  if (!rules) {
    ADD_FAILURE() << rules.error().message;
    return {};
  }
  return *std::move(rules);
}

World::World(std::string_view rules, HubOptions options) : options_(options) {
  make_hub();
  set(rules);
}

void World::make_hub() {
  hub_ = std::make_unique<Hub>(options_, test_vocabulary(), [this](base::UtcTime) { return numbered_id(++ids_); });
}

void World::gather() {
  for (const Command& command : out.schedule) kept_.insert_or_assign(command.id, command);
  for (const base::Uuid& id : out.settled) EXPECT_EQ(kept_.erase(id), 1U) << "settled, but never kept";
  for (const Command& command : out.fire) transcript += "fire " + told(command) + "\n";
  for (const Command& command : out.schedule) transcript += "keep " + told(command) + "\n";
  for (const base::Uuid& id : out.settled) transcript += "settled " + id.str() + "\n";
  for (const Note& note : out.notes)
    transcript += fmt::format("note {} {} {} {} {} {}\n", note.id.str(), note.endpoint, note.kind, note.rule,
                              to_string(note.outcome), note.reason);
  for (const Take& take : out.takes)
    transcript +=
        fmt::format("take {} {} {} {} {}\n", take.id.str(), take.number, take.name, take.state, take.commands);
  log.insert(log.end(), out.notes.begin(), out.notes.end());
}

void World::run(std::chrono::nanoseconds time) {
  const auto end = at_ + time;
  Decisions all;
  const auto append = [](auto& to, auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  for (auto due = hub_->next_due(); due && *due - base::SteadyTime{} - seconds{1000} <= end; due = hub_->next_due()) {
    at_ = std::max(at_, std::chrono::nanoseconds(*due - base::SteadyTime{} - seconds{1000}));
    out.clear();
    hub_->advance(now(), out);
    gather();
    append(all.fire, out.fire);
    append(all.notes, out.notes);
    append(all.takes, out.takes);
    const auto next = hub_->next_due();
    ASSERT_TRUE(!next || *next > now().steady) << "what is due is done";
  }
  at_ = end;
  out = std::move(all);
}

Event World::event(std::string_view source, std::string_view kind, Fields fields) {
  Event event;
  event.id = numbered_id(++events_);
  event.source = source;
  event.kind = kind;
  for (const EndpointInfo& endpoint : test_endpoints())
    if (endpoint.name == source) event.protocol = endpoint.protocol;
  event.fields = std::move(fields);
  event.received = now();
  return event;
}

void World::take(Event event) {
  out.clear();
  hub_->take(std::move(event), now(), out);
  gather();
}

void World::finish(const Command& command, Outcome outcome, std::string reason) {
  const base::Uuid id = command.id;
  out.clear();
  hub_->finished(id, {outcome, std::move(reason), {}, {}}, now(), out);
  gather();
}

void World::arm(ArmScope scope, std::string_view name, bool armed, std::optional<base::UtcTime> until) {
  EXPECT_TRUE(hub_->arm({scope, std::string(name), {armed, until}}));
}

void World::set(std::string_view rules, std::vector<EndpointInfo> endpoints) {
  out.clear();
  const auto result = hub_->set(std::move(endpoints), rules_of(rules), now(), out);
  EXPECT_TRUE(result) << result.error().message;
  gather();
}

void World::restart(std::string_view rules) {
  make_hub();
  set(rules);
  std::vector<Command> read;
  for (const auto& [id, command] : kept_) {
    auto parsed = parse_command(to_json(command));
    ASSERT_TRUE(parsed) << parsed.error().message;
    read.push_back(*std::move(parsed));
  }
  out.clear();
  hub_->restore(read, now(), out);
  gather();
}

std::vector<std::string> World::fired() const {
  std::vector<std::string> names;
  for (const Command& command : out.fire) names.push_back(command.target + " " + command.verb);
  return names;
}

const Note& World::note(Outcome outcome) const {
  const auto found = std::find_if(out.notes.rbegin(), out.notes.rend(),
                                  [outcome](const Note& note) { return note.outcome == outcome; });
  static const Note none;
  if (found == out.notes.rend()) ADD_FAILURE() << "no note is " << to_string(outcome);
  return found == out.notes.rend() ? none : *found;
}

std::size_t World::count(Outcome outcome) const {
  return static_cast<std::size_t>(std::ranges::count(out.notes, outcome, &Note::outcome));
}

}  // namespace hub
