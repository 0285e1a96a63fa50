// What comes out of the station: the caller carries it out and empties it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/relay/mavlink/station/camera.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::station {

enum class Change : std::uint8_t {
  found,
  identified,  // CAMERA_INFORMATION came, for the first time or with other words
  settings,
  storage,
  status,
  streams,
  lost,          // no heartbeat for too long
  back,          // it sends heartbeats again
  rebooted,      // its clock went back: it is identified anew
  images_reset,  // it counts its images anew
  forgotten,     // too many cameras, and this one was the stalest
};
std::string_view to_string(Change change) noexcept;

struct CameraChange {
  Key key;
  Change change = Change::found;
  std::string name;
  std::string reason;  // for people; may be empty
};

struct NewImage {
  Key key;
  Image image;
  bool fetched = false;  // it was missing and has been asked for
};

enum class Outcome : std::uint8_t { accepted, refused, no_answer, cancelled, camera_gone };
std::string_view to_string(Outcome outcome) noexcept;  // "no answer"

std::string_view result_word(std::uint8_t mav_result) noexcept;  // "temporarily rejected"; "unknown result" for others

struct EndedCommand {
  CommandId id = 0;
  Key key;
  std::string what;  // the order in words: "take an image (shot 7)"
  Outcome outcome = Outcome::no_answer;
  std::uint8_t result = 0;            // MAV_RESULT, where the camera answered
  std::string word;                   // of the result, or why there is none
  std::chrono::milliseconds took{0};  // since it was ordered, waiting for its turn included
  int sends = 0;
};

struct Note {
  bool warning = false;
  std::string text;  // a whole sentence
};

struct Actions {
  std::vector<Outgoing> send;  // in this order
  std::vector<CameraChange> changes;
  std::vector<NewImage> images;
  std::vector<EndedCommand> ended;
  std::vector<Note> notes;
};

}  // namespace mavlink::station
