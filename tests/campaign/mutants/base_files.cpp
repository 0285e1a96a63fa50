#include "tests/campaign/mutants/base_files.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "tests/support/temp_folder.hpp"
#include "tools/sim/clip.hpp"
#include "tools/sim/ffmpeg.hpp"

extern char** environ;

namespace mutants {

namespace {
using storage::Format;

// One picture a tenth of a second, and two key frames: enough for everything to happen, and quick to encode.
const std::string picture = "-f lavfi -i testsrc2=size=128x96:rate=10:duration=2";
const std::string sound = "-f lavfi -i sine=frequency=440:sample_rate=8000:duration=2";
// x264 and x265 give the same bytes only on one thread.
const std::string hevc =
    "-c:v libx265 -preset ultrafast -pix_fmt yuvj420p "
    "-x265-params log-level=none:keyint=10:bframes=0:repeat-headers=1:slices=1:pools=none:frame-threads=1:info=0";
const std::string h264 = "-c:v libx264 -preset ultrafast -g 10 -bf 2 -pix_fmt yuv420p -threads 1";
const std::string exact = "-fflags +bitexact -flags:v +bitexact -flags:a +bitexact";

void run_ffmpeg(const std::string& arguments) {
  std::istringstream text("ffmpeg -nostdin -hide_banner -loglevel error -y " + arguments);
  std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  int status = 0;
  if (posix_spawnp(&pid, "ffmpeg", nullptr, nullptr, argv.data(), environ) != 0)
    throw std::runtime_error("The program ffmpeg is needed.");
  if (waitpid(pid, &status, 0) != pid || status != 0) throw std::runtime_error("ffmpeg failed: " + arguments);
}

base::Bytes made_by(const std::string& arguments, const std::string& extension) {
  const tests::TempFolder folder;
  const std::string path = folder / ("file." + extension);
  run_ffmpeg(arguments + " " + exact + " " + path);
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Records as a camera writes them: pictures 100 ms apart, sounds 40 ms.
base::Bytes ptmf(const base::Bytes& video, base::ByteView alaw) {
  constexpr std::uint64_t picture_us = 100'000;
  base::Bytes file;
  storage::PtmfHeader header{.frames_per_second = 10, .width = 128, .height = 96};
  std::uint32_t pictures = 0, sounds = 0;
  for (const sim::AccessUnit& unit : sim::split_access_units(video)) {
    header.type = unit.key ? 'I' : 'P';
    header.sequence = pictures;
    header.timestamp_us = pictures++ * picture_us;
    header.payload_size = static_cast<std::uint32_t>(unit.bytes.size());
    append_ptmf_record(file, header, unit.bytes);
    for (; alaw.size() >= sim::sound_bytes && sounds * sim::sound_record_us < pictures * picture_us;
         alaw = alaw.subspan(sim::sound_bytes)) {
      const base::Bytes payload = sim::sound_payload(alaw.first(sim::sound_bytes));
      header.type = 'A';
      header.sequence = sounds;
      header.timestamp_us = sounds++ * sim::sound_record_us;
      header.payload_size = static_cast<std::uint32_t>(payload.size());
      append_ptmf_record(file, header, payload);
    }
  }
  return file;
}
}  // namespace

std::vector<BaseFile> make_base_files() {
  const std::string both = picture + " " + sound;
  const base::Bytes raw_hevc = made_by(picture + " " + hevc + " -f hevc", "h265");
  const base::Bytes alaw = made_by(sound + " -ac 1 -c:a pcm_alaw -f alaw", "al");
  return {
      {"PTMF", Format::ptmf, ptmf(raw_hevc, alaw)},
      {"HEVC", Format::annexb, raw_hevc},
      {"H.264", Format::annexb, made_by(picture + " " + h264 + " -f h264", "h264")},
      {"MP4 H.264", Format::mp4, made_by(both + " " + h264 + " -c:a aac -movflags +faststart", "mp4")},
      {"MP4 HEVC", Format::mp4, made_by(both + " " + hevc + " -tag:v hvc1 -c:a aac", "mp4")},
      {"MPEG-TS", Format::mpegts, made_by(both + " " + h264 + " -c:a aac -f mpegts", "ts")},
      {"JPEG", Format::jpeg, made_by("-f lavfi -i testsrc2=size=320x240 -frames:v 1", "jpg")},
  };
}

}  // namespace mutants
