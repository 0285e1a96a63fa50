#include "server/http/api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "server/base/bytes.hpp"
#include "server/http/problem.hpp"
#include "server/http/text.hpp"
#include "server/http/transport.hpp"

namespace http {
namespace {

constexpr std::string_view media_parameters[] = {"imei", "camera", "kind", "trigger", "from", "to", "limit", "cursor"};
constexpr std::string_view transfer_parameters[] = {"imei", "state", "limit", "cursor"};
constexpr std::string_view job_parameters[] = {"state", "imei", "limit", "cursor"};
constexpr std::string_view retry_parameters[] = {"task"};
constexpr std::string_view device_parameters[] = {"limit", "cursor"};
constexpr std::string_view track_parameters[] = {"from", "to", "limit"};
constexpr std::string_view latest_parameters[] = {"camera", "kind"};
constexpr std::string_view event_parameters[] = {"imei", "kind", "from", "to", "limit", "cursor"};
constexpr std::string_view capture_parameters[] = {"imei", "state", "limit", "cursor"};

constexpr std::string_view recording_parameters[] = {"imei", "limit"};
constexpr std::string_view feed_parameters[] = {"topics", "after"};
constexpr std::string_view trigger_parameters[] = {"incoming", "protocol", "endpoint", "rule",  "outcome", "take",
                                                   "cause",    "from",     "to",       "limit", "cursor"};
constexpr std::string_view take_parameters[] = {"limit", "cursor"};

constexpr Route table[] = {
    {"/", {}, Place::at_once, get_asset, true},
    {"/app.js", {}, Place::at_once, get_asset, true},
    {"/common.js", {}, Place::at_once, get_asset, true},
    {"/files.js", {}, Place::at_once, get_asset, true},
    {"/requests.js", {}, Place::at_once, get_asset, true},
    {"/player.js", {}, Place::at_once, get_asset, true},
    {"/cameras.js", {}, Place::at_once, get_asset, true},
    {"/camera_controls.js", {}, Place::at_once, get_asset, true},
    {"/app.css", {}, Place::at_once, get_asset, true},
    {"/favicon.svg", {}, Place::at_once, get_asset, true},
    {"/healthz", {}, Place::at_once, get_health, false},
    {"/readyz", {}, Place::readiness, nullptr, false},
    {"/metrics", {}, Place::pool, get_metrics, false},
    {"/api/v1/openapi.json", {}, Place::at_once, get_asset, false},
    {"/api/v1/media", media_parameters, Place::pool, list_media, false},
    {"/api/v1/media/{id}", {}, Place::pool, get_media, false},
    {"/api/v1/media/{id}", {}, Place::pool, delete_media, false, Method::del},
    {"/api/v1/media/{id}/hold", {}, Place::pool, put_hold, false, Method::put},
    {"/api/v1/media/{id}/hold", {}, Place::pool, delete_hold, false, Method::del},
    {"/api/v1/media/{id}/content", {}, Place::pool, get_content, false},
    {"/api/v1/media/{id}/playback", {}, Place::pool, get_playback, false},
    {"/api/v1/media/{id}/remux", {}, Place::pool, get_remux, false},
    {"/api/v1/media/{id}/thumbnail", {}, Place::pool, get_thumbnail, false},
    {"/api/v1/media/{id}/strip", {}, Place::pool, get_strip, false},
    {"/api/v1/media/{id}/probe", {}, Place::pool, get_probe, false},
    {"/api/v1/media/{id}/retry", retry_parameters, Place::pool, retry_media, false, Method::post},
    {"/api/v1/jobs", job_parameters, Place::pool, list_jobs, false},
    {"/api/v1/transfers", transfer_parameters, Place::pool, list_transfers, false},
    {"/api/v1/devices", device_parameters, Place::pool, list_devices, false},
    {"/api/v1/devices/{imei}", {}, Place::pool, get_device, false},
    {"/api/v1/devices/{imei}/track", track_parameters, Place::pool, get_track, false},
    {"/api/v1/devices/{imei}/latest", latest_parameters, Place::pool, get_latest, false},
    {"/api/v1/devices/{imei}/capture-requests", {}, Place::pool, create_capture, false, Method::post},
    {"/api/v1/devices/{imei}/capture-profile", {}, Place::pool, put_capture_profile, false, Method::put},
    {"/api/v1/devices/{imei}/recording", {}, Place::pool, get_recording_policy, false},
    {"/api/v1/devices/{imei}/recording", {}, Place::pool, put_recording_policy, false, Method::put},
    {"/api/v1/devices/{imei}/recording", {}, Place::pool, delete_recording_policy, false, Method::del},
    {"/api/v1/recordings", recording_parameters, Place::pool, list_recordings, false},
    {"/api/v1/recordings/{id}", {}, Place::pool, get_recording, false},
    {"/api/v1/recordings/{id}", {}, Place::pool, delete_recording, false, Method::del},
    {"/api/v1/device-events", event_parameters, Place::pool, list_device_events, false},
    {"/api/v1/device-events/{id}", {}, Place::pool, get_device_event, false},
    {"/api/v1/capture-requests", capture_parameters, Place::pool, list_captures, false},
    {"/api/v1/capture-requests/{id}", {}, Place::pool, get_capture, false},
    {"/api/v1/capture-requests/{id}", {}, Place::pool, cancel_capture, false, Method::del},
    {"/api/v1/capture-requests/{id}/reply", {}, Place::pool, reply_to_capture, false, Method::post},
    {"/api/v1/scrub", {}, Place::pool, get_scrub, false},
    {"/api/v1/events", feed_parameters, Place::at_once, get_events, false},
    {"/api/v1/cameras", {}, Place::pool, list_cameras, false},
    {"/api/v1/cameras/{name}", {}, Place::pool, get_camera, false},
    {"/api/v1/cameras/{name}/live", {}, Place::later, nullptr, false, Method::get, get_live},
    {"/api/v1/cameras/{name}/snapshot", {}, Place::later, nullptr, false, Method::get, get_snapshot},
    {"/api/v1/cameras/{name}/definition.xml", {}, Place::pool, get_definition, false},
    {"/api/v1/cameras/{name}/commands", {}, Place::pool, create_command, false, Method::post},
    {"/api/v1/triggers", trigger_parameters, Place::pool, list_triggers, false},
    {"/api/v1/triggers", {}, Place::pool, create_trigger, false, Method::post},
    {"/api/v1/triggers/{id}", {}, Place::pool, get_trigger, false},
    {"/api/v1/takes", take_parameters, Place::pool, list_takes, false},
    {"/api/v1/takes/{id}", {}, Place::pool, get_take, false},
    {"/api/v1/relay/rules", {}, Place::pool, get_rules, false},
    {"/api/v1/relay/rules", {}, Place::pool, put_rules, false, Method::put, nullptr, largest_request_body},
    {"/api/v1/relay/rules/dry-run", {}, Place::pool, try_rules, false, Method::post},
    {"/api/v1/relay/arms", {}, Place::pool, list_arms, false},
    {"/api/v1/relay/arms/{scope}", {}, Place::pool, put_arm, false, Method::put},
    {"/api/v1/relay/arms/{scope}/{name}", {}, Place::pool, put_arm, false, Method::put},
};

// The values of the pattern's {parts}, or nothing where the path is another.
std::optional<std::vector<std::string>> match(std::string_view pattern, const std::vector<std::string>& segments) {
  std::vector<std::string> values;
  pattern.remove_prefix(1);
  for (const auto& segment : segments) {
    const auto expected = pattern.substr(0, pattern.find('/'));
    if (expected.starts_with('{')) {
      if (segment.empty()) return std::nullopt;
      values.push_back(segment);
    } else if (expected.empty() || expected != segment) {
      return std::nullopt;
    }
    pattern.remove_prefix(std::min(expected.size() + 1, pattern.size()));
  }
  if (!pattern.empty()) return std::nullopt;
  return values;
}

// Without a route but with a pattern: the address is known, and takes no such method.
struct Found {
  const Route* route = nullptr;
  std::vector<std::string> values;
  std::string_view pattern;
  std::string allowed;  // methods of the address, for Allow
};

std::string_view names_of(Method method) noexcept {
  switch (method) {
    case Method::get: return "GET, HEAD";
    case Method::put: return "PUT";
    case Method::del: return "DELETE";
    case Method::post: return "POST";
  }
  return "";
}

bool takes(const Route& route, std::string_view method) noexcept {
  if (route.method == Method::get) return method == "GET" || method == "HEAD";
  return method == names_of(route.method);
}

Found find_route(std::string_view method, const std::vector<std::string>& segments) {
  Found found;
  for (const Route& route : table) {
    auto values = match(route.pattern, segments);
    if (!values) continue;
    if (takes(route, method)) return {&route, std::move(*values), route.pattern, {}};
    // The first pattern that fits is the address: {id} of a later one takes any word.
    if (found.pattern.empty()) found.pattern = route.pattern;
    if (found.pattern != route.pattern) continue;
    if (!found.allowed.empty()) found.allowed += ", ";
    found.allowed += names_of(route.method);
  }
  return found;
}

// For figures: reading and changing are told apart.
std::string label_of(const Route& route) {
  if (route.method == Method::get) return std::string(route.pattern);
  return fmt::format("{} {}", names_of(route.method), route.pattern);
}

std::size_t head_size(const Request& request) noexcept {
  std::size_t size = 0;
  for (const auto& [name, value] : request.headers) size += name.size() + value.size();
  return size;
}

// What can be said of a request before its target is looked at.
std::optional<Response> refuse_early(const Request& request) {
  if (request.upgrade) return problem(501, "This server does not change to another protocol on a connection.");
  if (request.target.size() > longest_target) {
    return problem(414, fmt::format("The address of a request may have {} characters.", longest_target));
  }
  if (head_size(request) > largest_head) {
    return problem(431, fmt::format("The header fields of a request may have {} characters.", largest_head));
  }
  return std::nullopt;
}

// Browsers send POST to other sites unasked, and say from where. Sec-Fetch-Site is sent to https and to the machine
// itself, Origin always; a proxy in front that speaks https may change Host, and then only the former can be trusted.
// What sends neither is no browser.
std::optional<Response> refuse_foreign(const Route& route, const Request& request) {
  if (route.method != Method::post) return std::nullopt;
  bool own = true;
  if (const auto site = request.header("Sec-Fetch-Site")) {
    own = *site == "same-origin" || *site == "none";
  } else if (const auto origin = request.header("Origin")) {
    const auto host = origin->find("://");
    own = host != std::string::npos &&
          equal_ignoring_case(std::string_view(*origin).substr(host + 3), request.header("Host").value_or(""));
  }
  if (own) return std::nullopt;
  return problem(403, "A page of another site has sent this request; only this server's own pages may.");
}

std::optional<Response> refuse_query(const Route& route, const Target& target) {
  if (route.any_query) return std::nullopt;
  for (const auto& [name, value] : target.query) {
    if (std::ranges::find(route.parameters, name) != route.parameters.end()) continue;
    const auto shown = base::printable(base::as_bytes(name), 60);
    if (route.parameters.empty()) {
      return problem(400, fmt::format("There is no parameter \"{}\" here; this address takes none.", shown), shown);
    }
    return problem(
        400, fmt::format("There is no parameter \"{}\" here; there are {}.", shown, fmt::join(route.parameters, ", ")),
        shown);
  }
  return std::nullopt;
}

// What every answer carries. A handler that needs another policy has set it already.
Response with_common_headers(Response response, std::string_view route) {
  response.route = route;
  response.with("X-Content-Type-Options", "nosniff")
      .with("Referrer-Policy", "no-referrer")
      .with("Cross-Origin-Resource-Policy", "same-origin");
  const bool has_policy =
      std::ranges::any_of(response.headers, [](const auto& field) { return field.first == "Content-Security-Policy"; });
  if (!has_policy) response.with("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  return response;
}

}  // namespace

std::span<const Route> routes() noexcept {
  return table;
}

Api::Api(std::shared_ptr<Context> context, std::shared_ptr<Readiness> readiness)
    : context_(std::move(context)), readiness_(std::move(readiness)) {}

void Api::handle(Request request, Reply reply) const {
  if (auto refused = refuse_early(request)) return reply(with_common_headers(std::move(*refused), "none"));
  auto target = parse_target(request.target);
  if (!target) return reply(with_common_headers(problem(400, target.error().message), "none"));
  auto [route, values, pattern, allowed] = find_route(request.method, target->segments);
  if (route == nullptr && pattern.empty()) {
    return reply(with_common_headers(
        problem(404, "There is nothing at this address; /api/v1/openapi.json lists what there is."), "none"));
  }
  if (route == nullptr) {
    return reply(with_common_headers(
        problem(405, fmt::format("This address takes {} and no other method.", allowed)).with("Allow", allowed),
        pattern));
  }
  if (auto refused = refuse_query(*route, *target)) {
    return reply(with_common_headers(std::move(*refused), label_of(*route)));
  }
  if (auto refused = refuse_foreign(*route, request)) {
    return reply(with_common_headers(std::move(*refused), label_of(*route)));
  }
  if (request.body.size() > route->largest_body) {
    return reply(with_common_headers(
        problem(413, fmt::format("The body of this request may have {} bytes.", route->largest_body)),
        label_of(*route)));
  }
  switch (route->place) {
    case Place::at_once:
      return reply(with_common_headers(route->handler(*context_, {request, *target, values}), label_of(*route)));
    case Place::pool:
      return run_in_pool(*route, std::move(request), std::move(*target), std::move(values), std::move(reply));
    case Place::readiness: return answer_readiness(std::move(reply));
    case Place::later: return answer_later(*route, {request, *target, values}, std::move(reply));
  }
}

void Api::run_in_pool(const Route& route, Request request, Target target, std::vector<std::string> values,
                      Reply reply) const {
  const auto shared = std::make_shared<Reply>(std::move(reply));
  const bool taken = context_->pool->post([context = context_, &route, request = std::move(request),
                                           target = std::move(target), values = std::move(values), shared] {
    (*shared)(with_common_headers(route.handler(*context, {request, target, values}), label_of(route)));
  });
  if (!taken) {
    (*shared)(with_common_headers(busy("The server has more requests than it can work on; ask again shortly."),
                                  label_of(route)));
  }
}

// The reply a handler gets adds to answers and to what is answered at a deadline what every answer carries.
void Api::answer_later(const Route& route, const Call& call, Reply reply) const {
  const auto shared = std::make_shared<Reply>(std::move(reply));
  const auto finished = [label = label_of(route)](Response response) {
    return with_common_headers(std::move(response), label);
  };
  Reply::Within within = [shared, finished](std::chrono::milliseconds limit, Reply::Otherwise otherwise) {
    shared->within(limit, [finished, otherwise = std::move(otherwise)]() mutable { return finished(otherwise()); });
  };
  route.later(
      *context_, call,
      Reply([shared, finished](Response response) { (*shared)(finished(std::move(response))); }, std::move(within)));
}

void Api::answer_readiness(Reply reply) const {
  readiness_->ask([context = context_, reply = std::move(reply)](const ReadinessReport& report) mutable {
    reply(with_common_headers(readiness_response(*context, report), "/readyz"));
  });
}

}  // namespace http
