// Deleting, holding, and what the scrub found.
#include <fmt/format.h>

#include "server/http/body.hpp"
#include "server/http/context.hpp"
#include "server/http/json.hpp"
#include "server/http/problem.hpp"
#include "server/http/text.hpp"
#include "storage/keeping/deletion.hpp"
#include "storage/keeping/scrub.hpp"

namespace http {
namespace {

// A sentence or two; what is longer belongs into the case's own files.
constexpr std::size_t longest_reason = 500;
constexpr std::string_view no_such_id = "There is no media item with this id.";
constexpr std::string_view asked_for = "it was asked for over the API";

storage::KeepingCatalog& keeping(const Context& context) {
  return context.sources.catalog.keeping();
}

Response no_id() {
  return problem(400, "The id of a media item is a UUID, as in the list at /api/v1/media.", "id");
}

// As it stands now.
Response item_response(const Context& context, const base::Uuid& id) {
  const auto media = context.sources.catalog.find_media(id);
  if (!media) return backend_problem(media.error(), "looking up a media item");
  return *media ? media_response(context, **media) : no_such_media(context, id);
}

Response on_hold(const storage::Media& media) {
  const auto since = media.held_at ? fmt::format(" since {}", base::to_iso8601(*media.held_at)) : std::string();
  const auto why = media.hold_reason.empty() ? std::string() : fmt::format(" ({})", media.hold_reason);
  return problem(409, fmt::format("This media item is on hold{}{}; it can be deleted when the hold has been lifted "
                                  "with DELETE at its /hold.",
                                  since, why));
}

}  // namespace

Response no_such_media(const Context& context, const base::Uuid& id) {
  const auto tombstone = keeping(context).find_tombstone(id);
  if (!tombstone) return backend_problem(tombstone.error(), "looking up a deleted media item");
  if (!*tombstone) return problem(404, no_such_id);
  const auto detail = fmt::format("This media item was deleted at {}: {}.", base::to_iso8601((*tombstone)->deleted_at),
                                  (*tombstone)->reason);
  return Response(410, "application/problem+json", gone_json(**tombstone, reason_phrase(410), detail))
      .with("Cache-Control", "no-store");
}

// Deleting again is the same. What was never there is 404.
Response delete_media(const Context& context, const Call& call) {
  const auto id = base::Uuid::parse(call.values.at(0));
  if (!id) return no_id();
  const auto media = context.sources.catalog.find_media(*id);
  if (!media) return backend_problem(media.error(), "looking up a media item");
  if (*media) {
    const storage::KeptFile file{.id = *id, .imei = (*media)->imei};
    storage::Deletion deletion(context.sources.catalog, context.sources.objects);
    if (const auto removed = deletion.remove({&file, 1}, asked_for); !removed)
      return backend_problem(removed.error(), "deleting a media item");
    // A hold may have come in between: what stands now tells.
    const auto still = context.sources.catalog.find_media(*id);
    if (!still) return backend_problem(still.error(), "looking up a media item");
    if (*still) return on_hold(**still);
  }
  const auto tombstone = keeping(context).find_tombstone(*id);
  if (!tombstone) return backend_problem(tombstone.error(), "looking up a deleted media item");
  if (!*tombstone) return problem(404, no_such_id);
  return Response(200, "application/json", tombstone_json(**tombstone)).with("Cache-Control", "no-store");
}

Response put_hold(const Context& context, const Call& call) {
  const auto id = base::Uuid::parse(call.values.at(0));
  if (!id) return no_id();
  if (!is_json(call.request)) return problem(415, "A hold is sent as Content-Type: application/json.");
  const auto reason = text_member(call.request.body, "reason");
  if (!reason) return problem(400, reason.error().message, "reason");
  if (trimmed(*reason).empty() || reason->size() > longest_reason)
    return problem(400, fmt::format("The reason of a hold is a text of 1 to {} bytes.", longest_reason), "reason");
  const auto held = keeping(context).hold_media(*id, *reason, base::utc_now());
  if (!held) return backend_problem(held.error(), "putting a media item on hold");
  return *held ? item_response(context, *id) : no_such_media(context, *id);
}

Response delete_hold(const Context& context, const Call& call) {
  const auto id = base::Uuid::parse(call.values.at(0));
  if (!id) return no_id();
  const auto released = keeping(context).release_media(*id);
  if (!released) return backend_problem(released.error(), "lifting a hold");
  return *released ? item_response(context, *id) : no_such_media(context, *id);
}

Response get_scrub(const Context& context, const Call&) {
  const auto run = keeping(context).last_run();
  if (!run) return backend_problem(run.error(), "looking up the last scrub");
  const auto findings = keeping(context).findings(storage::max_findings);
  if (!findings) return backend_problem(findings.error(), "looking up what the scrub found");
  return Response(200, "application/json", scrub_json(*run, *findings)).with("Cache-Control", "no-store");
}

}  // namespace http
