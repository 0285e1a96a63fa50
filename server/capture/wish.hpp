// What a person wishes, and the request that is made of it: one part for each command that it takes. Pure, but for the
// random bits of the parts' ids.
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

// "classic": camreq, mdas_camreq, dsm_camreq. "icam:1", "icam:2": icam_req, with the camera's serial port. Of an empty
// text, as the catalog has it where nobody has set one: classic.
struct Profile {
  bool icam = false;
  std::uint8_t com_port = 1;
  bool operator==(const Profile&) const = default;
};
base::Result<Profile> parse_profile(std::string_view text);
std::string to_string(const Profile& profile);

// At most so much video with one request: ten minutes are twenty commands, and hours of a camera's time.
constexpr std::uint32_t longest_wish_s = 600;
// So far in the future may a video begin: clocks of trackers and of those who ask go differently from ours.
constexpr std::chrono::milliseconds clock_tolerance = std::chrono::minutes{5};
// Further back no card goes: a mistake in the date.
constexpr std::chrono::milliseconds oldest_video = std::chrono::days{2 * 365};
constexpr std::chrono::milliseconds shortest_patience = std::chrono::seconds{1};
constexpr std::chrono::milliseconds longest_patience = std::chrono::days{30};

struct Wish {
  base::Imei imei;
  base::MediaKind kind = base::MediaKind::video;
  bool front = false;  // front and rear may both be wished
  bool rear = false;
  base::Camera other = base::Camera::unknown;  // adas, dsm, dash: instead
  std::optional<base::UtcTime> from;           // a video's begin; the second in which it lies
  std::uint32_t duration_s = 0;                // a video's
  std::optional<std::uint8_t> resolution;      // a photo's
  // Where cameras reach this server: camreq can name a photo's resolution only behind it. Else of no effect.
  std::optional<avl::Destination> server;
  storage::CaptureChannel channel = storage::CaptureChannel::avl;
  std::string origin;
  std::optional<base::Uuid> event_id;
  std::chrono::milliseconds patience = std::chrono::hours{24};  // from now to the deadline
};

// Errors: `invalid`, what of the wish cannot be, and what could. `id`: the request's; parts get ids of their own.
// A video in the future, or further away than two years, is refused; the commands of one that is not over yet wait
// until their own part of it is.
base::Result<storage::CaptureRequest> plan(const Wish& wish, const Profile& profile, const base::Uuid& id,
                                           base::UtcTime now);

// [at - before, at + after] as a wish's begin and length, in whole seconds.
void around(Wish& wish, base::UtcTime at, std::chrono::seconds before, std::chrono::seconds after);

}  // namespace capture
