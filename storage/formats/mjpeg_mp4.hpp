// An MP4 of JPEGs as they come from a camera, one by one. Sans-IO: it says what to write, and keeps of each picture its
// size and duration only.
//
//   ftyp · mdat, one for each picture · moov
//
// It only ever grows, so that it can be written where nothing is changed behind the writer's back: head(), then for
// each picture that append() takes the bytes it answers and the picture as it is, then the trailer. A file that never
// got there is judged as one without a moov box, and not as a whole one.
//
// The sample entry is "mp4v" with the object type 0x6C (ISO/IEC 10918-1), which is registered for MP4; "jpeg" is
// QuickTime's. Times are milliseconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"

namespace storage {

struct MjpegMp4Options {
  std::uint64_t max_bytes = std::uint64_t{256} << 20U;             // of pictures; the transcoder takes 384 MiB
  std::size_t max_frames = 500'000;                                // 8 bytes are kept of each
  std::chrono::milliseconds max_duration = std::chrono::hours{6};  // the transcoder's limit
  std::chrono::milliseconds usual_duration{200};                   // of a picture, where nothing tells it
};

class MjpegMp4Writer {
 public:
  explicit MjpegMp4Writer(const MjpegMp4Options& options = {}) : options_(options) {}

  base::Bytes head() const;

  // What stands before the picture. `captured_at`: it is shown until the next one's. A clock that was set back does not
  // turn the film back. Errors, and the picture is not in the file: `corrupt` (no whole JPEG), `conflict` (of another
  // size than the first) and `exhausted` (the file is long enough), behind which a new file is to be begun with this
  // picture.
  base::Result<base::Bytes> append(base::ByteView jpeg, base::UtcTime captured_at);

  // The trailer. `until`: how long the last picture is shown; without it, as long as the others on average. Error:
  // `invalid`, there is no picture. Changes nothing: a recording may be ended so after each picture, and go on.
  base::Result<base::Bytes> finish(std::optional<base::UtcTime> until = {}) const;

  std::size_t frames() const noexcept { return sizes_.size(); }
  std::uint64_t size() const noexcept;                                       // of the file without the trailer
  std::chrono::milliseconds duration() const noexcept { return duration_; }  // without the last picture's
  std::uint32_t width() const noexcept { return width_; }
  std::uint32_t height() const noexcept { return height_; }
  const std::optional<base::UtcTime>& begins_at() const noexcept { return first_at_; }

 private:
  std::chrono::milliseconds usual() const noexcept;
  base::Result<> check_room(base::ByteView jpeg, std::chrono::milliseconds step) const;
  MjpegMp4Options options_;
  std::vector<std::uint32_t> sizes_;
  std::vector<std::uint32_t> durations_;  // ms; of all but the last
  std::uint64_t bytes_ = 0;
  std::chrono::milliseconds duration_{0};
  std::uint32_t width_ = 0;
  std::uint32_t height_ = 0;
  std::optional<base::UtcTime> first_at_;
  base::UtcTime last_at_;
};

}  // namespace storage
