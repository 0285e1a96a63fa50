// Real clips through process(), and what the ffprobe and ffmpeg programs say of what comes out.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/temp_folder.hpp"
#include "transcode/media/process.hpp"

namespace transcode::test {

using base::Bytes;
using base::ByteView;
using base::Derived;
using storage::Format;

// ---- Material. Made once per program.

constexpr unsigned clip_seconds = 3;

struct PtmfRecord {
  storage::PtmfHeader header;
  Bytes payload;
};
// Of the simulator: HEVC 1280×720 at 20 a second, times 33.4 and 66.6 ms apart, a tone.
const std::vector<PtmfRecord>& clip_records();
Bytes to_file(const std::vector<PtmfRecord>& records);
// A-law of the tone's frequency from `at_us` of the clip on, and silence before it, in place of the clip's sound.
std::vector<PtmfRecord> with_tone_from(std::int64_t at_us);
// Of the ffmpeg program: made with these arguments behind its input, a moving test picture and a tone.
Bytes made_by_ffmpeg(const std::string& arguments, const std::string& extension);

// ---- What is done.

struct Result {
  base::Result<Report> report;
  std::map<Derived, std::filesystem::path> files;  // of those asked for
  std::vector<unsigned> progress;
};
// Fast to encode: it is not x264 that is tested.
Encoding quick_encoding();
Result run(const tests::TempFolder& folder, Format format, ByteView file, const std::vector<Derived>& wanted,
           const Encoding& encoding = quick_encoding(), std::uint32_t frame_rate = 0);

// ---- What came out.

struct CommandResult {
  int exit = -1;
  std::string output;  // standard output and error
};
CommandResult shell(const std::string& command);

struct Stream {
  std::string codec, tag, profile, pixel_format, color_range;
  int width = 0, height = 0, sample_rate = 0, channels = 0;
  double start = 0, duration = 0;
  std::vector<double> times;  // of packets, in the order they are shown
  std::vector<double> keys;
};
struct Movie {
  double duration = 0;
  std::vector<Stream> video, sound;
};
Movie probe(const std::filesystem::path& file);
// What ffmpeg complains of when it decodes everything. Empty: nothing.
std::string complaints_of_ffmpeg(const std::filesystem::path& file);
// Types of the boxes at the top, in order: "ftyp", "moov", …
std::vector<std::string> boxes(const std::filesystem::path& file);
// The sound decoded: mono samples at 48 kHz, as a player hears them.
std::vector<float> samples_of(const std::filesystem::path& file);
// Seconds until the sound is first louder than a whisper; below 0: never.
double loud_from(const std::vector<float>& samples);
// Pixels of a picture file, 8-bit gray.
struct Gray {
  int width = 0, height = 0;
  Bytes pixels;
};
Gray gray_of(const std::filesystem::path& file);
Bytes read_file(const std::filesystem::path& file);

}  // namespace transcode::test
