// parse_rules(): what a set of rules looks like. Whether it fits the endpoints is check_rules().
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "server/base/bytes.hpp"
#include "server/relay/hub/duration.hpp"
#include "server/relay/hub/json_reader.hpp"
#include "server/relay/hub/rule.hpp"
#include "server/relay/hub/template.hpp"

namespace hub {

namespace {
using std::chrono::milliseconds;
constexpr std::size_t longest_name = 64;         // of rules, targets and verbs: they stand in logs and pages
constexpr std::size_t longest_note = 1000;       // a paragraph
constexpr std::uint32_t most_of_burst = 10'000;  // each takes 8 bytes while the rule lives
constexpr milliseconds shortest_expiry{10};      // a timer is not more exact than that on a busy machine
constexpr milliseconds longest_latency{60'000};
constexpr milliseconds hour{3'600'000};
constexpr milliseconds day{24 * hour};
constexpr milliseconds shortest_patience{100};

std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", base::printable(base::as_bytes(text), 60));
}

void read_match(const Json& json, JsonReader& rule, Match& match, Faults& faults) {
  if (json.object() == nullptr) return rule.fault("when has to be an object");
  JsonReader reader(*json.object(), rule.where() + ": when", faults);
  reader.texts("source", match.sources);
  reader.texts("kind", match.kinds);
  std::string protocol;
  reader.text("protocol", protocol, longest_name);
  if (!protocol.empty()) {
    match.protocol = parse_protocol(protocol);
    if (!match.protocol)
      reader.fault(quoted(protocol) + " is no protocol: edgertronic, shogun, trendnet, dualcam, mavlink, webhook, api");
  }
  for (const Json::Member* member : reader.left()) {
    const std::optional<std::string> pattern = scalar_text(member->value);
    if (!pattern || pattern->size() > longest_value)
      reader.fault(fmt::format("{} has to be a text, a number or a flag of at most {} bytes", quoted(member->name),
                               longest_value));
    else
      match.conditions.push_back({member->name, *pattern});
  }
}

void read_parameters(JsonReader& reader, Step& step) {
  for (const Json::Member* member : reader.left()) {
    std::optional<std::string> value = scalar_text(member->value);
    if (!value) {
      reader.fault(fmt::format("{} has to be a text, a number or a flag", quoted(member->name)));
      continue;
    }
    if (auto made = Template::parse(*value); !made)
      reader.fault(fmt::format("{}: {}", quoted(member->name), made.error().message));
    step.parameters.push_back({member->name, std::move(*value)});
  }
}

Step read_step(const Json& json, const std::string& where, Faults& faults) {
  Step step;
  if (json.object() == nullptr) {
    faults.add(where, "a step has to be an object");
    return step;
  }
  JsonReader reader(*json.object(), where, faults);
  reader.text("target", step.target, longest_name);
  reader.text("verb", step.verb, longest_name);
  const bool pause = reader.duration("wait", step.wait, milliseconds{1}, hour);
  reader.duration("delay", step.delay, milliseconds{0}, hour);
  if (milliseconds own{0}; reader.duration("latency", own, milliseconds{0}, longest_latency)) step.latency = own;
  if (milliseconds own{0}; reader.duration("patience", own, shortest_patience, hour)) step.patience = own;
  read_parameters(reader, step);
  if (pause) {
    if (json.object()->size() > 1) reader.fault("a pause has wait and nothing else");
  } else if (step.target.empty() || step.verb.empty()) {
    if (reader.take("wait") == nullptr) reader.fault("a step needs a target and a verb, or wait");
  }
  return step;
}

Action read_action(const Json& json, const std::string& where, Faults& faults) {
  Action action;
  if (json.array() == nullptr) {
    action.steps.push_back(read_step(json, where, faults));
  } else {
    for (std::size_t n = 0; n < json.array()->size(); ++n)
      action.steps.push_back(read_step((*json.array())[n], fmt::format("{}[{}]", where, n), faults));
  }
  if (action.steps.empty() || !action.steps.back().verb.empty()) return action;
  if (action.steps.back().wait.count() != 0) faults.add(where, "a pause at the end is a pause before nothing");
  return action;
}

void read_actions(const Json& json, JsonReader& rule, std::vector<Action>& actions, Faults& faults) {
  const Json::Elements one{json};
  const Json::Elements& all = json.array() != nullptr ? *json.array() : one;
  std::size_t steps = 0;
  for (std::size_t n = 0; n < all.size(); ++n) {
    steps += all[n].array() != nullptr ? all[n].array()->size() : 1;
    if (steps > most_steps_of_a_rule) return rule.fault(fmt::format("it has more than {} steps", most_steps_of_a_rule));
    actions.push_back(read_action(all[n], fmt::format("{}: do[{}]", rule.where(), n), faults));
    if (actions.back().steps.empty()) rule.fault(fmt::format("do[{}] is empty", n));
  }
}

// "10/1m"
bool parse_burst(std::string_view text, Burst& burst) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const auto [behind, error] = std::from_chars(text.data(), text.data() + slash, burst.count);
  if (error != std::errc{} || behind != text.data() + slash || burst.count == 0 || burst.count > most_of_burst)
    return false;
  burst.per = parse_duration(text.substr(slash + 1)).value_or(milliseconds{0});
  return burst.per.count() != 0 && burst.per <= day;
}

void read_burst(JsonReader& reader, Burst& burst) {
  const Json* json = reader.take("burst");
  if (json == nullptr) return;
  if (json->text() == nullptr || !parse_burst(*json->text(), burst))
    reader.fault(fmt::format("burst has to be a count and a time such as \"10/1m\", at most {} and {}", most_of_burst,
                             duration_text(day)));
}

void read_on_failure(JsonReader& reader, OnFailure& on_failure) {
  std::string word;
  reader.text("on_failure", word, longest_name);
  if (word == "go_on")
    on_failure = OnFailure::go_on;
  else if (!word.empty() && word != "stop")
    reader.fault("on_failure has to be \"stop\" or \"go_on\"");
}

std::string place_of(const Json& json, std::size_t number) {
  const Json* name = json.member("name");
  if (name == nullptr || name->text() == nullptr || name->text()->empty()) return fmt::format("rule {}", number);
  return fmt::format("rule {}", quoted(*name->text()));
}

Rule read_rule(const Json& json, std::size_t number, RuleOrigin origin, Faults& faults) {
  Rule rule;
  rule.origin = origin;
  const std::string where = place_of(json, number);
  if (json.object() == nullptr) {
    faults.add(where, "a rule has to be an object");
    return rule;
  }
  JsonReader reader(*json.object(), where, faults);
  reader.text("name", rule.name, longest_name);
  if (rule.name.empty()) reader.fault("it needs a name");
  reader.text("note", rule.note, longest_note);
  reader.flag("armed", rule.armed);
  if (const Json* when = reader.take("when"))
    read_match(*when, reader, rule.match, faults);
  else
    reader.fault("it needs when: what it is about");
  if (const Json* actions = reader.take("do")) read_actions(*actions, reader, rule.actions, faults);
  if (rule.actions.empty()) reader.fault("it needs do: what is done");
  reader.duration("debounce", rule.debounce, milliseconds{0}, hour);
  reader.duration("min_interval", rule.min_interval, milliseconds{0}, day);
  read_burst(reader, rule.burst);
  reader.duration("delay", rule.delay, milliseconds{0}, hour);
  reader.flag("compensate", rule.compensate);
  reader.duration("expiry", rule.expiry, shortest_expiry, day);
  read_on_failure(reader, rule.on_failure);
  reader.number("max_hops", rule.max_hops, 0, 16);
  for (const Json::Member* member : reader.left())
    reader.fault(
        quoted(member->name) +
        " is not known: name, note, armed, when, do, debounce, min_interval, burst, delay, compensate, expiry, "
        "on_failure, max_hops");
  return rule;
}

// The array in any of the three forms; null: there is none.
const Json::Elements* list_of(const Json& document, Faults& faults) {
  if (document.array() != nullptr) return document.array();
  const Json* rules = document.member("rules");
  if (rules == nullptr) rules = document.member("rule");
  if (rules != nullptr && rules->array() != nullptr && document.object()->size() == 1) return rules->array();
  faults.add("", R"(Rules have to be an array, or an object with "rule" or "rules" and nothing else)");
  return nullptr;
}
}  // namespace

base::Result<std::vector<Rule>> parse_rules(std::string_view text, RuleOrigin origin) {
  const auto document = parse_json(text);
  if (!document) return base::fail(base::Errc::invalid, "The rules cannot be read: " + document.error().message);
  Faults faults;
  std::vector<Rule> rules;
  std::set<std::string, std::less<>> names;
  const Json::Elements* list = list_of(*document, faults);
  if (list != nullptr && list->size() > most_rules)
    faults.add("", fmt::format("There are {} rules, {} is the most", list->size(), most_rules));
  else if (list != nullptr)
    for (const Json& json : *list) {
      rules.push_back(read_rule(json, rules.size() + 1, origin, faults));
      const std::string& name = rules.back().name;
      if (!name.empty() && !names.insert(name).second)
        faults.add(fmt::format("rule {}", rules.size()), quoted(name) + " is the name of another rule, too");
    }
  if (auto result = faults.result(); !result) return std::unexpected(std::move(result.error()));
  return rules;
}

}  // namespace hub
