// What was found inside a media file when it was taken apart. A damaged file has one, too: what could be read.
#pragma once

#include <cstdint>
#include <string>

#include "server/base/json.hpp"

namespace storage {

// Empty and 0 where there is none, or where it is not known.
struct MediaProbe {
  std::string container;    // "ptmf", "annexb", "mp4", "mpegts", "jpeg"
  std::string video_codec;  // "hevc", "h264", "mjpeg", as FFmpeg calls them
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t frames = 0;            // pictures that can be shown
  std::uint64_t duration_us = 0;       // of picture and sound together; the last picture counts in full
  std::uint32_t frame_rate_milli = 0;  // pictures per 1000 seconds, over the whole: 20 a second are 20000
  std::string sound_codec;             // "pcm_alaw", "aac"
  std::uint32_t sample_rate = 0;
  std::uint32_t channels = 0;
  std::uint64_t sound_us = 0;  // of sound that is there; gaps are not in it

  // What is wrong with it.
  std::uint32_t damaged_records = 0;   // records and units that could not be read, raw pictures of an unknown order
  std::uint64_t skipped_bytes = 0;     // between two that could
  std::uint32_t missing_pictures = 0;  // by the sequence numbers, or because no key frame is before them
  std::uint32_t missing_sounds = 0;    // by the sequence numbers
  std::uint32_t decode_errors = 0;     // pictures that the decoder complained of; known when it was asked

  bool has_picture() const noexcept { return frames > 0; }
  bool has_sound() const noexcept { return sound_us > 0; }
  bool is_whole() const noexcept {
    return damaged_records == 0 && skipped_bytes == 0 && missing_pictures == 0 && missing_sounds == 0 &&
           decode_errors == 0;
  }
  bool operator==(const MediaProbe&) const = default;
};

// One object, in the names of the API; or its members alone, behind others.
void write(base::JsonWriter& json, const MediaProbe& probe);
void write_members(base::JsonWriter& json, const MediaProbe& probe);

}  // namespace storage
