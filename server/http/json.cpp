#include "server/http/json.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "server/base/json.hpp"
#include "server/http/tracking_json.hpp"

namespace http {
namespace {

using base::JsonWriter;
using base::unless_empty;

void write(JsonWriter& json, const Making& making) {
  json.begin_object();
  json.member("state", to_string(making.state));
  json.member("percent", percent_of(making));
  json.member("reason", making.state == MakingState::failed ? unless_empty(making.job->reason) : std::nullopt);
  json.end_object();
}

void write(JsonWriter& json, const storage::Media& media, const Makings& known) {
  json.begin_object();
  json.member("id", media.id.str());
  json.member("imei", media.imei.str());
  json.member("camera", base::to_string(media.camera));
  json.member("kind", base::to_string(media.kind));
  json.member("captured_at", media.captured_at);
  json.member("received_at", media.received_at);
  json.member("trigger", unless_empty(media.trigger));
  json.member("duration_s", media.duration_s);
  json.member("latitude", media.latitude);
  json.member("longitude", media.longitude);
  json.member("size", media.size);
  json.member("sha256", media.sha256);
  json.member("content_type", media.content_type);
  for (const auto derived : {base::Derived::playback, base::Derived::remux, base::Derived::thumbnail}) {
    json.key(base::to_string(derived));
    write(json, making_of(media.kind, derived, known));
  }
  json.member("request_id", unless_empty(media.request_id));
  json.member("frame_rate", media.frame_rate);
  json.member("time_zone_minutes", media.time_zone_minutes);
  json.member("triggered_at", media.triggered_at);
  json.member("name", unless_empty(media.name));
  json.member("driver_name", unless_empty(media.driver_name));
  json.member("defect", unless_empty(media.defect));
  json.member("legal_hold", media.legal_hold);
  json.member("hold_reason", unless_empty(media.hold_reason));
  json.member("held_at", media.held_at);
  json.member("source", unless_empty(media.source));
  json.member("pan_deg", media.pan_deg);
  json.member("tilt_deg", media.tilt_deg);
  json.member("metadata", unless_empty(media.metadata_hex));
  json.end_object();
}

// With one decimal. The total is an upper bound until the last packet, so a stored file is 100 whatever it says.
std::optional<double> percent_of(const storage::Transfer& transfer) {
  if (transfer.state == "stored") return 100.0;
  if (transfer.total_bytes == 0) return std::nullopt;
  const double share = static_cast<double>(transfer.offset) / static_cast<double>(transfer.total_bytes);
  return std::floor(std::min(share, 1.0) * 1000.0) / 10.0;
}

// Whole seconds, rounded up. Beyond a month a rate says nothing about the end.
std::optional<double> eta_of(const storage::Transfer& transfer) {
  if (!transfer.live || transfer.bytes_per_second <= 0 || transfer.total_bytes <= transfer.offset) return std::nullopt;
  const double seconds = static_cast<double>(transfer.total_bytes - transfer.offset) / transfer.bytes_per_second;
  constexpr double month = 30.0 * 24 * 3600;
  return seconds < month ? std::optional(std::ceil(seconds)) : std::nullopt;
}

void write(JsonWriter& json, const storage::Transfer& transfer) {
  json.begin_object();
  json.member("id", transfer.id.str());
  json.member("session", transfer.session);
  json.member("imei", transfer.imei.str());
  json.member("peer", transfer.peer);
  json.member("node", transfer.node);
  json.member("protocol", transfer.protocol);
  json.member("camera", base::to_string(transfer.camera));
  json.member("kind", base::to_string(transfer.kind));
  json.member("name", unless_empty(transfer.name));
  json.member("state", transfer.state);
  json.member("live", transfer.live);
  json.member("reason", unless_empty(transfer.reason));
  json.member("percent", percent_of(transfer));
  json.member("eta_s", eta_of(transfer));
  json.member("total_bytes", transfer.total_bytes);
  json.member("offset_start", transfer.offset_start);
  json.member("offset", transfer.offset);
  json.member("bytes_received", transfer.bytes_received);
  json.member("bytes_per_second", std::round(transfer.bytes_per_second));
  json.member("stalls", transfer.stalls);
  json.member("resumes", transfer.resumes);
  json.member("bad_crcs", transfer.bad_crcs);
  json.member("salvaged", transfer.salvaged);
  json.member("started_at", transfer.started_at);
  json.member("updated_at", transfer.updated_at);
  json.member("media_id", transfer.media_id ? std::optional(transfer.media_id->str()) : std::nullopt);
  json.end_object();
}

void write(JsonWriter& json, const storage::IntakeNote& intake) {
  json.begin_object();
  json.member("state", base::to_string(intake.state));
  json.member("since", intake.since);
  json.member("reason", unless_empty(intake.reason));
  json.end_object();
}

void write(JsonWriter& json, const storage::Device& device) {
  json.begin_object();
  write_members(json, device);
  json.end_object();
}

void write(JsonWriter& json, const storage::Job& job) {
  json.begin_object();
  json.member("media_id", job.media_id.str());
  json.member("imei", job.imei.str());
  json.member("task", storage::to_string(job.task));
  json.member("state", storage::to_string(job.state));
  json.member("urgent", job.urgent);
  json.member("percent", job.percent);
  json.member("failures", job.failures);
  json.member("losses", job.losses);
  json.member("worker", unless_empty(job.worker));
  json.member("reason", unless_empty(job.reason));
  json.member("created_at", job.created_at);
  json.member("updated_at", job.updated_at);
  json.end_object();
}

template <class Item>
void write_items(JsonWriter& json, std::span<const Item> items) {
  json.key("items");
  json.begin_array();
  for (const auto& item : items) write(json, item);
  json.end_array();
}

template <class Item>
std::string page(std::span<const Item> items, std::string_view next_cursor) {
  JsonWriter json;
  json.begin_object();
  write_items(json, items);
  json.member("next_cursor", unless_empty(next_cursor));
  json.end_object();
  return std::move(json).take();
}

}  // namespace

void write_members(JsonWriter& json, const storage::Device& device) {
  json.member("imei", device.imei.str());
  json.member("label", unless_empty(device.label));
  json.member("first_seen", device.first_seen);
  json.member("last_seen", device.last_seen);
  json.member("last_peer", unless_empty(device.last_peer));
  json.member("protocol", device.protocol);
  json.member("media_count", device.media_count);
  json.key("intake");
  write(json, device.intake);
}

std::string media_json(const storage::Media& media, const Makings& known) {
  JsonWriter json;
  write(json, media, known);
  return std::move(json).take();
}

std::string media_page_json(std::span<const storage::Media> items, const JobsByFile& jobs,
                            std::string_view next_cursor) {
  JsonWriter json;
  json.begin_object();
  json.key("items");
  json.begin_array();
  for (const auto& media : items) write(json, media, {.jobs = jobs.of(media.id)});
  json.end_array();
  json.member("next_cursor", unless_empty(next_cursor));
  json.end_object();
  return std::move(json).take();
}

std::string job_page_json(std::span<const storage::Job> items, std::string_view next_cursor) {
  return page(items, next_cursor);
}

std::string jobs_json(std::span<const storage::Job> jobs) {
  JsonWriter json;
  json.begin_object();
  write_items(json, jobs);
  json.end_object();
  return std::move(json).take();
}

std::string making_json(const Making& making) {
  JsonWriter json;
  json.begin_object();
  json.member("state", to_string(making.state));
  json.member("percent", percent_of(making));
  json.member("task", storage::to_string(making.job->task));
  json.end_object();
  return std::move(json).take();
}

std::string probe_json(const base::Uuid& media_id, const storage::MediaProbe& probe) {
  JsonWriter json;
  json.begin_object();
  json.member("media_id", media_id.str());
  storage::write_members(json, probe);
  json.end_object();
  return std::move(json).take();
}

std::string transfer_page_json(std::span<const storage::Transfer> items, std::string_view next_cursor) {
  return page(items, next_cursor);
}

std::string device_page_json(std::span<const storage::Device> items, std::string_view next_cursor) {
  return page(items, next_cursor);
}

namespace {
void write_members(JsonWriter& json, const storage::Tombstone& file) {
  json.member("id", file.id.str());
  json.member("imei", file.imei.str());
  json.member("deleted_at", file.deleted_at);
  json.member("reason", file.reason);
  json.member("size", file.size);
  json.member("sha256", file.sha256);
}
}  // namespace

std::string tombstone_json(const storage::Tombstone& file) {
  JsonWriter json;
  json.begin_object();
  write_members(json, file);
  json.end_object();
  return std::move(json).take();
}

std::string gone_json(const storage::Tombstone& file, std::string_view title, std::string_view detail) {
  JsonWriter json;
  json.begin_object();
  json.member("type", "about:blank");
  json.member("title", title);
  json.member("status", 410);
  json.member("detail", detail);
  write_members(json, file);
  json.end_object();
  return std::move(json).take();
}

namespace {
void write(JsonWriter& json, const storage::ScrubRun& run) {
  json.begin_object();
  json.member("id", run.id.str());
  json.member("node", unless_empty(run.node));
  json.member("started_at", run.started_at);
  json.member("ended_at", run.ended_at);
  json.member("state", run.state);
  json.member("reason", unless_empty(run.reason));
  json.member("objects", run.objects);
  json.member("files", run.files);
  json.member("orphans", run.orphans);
  json.member("missing", run.missing);
  json.member("wrong_size", run.wrong_size);
  json.member("damaged", run.damaged);
  json.member("hashed_files", run.hashed_files);
  json.member("hashed_bytes", run.hashed_bytes);
  json.member("removed_objects", run.removed_objects);
  json.member("removed_leftovers", run.removed_leftovers);
  json.member("removed_derived", run.removed_derived);
  json.member("remade_derived", run.remade_derived);
  json.end_object();
}

void write(JsonWriter& json, const storage::Finding& finding) {
  json.begin_object();
  json.member("kind", storage::to_string(finding.kind));
  json.member("object", finding.object_key);
  json.member("media_id", finding.media_id.transform(&base::Uuid::str));
  json.member("imei", finding.imei.transform(&base::Imei::str));
  json.member("detail", finding.detail);
  json.member("first_seen", finding.first_seen);
  json.member("last_seen", finding.last_seen);
  json.end_object();
}
}  // namespace

std::string scrub_json(const std::optional<storage::ScrubRun>& run, std::span<const storage::Finding> findings) {
  JsonWriter json;
  json.begin_object();
  json.key("run");
  if (run)
    write(json, *run);
  else
    json.value(std::nullopt);
  json.key("findings");
  json.begin_array();
  for (const storage::Finding& finding : findings) write(json, finding);
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

std::string health_json(std::string_view version, std::chrono::seconds uptime, bool relays) {
  JsonWriter json;
  json.begin_object();
  json.member("status", "ok");
  json.member("version", version);
  json.member("uptime_s", uptime.count());
  json.member("relays", relays);
  json.end_object();
  return std::move(json).take();
}

std::string readiness_json(const ReadinessReport& report, bool draining) {
  JsonWriter json;
  json.begin_object();
  json.member("ready", report.ok() && !draining);
  json.member("draining", draining);
  json.member("checked_at", report.checked_at);
  json.key("checks");
  json.begin_array();
  for (const auto& check : report.checks) {
    json.begin_object();
    json.member("name", check.name);
    json.member("ok", check.ok);
    json.member("reason", unless_empty(check.reason));
    json.member("milliseconds", static_cast<double>(check.duration.count()) / 1000.0);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

std::string faults_json(int status, std::string_view title, std::string_view detail, std::string_view faults) {
  JsonWriter json;
  json.begin_object();
  json.member("type", "about:blank");
  json.member("title", title);
  json.member("status", status);
  json.member("detail", detail);
  json.key("faults");
  json.begin_array();
  while (!faults.empty()) {
    const auto line = faults.substr(0, faults.find('\n'));
    faults.remove_prefix(std::min(line.size() + 1, faults.size()));
    if (!line.empty()) json.value(line);
  }
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

std::string problem_json(int status, std::string_view title, std::string_view detail, std::string_view parameter) {
  JsonWriter json;
  json.begin_object();
  json.member("type", "about:blank");
  json.member("title", title);
  json.member("status", status);
  json.member("detail", detail);
  if (!parameter.empty()) json.member("parameter", parameter);
  json.end_object();
  return std::move(json).take();
}

}  // namespace http
