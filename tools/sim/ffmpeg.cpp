#include "tools/sim/ffmpeg.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

extern char** environ;

namespace sim {

namespace {
namespace fs = std::filesystem;

constexpr unsigned base_clips = 2;  // clips that differ in picture and tone; files are variations of them
constexpr std::array<unsigned, base_clips> tones_hz{440, 660};
constexpr std::array<int, base_clips> hues{0, 120};

std::optional<fs::path> find_in_path(const char* program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    fs::path candidate = fs::path(rest.substr(0, colon)) / program;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
  }
  return std::nullopt;
}

// A directory that is gone when the object is.
class TemporaryDirectory {
 public:
  static base::Result<TemporaryDirectory> create() {
    std::string name = (fs::temp_directory_path() / "dualcam-sim-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return base::fail_errno(errno, "A temporary directory cannot be made");
    return TemporaryDirectory(name);
  }
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const noexcept { return path_; }

 private:
  explicit TemporaryDirectory(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

base::Result<> run_ffmpeg(std::vector<std::string> arguments) {
  const std::optional<fs::path> program = find_in_path("ffmpeg");
  if (!program)
    return base::fail(base::Errc::not_found, "The program ffmpeg is not in PATH; install it or use --media synthetic.");
  const std::vector<std::string> first{"ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y"};
  arguments.insert(arguments.begin(), first.begin(), first.end());
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);  // x265 talks at every level
  pid_t pid = 0;
  const int spawned = posix_spawn(&pid, program->c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) return base::fail_errno(spawned, "The program ffmpeg cannot be started");
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return base::fail(base::Errc::unavailable,
                    "The program ffmpeg failed; does it have libx265? Use --media synthetic to go on without it.");
}

base::Result<base::Bytes> read_whole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  base::Bytes bytes(std::istreambuf_iterator<char>(in), {});
  if (bytes.empty()) return base::fail(base::Errc::io, fmt::format("ffmpeg left no bytes in {}.", path.string()));
  return bytes;
}

base::Result<base::Bytes> make_hevc(const fs::path& file, unsigned seconds, int hue) {
  // As the camera encodes: a key frame a second with parameter sets before it, no reordering, one slice a picture.
  const std::string parameters =
      fmt::format("log-level=none:keyint={0}:min-keyint={0}:scenecut=0:bframes=0:open-gop=0:repeat-headers=1:slices=1",
                  clip_frame_rate);
  const std::string picture =
      fmt::format("testsrc2=size=1280x720:rate={}:duration={},hue=h={}", clip_frame_rate, seconds, hue);
  auto made = run_ffmpeg({"-f", "lavfi", "-i", picture, "-c:v", "libx265", "-preset", "ultrafast", "-b:v", "900k",
                          "-pix_fmt", "yuvj420p", "-x265-params", parameters, "-f", "hevc", file.string()});
  if (!made) return std::unexpected(made.error());
  return read_whole(file);
}

base::Result<base::Bytes> make_alaw(const fs::path& file, unsigned seconds, unsigned tone_hz) {
  const std::string sound = fmt::format("sine=frequency={}:sample_rate=8000:duration={}", tone_hz, seconds);
  auto made = run_ffmpeg({"-f", "lavfi", "-i", sound, "-ac", "1", "-c:a", "pcm_alaw", "-f", "alaw", file.string()});
  if (!made) return std::unexpected(made.error());
  return read_whole(file);
}

std::vector<ClipRecord> picture_records(base::ByteView hevc) {
  std::vector<ClipRecord> records;
  for (AccessUnit& unit : split_access_units(hevc)) {
    const auto n = static_cast<std::uint32_t>(records.size());
    records.push_back({.type = unit.key ? 'I' : 'P',
                       .sequence = n,
                       .timestamp_us = picture_time_us(n),
                       .payload = std::move(unit.bytes)});
  }
  return records;
}

std::vector<ClipRecord> sound_records(base::ByteView alaw) {
  std::vector<ClipRecord> records;
  for (; alaw.size() >= sound_bytes; alaw = alaw.subspan(sound_bytes)) {
    const auto n = static_cast<std::uint32_t>(records.size());
    records.push_back({.type = 'A',
                       .sequence = n,
                       .timestamp_us = n * sound_record_us,
                       .payload = sound_payload(alaw.first(sound_bytes))});
  }
  return records;
}

// The offset of the next 000001 at or after `from`, or the end.
std::size_t next_start_code(base::ByteView stream, std::size_t from) {
  for (std::size_t at = from; at + 3 <= stream.size(); ++at)
    if (stream[at] == 0 && stream[at + 1] == 0 && stream[at + 2] == 1) return at;
  return stream.size();
}
}  // namespace

std::vector<AccessUnit> split_access_units(base::ByteView stream) {
  constexpr int first_non_slice = 32, first_random_access = 16, last_random_access = 23;  // NAL types, ITU-T H.265
  std::vector<AccessUnit> units;
  AccessUnit unit;
  bool has_slice = false;
  for (std::size_t at = next_start_code(stream, 0); at < stream.size();) {
    const std::size_t end = next_start_code(stream, at + 3);
    const std::size_t header = at + 3;
    if (header + 2 >= stream.size()) break;
    const int type = stream[header] >> 1 & 0x3f;
    const bool slice = type < first_non_slice;
    const bool first_slice = slice && (stream[header + 2] & 0x80) != 0;
    if (has_slice && (first_slice || !slice)) {
      units.push_back(std::exchange(unit, {}));
      has_slice = false;
    }
    has_slice = has_slice || slice;
    unit.key = unit.key || (type >= first_random_access && type <= last_random_access);
    std::size_t stop = end;
    while (stop > header && end < stream.size() && stream[stop - 1] == 0) --stop;  // the zero of a 4-byte start code
    constexpr std::array<std::uint8_t, 4> start_code{0, 0, 0, 1};
    unit.bytes.insert(unit.bytes.end(), start_code.begin(), start_code.end());
    unit.bytes.insert(unit.bytes.end(), stream.begin() + static_cast<std::ptrdiff_t>(header),
                      stream.begin() + static_cast<std::ptrdiff_t>(stop));
    at = end;
  }
  if (has_slice) units.push_back(std::move(unit));
  return units;
}

bool have_ffmpeg() {
  return find_in_path("ffmpeg").has_value();
}

base::Result<std::vector<std::shared_ptr<const Clip>>> make_ffmpeg_clips(unsigned seconds) {
  auto directory = TemporaryDirectory::create();
  if (!directory) return std::unexpected(directory.error());
  std::vector<std::shared_ptr<const Clip>> clips;
  for (unsigned n = 0; n < base_clips; ++n) {
    auto hevc = make_hevc(directory->path() / fmt::format("{}.h265", n), seconds, hues[n]);
    if (!hevc) return std::unexpected(hevc.error());
    auto alaw = make_alaw(directory->path() / fmt::format("{}.al", n), seconds, tones_hz[n]);
    if (!alaw) return std::unexpected(alaw.error());
    clips.push_back(std::make_shared<Clip>(picture_records(*hevc), sound_records(*alaw)));
  }
  return clips;
}

}  // namespace sim
