#include "server/relay/hub/matching.hpp"

#include <algorithm>

namespace hub {

namespace {
bool any_fits(const std::vector<std::string>& patterns, std::string_view text) noexcept {
  return patterns.empty() ||
         std::ranges::any_of(patterns, [text](const std::string& pattern) { return glob_fits(pattern, text); });
}
}  // namespace

RuleMatcher::RuleMatcher(const Match& match) : match_(&match) {
  for (const Condition& condition : match.conditions)
    conditions_.emplace_back(condition.field, ValuePattern(condition.pattern));
}

bool RuleMatcher::takes_source(Protocol protocol, std::string_view source) const noexcept {
  return (!match_->protocol || *match_->protocol == protocol) && any_fits(match_->sources, source);
}

bool RuleMatcher::takes_kind(std::string_view kind, bool announces) const noexcept {
  return announces ? std::ranges::find(match_->kinds, kind) != match_->kinds.end() : any_fits(match_->kinds, kind);
}

bool RuleMatcher::takes_fields(const Fields& fields) const noexcept {
  return std::ranges::all_of(conditions_, [&fields](const auto& condition) {
    const std::string* value = hub::find(fields, condition.first);
    return condition.second.fits(value == nullptr ? std::string_view() : std::string_view(*value));
  });
}

RuleIndex::RuleIndex(std::span<const Rule> rules, std::span<const EndpointInfo> endpoints, const Vocabulary& vocabulary)
    : vocabulary_(vocabulary) {
  matchers_.reserve(rules.size());
  for (const Rule& rule : rules) matchers_.emplace_back(rule.match);
  for (const EndpointInfo& endpoint : endpoints) {
    if (!endpoint.hears) continue;
    Source source{endpoint.protocol, {}};
    for (const EventKind& kind : vocabulary.event_kinds()) {
      if (kind.protocol != endpoint.protocol) continue;
      source.kinds.push_back({kind.name, {}});
      for (std::uint32_t number = 0; number < matchers_.size(); ++number)
        if (matchers_[number].takes_source(endpoint.protocol, endpoint.name) &&
            matchers_[number].takes_kind(kind.name, kind.announces))
          source.kinds.back().rules.push_back(number);
    }
    sources_.insert_or_assign(endpoint.name, std::move(source));
  }
}

const std::vector<std::uint32_t>* RuleIndex::known(const Event& event) const {
  const auto source = sources_.find(std::string_view(event.source));
  if (source == sources_.end() || source->second.protocol != event.protocol) return nullptr;
  const auto kind = std::ranges::find(source->second.kinds, std::string_view(event.kind), &Kind::name);
  return kind == source->second.kinds.end() ? nullptr : &kind->rules;
}

void RuleIndex::find(const Event& event, std::vector<std::uint32_t>& found) const {
  found.clear();
  if (const std::vector<std::uint32_t>* numbers = known(event)) {
    for (const std::uint32_t number : *numbers)
      if (matchers_[number].takes_fields(event.fields)) found.push_back(number);
    return;
  }
  // A source or kind that nobody has told of: rare, so all of them are asked.
  const EventKind* kind = vocabulary_.event_kind(event.protocol, event.kind);
  for (std::uint32_t number = 0; number < matchers_.size(); ++number) {
    const RuleMatcher& matcher = matchers_[number];
    if (matcher.takes_source(event.protocol, event.source) &&
        matcher.takes_kind(event.kind, kind != nullptr && kind->announces) && matcher.takes_fields(event.fields))
      found.push_back(number);
  }
}

}  // namespace hub
