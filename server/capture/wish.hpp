// What a person wishes, and the request that is made of it: one part for each command that it takes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/avl/camera_request.hpp"
#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/imei.hpp"
#include "server/base/media.hpp"
#include "server/base/result.hpp"
#include "storage/catalog/capture_catalog.hpp"

namespace capture {

// "classic": camreq, mdas_camreq, dsm_camreq. "icam:1", "icam:2": icam_req, with the camera's serial port.
struct Profile {
  bool icam = false;
  std::uint8_t com_port = 1;
};
base::Result<Profile> parse_profile(std::string_view text);
std::string to_string(const Profile& profile);

// At most so much video with one request: ten minutes are twenty commands, and hours of a camera's time.
constexpr std::uint32_t longest_wish_s = 600;

struct Wish {
  base::Imei imei;
  base::MediaKind kind = base::MediaKind::video;
  bool front = false;  // front and rear may both be wished
  bool rear = false;
  base::Camera other = base::Camera::unknown;  // adas, dsm, dash: instead
  std::optional<base::UtcTime> from;           // a video's begin
  std::uint32_t duration_s = 0;                // a video's
  std::optional<std::uint8_t> resolution;      // a photo's
  storage::CaptureChannel channel = storage::CaptureChannel::avl;
  std::string origin;
  std::optional<base::Uuid> event_id;
  std::chrono::milliseconds patience = std::chrono::hours{24};  // from now to the deadline
};

// Errors: `invalid`, what of the wish cannot be, and what could. `id`: the request's; parts get ids of their own.
// A video in the future, or further away than two years, is refused; one that is not over yet has its first part
// queued until it is.
base::Result<storage::CaptureRequest> plan(const Wish& wish, const Profile& profile, const base::Uuid& id,
                                           base::UtcTime now);

// [at - before, at + after] as a wish's begin and length, in whole seconds.
void around(Wish& wish, base::UtcTime at, std::chrono::seconds before, std::chrono::seconds after);

}  // namespace capture
