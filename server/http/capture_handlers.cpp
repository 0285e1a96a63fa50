// Asking cameras for files, and what becomes of it.
#include <fmt/format.h>

#include <utility>

#include "server/capture/wish.hpp"
#include "server/http/body.hpp"
#include "server/http/capture_json.hpp"
#include "server/http/context.hpp"
#include "server/http/feed_events.hpp"
#include "server/http/parameters.hpp"
#include "server/http/problem.hpp"

namespace http {
namespace {

using storage::CaptureRequest;

constexpr std::uint32_t usual_side_s = 5;                     // of a clip around a moment, before and after it
constexpr std::uint32_t longest_deadline_s = 30 * 24 * 3600;  // a vehicle that stands for a month
constexpr std::uint32_t shortest_deadline_s = 10;
// A device's words are short; this is more than a frame of them.
constexpr std::size_t longest_reply = 4096;
constexpr std::string_view no_such_request = "There is no capture request with this id.";

template <class T>
using Read = std::expected<T, Response>;

std::unexpected<Response> wrong(std::string_view member, std::string_view detail) {
  return std::unexpected(problem(400, detail, member));
}

storage::CaptureCatalog& captures(const Context& context) {
  return context.sources.catalog.captures();
}

Response capture_response(int status, const CaptureRequest& request) {
  return Response(status, "application/json", capture_json(request)).with("Cache-Control", "no-store");
}

// Of a request that was changed just now.
Response changed_response(const Context& context, int status, const CaptureRequest& request) {
  if (context.sources.feed != nullptr) publish(*context.sources.feed, request);
  return capture_response(status, request);
}

Read<base::Uuid> id_of(const Call& call) {
  if (const auto id = base::Uuid::parse(call.values.at(0))) return *id;
  return wrong("id", "The id of a capture request is a UUID, as in the list at /api/v1/capture-requests.");
}

Read<base::UtcTime> time_of(std::string_view member, const std::string& text) {
  if (const auto time = base::parse_iso8601(text)) return *time;
  return wrong(member, fmt::format("The member {} is not a time of ISO 8601 such as 2026-11-21T10:15:00Z.", member));
}

// The cameras that are asked: front and rear together, or one other.
std::optional<Response> read_cameras(const CaptureBody& body, capture::Wish& wish) {
  if (body.cameras.empty()) return problem(400, "Name one camera at least, as in \"cameras\": [\"front\"].", "cameras");
  for (const std::string& name : body.cameras) {
    const auto camera = base::parse_camera(name);
    const bool other = camera == base::Camera::adas || camera == base::Camera::dsm || camera == base::Camera::dash;
    if (!other && camera != base::Camera::front && camera != base::Camera::rear)
      return problem(400, "Cameras are front, rear, adas, dsm and dash.", "cameras");
    if (other && body.cameras.size() > 1)
      return problem(400, "Only front and rear can be asked together; ask the others one by one.", "cameras");
    if (other) wish.other = *camera;
    if (camera == base::Camera::front) wish.front = true;
    if (camera == base::Camera::rear) wish.rear = true;
  }
  return std::nullopt;
}

// The moment a clip is to be around: said, or a device event's.
Read<base::UtcTime> moment_of(const Context& context, const CaptureBody& body, capture::Wish& wish) {
  if (body.around_time) return time_of("around", *body.around_time);
  const auto id = base::Uuid::parse(*body.around_event);
  if (!id) return wrong("around", "The event of the member around is the id of a device event, a UUID.");
  const auto event = context.sources.catalog.tracking().find_device_event(*id);
  if (!event) return std::unexpected(backend_problem(event.error(), "looking up a device event"));
  if (!*event || (*event)->imei != wish.imei)
    return wrong("around", "This device has had no event with this id, or it is forgotten already.");
  wish.event_id = *id;
  return (*event)->at;
}

std::optional<Response> read_time(const Context& context, const CaptureBody& body, capture::Wish& wish) {
  const bool around = body.around_time || body.around_event;
  if (around && (body.at || body.duration_s))
    return problem(400, "A clip is either at a time for so long, or around a moment; say one of both.", "around");
  if (around && wish.kind == base::MediaKind::photo)
    return problem(400, "A photo is taken when the command arrives; only a video can be around a moment.", "around");
  if (!around && (body.before_s || body.after_s))
    return problem(400, "before_s and after_s belong to the member around.", "around");
  if (around) {
    auto moment = moment_of(context, body, wish);
    if (!moment) return std::move(moment.error());
    capture::around(wish, *moment, std::chrono::seconds(body.before_s.value_or(usual_side_s)),
                    std::chrono::seconds(body.after_s.value_or(usual_side_s)));
    return std::nullopt;
  }
  if (body.at) {
    auto at = time_of("at", *body.at);
    if (!at) return std::move(at.error());
    wish.from = *at;
  }
  wish.duration_s = body.duration_s.value_or(0);
  return std::nullopt;
}

std::optional<Response> read_way(const Context& context, const CaptureBody& body, capture::Wish& wish) {
  wish.channel = context.sources.capturing.channel;
  if (body.channel) {
    const auto channel = storage::parse_capture_channel(*body.channel);
    if (!channel) return problem(400, "The member channel can be avl, webhook or sms.", "channel");
    wish.channel = *channel;
  }
  if (body.deadline_s) {
    if (*body.deadline_s < shortest_deadline_s || *body.deadline_s > longest_deadline_s)
      return problem(400,
                     fmt::format("The member deadline_s is a number of seconds from {} to {}.", shortest_deadline_s,
                                 longest_deadline_s),
                     "deadline_s");
    wish.patience = std::chrono::seconds(*body.deadline_s);
  }
  return std::nullopt;
}

Read<capture::Wish> wish_of(const Context& context, const base::Imei& imei, const CaptureBody& body) {
  capture::Wish wish{.imei = imei, .server = context.sources.capturing.camera_address, .origin = "api"};
  const auto kind = base::parse_media_kind(body.kind);
  if (!kind || kind == base::MediaKind::other) return wrong("kind", "The member kind is photo or video.");
  wish.kind = *kind;
  if (body.resolution) {
    constexpr std::uint32_t most = 4;
    if (*body.resolution > most)
      return wrong("resolution", "Resolutions are 0 (160x120), 1 (320x240), 2 (640x480), 3 (1280x720), 4 (1920x1080).");
    wish.resolution = static_cast<std::uint8_t>(*body.resolution);
  }
  if (auto bad = read_cameras(body, wish)) return std::unexpected(std::move(*bad));
  if (auto bad = read_time(context, body, wish)) return std::unexpected(std::move(*bad));
  if (auto bad = read_way(context, body, wish)) return std::unexpected(std::move(*bad));
  return wish;
}

Read<capture::Profile> profile_of(const Context& context, const base::Imei& imei) {
  const auto kept = captures(context).capture_profile(imei);
  if (!kept) return std::unexpected(backend_problem(kept.error(), "looking up a device's profile"));
  const auto profile = capture::parse_profile(kept->empty() ? context.sources.capturing.profile : *kept);
  if (!profile) return std::unexpected(backend_problem(profile.error(), "reading a device's profile"));
  return *profile;
}

}  // namespace

// The same clip asked for again is answered with the request that is there: 200 instead of 201.
Response create_capture(const Context& context, const Call& call) {
  auto imei = imei_of(call);
  if (!imei) return std::move(imei.error());
  if (!is_json(call.request)) return problem(415, "A capture request is sent as Content-Type: application/json.");
  const auto body = capture_body(call.request.body);
  if (!body) return problem(400, body.error().message);
  auto wish = wish_of(context, *imei, *body);
  if (!wish) return std::move(wish.error());
  auto profile = profile_of(context, *imei);
  if (!profile) return std::move(profile.error());

  const base::UtcTime now = base::utc_now();
  const auto planned = capture::plan(*wish, *profile, base::Uuid::v7(now), now);
  if (!planned) return problem(400, planned.error().message);
  const auto added = captures(context).add_capture(*planned);
  if (!added) return backend_problem(added.error(), "adding a capture request");
  if (context.sources.capturing.added) context.sources.capturing.added();
  const std::string location = "/api/v1/capture-requests/" + added->request.id.str();
  if (added->existed) return capture_response(200, added->request).with("Location", location);
  return changed_response(context, 201, added->request).with("Location", location);
}

Response list_captures(const Context& context, const Call& call) {
  Parameters given(call.target.query);
  storage::CaptureQuery query;
  query.imei = given.imei("imei");
  query.state = given.capture_state("state");
  query.limit = given.limit();
  query.cursor = given.text("cursor").value_or("");
  if (auto bad = given.problem()) return std::move(*bad);

  const auto page = captures(context).list_captures(query);
  if (!page && page.error().code == base::Errc::invalid && !query.cursor.empty())
    return problem(400, "The parameter cursor is not a next_cursor of this list; begin again without it.", "cursor");
  if (!page) return backend_problem(page.error(), "listing capture requests");
  return Response(200, "application/json", capture_page_json(page->items, page->next_cursor))
      .with("Cache-Control", "no-store");
}

Response get_capture(const Context& context, const Call& call) {
  auto id = id_of(call);
  if (!id) return std::move(id.error());
  const auto request = captures(context).find_capture(*id);
  if (!request) return backend_problem(request.error(), "looking up a capture request");
  return *request ? capture_response(200, **request) : problem(404, no_such_request);
}

// Cancelling again, or what has ended, changes nothing.
Response cancel_capture(const Context& context, const Call& call) {
  auto id = id_of(call);
  if (!id) return std::move(id.error());
  const auto request = captures(context).cancel_capture(*id, base::utc_now());
  if (!request) return backend_problem(request.error(), "cancelling a capture request");
  return *request ? changed_response(context, 200, **request) : problem(404, no_such_request);
}

Response reply_to_capture(const Context& context, const Call& call) {
  auto id = id_of(call);
  if (!id) return std::move(id.error());
  if (!is_json(call.request)) return problem(415, "A reply is sent as Content-Type: application/json.");
  const auto body = reply_body(call.request.body);
  if (!body) return problem(400, body.error().message);
  if (body->text.empty() || body->text.size() > longest_reply)
    return problem(400, fmt::format("A reply is a text of 1 to {} bytes.", longest_reply), "text");
  if (!context.sources.capturing.reply) return busy("This server does not take replies at the moment.");
  const auto request = context.sources.capturing.reply(*id, body->part, body->text);
  if (request) return changed_response(context, 200, *request);
  switch (request.error().code) {
    case base::Errc::not_found: return problem(404, request.error().message);
    case base::Errc::conflict: return problem(409, request.error().message);
    case base::Errc::invalid: return problem(400, request.error().message, "text");
    default: return backend_problem(request.error(), "taking a reply to a capture request");
  }
}

// An empty profile is the server's usual one again.
Response put_capture_profile(const Context& context, const Call& call) {
  auto imei = imei_of(call);
  if (!imei) return std::move(imei.error());
  if (!is_json(call.request)) return problem(415, "A profile is sent as Content-Type: application/json.");
  const auto text = text_member(call.request.body, "profile");
  if (!text) return problem(400, text.error().message, "profile");
  if (!text->empty())
    if (const auto profile = capture::parse_profile(*text); !profile)
      return problem(400, profile.error().message, "profile");
  if (const auto kept = captures(context).set_capture_profile(*imei, *text); !kept)
    return backend_problem(kept.error(), "keeping a device's profile");
  return get_device(context, call);
}

}  // namespace http
