#include "server/capture/wish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "server/base/bytes.hpp"

namespace capture {

namespace {
using avl::CameraRequest;
using avl::Dialect;
using base::Camera;
using base::Errc;
using base::MediaKind;
using base::UtcTime;
using std::chrono::seconds;
using storage::CapturePart;
using storage::CaptureRequest;

constexpr std::uint8_t best_resolution = 4;

// A command without its time, and the files that it brings.
struct Target {
  CameraRequest request;
  std::vector<Camera> cameras;
};
struct Slice {
  std::optional<UtcTime> from;  // nothing: a photo
  std::uint32_t duration_s = 0;
};

UtcTime whole_second(UtcTime time) {
  return std::chrono::floor<seconds>(time);
}

base::Result<> check_cameras(const Wish& wish) {
  const bool pair = wish.front || wish.rear;
  if (!pair && wish.other == Camera::unknown)
    return base::fail(Errc::invalid, "No camera is named; ask for front, rear, both of them, adas, dsm or dash.");
  if (pair && wish.other != Camera::unknown)
    return base::fail(
        Errc::invalid,
        fmt::format("The {} camera cannot be asked together with the front or rear one; make a request of "
                    "its own for it.",
                    base::to_string(wish.other)));
  if (wish.other == Camera::front || wish.other == Camera::rear)
    return base::fail(Errc::invalid, "Front and rear cameras are wished as such, not as another camera.");
  if (wish.other == Camera::relay)
    return base::fail(Errc::invalid, "A camera of the relay is no tracker's: it is told by the relay's own commands.");
  return {};
}

base::Result<> check_photo(const Wish& wish) {
  if (wish.from || wish.duration_s != 0)
    return base::fail(Errc::invalid,
                      "A photo is taken when the camera is asked for it and has neither time nor duration; leave them "
                      "out, or ask for a video of that time.");
  if (wish.resolution.value_or(0) > best_resolution)
    return base::fail(Errc::invalid,
                      fmt::format("There is no resolution {}; 0 is 160x120, 1 320x240, 2 640x480, 3 1280x720 and 4 "
                                  "1920x1080.",
                                  *wish.resolution));
  return {};
}

base::Result<> check_video(const Wish& wish, UtcTime now) {
  if (wish.resolution) return base::fail(Errc::invalid, "Only a photo has a resolution; leave it out for a video.");
  if (!wish.from) return base::fail(Errc::invalid, "A video needs the time at which it begins.");
  if (wish.duration_s < 1 || wish.duration_s > longest_wish_s)
    return base::fail(Errc::invalid, fmt::format("A video of {} s cannot be asked for; 1 to {} s can.", wish.duration_s,
                                                 longest_wish_s));
  if (*wish.from > now + clock_tolerance)
    return base::fail(Errc::invalid,
                      fmt::format("The video would begin at {}, which is in the future: it is {} now; ask for it "
                                  "afterwards.",
                                  base::to_iso8601(*wish.from), base::to_iso8601(now)));
  if (*wish.from < now - oldest_video)
    return base::fail(Errc::invalid,
                      fmt::format("The video would begin at {}, more than two years ago; no camera keeps one for so "
                                  "long.",
                                  base::to_iso8601(*wish.from)));
  if (whole_second(*wish.from) + seconds(wish.duration_s) >= now + wish.patience)
    return base::fail(Errc::invalid, "The deadline would pass before the video is over; give it a later one.");
  return {};
}

base::Result<> check(const Wish& wish, UtcTime now) {
  if (auto good = check_cameras(wish); !good) return good;
  if (wish.patience < shortest_patience || wish.patience > longest_patience)
    return base::fail(Errc::invalid, "The deadline of a request is between one second and 30 days from now.");
  switch (wish.kind) {
    case MediaKind::photo: return check_photo(wish);
    case MediaKind::video: return check_video(wish, now);
    case MediaKind::other: break;
  }
  return base::fail(Errc::invalid, "Cameras can be asked for a photo or for a video, and for nothing else.");
}

// Each camera that is wished, in the order in which they are asked.
std::vector<Camera> cameras_of(const Wish& wish) {
  if (wish.other != Camera::unknown) return {wish.other};
  std::vector<Camera> cameras;
  if (wish.front) cameras.push_back(Camera::front);
  if (wish.rear) cameras.push_back(Camera::rear);
  return cameras;
}

base::Result<Dialect> classic_dialect(const Wish& wish) {
  switch (wish.other) {
    case Camera::adas: return Dialect::mdas_camreq;
    case Camera::dsm:
      if (wish.kind == MediaKind::photo) return Dialect::dsm_camreq;
      return base::fail(Errc::invalid,
                        "The command for a DSM camera knows no time: it brings what the camera has; ask for a photo, "
                        "or, where the tracker knows icam_req, set the device's profile to icam:1 or icam:2.");
    case Camera::dash:
      return base::fail(Errc::invalid,
                        "A dash camera can be asked by icam_req only; set the device's profile to icam:1 or icam:2, as "
                        "the camera is connected.");
    default: return Dialect::camreq;
  }
}

// Front and rear in one command where there is one for both, else a command for each.
base::Result<std::vector<Target>> targets_of(const Wish& wish, const Profile& profile) {
  const std::vector<Camera> cameras = cameras_of(wish);
  CameraRequest request{.kind = wish.kind, .resolution = wish.resolution};
  if (profile.icam) {
    request.dialect = Dialect::icam_req;
    request.com_port = profile.com_port;
    std::vector<Target> targets;
    for (const Camera camera : cameras) {
      request.camera = camera;
      targets.push_back({request, {camera}});
    }
    return targets;
  }
  const auto dialect = classic_dialect(wish);
  if (!dialect) return std::unexpected(dialect.error());
  if (wish.resolution && *dialect != Dialect::camreq)
    return base::fail(Errc::invalid, fmt::format("The command for the {} camera knows no resolution; leave it out.",
                                                 base::to_string(wish.other)));
  if (wish.resolution && !wish.server)
    return base::fail(Errc::invalid,
                      "The command for a photo names a resolution only behind the address that the photo is to go to, "
                      "and this server has not been told at which one cameras reach it; leave the resolution out: the "
                      "device then takes its own.");
  request.dialect = *dialect;
  if (wish.resolution) request.destination = wish.server;
  request.front = wish.front;
  request.rear = wish.rear;
  return std::vector<Target>{{request, cameras}};
}

// As few as possible, each as long as the others but for one second: the last one is not a stump.
std::vector<Slice> slices_of(const Wish& wish) {
  if (!wish.from) return {Slice{}};
  const std::uint32_t count = (wish.duration_s + avl::longest_clip_s - 1) / avl::longest_clip_s;
  const std::uint32_t shorter = wish.duration_s / count;
  const std::uint32_t longer_ones = wish.duration_s % count;
  std::vector<Slice> slices;
  UtcTime from = whole_second(*wish.from);
  for (std::uint32_t n = 0; n < count; ++n) {
    const std::uint32_t length = shorter + (n < longer_ones ? 1 : 0);
    slices.push_back({from, length});
    from += seconds(length);
  }
  return slices;
}

base::Result<CapturePart> part_of(const CaptureRequest& whole, Target target, const Slice& slice, UtcTime now) {
  target.request.from = slice.from;
  target.request.duration_s = slice.duration_s;
  auto command = avl::command_text(target.request);
  if (!command) return std::unexpected(command.error());
  CapturePart part{.id = base::Uuid::v7(now),
                   .request_id = whole.id,
                   .number = static_cast<std::uint32_t>(whole.parts.size()),
                   .imei = whole.imei,
                   .kind = whole.kind,
                   .files = {},
                   .from = slice.from,
                   .duration_s = slice.duration_s,
                   .command = std::move(*command),
                   .updated_at = now};
  for (const Camera camera : target.cameras) part.files.push_back({.camera = camera, .media_id = {}});
  if (slice.from && *slice.from + seconds(slice.duration_s) > now) {
    part.due_at = *slice.from + seconds(slice.duration_s);
    part.reason = "The video is not over yet; the command is sent when it is.";
  }
  return part;
}
}  // namespace

base::Result<Profile> parse_profile(std::string_view text) {
  if (text.empty() || text == "classic") return Profile{};
  if (text == "icam:1") return Profile{.icam = true, .com_port = 1};
  if (text == "icam:2") return Profile{.icam = true, .com_port = 2};
  return base::fail(
      Errc::invalid,
      fmt::format("There is no profile \"{}\"; a device's is classic, icam:1 or icam:2, where 1 and 2 are "
                  "the serial port of its camera.",
                  base::printable(base::as_bytes(text), 40)));
}

std::string to_string(const Profile& profile) {
  return profile.icam ? fmt::format("icam:{}", profile.com_port) : "classic";
}

base::Result<CaptureRequest> plan(const Wish& wish, const Profile& profile, const base::Uuid& id, UtcTime now) {
  if (const auto good = check(wish, now); !good) return std::unexpected(good.error());
  const auto targets = targets_of(wish, profile);
  if (!targets) return std::unexpected(targets.error());
  CaptureRequest request{.id = id,
                         .imei = wish.imei,
                         .kind = wish.kind,
                         .from = wish.from ? std::optional(whole_second(*wish.from)) : std::nullopt,
                         .duration_s = wish.duration_s,
                         .channel = wish.channel,
                         .origin = wish.origin,
                         .event_id = wish.event_id,
                         .created_at = now,
                         .deadline = now + wish.patience,
                         .reason = {},
                         .updated_at = now,
                         .parts = {}};
  for (const Slice& slice : slices_of(wish))
    for (const Target& target : *targets) {
      auto part = part_of(request, target, slice, now);
      if (!part) return std::unexpected(part.error());
      request.parts.push_back(std::move(*part));
    }
  return request;
}

void around(Wish& wish, UtcTime at, seconds before, seconds after) {
  // Of lengths that are absurd the sum is, too: plan() says so.
  constexpr seconds absurd{longest_wish_s + 1};
  before = std::clamp(before, seconds{0}, absurd);
  after = std::clamp(after, seconds{0}, absurd);
  wish.from = whole_second(at) - before;
  wish.duration_s = static_cast<std::uint32_t>((before + after).count());
}

}  // namespace capture
