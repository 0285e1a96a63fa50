#include "server/http/json.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace http {
namespace {

using Json = nlohmann::ordered_json;  // members come out in the order they are written below

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json text_or_null(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json time_or_null(const std::optional<base::UtcTime>& time) {
  return time ? Json(base::to_iso8601(*time)) : Json(nullptr);
}

// Photos are shown as they came; everything else has no form that a browser shows until something has made it.
Json derived_state(const storage::Media& media) {
  const bool shown_as_is = media.kind == base::MediaKind::photo && media.content_type == "image/jpeg";
  return {{"state", shown_as_is ? "original" : "none"}};
}

Json to_json(const storage::Media& media) {
  return {{"id", media.id.str()},
          {"imei", media.imei.str()},
          {"camera", base::to_string(media.camera)},
          {"kind", base::to_string(media.kind)},
          {"captured_at", time_or_null(media.captured_at)},
          {"received_at", base::to_iso8601(media.received_at)},
          {"trigger", text_or_null(media.trigger)},
          {"duration_s", or_null(media.duration_s)},
          {"latitude", or_null(media.latitude)},
          {"longitude", or_null(media.longitude)},
          {"size", media.size},
          {"sha256", media.sha256},
          {"content_type", media.content_type},
          {"playback", derived_state(media)},
          {"thumbnail", derived_state(media)},
          {"request_id", text_or_null(media.request_id)},
          {"frame_rate", or_null(media.frame_rate)},
          {"time_zone_minutes", or_null(media.time_zone_minutes)},
          {"triggered_at", time_or_null(media.triggered_at)},
          {"name", text_or_null(media.name)},
          {"driver_name", text_or_null(media.driver_name)},
          {"defect", text_or_null(media.defect)},
          {"legal_hold", media.legal_hold},
          {"metadata", text_or_null(media.metadata_hex)}};
}

// With one decimal. The total is an upper bound until the last packet, so a stored file is 100 whatever it says.
Json percent_of(const storage::Transfer& transfer) {
  if (transfer.state == "stored") return 100.0;
  if (transfer.total_bytes == 0) return nullptr;
  const double share = static_cast<double>(transfer.offset) / static_cast<double>(transfer.total_bytes);
  return std::floor(std::min(share, 1.0) * 1000.0) / 10.0;
}

// Whole seconds, rounded up. Beyond a month a rate says nothing about the end.
Json eta_of(const storage::Transfer& transfer) {
  if (!transfer.live || transfer.bytes_per_second <= 0 || transfer.total_bytes <= transfer.offset) return nullptr;
  const double seconds = static_cast<double>(transfer.total_bytes - transfer.offset) / transfer.bytes_per_second;
  constexpr double month = 30.0 * 24 * 3600;
  return seconds < month ? Json(static_cast<std::uint64_t>(std::ceil(seconds))) : Json(nullptr);
}

Json to_json(const storage::Transfer& transfer) {
  return {{"id", transfer.id.str()},
          {"session", transfer.session},
          {"imei", transfer.imei.str()},
          {"peer", transfer.peer},
          {"node", transfer.node},
          {"protocol", transfer.protocol},
          {"camera", base::to_string(transfer.camera)},
          {"kind", base::to_string(transfer.kind)},
          {"name", text_or_null(transfer.name)},
          {"state", transfer.state},
          {"live", transfer.live},
          {"reason", text_or_null(transfer.reason)},
          {"percent", percent_of(transfer)},
          {"eta_s", eta_of(transfer)},
          {"total_bytes", transfer.total_bytes},
          {"offset_start", transfer.offset_start},
          {"offset", transfer.offset},
          {"bytes_received", transfer.bytes_received},
          {"bytes_per_second", std::round(transfer.bytes_per_second)},
          {"stalls", transfer.stalls},
          {"resumes", transfer.resumes},
          {"bad_crcs", transfer.bad_crcs},
          {"salvaged", transfer.salvaged},
          {"started_at", base::to_iso8601(transfer.started_at)},
          {"updated_at", base::to_iso8601(transfer.updated_at)},
          {"media_id", transfer.media_id ? Json(transfer.media_id->str()) : Json(nullptr)}};
}

Json to_json(const storage::Device& device) {
  return {{"imei", device.imei.str()},
          {"label", text_or_null(device.label)},
          {"first_seen", base::to_iso8601(device.first_seen)},
          {"last_seen", base::to_iso8601(device.last_seen)},
          {"last_peer", text_or_null(device.last_peer)},
          {"protocol", device.protocol},
          {"media_count", device.media_count}};
}

template <class Item>
std::string page(std::span<const Item> items, std::string_view next_cursor) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(to_json(item));
  return dumped({{"items", std::move(list)}, {"next_cursor", text_or_null(next_cursor)}});
}

}  // namespace

std::string media_json(const storage::Media& media) {
  return dumped(to_json(media));
}
std::string device_json(const storage::Device& device) {
  return dumped(to_json(device));
}

std::string media_page_json(std::span<const storage::Media> items, std::string_view next_cursor) {
  return page(items, next_cursor);
}

std::string transfer_page_json(std::span<const storage::Transfer> items, std::string_view next_cursor) {
  return page(items, next_cursor);
}

std::string device_page_json(std::span<const storage::Device> items, std::string_view next_cursor) {
  return page(items, next_cursor);
}

std::string health_json(std::string_view version, std::chrono::seconds uptime) {
  return dumped({{"status", "ok"}, {"version", version}, {"uptime_s", uptime.count()}});
}

std::string readiness_json(const ReadinessReport& report, bool draining) {
  Json checks = Json::array();
  for (const auto& check : report.checks) {
    checks.push_back({{"name", check.name},
                      {"ok", check.ok},
                      {"reason", text_or_null(check.reason)},
                      {"milliseconds", static_cast<double>(check.duration.count()) / 1000.0}});
  }
  return dumped({{"ready", report.ok() && !draining},
                 {"draining", draining},
                 {"checked_at", base::to_iso8601(report.checked_at)},
                 {"checks", std::move(checks)}});
}

std::string problem_json(int status, std::string_view title, std::string_view detail, std::string_view parameter) {
  Json json = {{"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", detail}};
  if (!parameter.empty()) json["parameter"] = parameter;
  return dumped(json);
}

}  // namespace http
