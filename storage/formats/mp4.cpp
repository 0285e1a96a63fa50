// MP4 (ISO/IEC 14496-12, 4.2): the chain of top-level boxes must reach the end of the file exactly, and hold a moov.
#include <algorithm>

#include <fmt/format.h>

#include "storage/formats/checker.hpp"

namespace storage {
namespace {

constexpr std::size_t box_head = 8;         // size, type
constexpr std::size_t large_box_head = 16;  // size 1, type, 64-bit size

class Mp4Checker final : public Checker {
 public:
  void feed(base::ByteView block) override {
    while (!block.empty() && !defect_ && !to_the_end_) {
      if (left_ > 0) {
        skip(block, left_);
        continue;
      }
      if (!head_.fill(block, box_head)) return;
      const auto short_size = base::load_be<std::uint32_t>(head_.view().data());
      if (short_size == 1 && !head_.fill(block, large_box_head)) return;
      begin_box(short_size);
      head_.clear();
    }
  }

  void finish(FormatVerdict& verdict) override {
    if (!defect_) defect_ = what_is_missing();
    verdict.defect = std::move(defect_);
  }

 private:
  void begin_box(std::uint32_t short_size) {
    const std::uint8_t* data = head_.view().data();
    const auto type = base::as_text(head_.view()).substr(4, 4);
    const std::size_t head = head_.view().size();
    const std::uint64_t size = short_size == 1 ? base::load_be<std::uint64_t>(data + box_head) : short_size;
    const bool printable = std::ranges::all_of(type, [](char c) { return c >= ' ' && c <= '~'; });
    to_the_end_ = short_size == 0;
    if (!printable || (size < head && !to_the_end_)) {
      defect_ = fmt::format("The MP4 file has no valid box at offset {}.", offset_);
      return;
    }
    if (type == "moov") moov_seen_ = true;
    begun_at_ = offset_;
    if (to_the_end_) return;
    left_ = size - head;
    offset_ += size;
  }

  std::optional<std::string> what_is_missing() const {
    if (left_ > 0)
      return fmt::format("The MP4 file ends {} bytes before the end of the box at offset {}.", left_, begun_at_);
    if (!head_.empty()) return fmt::format("The MP4 file ends within the head of the box at offset {}.", offset_);
    if (!moov_seen_) return "The MP4 file has no moov box: nothing can play it.";
    return std::nullopt;
  }

  HeadBuffer<large_box_head> head_;
  std::uint64_t left_ = 0;      // of the box
  std::uint64_t offset_ = 0;    // where the next box begins
  std::uint64_t begun_at_ = 0;  // where the last one began
  bool to_the_end_ = false;     // a box without a size goes to the end of the file
  bool moov_seen_ = false;
  std::optional<std::string> defect_;
};

}  // namespace

std::unique_ptr<Checker> make_mp4_checker() {
  return std::make_unique<Mp4Checker>();
}

}  // namespace storage
