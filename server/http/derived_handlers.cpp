// What is made of stored files: GET /api/v1/media/{id}/playback, /remux, /thumbnail, /strip and /probe. What is not
// made yet is 202 with how far it is; asking, other than with HEAD, puts it in front of all that nobody waits for.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/http/json.hpp"
#include "server/http/making.hpp"
#include "server/http/object_response.hpp"
#include "server/http/problem.hpp"

namespace http {
namespace {

using base::Derived;
using storage::Media;

// Seconds. A preview takes less, a playback some; who asks again has waited for nothing long.
constexpr std::string_view ask_again = "1";

std::string_view words_for(Derived derived) noexcept {
  switch (derived) {
    case Derived::playback: return "video for browsers";
    case Derived::remux: return "MP4 in the camera's own quality";
    case Derived::thumbnail: return "thumbnail";
    case Derived::strip: return "strip of pictures";
  }
  return "such form";
}

SentObject sent(const Media& media, const storage::DerivedObject& object) {
  const auto ending = fmt::format("-{}.{}", base::to_string(object.derived), base::extension(object.derived));
  return {.key = object.object_key,
          .size = object.size,
          .sha256 = object.sha256,
          .content_type = std::string(base::content_type(object.derived)),
          .content_disposition = fmt::format("inline; filename=\"{}\"", file_name(media, ending)),
          // A retry may make it anew, and a deleted file must be gone: kept, but asked about each time. That costs a
          // 304, and spares the bytes.
          .cache_control = "private, no-cache",
          // Made of a stranger's bytes: no script, whatever a browser takes it for. A video that is opened by itself
          // browsers show in a page of theirs, which then asks for it as a page of this origin would.
          .policy = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox allow-same-origin"};
}

Response no_such_form(const Media& media, std::string_view what) {
  if (media.kind == base::MediaKind::photo) {
    return problem(404, fmt::format("There is no {} of a photo; the photo is at its /content.", what));
  }
  return problem(404, fmt::format("There is no {} of this file: nothing in it could become one. The file itself is at "
                                  "its /content.",
                                  what));
}

Response has_failed(const Media& media, const storage::Job& job, std::string_view what) {
  return problem(409, fmt::format("The {} of this file could not be made. {} To have it tried again, send POST to "
                                  "/api/v1/media/{}/retry?task={}.",
                                  what, job.reason.empty() ? "The worker gave no reason." : job.reason, media.id.str(),
                                  storage::to_string(job.task)));
}

Response being_made(const Making& making) {
  return Response(202, "application/json", making_json(making))
      .with("Retry-After", std::string(ask_again))
      .with("Cache-Control", "no-store");
}

// Of something that is not there. `what` it is, for a sentence.
Response not_there(const Context& context, const Call& call, const Media& media, Making making, std::string_view what) {
  if (making.state == MakingState::failed) return has_failed(media, *making.job, what);
  if (making.job == nullptr) return no_such_form(media, what);
  if (call.request.is_head()) return being_made(making);
  const auto hurried = context.sources.jobs.hurry_job(media.id, making.job->task);
  if (!hurried) return backend_problem(hurried.error(), "putting a job in front");
  if (!*hurried) return no_such_media(context, media.id);  // deleted meanwhile
  // It was waiting, and is queued now. What else may have happened meanwhile, the next question tells.
  if (making.state == MakingState::waiting) making.state = MakingState::queued;
  return being_made(making);
}

// Nothing where there is none.
base::Result<std::optional<storage::DerivedObject>> find_object(const Context& context, const Media& media,
                                                                Derived derived) {
  auto objects = context.sources.jobs.derived_of(media.id);
  if (!objects) return std::unexpected(objects.error());
  const auto found = std::ranges::find(*objects, derived, &storage::DerivedObject::derived);
  return found == objects->end() ? std::nullopt : std::optional(std::move(*found));
}

Response derived_response(const Context& context, const Call& call, Derived derived) {
  auto media = media_of(context, call);
  if (!media) return std::move(media.error());
  constexpr std::string_view looking = "looking up what is made of a media item";
  auto object = find_object(context, *media, derived);
  if (!object) return backend_problem(object.error(), looking);
  if (*object) return object_response(context, call.request, sent(*media, **object));

  const auto jobs = context.sources.jobs.jobs_of({&media->id, 1});
  if (!jobs) return backend_problem(jobs.error(), looking);
  const auto making = making_of(media->kind, derived, {.jobs = *jobs});
  if (making.state == MakingState::ready) {  // it may have become so between the two questions
    object = find_object(context, *media, derived);
    if (!object) return backend_problem(object.error(), looking);
    if (*object) return object_response(context, call.request, sent(*media, **object));
  }
  return not_there(context, call, *media, making, words_for(derived));
}

}  // namespace

Response get_playback(const Context& context, const Call& call) {
  return derived_response(context, call, Derived::playback);
}
Response get_remux(const Context& context, const Call& call) {
  return derived_response(context, call, Derived::remux);
}
Response get_thumbnail(const Context& context, const Call& call) {
  return derived_response(context, call, Derived::thumbnail);
}
Response get_strip(const Context& context, const Call& call) {
  return derived_response(context, call, Derived::strip);
}

// Jobs first: what a finished one has found is there.
Response get_probe(const Context& context, const Call& call) {
  auto media = media_of(context, call);
  if (!media) return std::move(media.error());
  constexpr std::string_view looking = "looking up what is known of a media item";
  const auto jobs = context.sources.jobs.jobs_of({&media->id, 1});
  if (!jobs) return backend_problem(jobs.error(), looking);
  const auto probe = context.sources.jobs.find_probe(media->id);
  if (!probe) return backend_problem(probe.error(), looking);
  if (*probe) {
    return Response(200, "application/json", probe_json(media->id, **probe)).with("Cache-Control", "no-store");
  }
  // The preview finds it, as it makes the thumbnail.
  return not_there(context, call, *media, making_of(media->kind, Derived::thumbnail, {.jobs = *jobs}), "probe");
}

}  // namespace http
