// The relay's cameras: how they are, what they are told to do, and what they see.
#include <algorithm>
#include <utility>

#include "server/http/body.hpp"
#include "server/http/context.hpp"
#include "server/http/live_view.hpp"
#include "server/http/mjpeg.hpp"
#include "server/http/problem.hpp"
#include "server/http/relay.hpp"
#include "server/http/relay_json.hpp"
#include "server/http/relay_problem.hpp"
#include "server/http/relay_ready.hpp"

namespace http {
namespace {

constexpr std::string_view no_such_camera = "The relay has no camera of this name; /api/v1/cameras lists them.";
constexpr std::string_view no_pictures = "The relay has no camera of this name that sends pictures.";

std::shared_ptr<LiveView> view_of(const Context& context, const Call& call) {
  return context.sources.live_view ? context.sources.live_view(call.values.at(0)) : nullptr;
}

Response missing_view(const Context& context) {
  return context.sources.live_view ? problem(404, no_pictures) : no_relay();
}

}  // namespace

Response relay_problem(const base::Error& error, std::string_view doing) {
  switch (error.code) {
    case base::Errc::not_found: return problem(404, error.message);
    case base::Errc::invalid: return problem(400, error.message);
    case base::Errc::conflict:
    case base::Errc::refused: return problem(409, error.message);
    default: return backend_problem(error, doing);
  }
}

Response accepted_row(const base::Uuid& id) {
  return Response(202, "application/json", id_json(id))
      .with("Location", "/api/v1/triggers/" + id.str())
      .with("Cache-Control", "no-store");
}

Response list_cameras(const Context& context, const Call&) {
  if (context.sources.relay == nullptr) return no_relay();
  const auto cameras = context.sources.relay->cameras();
  const auto unready = unready_of(cameras, context.sources.relay->arms());
  return Response(200, "application/json", camera_list_json(cameras, unready, base::utc_now()))
      .with("Cache-Control", "no-store");
}

Response get_camera(const Context& context, const Call& call) {
  if (context.sources.relay == nullptr) return no_relay();
  const auto cameras = context.sources.relay->cameras();
  const auto found = std::ranges::find(cameras, call.values.at(0), &RelayCamera::name);
  if (found == cameras.end()) return problem(404, no_such_camera);
  return Response(200, "application/json", camera_json(*found, base::utc_now())).with("Cache-Control", "no-store");
}

Response create_command(const Context& context, const Call& call) {
  if (context.sources.relay == nullptr) return no_relay();
  if (!is_json(call.request)) return problem(415, "A command is sent as Content-Type: application/json.");
  auto body = command_body(call.request.body);
  if (!body) return problem(400, body.error().message);
  const auto id = context.sources.relay->command(call.values.at(0), body->verb, std::move(body->parameters));
  return id ? accepted_row(*id) : relay_problem(id.error(), "commanding a camera");
}

// For ground stations, which are told its address by MAVLink.
Response get_definition(const Context& context, const Call& call) {
  if (context.sources.relay == nullptr) return no_relay();
  auto text = context.sources.relay->definition(call.values.at(0));
  if (!text) return relay_problem(text.error(), "describing a camera");
  return Response(200, "application/xml", std::move(*text)).with("Cache-Control", "no-cache");
}

// HEAD asks the camera nothing.
void get_live(const Context& context, const Call& call, Reply reply) {
  const auto view = view_of(context, call);
  if (!view) return reply(missing_view(context));
  if (call.request.is_head()) return reply(pictures_response());
  auto slot = context.live_slots->take();
  if (!slot) return reply(busy("As many readers of events and pictures as this server takes are here already."));
  answer_with_pictures(*view, std::move(reply), std::move(slot), context.options.camera_timeout);
}

void get_snapshot(const Context& context, const Call& call, Reply reply) {
  const auto view = view_of(context, call);
  if (!view) return reply(missing_view(context));
  const auto patience = context.options.camera_timeout;
  reply.within(patience, [patience] { return no_picture_in_time(patience); });
  const auto shared = std::make_shared<Reply>(std::move(reply));
  view->snapshot([shared](base::Result<Frame> frame) {
    const bool there = frame && frame->jpeg && !frame->jpeg->empty();
    if (there) return (*shared)(picture_response(std::move(*frame)));
    (*shared)(
        no_picture(frame ? base::Error{base::Errc::corrupt, "The camera has sent an empty picture."} : frame.error()));
  });
}

}  // namespace http
