#include "storage/formats/mjpeg_mp4.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "storage/formats/format.hpp"
#include "storage/formats/mp4_index.hpp"

namespace storage {

namespace {

static_assert(mdat_head == 8);  // size and type

// Four-character brands: what it needs of a player is the file format alone.
base::Bytes ftyp() {
  BoxWriter out;
  out.box("ftyp", [&] {
    out.text("isom");
    out.number(std::uint32_t{0x200});
    out.text("isomiso2mp41");
  });
  return std::move(out).bytes();
}

const base::Bytes& file_type() {
  static const base::Bytes bytes = ftyp();
  return bytes;
}

}  // namespace

base::Bytes MjpegMp4Writer::head() const {
  return file_type();
}

std::uint64_t MjpegMp4Writer::size() const noexcept {
  return file_type().size() + mdat_head * sizes_.size() + bytes_;
}

std::chrono::milliseconds MjpegMp4Writer::usual() const noexcept {
  if (durations_.empty()) return options_.usual_duration;
  return duration_ / static_cast<std::int64_t>(durations_.size());
}

base::Result<> MjpegMp4Writer::check_room(base::ByteView jpeg, std::chrono::milliseconds step) const {
  const auto full = [](const auto& what) {
    return base::fail(base::Errc::exhausted,
                      fmt::format("The recording is {} long, which is as much as one file takes: "
                                  "it goes on in another.",
                                  what));
  };
  if (sizes_.size() >= options_.max_frames) return full(fmt::format("{} pictures", sizes_.size()));
  if (bytes_ + jpeg.size() > options_.max_bytes) return full(fmt::format("{} bytes", bytes_));
  if (duration_ + step > options_.max_duration) return full(fmt::format("{} s", duration_.count() / 1000));
  return {};
}

base::Result<base::Bytes> MjpegMp4Writer::append(base::ByteView jpeg, base::UtcTime captured_at) {
  FormatCheck check;
  check.feed(jpeg);
  const FormatVerdict verdict = check.finish();
  if (verdict.format != Format::jpeg || verdict.defect || verdict.width == 0 || verdict.height == 0)
    return base::fail(base::Errc::corrupt, fmt::format("A picture of the recording cannot be kept. {}",
                                                       verdict.defect.value_or("It is no JPEG of a size.")));
  if (!sizes_.empty() && (verdict.width != width_ || verdict.height != height_))
    return base::fail(base::Errc::conflict,
                      fmt::format("The pictures of a recording are {}x{}, and this one is {}x{}: it goes into another.",
                                  width_, height_, verdict.width, verdict.height));
  std::chrono::milliseconds step{0};
  if (!sizes_.empty()) {
    step = captured_at - last_at_;
    if (step.count() < 0) step = usual();
    step = std::max(step, std::chrono::milliseconds{1});  // no two at once
  }
  if (auto room = check_room(jpeg, step); !room) return std::unexpected(std::move(room.error()));
  if (sizes_.empty()) {
    first_at_ = captured_at;
    width_ = verdict.width;
    height_ = verdict.height;
  } else {
    durations_.push_back(static_cast<std::uint32_t>(step.count()));
    duration_ += step;
  }
  last_at_ = captured_at;
  sizes_.push_back(static_cast<std::uint32_t>(jpeg.size()));
  bytes_ += jpeg.size();
  BoxWriter head;
  head.number(static_cast<std::uint32_t>(mdat_head + jpeg.size()));
  head.text("mdat");
  return std::move(head).bytes();
}

base::Result<base::Bytes> MjpegMp4Writer::finish(std::optional<base::UtcTime> until) const {
  if (sizes_.empty()) return base::fail(base::Errc::invalid, "The recording has no picture, so it makes no film.");
  const auto shown = until && *until > last_at_ ? *until - last_at_ : usual();
  const auto last = std::clamp(shown, std::chrono::milliseconds{1}, options_.max_duration);
  const Mp4Index index{.sizes = sizes_,
                       .durations = durations_,
                       .last_duration = static_cast<std::uint32_t>(last.count()),
                       .samples_at = file_type().size(),
                       .width = static_cast<std::uint16_t>(width_),
                       .height = static_cast<std::uint16_t>(height_),
                       .begins_at = *first_at_};
  return moov_of(index);
}

}  // namespace storage
