// command(): one command, by hand.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/base/bytes.hpp"
#include "server/relay/hub/hub_state.hpp"

namespace hub {

namespace {
std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", base::printable(base::as_bytes(text), 60));
}

base::Result<const EndpointInfo*> target_of(const std::vector<EndpointInfo>& endpoints, std::string_view name) {
  std::string names;
  for (const EndpointInfo& endpoint : endpoints) {
    if (!endpoint.acts) continue;
    if (endpoint.name == name) return &endpoint;
    (names += names.empty() ? "" : ", ") += endpoint.name;
  }
  return base::fail(base::Errc::not_found,
                    fmt::format("There is no target {}; there are: {}.", quoted(name), names.empty() ? "none" : names));
}

base::Result<> check(const Verb& verb, const Fields& given) {
  for (std::size_t n = 0; n < given.size(); ++n) {
    const auto known = std::ranges::find(verb.parameters, std::string_view(given[n].name), &Parameter::name);
    if (known == verb.parameters.end()) {
      std::string names;
      for (const Parameter& parameter : verb.parameters) (names += names.empty() ? "" : ", ") += parameter.name;
      return base::fail(base::Errc::invalid, fmt::format("{} has no parameter {}; it has: {}.", verb.name,
                                                         quoted(given[n].name), names.empty() ? "none" : names));
    }
    if (find(given, given[n].name) != &given[n].value)
      return base::fail(base::Errc::invalid, fmt::format("{} is given twice.", known->name));
    if (auto fits = Vocabulary::check(*known, given[n].value); !fits)
      return base::fail(base::Errc::invalid, fmt::format("{}: {}.", verb.name, fits.error().message));
  }
  for (const Parameter& parameter : verb.parameters)
    if (const std::string* value = find(given, parameter.name);
        parameter.required && (value == nullptr || value->empty()))
      return base::fail(base::Errc::invalid, fmt::format("{} needs {}.", verb.name, parameter.name));
  return {};
}

void make_fit(const Verb& verb, Fields& parameters) {
  if (verb.sanitise == nullptr) return;
  for (Field& field : parameters) {
    const auto known = std::ranges::find(verb.parameters, std::string_view(field.name), &Parameter::name);
    if (known != verb.parameters.end() && known->kind == ValueKind::name) field.value = verb.sanitise(field.value);
  }
}
}  // namespace

base::Result<base::Uuid> Hub::command(std::string_view target, std::string_view verb, Fields parameters, Now now,
                                      Decisions& out) {
  State& state = *state_;
  const auto endpoint = target_of(state.endpoints, target);
  if (!endpoint) return std::unexpected(endpoint.error());
  const Verb* known = state.vocabulary.verb((*endpoint)->protocol, verb);
  if (known == nullptr)
    return base::fail(base::Errc::invalid,
                      fmt::format("The target {} has no verb {}; it has: {}.", quoted(target), quoted(verb),
                                  state.vocabulary.verb_names((*endpoint)->protocol)));
  if (auto fits = check(*known, parameters); !fits) return std::unexpected(std::move(fits.error()));
  make_fit(*known, parameters);

  Command command;
  command.target = target;
  command.protocol = (*endpoint)->protocol;
  command.verb = verb;
  command.parameters = std::move(parameters);
  command.hops = 1;
  command.due = now;
  command.event_at = now.utc;
  command.expiry = Rule{}.expiry;
  command.patience = state.options.patience;
  if (!state.rate.has_room(now.steady))
    return state.commands.refuse(std::move(command), Outcome::suppressed, state.over_rate(), now, out);
  const base::Uuid id = state.commands.begin(std::move(command), now, out);
  state.rate.add(now.steady);
  return id;
}

}  // namespace hub
