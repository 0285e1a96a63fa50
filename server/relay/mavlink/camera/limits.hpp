// Bounds of a camera component, each with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mavlink::camera::limits {

using namespace std::chrono_literals;

// Shots that were accepted and wait for the one before: a hand on a button, not a program that floods.
inline constexpr std::size_t most_shots_waiting = 4;
// What the device was asked and has not answered, images aside: more is not a person's doing.
inline constexpr std::size_t most_asks = 32;
// Large cards take minutes.
inline constexpr std::chrono::milliseconds format_time = 300s;
// Requesters wait 3 to 5 s after IN_PROGRESS for the next word.
inline constexpr std::chrono::milliseconds progress_every = 1s;

// The same capture number again within it is the same shot: twice the longest a known ground station waits between
// tries. Beyond it a program that was started anew may count from 1 again.
inline constexpr std::chrono::milliseconds same_capture_number = 240s;
// A command with `confirmation` again within it is the same.
inline constexpr std::chrono::milliseconds same_command = 10s;
// An autopilot tells of one shot in two ways, one right behind the other.
inline constexpr std::chrono::milliseconds same_shot_two_ways = 500ms;
inline constexpr std::size_t most_remembered = 256;  // commands, of all senders together

inline constexpr std::int32_t most_images_in_series = 1'000'000;
inline constexpr double longest_interval_s = 86'400;  // a day between images is no interval any more

// Answers about kept images and lists of parameters, each: what a slow radio link still carries besides the rest.
inline constexpr std::chrono::milliseconds paced = 20ms;  // 50 a second
inline constexpr std::int32_t page_size = 50;
inline constexpr std::int32_t most_images_per_request = 1000;  // 20 s of answers to one message of 45 bytes
inline constexpr std::size_t most_ranges = 4;                  // of more than one image
inline constexpr std::size_t most_image_requests = 32;         // with single ones
inline constexpr std::chrono::milliseconds page_time = 10s;    // for the catalog to read one
inline constexpr std::size_t most_lists = 4;                   // of parameters

// Batteries change slowly; whoever comes later learns of it soon enough.
inline constexpr std::chrono::milliseconds battery_every = 5s;

inline constexpr std::size_t most_intervals = 32;  // messages sent regularly, over all peers
inline constexpr std::chrono::microseconds shortest_message_interval = 100ms;  // faster ones become this
inline constexpr float most_status_hz = 10;                                    // while recording; as above

}  // namespace mavlink::camera::limits
