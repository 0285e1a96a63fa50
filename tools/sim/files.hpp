// The files cameras send: described by a FileSpec, made when a camera opens one, equal whenever made again.
// Any number of threads may share one FileMaker.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"
#include "server/dualcam/wire.hpp"
#include "tools/sim/clip.hpp"
#include "tools/sim/metadata.hpp"

namespace sim {

// One capture on one camera's SD card.
struct FileSpec {
  std::uint64_t seed = 0;       // everything made up in the file follows from it
  std::uint64_t imei = 0;       // written into photos
  std::uint32_t number = 0;     // of its camera, from 0; a later capture has a higher one
  std::int32_t user_file = -1;  // index into FileMaker::Options::paths, or -1 for a made file
  dualcam::FileClass file_class = dualcam::FileClass::photo_front;
  Metadata metadata;
  std::string path;        // path dialects only, without the trailing NUL
  bool requested = false;  // by a server's camera request
};

// The bytes of one file, readable at any offset. Immutable; any thread.
class Content {
 public:
  virtual ~Content() = default;
  virtual std::uint32_t size() const noexcept = 0;
  // Precondition: offset + out.size() <= size().
  virtual void read(std::uint32_t offset, std::span<std::uint8_t> out) const = 0;
  base::Bytes all() const;
};

class FileMaker {
 public:
  enum class Media : std::uint8_t { automatic, ffmpeg, synthetic };
  struct Options {
    std::vector<std::string> paths;  // the user's files; when there are any, nothing else is sent
    Media media = Media::automatic;  // automatic: ffmpeg when it is in PATH
    unsigned video_seconds = 3;
    bool videos = true;  // false: no clip is made
    std::uint64_t seed = 1;
  };

  // Reads the user's files, or makes the base clips (a few seconds with ffmpeg).
  static base::Result<std::shared_ptr<const FileMaker>> create(const Options& options);

  std::shared_ptr<const Content> open(const FileSpec& spec) const;
  std::uint32_t estimated_size(const FileSpec& spec) const noexcept;  // exact but for made photos; cheap
  std::size_t user_files() const noexcept { return user_files_.size(); }
  base::MediaKind user_kind(std::size_t index) const;
  unsigned video_seconds() const noexcept { return video_seconds_; }
  std::string_view described() const noexcept { return described_; }  // where the files come from, for the summary

 private:
  std::vector<std::shared_ptr<const base::Bytes>> user_files_;
  std::vector<std::shared_ptr<const Clip>> clips_;
  unsigned video_seconds_ = 0;
  std::string described_;
};

base::Result<FileMaker::Media> parse_media(std::string_view text);

}  // namespace sim
