// JPEG (ITU-T T.81, annex B): marker segments up to the first scan, then picture data up to the EOI that ends the file.
#include <fmt/format.h>

#include "storage/formats/checker.hpp"

namespace storage {
namespace {

enum Marker : std::uint8_t {
  tem = 0x01,
  sof0 = 0xc0,
  dht = 0xc4,
  jpg = 0xc8,
  dac = 0xcc,
  sof15 = 0xcf,
  rst0 = 0xd0,
  soi = 0xd8,
  eoi = 0xd9,
  sos = 0xda,
};

constexpr bool has_no_length(std::uint8_t marker) noexcept {
  return marker == tem || (marker >= rst0 && marker <= soi);
}

constexpr bool is_frame_header(std::uint8_t marker) noexcept {
  return marker >= sof0 && marker <= sof15 && marker != dht && marker != jpg && marker != dac;
}

class JpegChecker final : public Checker {
 public:
  void feed(base::ByteView block) override {
    for (const std::uint8_t byte : block.size() > 1 ? block.last(2) : block) {
      before_last_ = last_;
      last_ = byte;
    }
    while (!block.empty() && !defect_ && place_ != Place::scan) step(block);
  }

  void finish(FormatVerdict& verdict) override {
    verdict.width = width_;
    verdict.height = height_;
    verdict.pictures = place_ == Place::scan ? 1 : 0;
    if (!defect_) defect_ = what_is_missing();
    verdict.defect = std::move(defect_);
  }

 private:
  enum class Place : std::uint8_t { prefix, marker, length, segment, scan };

  void step(base::ByteView& block) {
    switch (place_) {
      case Place::prefix: return expect_prefix(block);
      case Place::marker: return read_marker(block);
      case Place::length: return read_length(block);
      case Place::segment: return read_segment(block);
      case Place::scan: return;
    }
  }

  std::uint8_t take(base::ByteView& block) noexcept {
    const std::uint8_t byte = block.front();
    block = block.subspan(1);
    ++offset_;
    return byte;
  }

  void expect_prefix(base::ByteView& block) {
    if (take(block) != 0xff)
      defect_ = fmt::format("The JPEG has no marker at offset {}, where one must be.", offset_ - 1);
    place_ = Place::marker;
  }

  void read_marker(base::ByteView& block) {
    marker_ = take(block);
    if (marker_ == 0xff) return;  // fill
    if (marker_ == 0 || marker_ == eoi) {
      defect_ = fmt::format("The JPEG has the marker {:02x} at offset {}, before any picture.", marker_, offset_ - 1);
    }
    place_ = has_no_length(marker_) ? Place::prefix : Place::length;
  }

  void read_length(base::ByteView& block) {
    if (!head_.fill(block, 2)) return;
    const auto length = base::load_be<std::uint16_t>(head_.view().data());
    head_.clear();
    if (length < 2)
      defect_ = fmt::format("The JPEG segment at offset {} says a length of {}.", offset_, length);
    else
      left_ = length - 2U;
    offset_ += 2 + left_;
    place_ = Place::segment;
    if (left_ == 0) end_segment();
  }

  void read_segment(base::ByteView& block) {
    constexpr std::size_t frame_head = 5;  // precision, height, width
    if (is_frame_header(marker_) && left_ >= frame_head - head_.view().size()) {
      const std::size_t before = head_.view().size();
      const bool whole = head_.fill(block, frame_head);
      left_ -= head_.view().size() - before;
      if (!whole) return;
      height_ = base::load_be<std::uint16_t>(head_.view().data() + 1);
      width_ = base::load_be<std::uint16_t>(head_.view().data() + 3);
    }
    skip(block, left_);
    if (left_ == 0) end_segment();
  }

  void end_segment() noexcept {
    head_.clear();
    if (is_frame_header(marker_)) frame_seen_ = true;
    if (marker_ == sos && !frame_seen_ && !defect_) defect_ = "The JPEG has picture data without a frame header.";
    place_ = marker_ == sos ? Place::scan : Place::prefix;
  }

  std::optional<std::string> what_is_missing() const {
    if (place_ != Place::scan) return "The JPEG ends within its headers, before any picture data.";
    if (before_last_ != 0xff || last_ != eoi) return "The JPEG does not end with an EOI marker.";
    return std::nullopt;
  }

  Place place_ = Place::prefix;
  std::uint8_t marker_ = 0;
  std::uint64_t left_ = 0;    // of the segment
  std::uint64_t offset_ = 0;  // of the next byte outside of segments
  HeadBuffer<5> head_;
  bool frame_seen_ = false;
  std::uint32_t width_ = 0;
  std::uint32_t height_ = 0;
  std::uint8_t before_last_ = 0;
  std::uint8_t last_ = 0;
  std::optional<std::string> defect_;
};

}  // namespace

std::unique_ptr<Checker> make_jpeg_checker() {
  return std::make_unique<JpegChecker>();
}

}  // namespace storage
