#include "server/http/context.hpp"
#include "server/http/json.hpp"
#include "server/http/parameters.hpp"
#include "server/http/problem.hpp"

namespace http {

Response list_media(const Context& context, const Call& call) {
  Parameters given(call.target.query);
  storage::MediaQuery query;
  query.imei = given.imei("imei");
  query.camera = given.camera("camera");
  query.kind = given.kind("kind");
  query.trigger = given.text("trigger");
  query.from = given.time("from");
  query.to = given.time("to");
  query.limit = given.limit();
  query.cursor = given.text("cursor").value_or("");
  if (query.from && query.to && *query.from >= *query.to) {
    given.reject("to", "The parameter to is not later than from, so that nothing could lie between them.");
  }
  if (auto bad = given.problem()) return std::move(*bad);

  const auto page = context.sources.catalog.list_media(query);
  if (!page && page.error().code == base::Errc::invalid && !query.cursor.empty()) {
    return problem(400, "The parameter cursor is not a next_cursor of this list; begin again without it.", "cursor");
  }
  if (!page) return backend_problem(page.error(), "listing media");
  return Response(200, "application/json", media_page_json(page->items, page->next_cursor))
      .with("Cache-Control", "no-store");
}

Response get_media(const Context& context, const Call& call) {
  const auto id = base::Uuid::parse(call.values.at(0));
  if (!id) return problem(400, "The id of a media item is a UUID, as in the list at /api/v1/media.", "id");
  const auto media = context.sources.catalog.find_media(*id);
  if (!media) return backend_problem(media.error(), "looking up a media item");
  if (!*media) return no_such_media(context, *id);
  return Response(200, "application/json", media_json(**media)).with("Cache-Control", "no-store");
}

}  // namespace http
