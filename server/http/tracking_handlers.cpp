// Where devices were, and what has happened to them.
#include <fmt/format.h>

#include <utility>

#include "server/http/context.hpp"
#include "server/http/parameters.hpp"
#include "server/http/problem.hpp"
#include "server/http/tracking_json.hpp"
#include "server/tracking/track.hpp"

namespace http {
namespace {

// Points of one answer: a day of one every nine seconds; about 1.5 MiB of JSON.
constexpr std::uint32_t usual_points = 1'000;
constexpr std::uint32_t most_points = 10'000;
// What is looked at where no begin is given: the way of an ordinary working day's end.
constexpr std::chrono::hours usual_track{1};

}  // namespace

// The last hour, unless it is told otherwise.
Response get_track(const Context& context, const Call& call) {
  auto imei = imei_of(call);
  if (!imei) return std::move(imei.error());
  Parameters given(call.target.query);
  const base::UtcTime to = given.time("to").value_or(base::utc_now());
  const base::UtcTime from = given.time("from").value_or(to - usual_track);
  const auto limit = given.limit(usual_points, most_points);
  if (from >= to)
    given.reject("to", "The parameter to is not later than from, so that nothing could lie between them.");
  if (auto bad = given.problem()) return std::move(*bad);

  const auto track = tracking::Tracks(context.sources.catalog.tracking()).between(*imei, from, to, limit);
  if (!track) return backend_problem(track.error(), "reading a track");
  return Response(200, "application/json", track_json(*track)).with("Cache-Control", "no-store");
}

Response list_device_events(const Context& context, const Call& call) {
  Parameters given(call.target.query);
  storage::DeviceEventQuery query;
  query.imei = given.imei("imei");
  query.kind = given.device_event_kind("kind");
  query.from = given.time("from");
  query.to = given.time("to");
  query.limit = given.limit();
  query.cursor = given.text("cursor").value_or("");
  if (query.from && query.to && *query.from >= *query.to)
    given.reject("to", "The parameter to is not later than from, so that nothing could lie between them.");
  if (auto bad = given.problem()) return std::move(*bad);

  const auto page = context.sources.catalog.tracking().list_device_events(query);
  if (!page && page.error().code == base::Errc::invalid && !query.cursor.empty())
    return problem(400, "The parameter cursor is not a next_cursor of this list; begin again without it.", "cursor");
  if (!page) return backend_problem(page.error(), "listing device events");
  return Response(200, "application/json", device_event_page_json(page->items, page->next_cursor))
      .with("Cache-Control", "no-store");
}

Response get_device_event(const Context& context, const Call& call) {
  const auto id = base::Uuid::parse(call.values.at(0));
  if (!id) return problem(400, "The id of a device event is a UUID, as in the list at /api/v1/device-events.", "id");
  const auto event = context.sources.catalog.tracking().find_device_event(*id);
  if (!event) return backend_problem(event.error(), "looking up a device event");
  if (!*event) return problem(404, "There is no device event with this id (any more).");
  return Response(200, "application/json", device_event_json(**event)).with("Cache-Control", "no-store");
}

}  // namespace http
