#include "storage/formats/mp4_index.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace storage {

namespace {

constexpr std::uint32_t ticks_per_second = 1000;
constexpr std::uint32_t track_id = 1;
constexpr std::uint64_t from_1904_to_1970_s = 2'082'844'800;  // MP4 counts from 1904
constexpr std::uint32_t version_1 = 0x0100'0000;              // with times of 64 bits; the rest are flags

class MoovWriter {
 public:
  explicit MoovWriter(const Mp4Index& index) : index_(index) {
    duration_ = std::accumulate(index.durations.begin(), index.durations.end(), std::uint64_t{index.last_duration});
    const auto since_1970 = std::chrono::floor<std::chrono::seconds>(index.begins_at).time_since_epoch().count();
    created_ = from_1904_to_1970_s + static_cast<std::uint64_t>(std::max<std::int64_t>(since_1970, 0));
  }

  base::Bytes write() && {
    out_.box("moov", [&] {
      write_mvhd();
      out_.box("trak", [&] {
        write_tkhd();
        out_.box("mdia", [&] { write_mdia(); });
      });
    });
    return std::move(out_).bytes();
  }

 private:
  void u16(std::uint16_t value) { out_.number(value); }
  void u32(std::uint32_t value) { out_.number(value); }
  void u64(std::uint64_t value) { out_.number(value); }

  // Numbers of 16.16 and 2.30 bits: no turning, no scaling.
  void write_matrix() {
    for (const std::uint32_t value : {0x10000U, 0U, 0U, 0U, 0x10000U, 0U, 0U, 0U, 0x40000000U}) u32(value);
  }

  void write_times() {
    u64(created_);
    u64(created_);
  }

  void write_mvhd() {
    out_.box("mvhd", [&] {
      u32(version_1);
      write_times();
      u32(ticks_per_second);
      u64(duration_);
      u32(0x10000);  // rate: 1.0
      u16(0x100);    // volume: 1.0
      out_.zeros(10);
      write_matrix();
      out_.zeros(24);
      u32(track_id + 1);  // the next one
    });
  }

  void write_tkhd() {
    constexpr std::uint32_t enabled_in_movie = 3;
    out_.box("tkhd", [&] {
      u32(version_1 | enabled_in_movie);
      write_times();
      u32(track_id);
      out_.zeros(4);
      u64(duration_);
      out_.zeros(16);  // layer, group, volume
      write_matrix();
      u32(std::uint32_t{index_.width} << 16U);
      u32(std::uint32_t{index_.height} << 16U);
    });
  }

  void write_mdia() {
    constexpr std::uint16_t undetermined_language = 0x55c4;
    out_.box("mdhd", [&] {
      u32(version_1);
      write_times();
      u32(ticks_per_second);
      u64(duration_);
      u16(undetermined_language);
      u16(0);
    });
    out_.box("hdlr", [&] {
      out_.zeros(8);
      out_.text("vide");
      out_.zeros(12);
      out_.text("Pictures");
      out_.zeros(1);
    });
    out_.box("minf", [&] {
      out_.box("vmhd", [&] {
        u32(1);  // flags, as the standard has it
        out_.zeros(8);
      });
      out_.box("dinf", [&] { write_dref(); });
      out_.box("stbl", [&] { write_stbl(); });
    });
  }

  void write_dref() {
    constexpr std::uint32_t in_this_file = 1;
    out_.box("dref", [&] {
      u32(0);
      u32(1);
      out_.box("url ", [&] { u32(in_this_file); });
    });
  }

  void write_stbl() {
    out_.box("stsd", [&] {
      u32(0);
      u32(1);
      out_.box("mp4v", [&] { write_sample_entry(); });
    });
    out_.box("stts", [&] { write_durations(); });
    out_.box("stsc", [&] {  // each picture is a chunk of its own, and a key picture, which needs no box
      u32(0);
      for (int n = 0; n < 4; ++n) u32(1);  // one entry: from the first chunk on, one picture, of the first kind
    });
    out_.box("stsz", [&] {
      out_.zeros(8);
      u32(static_cast<std::uint32_t>(index_.sizes.size()));
      for (const std::uint32_t size : index_.sizes) u32(size);
    });
    out_.box("co64", [&] {
      u32(0);
      u32(static_cast<std::uint32_t>(index_.sizes.size()));
      std::uint64_t at = index_.samples_at;
      for (const std::uint32_t size : index_.sizes) {
        u64(at + mdat_head);
        at += mdat_head + size;
      }
    });
  }

  void write_sample_entry() {
    constexpr std::uint32_t dots_per_inch = 72U << 16U;
    constexpr std::size_t compressor_name = 32;
    out_.zeros(6);
    u16(1);  // the first data reference
    out_.zeros(16);
    u16(index_.width);
    u16(index_.height);
    u32(dots_per_inch);
    u32(dots_per_inch);
    out_.zeros(4);
    u16(1);  // picture per sample
    out_.zeros(compressor_name);
    u16(24);  // bits of colour
    u16(0xffff);
    out_.box("esds", [&] { write_esds(); });
  }

  void descriptor(std::uint8_t tag, std::size_t size) {
    out_.number(tag);
    out_.number(static_cast<std::uint8_t>(size));  // below 128: one byte
  }

  void write_esds() {
    constexpr std::uint8_t jpeg = 0x6c;               // ISO/IEC 10918-1
    constexpr std::uint8_t visual = 0x04 << 2U | 1U;  // and a bit that is always set
    constexpr std::size_t config_size = 13, sync_size = 1, stream_size = 3 + 2 + config_size + 2 + sync_size;
    const std::uint64_t bytes = std::accumulate(index_.sizes.begin(), index_.sizes.end(), std::uint64_t{0});
    const std::uint64_t bits_per_second = bytes * 8 * ticks_per_second / std::max<std::uint64_t>(duration_, 1);
    const auto rate = static_cast<std::uint32_t>(std::min<std::uint64_t>(bits_per_second, UINT32_MAX));
    const std::uint32_t largest = std::min<std::uint32_t>(std::ranges::max(index_.sizes), 0xffffff);
    u32(0);
    descriptor(3, stream_size);
    u16(static_cast<std::uint16_t>(track_id));
    out_.zeros(1);
    descriptor(4, config_size);
    out_.number(jpeg);
    u32(std::uint32_t{visual} << 24U | largest);
    u32(rate);
    u32(rate);
    descriptor(6, sync_size);
    out_.number(std::uint8_t{2});  // as MP4 files have it
  }

  void write_durations() {
    struct Run {
      std::uint32_t count = 0;
      std::uint32_t duration = 0;
    };
    std::vector<Run> runs;
    const auto add = [&](std::uint32_t duration) {
      if (runs.empty() || runs.back().duration != duration) runs.push_back({0, duration});
      ++runs.back().count;
    };
    for (const std::uint32_t duration : index_.durations) add(duration);
    add(index_.last_duration);
    u32(0);
    u32(static_cast<std::uint32_t>(runs.size()));
    for (const Run& run : runs) {
      u32(run.count);
      u32(run.duration);
    }
  }

  const Mp4Index& index_;
  BoxWriter out_;
  std::uint64_t duration_ = 0;
  std::uint64_t created_ = 0;
};

}  // namespace

base::Bytes moov_of(const Mp4Index& index) {
  return MoovWriter(index).write();
}

}  // namespace storage
