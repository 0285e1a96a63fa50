#include "server/http/parameters.hpp"

#include <fmt/format.h>

#include "server/base/bytes.hpp"
#include "server/http/problem.hpp"
#include "server/http/text.hpp"

namespace http {
namespace {

std::string quoted(const std::string& value) {
  return base::printable(base::as_bytes(value), 60);
}

}  // namespace

void Parameters::reject(std::string_view name, std::string_view detail) {
  if (!problem_) problem_ = http::problem(400, detail, name);
}

std::optional<Response> Parameters::problem() {
  return std::exchange(problem_, std::nullopt);
}

std::optional<std::string> Parameters::text(std::string_view name) {
  const std::string* found = nullptr;
  for (const auto& [key, value] : query_) {
    if (key != name) continue;
    if (found != nullptr) {
      reject(name, fmt::format("The parameter {} is given twice; give it once.", name));
      return std::nullopt;
    }
    found = &value;
  }
  if (found == nullptr || problem_) return std::nullopt;
  if (found->empty()) {
    reject(name, fmt::format("The parameter {} is empty; leave it out or give it a value.", name));
    return std::nullopt;
  }
  if (found->size() > longest_value) {
    reject(name, fmt::format("The parameter {} is longer than {} characters.", name, longest_value));
    return std::nullopt;
  }
  return *found;
}

std::optional<base::Imei> Parameters::imei(std::string_view name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto imei = base::Imei::parse(*value);
  if (!imei) {
    reject(name, fmt::format("The parameter {} is not an IMEI: \"{}\" should be 15 digits of which the last is the "
                             "right check digit.",
                             name, quoted(*value)));
  }
  return imei;
}

template <class T>
std::optional<T> Parameters::one_of(std::string_view name, std::optional<T> (*parse)(std::string_view) noexcept,
                                    std::string_view words) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto parsed = parse(*value);
  if (!parsed) reject(name, fmt::format("The parameter {} is \"{}\"; it can be {}.", name, quoted(*value), words));
  return parsed;
}

std::optional<base::Camera> Parameters::camera(std::string_view name) {
  return one_of(name, base::parse_camera, "front, rear, adas, dsm, dash, relay or unknown");
}

std::optional<base::MediaKind> Parameters::kind(std::string_view name) {
  return one_of(name, base::parse_media_kind, "photo, video or other");
}

std::optional<storage::JobState> Parameters::job_state(std::string_view name) {
  return one_of(name, storage::parse_job_state, "waiting, queued, running, done or failed");
}

std::optional<storage::JobTask> Parameters::job_task(std::string_view name) {
  return one_of(name, storage::parse_job_task, "preview or playback");
}

std::optional<storage::CaptureState> Parameters::capture_state(std::string_view name) {
  return one_of(name, storage::parse_capture_state,
                "queued, sent, accepted, connecting, transferring, stored, refused, expired, failed or cancelled");
}

std::optional<storage::DeviceEventKind> Parameters::device_event_kind(std::string_view name) {
  return one_of(name, storage::parse_device_event_kind, "sos, front_camera or rear_camera");
}

std::optional<base::UtcTime> Parameters::time(std::string_view name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto time = base::parse_iso8601(*value);
  if (!time) {
    reject(name, fmt::format("The parameter {} is \"{}\", which is not a time of ISO 8601 such as "
                             "2026-11-21T10:15:00Z or 2026-11-21.",
                             name, quoted(*value)));
  }
  return time;
}

std::optional<base::Uuid> Parameters::uuid(std::string_view name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto id = base::Uuid::parse(*value);
  if (!id) reject(name, fmt::format("The parameter {} is \"{}\", which is no UUID.", name, quoted(*value)));
  return id;
}

std::optional<bool> Parameters::flag(std::string_view name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  if (*value != "true" && *value != "false")
    reject(name, fmt::format("The parameter {} is \"{}\"; it can be true or false.", name, quoted(*value)));
  return *value == "true";
}

std::uint32_t Parameters::limit(std::uint32_t usual, std::uint32_t largest) {
  const auto value = text("limit");
  if (!value) return usual;
  const auto limit = parse_decimal<std::uint32_t>(*value);
  if (limit && *limit >= 1 && *limit <= largest) return *limit;
  reject("limit",
         fmt::format("The parameter limit is \"{}\"; it can be a whole number from 1 to {}.", quoted(*value), largest));
  return usual;
}

}  // namespace http
