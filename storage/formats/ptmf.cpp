#include <algorithm>

#include <fmt/format.h>

#include "storage/formats/checker.hpp"

namespace storage {
namespace {

constexpr std::string_view magic = "PTMF";
constexpr std::uint32_t max_payload = 16 * 1024 * 1024;  // a key frame of a camera is some 100 KiB

constexpr bool is_known_type(char type) noexcept {
  return type == 'I' || type == 'P' || type == 'A';
}

class PtmfChecker final : public Checker {
 public:
  void feed(base::ByteView block) override {
    while (!block.empty() && !defect_) {
      if (left_ > 0) {
        skip(block, left_);
        continue;
      }
      if (!head_.fill(block, ptmf_header_size)) return;
      begin_record();
      head_.clear();
    }
  }

  void finish(FormatVerdict& verdict) override {
    verdict.pictures = pictures_.count;
    verdict.sounds = sounds_.count;
    verdict.width = width_;
    verdict.height = height_;
    if (!defect_) defect_ = what_is_missing();
    verdict.defect = std::move(defect_);
  }

 private:
  // Pictures and sounds count their records each on their own.
  struct Stream {
    std::uint32_t count = 0;
    std::uint32_t next_sequence = 0;
  };

  void begin_record() {
    const auto header = parse_ptmf_header(head_.view());
    if (!header) {
      defect_ = fmt::format("Record {} of the PTMF file, at offset {}, has no valid header.", record_, offset_);
      return;
    }
    Stream& stream = header->type == 'A' ? sounds_ : pictures_;
    if (stream.count > 0 && header->sequence != stream.next_sequence) {
      defect_ = fmt::format("Record {} of the PTMF file, at offset {}, has the sequence number {} instead of {}.",
                            record_, offset_, header->sequence, stream.next_sequence);
      return;
    }
    ++stream.count;
    stream.next_sequence = header->sequence + 1;
    if (header->type != 'A' && width_ == 0) {
      width_ = header->width;
      height_ = header->height;
    }
    left_ = header->payload_size;
    begun_at_ = offset_;
    offset_ += ptmf_header_size + left_;
    ++record_;
  }

  std::optional<std::string> what_is_missing() const {
    if (left_ > 0)
      return fmt::format("The PTMF file ends {} bytes before the end of record {}, which begins at offset {}.", left_,
                         record_ - 1, begun_at_);
    if (!head_.empty())
      return fmt::format("The PTMF file ends within the header of record {}, at offset {}.", record_, offset_);
    return std::nullopt;
  }

  HeadBuffer<ptmf_header_size> head_;
  std::uint64_t left_ = 0;      // of the payload
  std::uint64_t record_ = 0;    // number of the next record, from 0
  std::uint64_t offset_ = 0;    // where the next record begins
  std::uint64_t begun_at_ = 0;  // where the last one began
  Stream pictures_;
  Stream sounds_;
  std::uint32_t width_ = 0;
  std::uint32_t height_ = 0;
  std::optional<std::string> defect_;
};

}  // namespace

std::optional<PtmfHeader> parse_ptmf_header(base::ByteView bytes) noexcept {
  if (bytes.size() < ptmf_header_size || !base::as_text(bytes).starts_with(magic)) return std::nullopt;
  const std::uint8_t* data = bytes.data();
  const PtmfHeader header{.type = static_cast<char>(data[5]),
                          .frames_per_second = data[7],
                          .width = base::load_le<std::uint16_t>(data + 8),
                          .height = base::load_le<std::uint16_t>(data + 10),
                          .sequence = base::load_le<std::uint32_t>(data + 12),
                          .payload_size = base::load_le<std::uint32_t>(data + 24),
                          .timestamp_us = base::load_le<std::uint64_t>(data + 28)};
  if (!is_known_type(header.type) || header.payload_size >= max_payload) return std::nullopt;
  return header;
}

void append_ptmf_record(base::Bytes& out, const PtmfHeader& header, base::ByteView payload) {
  const std::size_t at = out.size();
  out.resize(at + ptmf_header_size);
  std::uint8_t* data = out.data() + at;
  std::ranges::copy(magic, data);
  data[5] = static_cast<std::uint8_t>(header.type);
  data[7] = header.frames_per_second;
  base::store_le(data + 8, header.width);
  base::store_le(data + 10, header.height);
  base::store_le(data + 12, header.sequence);
  base::store_le(data + 24, static_cast<std::uint32_t>(payload.size()));
  base::store_le(data + 28, header.timestamp_us);
  out.insert(out.end(), payload.begin(), payload.end());
}

std::unique_ptr<Checker> make_ptmf_checker() {
  return std::make_unique<PtmfChecker>();
}

}  // namespace storage
