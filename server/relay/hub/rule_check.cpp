// check_rules(): whether rules fit what there is.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "server/base/bytes.hpp"
#include "server/relay/hub/faults.hpp"
#include "server/relay/hub/pattern.hpp"
#include "server/relay/hub/rule.hpp"
#include "server/relay/hub/rule_cycles.hpp"
#include "server/relay/hub/template.hpp"

namespace hub {

namespace {
std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", base::printable(base::as_bytes(text), 60));
}

// "a, b, c"; each once, in their order.
template <class Range, class Name>
std::string list(const Range& range, Name name) {
  std::string text;
  std::set<std::string_view> told;
  for (const auto& one : range) {
    const std::string_view word = name(one);
    if (!word.empty() && told.insert(word).second) (text += text.empty() ? "" : ", ") += word;
  }
  return text.empty() ? "none" : text;
}

class Check {
 public:
  Check(std::span<const EndpointInfo> endpoints, const Vocabulary& vocabulary, Faults& faults)
      : endpoints_(endpoints), vocabulary_(vocabulary), faults_(faults) {}

  void rule(const Rule& rule) {
    where_ = fmt::format("rule {}", quoted(rule.name));
    match(rule.match);
    for (const Condition& condition : rule.match.conditions) field(condition.field, "when");
    for (const Action& action : rule.actions)
      for (const Step& step : action.steps)
        if (!step.target.empty()) this->step(step);
  }

 private:
  void fault(const std::string& what) { faults_.add(where_, what); }

  // Sets what the rule can hear at all.
  void match(const Match& match) {
    std::set<Protocol> protocols;
    for (const EndpointInfo& endpoint : endpoints_)
      if (endpoint.hears && (!match.protocol || *match.protocol == endpoint.protocol) &&
          (match.sources.empty() || std::ranges::any_of(match.sources, [&](const std::string& source) {
             return glob_fits(source, endpoint.name);
           })))
        protocols.insert(endpoint.protocol);
    for (const std::string& source : match.sources) this->source(source);
    if (protocols.empty()) {
      fault("there is nothing that it could hear: no endpoint of that source and protocol");
    }
    kinds_.clear();
    for (const std::string& kind : match.kinds) this->kind(kind, protocols);
    for (const EventKind& kind : vocabulary_.event_kinds())
      if (protocols.contains(kind.protocol) &&
          (match.kinds.empty() ||
           std::ranges::any_of(match.kinds, [&](const std::string& pattern) { return glob_fits(pattern, kind.name); })))
        kinds_.push_back(&kind);
  }

  void source(const std::string& pattern) {
    const bool known = std::ranges::any_of(
        endpoints_, [&](const EndpointInfo& endpoint) { return endpoint.hears && glob_fits(pattern, endpoint.name); });
    if (!known)
      fault(fmt::format("source {} is no endpoint that hears anything; there are: {}", quoted(pattern),
                        list(endpoints_, [](const EndpointInfo& endpoint) -> std::string_view {
                          return endpoint.hears ? std::string_view(endpoint.name) : std::string_view();
                        })));
  }

  void kind(const std::string& pattern, const std::set<Protocol>& protocols) {
    const auto of_these = [&](const EventKind& kind) { return protocols.contains(kind.protocol); };
    const bool known = std::ranges::any_of(vocabulary_.event_kinds(), [&](const EventKind& kind) {
      return of_these(kind) && glob_fits(pattern, kind.name);
    });
    if (!known && !protocols.empty())
      fault(fmt::format("kind {} is none that it could hear; there are: {}", quoted(pattern),
                        list(vocabulary_.event_kinds(),
                             [&](const EventKind& kind) { return of_these(kind) ? kind.name : std::string_view(); })));
  }

  void field(std::string_view name, std::string_view where) {
    std::vector<std::string_view> known;
    for (const EventKind* kind : kinds_) known.insert(known.end(), kind->fields.begin(), kind->fields.end());
    const auto fits = [name](std::string_view field) { return field == name || field == "*"; };
    if (kinds_.empty() || std::ranges::any_of(known, fits)) return;
    fault(fmt::format("{}: field {} is in no event that it could hear; there are: {}", where, quoted(name),
                      list(known, [](std::string_view field) { return field; })));
  }

  void step(const Step& step) {
    const auto target = std::ranges::find(endpoints_, step.target, &EndpointInfo::name);
    if (target == endpoints_.end() || !target->acts)
      return fault(fmt::format("target {} is no endpoint that does anything; there are: {}", quoted(step.target),
                               list(endpoints_, [](const EndpointInfo& endpoint) -> std::string_view {
                                 return endpoint.acts ? std::string_view(endpoint.name) : std::string_view();
                               })));
    const Verb* verb = vocabulary_.verb(target->protocol, step.verb);
    if (verb == nullptr)
      return fault(fmt::format("target {} has no verb {}; it has: {}", quoted(step.target), quoted(step.verb),
                               vocabulary_.verb_names(target->protocol)));
    for (const Field& field : step.parameters) parameter(*verb, field);
    for (const Parameter& parameter : verb->parameters)
      if (const std::string* given = find(step.parameters, parameter.name);
          parameter.required && (given == nullptr || given->empty()))
        fault(fmt::format("{} {} needs {}", step.target, step.verb, parameter.name));
  }

  void parameter(const Verb& verb, const Field& given) {
    const auto known = std::ranges::find(verb.parameters, std::string_view(given.name), &Parameter::name);
    if (known == verb.parameters.end())
      return fault(fmt::format("{} has no parameter {}; it has: {}", verb.name, quoted(given.name),
                               list(verb.parameters, [](const Parameter& one) { return one.name; })));
    const auto made = Template::parse(given.value);
    if (!made) return fault(fmt::format("{}: {}: {}", verb.name, given.name, made.error().message));
    for (const std::string_view name : made->fields()) field(name, verb.name);
    if (!made->is_literal()) return;
    const TemplateContext nothing{{}, {}, {}, {}, {}, {}, 0, {}};
    if (auto fits = Vocabulary::check(*known, made->expand(nothing)); !fits)
      fault(fmt::format("{}: {}", verb.name, fits.error().message));
  }

  std::span<const EndpointInfo> endpoints_;
  const Vocabulary& vocabulary_;
  Faults& faults_;
  std::string where_;
  std::vector<const EventKind*> kinds_;
};
}  // namespace

base::Result<> check_rules(std::span<const Rule> rules, std::span<const EndpointInfo> endpoints,
                           const Vocabulary& vocabulary) {
  Faults faults;
  Check check(endpoints, vocabulary, faults);
  for (const Rule& rule : rules) check.rule(rule);
  if (faults.none())
    if (const auto cycle = find_cycle(rules, endpoints, vocabulary))
      faults.add("", fmt::format("These rules would fire one another for ever: {}", *cycle));
  return faults.result();
}

}  // namespace hub
