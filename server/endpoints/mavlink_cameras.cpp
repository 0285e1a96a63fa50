#include "server/endpoints/mavlink_cameras.hpp"

#include <fmt/format.h>

#include <asio/post.hpp>
#include <cmath>
#include <utility>

#include "server/base/log.hpp"
#include "server/base/version.hpp"
#include "server/relay/mavlink/camera/definition.hpp"

namespace endpoints {

namespace {
namespace camera = mavlink::camera;
namespace capability = mavlink::capability;

constexpr std::size_t most_jobs = 1'000;  // more wait for a catalog that is away
constexpr std::chrono::seconds job_rest{1};

std::uint32_t firmware() {
  std::array<unsigned, 3> parts{};
  std::size_t part = 0;
  for (const char c : base::version()) {
    if (c == '.') {
      if (++part == parts.size()) break;
    } else if (c >= '0' && c <= '9') {
      parts.at(part) = parts.at(part) * 10 + static_cast<unsigned>(c - '0');
    } else {
      break;
    }
  }
  return camera::firmware_version(static_cast<std::uint8_t>(parts[0]), static_cast<std::uint8_t>(parts[1]),
                                  static_cast<std::uint8_t>(parts[2]));
}

// What ground stations look for where a camera takes both.
camera::Parameter mode_parameter() {
  return {.id = "CAM_MODE",
          .type = mavlink::param_type::u32,
          .value = std::uint64_t{mavlink::camera_mode::image},
          .description = "Camera mode",
          .options = {{.name = "Photo", .value = std::uint64_t{mavlink::camera_mode::image}},
                      {.name = "Video", .value = std::uint64_t{mavlink::camera_mode::video}}}};
}

camera::Description describe(const MavlinkCameraConfig& config, std::uint8_t system, const MavlinkDevice& device,
                             const std::string& public_url) {
  const MavlinkDevice::Skills skills = device.skills();
  camera::Description what;
  what.address = {system, config.component};
  what.vendor = config.vendor;
  what.model = config.model;
  what.firmware = firmware();
  what.resolution_h = skills.width;
  what.resolution_v = skills.height;
  if (skills.images) what.capabilities |= capability::capture_image;
  if (skills.videos) what.capabilities |= capability::capture_video;
  if (skills.images && skills.videos) {
    what.capabilities |= capability::has_modes | capability::image_in_video_mode | capability::video_in_image_mode;
    what.parameters.push_back(mode_parameter());
  }
  for (camera::Parameter& parameter : device.parameters()) what.parameters.push_back(std::move(parameter));
  what.longest_ask = skills.longest_ask;
  what.can_reset_settings = true;
  what.storages = {camera::Storage{.name = "dualcamd", .can_format = true}};
  if (public_url.empty()) return what;
  const auto stream = [&](std::string name, std::string uri) {
    what.streams.push_back({.name = std::move(name),
                            .uri = std::move(uri),
                            .type = mavlink::stream_type::tcp_mpeg,
                            .resolution_h = skills.width,
                            .resolution_v = skills.height});
  };
  if (skills.stream) stream("live", fmt::format("{}/api/v1/cameras/{}/live", public_url, skills.live));
  if (!skills.latest.empty()) stream("latest clip", fmt::format("{}{}", public_url, skills.latest));
  if (!what.parameters.empty())
    what.definition_uri = fmt::format("{}/api/v1/cameras/{}/definition.xml", public_url, config.name);
  return what;
}

std::int32_t degrees_e7(double degrees) {
  constexpr double per_degree = 1e7;
  return static_cast<std::int32_t>(std::lround(degrees * per_degree));
}

camera::Image image_of(const base::Result<storage::Media>& media, const std::string& public_url) {
  if (!media) return {.ok = false, .reason = media.error().message};
  camera::Image image{.taken_at = media->captured_at ? media->captured_at : media->received_at};
  if (!public_url.empty()) image.url = fmt::format("{}/api/v1/media/{}/content", public_url, media->id.str());
  if (media->latitude && media->longitude)
    image.position =
        camera::Position{.latitude = degrees_e7(*media->latitude), .longitude = degrees_e7(*media->longitude)};
  return image;
}

storage::MavlinkImage row_of(const camera::ImageRecord& record, const std::string& camera) {
  storage::MavlinkImage row{.camera = camera, .index = static_cast<std::uint32_t>(record.index)};
  row.at = record.taken_at.value_or(base::UtcTime{});
  if (record.position) {
    row.latitude_e7 = record.position->latitude;
    row.longitude_e7 = record.position->longitude;
    row.altitude_mm = record.position->altitude;
    row.relative_altitude_mm = record.position->relative_altitude;
  }
  row.orientation = record.orientation;
  row.taken = record.ok;
  row.url = record.url;
  return row;
}

camera::ImageRecord record_of(const storage::MavlinkImage& row) {
  camera::ImageRecord record{.index = static_cast<std::int32_t>(row.index), .ok = row.taken};
  if (row.at != base::UtcTime{}) record.taken_at = row.at;
  record.url = row.url;
  record.position = camera::Position{row.latitude_e7, row.longitude_e7, row.altitude_mm, row.relative_altitude_mm};
  record.orientation = row.orientation;
  return record;
}

// Where a camera's log is.
struct Log {
  storage::MavlinkCatalog& catalog;
  std::string node;
  std::string camera;

  base::Result<> keep(const std::vector<camera::Keep>& all) const {
    std::vector<storage::MavlinkImage> rows;
    const auto write = [&]() -> base::Result<> {
      if (rows.empty()) return {};
      auto added = catalog.add_images(node, rows);
      rows.clear();
      return added;
    };
    for (const camera::Keep& one : all) {
      if (const auto* const record = std::get_if<camera::ImageRecord>(&one)) {
        rows.push_back(row_of(*record, camera));
        continue;
      }
      if (const auto written = write(); !written) return written;
      if (const auto forgotten = catalog.forget_images(node, camera); !forgotten) return forgotten;
    }
    return write();
  }

  base::Result<std::vector<camera::ImageRecord>> page(const camera::PageRequest& asked) const {
    const auto rows =
        catalog.images(node, camera, static_cast<std::uint32_t>(asked.first), static_cast<std::uint32_t>(asked.last),
                       static_cast<std::uint32_t>(asked.last - asked.first + 1));
    if (!rows) return std::unexpected(rows.error());
    std::vector<camera::ImageRecord> records;
    for (const storage::MavlinkImage& row : *rows) records.push_back(record_of(row));
    return records;
  }
};
}  // namespace

MavlinkCamera::MavlinkCamera(const MavlinkCameraConfig& config, std::uint8_t system, std::int32_t image_count,
                             std::unique_ptr<MavlinkDevice> device, Around around, Host& host)
    : config_(config),
      around_(std::move(around)),
      host_(host),
      device_(std::move(device)),
      camera_(describe(config, system, *device_, around_.public_url), image_count, host.now()),
      resting_(host.context()) {}

MavlinkCamera::~MavlinkCamera() = default;

base::Result<> MavlinkCamera::check(const MavlinkCameraConfig& config, const MavlinkDevice& device,
                                    const std::string& public_url) {
  return camera::check(describe(config, 1, device, public_url));  // whatever system it will be of
}

template <class Call>
void MavlinkCamera::with_camera(Call&& call) {
  camera::Actions actions;
  std::forward<Call>(call)(camera_, host_.now(), actions);
  carry_out(actions);
}

void MavlinkCamera::look() {
  const camera::Condition& known = camera_.condition();
  if (device_->is_online() != known.online)
    with_camera([&](camera::Camera& of, base::Now now, camera::Actions& out) {
      device_->is_online() ? of.online(now, out) : of.offline(now, out);
    });
  if (known.recording_since && device_->video_is_over()) recording(false);
  if (device_->battery() != known.battery)
    with_camera(
        [&](camera::Camera& of, base::Now now, camera::Actions& out) { of.battery(device_->battery(), now, out); });
}

void MavlinkCamera::hear(const mavlink::Received& received) {
  look();
  with_camera([&](camera::Camera& of, base::Now now, camera::Actions& out) { of.hear(received, now, out); });
}

void MavlinkCamera::wake() {
  look();
  with_camera([](camera::Camera& of, base::Now now, camera::Actions& out) { of.wake(now, out); });
}

std::string MavlinkCamera::definition() const {
  return camera::definition_xml(camera_.description());
}

void MavlinkCamera::carry_out(camera::Actions& actions) {
  for (const mavlink::Outgoing& outgoing : actions.send)
    if (const auto* const status = std::get_if<mavlink::CameraCaptureStatus>(&outgoing.message)) status_ = *status;
  if (actions.keep.empty())
    for (const mavlink::Outgoing& outgoing : actions.send) around_.send(outgoing);
  else
    add_job(Keeping{.keep = std::move(actions.keep), .behind = std::move(actions.send)});
  for (const camera::PageRequest& page : actions.pages) add_job(page);
  for (const camera::Note& note : actions.notes)
    base::log::debug("a MAVLink camera of ours notes", {{"camera", config_.name}, {"note", note.text}});
  for (const camera::Ask& ask : actions.asks) do_ask(ask);
}

// A status that waited is told as it is now: a number of images below one that was told means that the log was reset.
void MavlinkCamera::tell(const std::vector<mavlink::Outgoing>& waited) {
  for (mavlink::Outgoing outgoing : waited) {
    if (std::holds_alternative<mavlink::CameraCaptureStatus>(outgoing.message)) outgoing.message = status_;
    around_.send(outgoing);
  }
}

void MavlinkCamera::do_ask(const camera::Ask& ask) {
  const auto settings_to = [&](std::uint8_t mode) {
    with_camera([&](camera::Camera& of, base::Now now, camera::Actions& out) {
      of.settings({.mode = mode}, now, out);
      of.parameter("CAM_MODE", std::uint64_t{mode});
    });
    ended(ask.id, {});
  };
  if (std::holds_alternative<camera::TakeImage>(ask.wish)) return take_image(ask.id);
  if (std::holds_alternative<camera::StartVideo>(ask.wish)) return start_video(ask.id);
  if (std::holds_alternative<camera::StopVideo>(ask.wish)) {
    device_->stop_video();
    ended(ask.id, {});
    return recording(false);
  }
  // Formatting is a new log: what else is stored here is no camera's to remove.
  if (std::holds_alternative<camera::FormatStorage>(ask.wish)) return ended(ask.id, {});
  if (std::holds_alternative<camera::ResetSettings>(ask.wish)) return settings_to(mavlink::camera_mode::image);
  if (const auto* const mode = std::get_if<camera::SetMode>(&ask.wish)) return settings_to(mode->mode);
  if (const auto* const set = std::get_if<camera::SetParameter>(&ask.wish)) {
    if (set->id == "CAM_MODE") {
      const auto* const mode = std::get_if<std::uint64_t>(&set->value);
      return settings_to(static_cast<std::uint8_t>(mode == nullptr ? 0 : *mode));
    }
    device_->set_parameter(set->id, set->value,
                           [this, id = ask.id, alive = std::weak_ptr(alive_)](const base::Result<>& result) {
                             if (!alive.expired()) ended(id, result);
                           });
    return;
  }
  ended(ask.id, base::fail(base::Errc::invalid, "This camera cannot do that."));
}

void MavlinkCamera::ended(camera::AskId id, const base::Result<>& result) {
  with_camera([&](camera::Camera& of, base::Now now, camera::Actions& out) {
    of.done(id, {.ok = result.has_value(), .reason = result ? std::string() : result.error().message}, now, out);
  });
}

void MavlinkCamera::take_image(camera::AskId id) {
  device_->take_image([this, id, alive = std::weak_ptr(alive_)](const base::Result<storage::Media>& media) {
    if (alive.expired()) return;
    with_camera([&](camera::Camera& of, base::Now now, camera::Actions& out) {
      of.image(id, image_of(media, around_.public_url), now, out);
    });
  });
}

// That it cannot begin is told at once; what comes later is the end of the video. By then another one may be under way,
// as a file takes its time.
void MavlinkCamera::start_video(camera::AskId id) {
  const auto began = std::make_shared<std::optional<base::Result<>>>();
  device_->start_video(
      [this, began, number = ++videos_, alive = std::weak_ptr(alive_)](const base::Result<storage::Media>& media) {
        if (alive.expired()) return;
        if (!*began) {
          *began = media ? base::Result<>{} : std::unexpected(media.error());
          return;
        }
        if (number == videos_) recording(false);  // it may have ended by itself
        if (!media)
          base::log::warning("a video of a MAVLink camera of ours came to nothing",
                             {{"camera", config_.name}, {"reason", media.error().message}});
      });
  if (!*began) *began = base::Result<>{};
  ended(id, **began);
  recording(began->has_value() && (*began)->has_value());
}

void MavlinkCamera::recording(bool is_recording) {
  with_camera([&](camera::Camera& of, base::Now now, camera::Actions& out) { of.recording(is_recording, now, out); });
}

void MavlinkCamera::add_job(Job job) {
  if (jobs_.size() < most_jobs) {
    jobs_.push_back(std::move(job));
    return next_job();
  }
  base::log::error("the image log of a MAVLink camera of ours has a gap: the catalog does not take it in time",
                   {{"camera", config_.name}});
  if (const auto* const keeping = std::get_if<Keeping>(&job)) {
    tell(keeping->behind);
  } else {
    with_camera([&](camera::Camera& of, base::Now now, camera::Actions& out) {
      of.page_failed(std::get<camera::PageRequest>(job).id, now, out);
    });
  }
}

void MavlinkCamera::next_job() {
  if (working_ || jobs_.empty()) return;
  working_ = true;
  const Log log{around_.catalog, around_.node, config_.name};
  // By the time it is done this camera may be gone.
  const bool taken = host_.pool().post([this, &host = host_, job = jobs_.front(), log, alive = std::weak_ptr(alive_)] {
    Came came;
    if (const auto* const keeping = std::get_if<Keeping>(&job)) {
      came.done = log.keep(keeping->keep);
    } else if (auto page = log.page(std::get<camera::PageRequest>(job))) {
      came.page = std::move(*page);
    } else {
      came.done = std::unexpected(page.error());
    }
    asio::post(host.context(), [this, came = std::move(came), alive] {
      if (!alive.expired()) job_done(came);
    });
  });
  if (!taken) job_done({.done = base::fail(base::Errc::unavailable, "Too much waits for the catalog."), .page = {}});
}

void MavlinkCamera::job_done(const Came& came) {
  const auto* const keeping = std::get_if<Keeping>(&jobs_.front());
  if (!came.done && keeping != nullptr) {  // an image that is told of is kept first, however long that takes
    resting_.expires_after(job_rest);
    resting_.async_wait([this](const std::error_code& error) {
      if (error) return;
      working_ = false;
      next_job();
    });
    return;
  }
  const Job job = std::move(jobs_.front());
  jobs_.pop_front();
  working_ = false;
  if (const auto* const kept = std::get_if<Keeping>(&job)) {
    tell(kept->behind);
  } else {
    with_camera([&](camera::Camera& of, base::Now now, camera::Actions& out) {
      const std::uint64_t id = std::get<camera::PageRequest>(job).id;
      came.done ? of.page(id, came.page, now, out) : of.page_failed(id, now, out);
    });
  }
  next_job();
}

}  // namespace endpoints
