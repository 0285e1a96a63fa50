// Recorded sessions of this node, and what is recorded of single devices.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/http/body.hpp"
#include "server/http/context.hpp"
#include "server/http/parameters.hpp"
#include "server/http/problem.hpp"
#include "server/http/recording_json.hpp"
#include "server/recorder/recorder.hpp"
#include "storage/catalog/recording_catalog.hpp"

namespace http {
namespace {

// Somebody looks at one device for a while, and then forgets to end it.
constexpr std::chrono::hours usual_time{24};
constexpr std::chrono::hours longest_time{30 * 24};

Response json_response(std::string json) {
  return Response(200, "application/json", std::move(json)).with("Cache-Control", "no-store");
}

Response no_recorder() {
  return problem(404, "This server records nothing.");
}

std::expected<base::Uuid, Response> id_of(const Call& call) {
  if (const auto id = base::Uuid::parse(call.values.at(0))) return *id;
  return std::unexpected(problem(400, "The id of a recording is a UUID, as in the list at /api/v1/recordings.", "id"));
}

// On this node at once, on the others within seconds.
void tell_recorder(const Context& context, base::UtcTime now) {
  const auto kept = context.sources.catalog.recordings()->policies(now);
  if (!kept) return;
  std::vector<recorder::Policy> policies;
  for (const storage::RecordingPolicy& each : *kept)
    if (const auto mode = recorder::parse_mode(each.mode)) policies.push_back({each.imei, *mode, each.until});
  context.sources.recorder->set_policies(policies);
}

Response policy_response(const Context& context, const base::Imei& imei, base::UtcTime now) {
  const auto policy = context.sources.catalog.recordings()->policy(imei, now);
  if (!policy) return backend_problem(policy.error(), "looking up what is recorded of a device");
  if (!*policy) return json_response(recording_policy_json(context.sources.recorder->mode(), std::nullopt));
  const auto mode = recorder::parse_mode((*policy)->mode).value_or(context.sources.recorder->mode());
  return json_response(recording_policy_json(mode, (*policy)->until));
}

bool records(const Context& context) {
  return context.sources.recorder != nullptr && context.sources.catalog.recordings() != nullptr;
}

std::expected<base::UtcTime, Response> until_of(const RecordingBody& body, base::UtcTime now) {
  if (!body.until) return now + usual_time;
  const auto until = base::parse_iso8601(*body.until);
  if (until && *until > now && *until <= now + longest_time) return *until;
  return std::unexpected(problem(
      400, "The member until is a time that is to come, 30 days from now at most: 2026-11-22T10:15:00Z.", "until"));
}

}  // namespace

Response get_recording_policy(const Context& context, const Call& call) {
  auto imei = imei_of(call);
  if (!imei) return std::move(imei.error());
  return records(context) ? policy_response(context, *imei, base::utc_now()) : no_recorder();
}

Response put_recording_policy(const Context& context, const Call& call) {
  auto imei = imei_of(call);
  if (!imei) return std::move(imei.error());
  if (!is_json(call.request)) return problem(415, "What is to be recorded is sent as Content-Type: application/json.");
  const auto body = recording_body(call.request.body);
  if (!body) return problem(400, body.error().message);
  const auto mode = recorder::parse_mode(body->record);
  if (!mode) return problem(400, "The member record is off, failed or all.", "record");
  const base::UtcTime now = base::utc_now();
  auto until = until_of(*body, now);
  if (!until) return std::move(until.error());
  if (!records(context)) return no_recorder();
  const storage::RecordingPolicy policy{*imei, std::string(recorder::to_string(*mode)), *until};
  if (const auto kept = context.sources.catalog.recordings()->set_policy(policy, now); !kept)
    return backend_problem(kept.error(), "keeping what is recorded of a device");
  tell_recorder(context, now);
  return policy_response(context, *imei, now);
}

Response delete_recording_policy(const Context& context, const Call& call) {
  auto imei = imei_of(call);
  if (!imei) return std::move(imei.error());
  if (!records(context)) return no_recorder();
  if (const auto dropped = context.sources.catalog.recordings()->drop_policy(*imei); !dropped)
    return backend_problem(dropped.error(), "forgetting what is recorded of a device");
  const base::UtcTime now = base::utc_now();
  tell_recorder(context, now);
  return policy_response(context, *imei, now);
}

Response list_recordings(const Context& context, const Call& call) {
  Parameters given(call.target.query);
  const auto imei = given.imei("imei");
  const auto limit = given.limit();
  if (auto bad = given.problem()) return std::move(*bad);
  if (context.sources.recorder == nullptr) return no_recorder();
  auto all = context.sources.recorder->shelf().list();
  if (imei) std::erase_if(all, [&](const recorder::Entry& each) { return each.imei != imei->str(); });
  return json_response(recordings_json(std::span(all).first(std::min<std::size_t>(limit, all.size()))));
}

// As far as it is written, where it goes on.
Response get_recording(const Context& context, const Call& call) {
  auto id = id_of(call);
  if (!id) return std::move(id.error());
  if (context.sources.recorder == nullptr) return no_recorder();
  auto file = context.sources.recorder->shelf().open(*id);
  if (!file && file.error().code == base::Errc::not_found) return problem(404, file.error().message);
  if (!file) return backend_problem(file.error(), "reading a recording");
  Response response;
  response.body = FileBody{UniqueFd(file->descriptor), 0, file->entry.size};
  return std::move(response)
      .with("Content-Type", "application/x-pcapng")
      .with("Content-Disposition",
            fmt::format("attachment; filename=\"{}-{}.pcapng\"", recorder::to_string(file->entry.kind), id->str()))
      .with("Cache-Control", "no-store");
}

Response delete_recording(const Context& context, const Call& call) {
  auto id = id_of(call);
  if (!id) return std::move(id.error());
  if (context.sources.recorder == nullptr) return no_recorder();
  recorder::Shelf& shelf = context.sources.recorder->shelf();
  const auto entry = shelf.find(*id);
  const auto removed = shelf.remove(*id);
  if (removed && entry) return json_response(recordings_json({&*entry, 1}));
  if (!removed && removed.error().code == base::Errc::conflict) return problem(409, removed.error().message);
  return problem(404, "There is no recording with this id.");
}

}  // namespace http
