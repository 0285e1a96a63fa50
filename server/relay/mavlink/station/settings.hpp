// What may be set of the ground station role, and its bounds.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/relay/mavlink/wire/enums.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::station {

struct Timing {
  std::chrono::milliseconds heartbeat{1000};             // from one of ours to the next
  std::chrono::milliseconds lost_after{5000};            // without one of the camera's
  std::chrono::milliseconds ack{1000};                   // until a command is sent again
  std::chrono::milliseconds in_progress{5000};           // from one IN_PROGRESS to the next, or to the end
  std::chrono::milliseconds in_progress_limit{600'000};  // for all of them: formatting a disk takes minutes
  std::chrono::milliseconds message_after_ack{1000};
  std::chrono::milliseconds longest_back_off{30'000};
  std::chrono::milliseconds poll_active{5000};  // capture status while images or video are taken
  std::chrono::milliseconds poll_idle{30'000};  // the same otherwise: what the camera sent by itself may have got lost
  std::chrono::milliseconds after_shot{1000};   // from an accepted shot to the question for the capture status
  std::chrono::milliseconds image_round{500};   // between questions for missing images
  // After an acknowledgement the next order with the same command waits this long, so that a second copy of it (another
  // link, or the answer to a re-send) is not taken for the next one's.
  std::chrono::milliseconds settle{100};
  std::chrono::milliseconds settle_after_resend{500};
};

struct Settings {
  // Some camera managers drop everything that does not come from component 0, 190 or 250.
  Address identity{255, component::ground_station};
  std::vector<Address> ignored;  // components of this box that are no cameras of others
  Timing timing;
  int resends = 3;  // of a command that is not acknowledged
  // Of an order that is not the same twice (a shot without a number, so many images, a step of zoom): a second copy
  // acts a second time.
  int resends_of_unrepeatable = 0;
  bool ask_autopilots = true;         // for cameras behind them, which have no heartbeat of their own
  bool digicam_fallback = true;       // DO_DIGICAM_CONTROL for cameras that do not know IMAGE_START_CAPTURE
  bool fetch_earlier_images = false;  // also those from before the camera was first met (the newest max_missing)
  // The number of the first shot of a camera, 1 to max_sequence. Cameras take the same number from the same sender for
  // a re-send: a program that starts anew should not begin where it began before.
  std::uint32_t first_sequence = 1;
};

inline constexpr std::uint32_t max_sequence = 1U << 23U;    // a float holds it exactly; then 1 again
inline constexpr std::size_t max_cameras = 32;              // the one not heard of for longest goes
inline constexpr std::size_t max_autopilots = 16;           // asked for cameras; the same
inline constexpr std::size_t max_commands_per_target = 32;  // waiting and under way
inline constexpr std::size_t max_storages = 8;              // of a camera; more are not asked for and not kept
inline constexpr std::size_t max_streams = 16;
inline constexpr std::size_t max_missing = 256;       // images of a camera that are asked for; more are given up
inline constexpr std::size_t max_seen_images = 1024;  // told of, so that they are not told of again
inline constexpr std::size_t images_per_round = 3;    // questions
inline constexpr std::int32_t images_per_range = 8;   // of one question
inline constexpr int tries_per_image = 4;

}  // namespace mavlink::station
