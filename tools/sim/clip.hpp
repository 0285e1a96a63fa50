// Made-up DualCam video: a PTMF record stream kept once and read in as many variations as there are files.
// A variation changes what tells two captures apart (sequence numbers, camera uptime, the sound's lowest bits; in a
// synthetic clip every byte of payload), so a thousand cameras can each send their own file without holding it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "server/base/bytes.hpp"

namespace sim {

struct ClipRecord {
  char type = 'P';  // 'I', 'P' or 'A'
  std::uint32_t sequence = 0;
  std::uint64_t timestamp_us = 0;
  std::uint32_t payload_size = 0;
  base::Bytes payload;       // empty: made of the variation's seed when read
  std::uint32_t offset = 0;  // of the record in the file; set by Clip
};

// 20 pictures a second, 33.4 and 66.6 ms apart in turn, and a sound record every 40 ms.
constexpr unsigned clip_frame_rate = 20;
constexpr std::uint64_t picture_time_us(std::uint32_t n) noexcept {
  return n / 2 * 100'000 + (n % 2 == 0 ? 0 : 33'400);
}
constexpr std::uint64_t sound_record_us = 40'000;
constexpr std::uint32_t sound_bytes = 320;       // 40 ms of G.711 A-law, 8 kHz, mono
constexpr std::uint32_t sound_header_bytes = 4;  // 00 01 a0 00

class Clip {
 public:
  struct Variation {
    std::uint64_t seed = 0;
    std::uint32_t first_sequence = 0;
    std::uint64_t uptime_us = 0;
  };

  // Pictures and sounds, each in order; they are put together by time.
  Clip(const std::vector<ClipRecord>& pictures, const std::vector<ClipRecord>& sounds);
  // No picture inside, only the record structure: needs no encoder. `shape` varies the records' sizes.
  static Clip synthetic(unsigned seconds, std::uint64_t shape);

  std::uint32_t size() const noexcept { return size_; }
  const std::vector<ClipRecord>& records() const noexcept { return records_; }
  // Precondition: offset + out.size() <= size().
  void read(const Variation& variation, std::uint32_t offset, std::span<std::uint8_t> out) const;

 private:
  std::vector<ClipRecord> records_;
  std::uint32_t size_ = 0;
};

// The sound payload of one record, header included. `samples`: sound_bytes of A-law.
base::Bytes sound_payload(base::ByteView samples);

}  // namespace sim
