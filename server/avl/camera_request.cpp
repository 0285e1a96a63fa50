#include "server/avl/camera_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace avl {

namespace {
constexpr std::uint8_t highest_resolution = 4;
constexpr std::uint8_t usual_resolution = 3;  // 1280x720: what trackers are set to unless somebody changed it
constexpr std::size_t longest_domain = 64;    // of a tracker's own setting for it

std::unexpected<base::Error> cannot(std::string message) {
  return base::fail(base::Errc::invalid, std::move(message));
}

bool is_video(const CameraRequest& request) {
  return request.kind == base::MediaKind::video;
}

// 0 for a photo without a time.
std::int64_t unix_seconds(const CameraRequest& request) {
  return request.from ? std::chrono::floor<std::chrono::seconds>(*request.from).time_since_epoch().count() : 0;
}

base::Result<> check(const CameraRequest& request) {
  if (request.kind == base::MediaKind::other) return cannot("A camera can be asked for a photo or a video.");
  if (is_video(request) && request.dialect != Dialect::dsm_camreq) {
    if (!request.from || unix_seconds(request) < 0) return cannot("A video needs the time it begins at.");
    if (request.duration_s < 1 || request.duration_s > longest_clip_s)
      return cannot(fmt::format("A video of {} s cannot be asked for with one command: 1 to {} s can.",
                                request.duration_s, longest_clip_s));
  }
  if (request.resolution && *request.resolution > highest_resolution)
    return cannot(
        fmt::format("There is no resolution {}: 0 to {} are known.", *request.resolution, highest_resolution));
  if (!request.destination) return {};
  const std::string& domain = request.destination->domain;
  const auto fits = [](char c) { return std::isgraph(static_cast<unsigned char>(c)) != 0 && c != ','; };
  if (domain.empty() || domain.size() > longest_domain || !std::ranges::all_of(domain, fits))
    return cannot(
        fmt::format("A file's destination is a name of 1 to {} characters without blank and comma.", longest_domain));
  if (request.destination->port == 0) return cannot("A file's destination needs a port from 1 to 65535.");
  return {};
}

std::string destination_text(const CameraRequest& request) {
  return request.destination ? fmt::format(",{},{}", request.destination->domain, request.destination->port) : "";
}

// A photo has neither time nor duration: its destination follows the source.
base::Result<std::string> camreq(const CameraRequest& request) {
  const unsigned source = (request.front ? 1U : 0U) + (request.rear ? 2U : 0U);
  if (source == 0) return cannot("camreq asks the front camera, the rear camera, or both.");
  if (is_video(request)) {
    if (request.resolution) return cannot("camreq can ask for the resolution of a photo only.");
    return fmt::format("camreq:0,{},{},{}{}", source, unix_seconds(request), request.duration_s,
                       destination_text(request));
  }
  if (!request.resolution) return fmt::format("camreq:1,{}{}", source, destination_text(request));
  if (!request.destination)
    return cannot("camreq can ask for a photo's resolution only together with the domain and port it is to go to.");
  return fmt::format("camreq:1,{}{},{}", source, destination_text(request), *request.resolution);
}

base::Result<std::string> mdas_camreq(const CameraRequest& request) {
  if (request.resolution) return cannot("mdas_camreq cannot ask for a resolution; icam_req can.");
  return fmt::format("mdas_camreq:{},0,{},{}{}", is_video(request) ? 0 : 1, unix_seconds(request),
                     is_video(request) ? request.duration_s : 0, destination_text(request));
}

base::Result<std::string> dsm_camreq(const CameraRequest& request) {
  if (request.resolution) return cannot("dsm_camreq cannot ask for a resolution; icam_req can.");
  return fmt::format("dsm_camreq:2,4{}", destination_text(request));
}

std::optional<unsigned> icam_number(const CameraRequest& request) {
  if (request.front || request.rear) {
    if (request.front && request.rear) return std::nullopt;
    return request.front ? 2 : 3;
  }
  switch (request.camera) {
    case base::Camera::dsm: return 0;
    case base::Camera::adas: return 1;
    case base::Camera::front: return 2;
    case base::Camera::rear: return 3;
    case base::Camera::dash: return 4;
    case base::Camera::relay:  // of no vehicle
    case base::Camera::unknown: return std::nullopt;
  }
  return std::nullopt;
}

base::Result<std::string> icam_req(const CameraRequest& request) {
  const std::optional<unsigned> camera = icam_number(request);
  if (!camera) return cannot("icam_req asks exactly one camera: front, rear, adas, dsm or dash.");
  if (request.com_port < 1 || request.com_port > 2) return cannot("icam_req needs the camera's serial port, 1 or 2.");
  return fmt::format("icam_req:{},{},{},{},{},{}{}", *camera, request.com_port, is_video(request) ? 0 : 1,
                     unix_seconds(request), is_video(request) ? request.duration_s : 0,
                     request.resolution.value_or(usual_resolution), destination_text(request));
}
}  // namespace

base::Result<std::string> command_text(const CameraRequest& request) {
  if (auto checked = check(request); !checked) return std::unexpected(checked.error());
  switch (request.dialect) {
    case Dialect::camreq: return camreq(request);
    case Dialect::mdas_camreq: return mdas_camreq(request);
    case Dialect::dsm_camreq: return dsm_camreq(request);
    case Dialect::icam_req: return icam_req(request);
  }
  return cannot("There is no such command.");
}

std::string sms_text(std::string_view login, std::string_view password, std::string_view command) {
  return fmt::format("{} {} {}", login, password, command);
}

}  // namespace avl
