#include "server/relay/hub/rule_cycles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "server/relay/hub/matching.hpp"
#include "server/relay/hub/pattern.hpp"
#include "server/relay/hub/template.hpp"

namespace hub {

namespace {
// A rule's step that the rule `to` hears at `source`.
struct Edge {
  std::size_t to = 0;
  std::string_view target;
  std::string_view source;
};

// Whether the step sends a fixed text in a field in which the rule wants another.
bool is_kept_apart(const Step& step, const Match& match) {
  return std::ranges::any_of(match.conditions, [&step](const Condition& condition) {
    const std::string* value = find(step.parameters, condition.field);
    if (value == nullptr) return false;
    const auto made = Template::parse(*value);
    if (!made || !made->is_literal()) return false;
    const TemplateContext nothing{{}, {}, {}, {}, {}, {}, 0, {}};
    return !ValuePattern(condition.pattern).fits(made->expand(nothing));
  });
}

class Graph {
 public:
  Graph(std::span<const Rule> rules, std::span<const EndpointInfo> endpoints, const Vocabulary& vocabulary)
      : rules_(rules), endpoints_(endpoints), vocabulary_(vocabulary), edges_(rules.size()), state_(rules.size()) {
    for (const Rule& rule : rules) matchers_.emplace_back(rule.match);
    for (std::size_t from = 0; from < rules.size(); ++from)
      for (const Action& action : rules[from].actions)
        for (const Step& step : action.steps) add(from, step);
  }

  std::optional<std::string> cycle() {
    for (std::size_t rule = 0; rule < rules_.size(); ++rule)
      if (state_[rule] == State::unknown && walk(rule)) return told_;
    return std::nullopt;
  }

 private:
  enum class State : std::uint8_t { unknown, on_path, done };
  struct Hearing {
    std::size_t rule = 0;
    std::string_view source;
  };

  // Who hears this verb at this target: worked out once for all steps that ask.
  const std::vector<Hearing>& hearing(const EndpointInfo& target, const Verb& verb) {
    const auto [known, is_new] = hearing_.try_emplace({target.name, verb.heard_as});
    if (!is_new) return known->second;
    const EventKind* kind = vocabulary_.event_kind(target.protocol, verb.heard_as);
    for (const EndpointInfo& endpoint : endpoints_) {
      if (!endpoint.hears || endpoint.medium != target.medium || endpoint.protocol != target.protocol) continue;
      for (std::size_t rule = 0; rule < rules_.size(); ++rule)
        if (matchers_[rule].takes_source(endpoint.protocol, endpoint.name) &&
            matchers_[rule].takes_kind(verb.heard_as, kind != nullptr && kind->announces))
          known->second.push_back({rule, endpoint.name});
    }
    return known->second;
  }

  void add(std::size_t from, const Step& step) {
    const auto target = std::ranges::find(endpoints_, step.target, &EndpointInfo::name);
    if (target == endpoints_.end() || target->medium.empty()) return;
    const Verb* verb = vocabulary_.verb(target->protocol, step.verb);
    if (verb == nullptr || verb->heard_as.empty()) return;
    for (const Hearing& one : hearing(*target, *verb))
      if (!is_kept_apart(step, rules_[one.rule].match)) edges_[from].push_back({one.rule, target->name, one.source});
  }

  // True: there is a circle, and it is told. As deep as there are rules.
  bool walk(std::size_t rule) {
    state_[rule] = State::on_path;
    for (const Edge& edge : edges_[rule]) {
      path_.push_back({rule, &edge});
      if (state_[edge.to] == State::on_path) {
        tell(edge.to);
        return true;
      }
      if (state_[edge.to] == State::unknown && walk(edge.to)) return true;
      path_.pop_back();
    }
    state_[rule] = State::done;
    return false;
  }

  void tell(std::size_t first) {
    const auto begin = std::ranges::find(path_, first, &Way::from);
    std::string_view source = path_.back().edge->source;  // where the first one hears the last
    for (auto way = begin; way != path_.end(); ++way) {
      if (way != begin) told_ += "; ";
      told_ += fmt::format("rule {}: {} → {}", rules_[way->from].name, source, way->edge->target);
      source = way->edge->source;
    }
  }

  struct Way {
    std::size_t from = 0;
    const Edge* edge = nullptr;
  };

  std::span<const Rule> rules_;
  std::span<const EndpointInfo> endpoints_;
  const Vocabulary& vocabulary_;
  std::vector<RuleMatcher> matchers_;
  std::map<std::pair<std::string_view, std::string_view>, std::vector<Hearing>> hearing_;
  std::vector<std::vector<Edge>> edges_;
  std::vector<State> state_;
  std::vector<Way> path_;
  std::string told_;
};
}  // namespace

std::optional<std::string> find_cycle(std::span<const Rule> rules, std::span<const EndpointInfo> endpoints,
                                      const Vocabulary& vocabulary) {
  return Graph(rules, endpoints, vocabulary).cycle();
}

}  // namespace hub
