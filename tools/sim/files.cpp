#include "tools/sim/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tools/sim/ffmpeg.hpp"
#include "tools/sim/jpeg.hpp"
#include "tools/sim/random.hpp"

namespace sim {

namespace {
// Enough that neighbours differ in picture sizes too; each takes some 100 KB per second of video.
constexpr unsigned synthetic_shapes = 16;
constexpr std::size_t largest_user_file = 1UL << 30;  // the protocol could say 4 GiB; no camera has such a file

class Memory final : public Content {
 public:
  explicit Memory(std::shared_ptr<const base::Bytes> bytes) : bytes_(std::move(bytes)) {}
  std::uint32_t size() const noexcept override { return static_cast<std::uint32_t>(bytes_->size()); }
  void read(std::uint32_t offset, std::span<std::uint8_t> out) const override {
    std::copy_n(bytes_->begin() + offset, out.size(), out.begin());
  }

 private:
  std::shared_ptr<const base::Bytes> bytes_;
};

class Recording final : public Content {
 public:
  Recording(std::shared_ptr<const Clip> clip, Clip::Variation variation)
      : clip_(std::move(clip)), variation_(variation) {}
  std::uint32_t size() const noexcept override { return clip_->size(); }
  void read(std::uint32_t offset, std::span<std::uint8_t> out) const override { clip_->read(variation_, offset, out); }

 private:
  std::shared_ptr<const Clip> clip_;
  Clip::Variation variation_;
};

Clip::Variation variation_of(std::uint64_t seed) {
  constexpr std::uint32_t sequences = 1'000'000;
  constexpr std::uint64_t longest_uptime_us = 30ULL * 24 * 3600 * 1'000'000;
  return {.seed = mix(seed, 1),
          .first_sequence = static_cast<std::uint32_t>(mix(seed, 2) % sequences),
          .uptime_us = mix(seed, 3) % longest_uptime_us};
}

base::Result<base::Bytes> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::fail(base::Errc::not_found, fmt::format("The file {} cannot be opened.", path));
  base::Bytes bytes(std::istreambuf_iterator<char>(in), {});
  if (bytes.empty() || bytes.size() > largest_user_file)
    return base::fail(base::Errc::invalid,
                      fmt::format("The file {} has {} bytes; a camera sends 1 byte to 1 GiB.", path, bytes.size()));
  return bytes;
}

base::Result<std::vector<std::shared_ptr<const Clip>>> make_clips(const FileMaker::Options& options, bool ffmpeg) {
  if (ffmpeg) return make_ffmpeg_clips(options.video_seconds);
  std::vector<std::shared_ptr<const Clip>> clips;
  clips.reserve(synthetic_shapes);
  for (unsigned n = 0; n < synthetic_shapes; ++n)
    clips.push_back(std::make_shared<Clip>(Clip::synthetic(options.video_seconds, mix(options.seed, n))));
  return clips;
}
}  // namespace

base::Bytes Content::all() const {
  base::Bytes bytes(size());
  read(0, bytes);
  return bytes;
}

base::Result<std::shared_ptr<const FileMaker>> FileMaker::create(const Options& options) {
  auto maker = std::make_shared<FileMaker>();
  maker->video_seconds_ = options.video_seconds;
  for (const std::string& path : options.paths) {
    base::Result<base::Bytes> bytes = read_file(path);
    if (!bytes) return std::unexpected(bytes.error());
    maker->user_files_.push_back(std::make_shared<const base::Bytes>(*std::move(bytes)));
  }
  maker->described_ = "given files";
  if (!options.paths.empty()) return maker;

  const bool ffmpeg = options.media == Media::ffmpeg || (options.media == Media::automatic && have_ffmpeg());
  maker->described_ = ffmpeg && options.videos ? "ffmpeg: HEVC and A-law" : "synthetic";
  if (!options.videos) return maker;
  auto clips = make_clips(options, ffmpeg);
  if (!clips) return std::unexpected(clips.error());
  maker->clips_ = *std::move(clips);
  return maker;
}

std::shared_ptr<const Content> FileMaker::open(const FileSpec& spec) const {
  if (spec.user_file >= 0) return std::make_shared<Memory>(user_files_[static_cast<std::size_t>(spec.user_file)]);
  if (spec.metadata.kind == base::MediaKind::video && !clips_.empty())
    return std::make_shared<Recording>(clips_[mix(spec.seed) % clips_.size()], variation_of(spec.seed));
  return std::make_shared<Memory>(
      std::make_shared<const base::Bytes>(make_photo(spec.seed, fmt::format("{}\n{}", spec.imei, spec.number))));
}

std::uint32_t FileMaker::estimated_size(const FileSpec& spec) const noexcept {
  constexpr std::uint32_t usual_photo = 33 * 1024;
  if (spec.user_file >= 0)
    return static_cast<std::uint32_t>(user_files_[static_cast<std::size_t>(spec.user_file)]->size());
  if (spec.metadata.kind != base::MediaKind::video || clips_.empty()) return usual_photo;
  return clips_[mix(spec.seed) % clips_.size()]->size();
}

base::MediaKind FileMaker::user_kind(std::size_t index) const {
  const base::Bytes& bytes = *user_files_[index];
  const bool jpeg = bytes.size() >= 2 && bytes[0] == 0xff && bytes[1] == 0xd8;
  return jpeg ? base::MediaKind::photo : base::MediaKind::video;
}

base::Result<FileMaker::Media> parse_media(std::string_view text) {
  if (text == "auto") return FileMaker::Media::automatic;
  if (text == "ffmpeg") return FileMaker::Media::ffmpeg;
  if (text == "synthetic") return FileMaker::Media::synthetic;
  return base::fail(base::Errc::invalid,
                    fmt::format("\"{}\" is no kind of media; take auto, ffmpeg or synthetic.", text));
}

}  // namespace sim
