// Which rules an event is for.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/relay/hub/pattern.hpp"
#include "server/relay/hub/rule.hpp"

namespace hub {

// One rule's `when`, taken apart. `match` outlives it.
class RuleMatcher {
 public:
  explicit RuleMatcher(const Match& match);

  // Where it comes from and what it is. A kind that only announces something has to be named, not just to fit.
  bool takes_source(Protocol protocol, std::string_view source) const noexcept;
  bool takes_kind(std::string_view kind, bool announces) const noexcept;
  bool takes_fields(const Fields& fields) const noexcept;

 private:
  const Match* match_;
  std::vector<std::pair<std::string, ValuePattern>> conditions_;
};

// All of them, by source and kind, so that an event is compared with few.
class RuleIndex {
 public:
  // The rules' matches, the endpoints' names and the vocabulary outlive it.
  RuleIndex(std::span<const Rule> rules, std::span<const EndpointInfo> endpoints, const Vocabulary& vocabulary);

  // Their numbers, in order, into `found`, which is emptied first.
  void find(const Event& event, std::vector<std::uint32_t>& found) const;

 private:
  struct Kind {
    std::string_view name;
    std::vector<std::uint32_t> rules;
  };
  struct Source {
    Protocol protocol = Protocol::api;
    std::vector<Kind> kinds;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  const std::vector<std::uint32_t>* known(const Event& event) const;

  const Vocabulary& vocabulary_;
  std::vector<RuleMatcher> matchers_;
  std::unordered_map<std::string, Source, Hash, std::equal_to<>> sources_;
};

}  // namespace hub
