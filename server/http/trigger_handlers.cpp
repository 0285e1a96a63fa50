// The relay's log: what was heard and done, and the takes it belongs to.
#include "server/http/context.hpp"
#include "server/http/parameters.hpp"
#include "server/http/problem.hpp"
#include "server/http/relay_json.hpp"
#include "storage/catalog/relay_catalog.hpp"

namespace http {
namespace {

Response json_response(std::string json) {
  return Response(200, "application/json", std::move(json)).with("Cache-Control", "no-store");
}

Response bad_cursor() {
  return problem(400, "The parameter cursor is not a next_cursor of this list; begin again without it.", "cursor");
}

bool is_bad_cursor(const base::Error& error, const std::string& cursor) {
  return error.code == base::Errc::invalid && !cursor.empty();
}

}  // namespace

Response no_relay() {
  return problem(404, "This server relays nothing: it was started without --relay FILE.");
}

Response list_triggers(const Context& context, const Call& call) {
  Parameters given(call.target.query);
  storage::TriggerQuery query;
  query.incoming = given.flag("incoming");
  query.protocol = given.text("protocol");
  query.endpoint = given.text("endpoint");
  query.rule = given.text("rule");
  query.outcome = given.text("outcome");
  query.take_id = given.uuid("take");
  query.cause = given.uuid("cause");
  query.from = given.time("from");
  query.to = given.time("to");
  query.limit = given.limit();
  query.cursor = given.text("cursor").value_or("");
  if (query.from && query.to && *query.from >= *query.to)
    given.reject("to", "The parameter to is not later than from, so that nothing could lie between them.");
  if (auto bad = given.problem()) return std::move(*bad);
  if (context.sources.relay_catalog == nullptr) return no_relay();

  const auto page = context.sources.relay_catalog->list_triggers(query);
  if (!page && is_bad_cursor(page.error(), query.cursor)) return bad_cursor();
  if (!page) return backend_problem(page.error(), "listing triggers");
  return json_response(trigger_page_json(page->items, page->next_cursor));
}

Response get_trigger(const Context& context, const Call& call) {
  const auto id = base::Uuid::parse(call.values.at(0));
  if (!id) return problem(400, "The id of a trigger is a UUID, as in the list at /api/v1/triggers.", "id");
  if (context.sources.relay_catalog == nullptr) return no_relay();
  const auto trigger = context.sources.relay_catalog->find_trigger(*id);
  if (!trigger) return backend_problem(trigger.error(), "looking up a trigger");
  if (!*trigger) return problem(404, "There is no trigger with this id (any more).");
  return json_response(trigger_json(**trigger));
}

Response list_takes(const Context& context, const Call& call) {
  Parameters given(call.target.query);
  const auto limit = given.limit();
  const auto cursor = given.text("cursor").value_or("");
  if (auto bad = given.problem()) return std::move(*bad);
  if (context.sources.relay_catalog == nullptr) return no_relay();
  const auto page = context.sources.relay_catalog->list_takes(limit, cursor);
  if (!page && is_bad_cursor(page.error(), cursor)) return bad_cursor();
  if (!page) return backend_problem(page.error(), "listing takes");
  return json_response(take_page_json(page->items, page->next_cursor));
}

// With its triggers, the newest where there are more than a page has; ?take= of the list has all of them.
Response get_take(const Context& context, const Call& call) {
  const auto id = base::Uuid::parse(call.values.at(0));
  if (!id) return problem(400, "The id of a take is a UUID, as in the list at /api/v1/takes.", "id");
  if (context.sources.relay_catalog == nullptr) return no_relay();
  storage::RelayCatalog& catalog = *context.sources.relay_catalog;
  const auto take = catalog.find_take(*id);
  if (!take) return backend_problem(take.error(), "looking up a take");
  if (!*take) return problem(404, "There is no take with this id (any more).");
  storage::TriggerQuery query;
  query.take_id = *id;
  query.limit = largest_page;
  const auto triggers = catalog.list_triggers(query);
  if (!triggers) return backend_problem(triggers.error(), "listing the triggers of a take");
  return json_response(take_details_json(**take, triggers->items, triggers->next_cursor.empty()));
}

}  // namespace http
