// What the relay is to do by itself: its rules, its switches, and events by hand.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/http/body.hpp"
#include "server/http/conditional.hpp"
#include "server/http/context.hpp"
#include "server/http/problem.hpp"
#include "server/http/relay.hpp"
#include "server/http/relay_json.hpp"
#include "server/http/relay_problem.hpp"

namespace http {
namespace {

constexpr std::uint32_t longest_switch_s = 30 * 24 * 3600;  // longer is no timer but a plan
constexpr std::uint32_t most_hops = 255;
constexpr std::size_t longest_text = 256;  // of a name, a kind, a key
constexpr std::size_t longest_datagram = 5 * 1024;

std::string etag_of(const RelayRuleSet& rules) {
  return fmt::format("\"{}\"", rules.version);
}

Response rules_response(const RelayRuleSet& rules) {
  return Response(200, "application/json", rules_json(rules))
      .with("ETag", etag_of(rules))
      .with("Cache-Control", "no-cache");
}

Response changed_meanwhile() {
  return problem(412, "The rules are not those that If-Match names: somebody has changed them. Read them again.");
}

std::optional<Response> refuse_event(const EventBody& body) {
  if (body.kind.size() > longest_text || body.key.size() > longest_text || body.source.size() > longest_text)
    return problem(400, fmt::format("The members kind, key and source have {} bytes at most.", longest_text));
  if (body.hops > most_hops) return problem(400, fmt::format("The member hops is {} at most.", most_hops), "hops");
  return std::nullopt;
}

std::optional<hub::ArmScope> scope_of(std::string_view text) {
  for (const auto scope : {hub::ArmScope::global, hub::ArmScope::rule, hub::ArmScope::target}) {
    if (text == to_text(scope)) return scope;
  }
  return std::nullopt;
}

std::expected<std::optional<base::UtcTime>, Response> until_of(const ArmBody& body) {
  const base::UtcTime now = base::utc_now();
  if (body.for_s) {
    if (*body.for_s >= 1 && *body.for_s <= longest_switch_s) return now + std::chrono::seconds(*body.for_s);
    return std::unexpected(
        problem(400, fmt::format("The member for_s is 1 to {} seconds.", longest_switch_s), "for_s"));
  }
  if (!body.until) return std::nullopt;
  const auto until = base::parse_iso8601(*body.until);
  if (!until) return std::unexpected(problem(400, "The member until is no time of ISO 8601.", "until"));
  if (*until <= now || *until > now + std::chrono::seconds(longest_switch_s))
    return std::unexpected(problem(400, "The member until is a time of the coming 30 days.", "until"));
  return until;
}

Response rehearsal_response(const base::Result<RelayRehearsal>& rehearsal) {
  if (!rehearsal) return relay_problem(rehearsal.error(), "trying an event");
  return Response(200, "application/json", rehearsal_json(*rehearsal)).with("Cache-Control", "no-store");
}

}  // namespace

Response get_rules(const Context& context, const Call&) {
  if (context.sources.relay == nullptr) return no_relay();
  const auto rules = context.sources.relay->rules();
  return rules ? rules_response(*rules) : relay_problem(rules.error(), "reading the rules");
}

Response put_rules(const Context& context, const Call& call) {
  if (context.sources.relay == nullptr) return no_relay();
  if (!is_json(call.request)) return problem(415, "Rules are sent as Content-Type: application/json.");
  const auto wanted = call.request.header("If-Match");
  if (!wanted)
    return problem(428, "Say with If-Match which rules these replace: the ETag that GET has answered with them.");
  Relay& relay = *context.sources.relay;
  const auto standing = relay.rules();
  if (!standing) return relay_problem(standing.error(), "reading the rules");
  if (!matches_strongly(*wanted, etag_of(*standing))) return changed_meanwhile();
  const auto changed = relay.set_rules(call.request.body, standing->version);
  if (changed) return rules_response(*changed);
  switch (changed.error().code) {
    case base::Errc::conflict: return changed_meanwhile();
    case base::Errc::invalid: return faulty("These rules are not taken; the old ones stay.", changed.error().message);
    default: return relay_problem(changed.error(), "changing the rules");
  }
}

Response try_rules(const Context& context, const Call& call) {
  if (context.sources.relay == nullptr) return no_relay();
  if (!is_json(call.request)) return problem(415, "A dry run is sent as Content-Type: application/json.");
  const auto body = rehearsal_body(call.request.body);
  if (!body) return problem(400, body.error().message);
  Relay& relay = *context.sources.relay;
  if (body->event) {
    if (auto bad = refuse_event(*body->event)) return std::move(*bad);
    const EventBody& event = *body->event;
    return rehearsal_response(relay.rehearse(RelayEvent{.protocol = event.protocol,
                                                        .source = event.source,
                                                        .kind = event.kind,
                                                        .fields = event.fields,
                                                        .hops = event.hops,
                                                        .key = event.key}));
  }
  auto raw = base::from_hex(body->raw);
  if (!raw || raw->size() > longest_datagram)
    return problem(400, fmt::format("The member raw is hexadecimal, of {} bytes at most.", longest_datagram), "raw");
  return rehearsal_response(
      relay.rehearse(RelayDatagram{.protocol = body->protocol, .source = body->source, .raw = std::move(*raw)}));
}

Response list_arms(const Context& context, const Call&) {
  if (context.sources.relay == nullptr) return no_relay();
  return Response(200, "application/json", arms_json(context.sources.relay->arms())).with("Cache-Control", "no-store");
}

// Arming fires nothing that was heard before.
Response put_arm(const Context& context, const Call& call) {
  if (context.sources.relay == nullptr) return no_relay();
  const auto scope = scope_of(call.values.at(0));
  if (!scope) return problem(404, "There are switches global, rule/{name} and target/{name}.");
  if ((*scope == hub::ArmScope::global) != (call.values.size() == 1))
    return problem(404, "The switch global has no name; those of rules and targets have one.");
  if (!is_json(call.request)) return problem(415, "A switch is sent as Content-Type: application/json.");
  const auto body = arm_body(call.request.body);
  if (!body) return problem(400, body.error().message);
  auto until = until_of(*body);
  if (!until) return std::move(until.error());
  const hub::ArmState state{.scope = *scope,
                            .name = call.values.size() > 1 ? call.values.at(1) : std::string(),
                            .arm = {.armed = body->armed, .until = *until}};
  const auto armed = context.sources.relay->arm(state);
  if (!armed) return relay_problem(armed.error(), "setting a switch");
  return Response(200, "application/json", arm_json(state)).with("Cache-Control", "no-store");
}

Response create_trigger(const Context& context, const Call& call) {
  if (context.sources.relay == nullptr) return no_relay();
  if (!is_json(call.request)) return problem(415, "An event is sent as Content-Type: application/json.");
  const auto body = event_body(call.request.body);
  if (!body) return problem(400, body.error().message);
  if (auto bad = refuse_event(*body)) return std::move(*bad);
  const auto id = context.sources.relay->trigger(RelayEvent{.protocol = "api",
                                                            .source = "api",
                                                            .kind = body->kind,
                                                            .fields = body->fields,
                                                            .hops = body->hops,
                                                            .key = body->key});
  return id ? accepted_row(*id) : relay_problem(id.error(), "taking an event");
}

}  // namespace http
