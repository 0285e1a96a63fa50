#include <utility>
#include <vector>

#include "server/http/context.hpp"
#include "server/http/json.hpp"
#include "server/http/making.hpp"
#include "server/http/parameters.hpp"
#include "server/http/problem.hpp"

namespace http {
namespace {

// Of a whole page with one question.
base::Result<JobsByFile> jobs_of(const Context& context, std::span<const storage::Media> items) {
  std::vector<base::Uuid> ids;
  ids.reserve(items.size());
  for (const auto& media : items) ids.push_back(media.id);
  if (ids.empty()) return JobsByFile({});
  auto jobs = context.sources.jobs.jobs_of(ids);
  if (!jobs) return std::unexpected(jobs.error());
  return JobsByFile(std::move(*jobs));
}

}  // namespace

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
  const auto jobs = jobs_of(context, page->items);
  if (!jobs) return backend_problem(jobs.error(), "listing what is made of media");
  return Response(200, "application/json", media_page_json(page->items, *jobs, page->next_cursor))
      .with("Cache-Control", "no-store");
}

// An address that stays, for players that are told it once.
Response get_latest(const Context& context, const Call& call) {
  Parameters given(call.target.query);
  storage::MediaQuery query;
  query.camera = given.camera("camera");
  query.kind = given.kind("kind").value_or(base::MediaKind::video);
  query.limit = 1;
  query.imei = base::Imei::parse(call.values.at(0));
  if (!query.imei) given.reject("imei", "An IMEI has 15 digits, the last a check digit.");
  if (auto bad = given.problem()) return std::move(*bad);
  const auto page = context.sources.catalog.list_media(query);
  if (!page) return backend_problem(page.error(), "looking for the latest file");
  if (page->items.empty()) return problem(404, "This device has sent no such file.");
  const storage::Media& media = page->items.front();
  const bool video = media.kind == base::MediaKind::video;
  return Response(302, "text/plain", "")
      .with("Location", "/api/v1/media/" + media.id.str() + (video ? "/playback" : "/content"))
      .with("Cache-Control", "no-store");
}

std::expected<storage::Media, Response> media_of(const Context& context, const Call& call) {
  const auto id = base::Uuid::parse(call.values.at(0));
  if (!id) {
    return std::unexpected(problem(400, "The id of a media item is a UUID, as in the list at /api/v1/media.", "id"));
  }
  auto media = context.sources.catalog.find_media(*id);
  if (!media) return std::unexpected(backend_problem(media.error(), "looking up a media item"));
  if (!*media) return std::unexpected(no_such_media(context, *id));
  return std::move(**media);
}

Response media_response(const Context& context, const storage::Media& media) {
  const auto jobs = jobs_of(context, {&media, 1});
  if (!jobs) return backend_problem(jobs.error(), "looking up what is made of a media item");
  // Asked for after the jobs: what a finished one has made is there.
  const auto objects = context.sources.jobs.derived_of(media.id);
  if (!objects) return backend_problem(objects.error(), "looking up what is made of a media item");
  return Response(200, "application/json", media_json(media, {jobs->of(media.id), *objects}))
      .with("Cache-Control", "no-store");
}

Response get_media(const Context& context, const Call& call) {
  auto media = media_of(context, call);
  return media ? media_response(context, *media) : std::move(media.error());
}

}  // namespace http
