#include "tools/sim/clip.hpp"

#include <algorithm>
#include <array>

#include "tools/sim/random.hpp"

namespace sim {

namespace {
constexpr std::uint32_t record_header_size = 36;
constexpr std::uint16_t width = 1280;
constexpr std::uint16_t height = 720;
constexpr std::array<std::uint8_t, sound_header_bytes> sound_header{0x00, 0x01, 0xa0, 0x00};

using Header = std::array<std::uint8_t, record_header_size>;

Header header_of(const ClipRecord& record, const Clip::Variation& variation) {
  Header header{'P', 'T', 'M', 'F'};
  const std::uint32_t sequence = variation.first_sequence + record.sequence;
  header[4] = static_cast<std::uint8_t>(sequence & 3);  // real cameras put 0..3 here; nobody knows what it means
  header[5] = static_cast<std::uint8_t>(record.type);
  header[7] = clip_frame_rate;
  base::store_le(header.data() + 8, width);
  base::store_le(header.data() + 10, height);
  base::store_le(header.data() + 12, sequence);
  base::store_le(header.data() + 24, record.payload_size);
  base::store_le(header.data() + 28, variation.uptime_us + record.timestamp_us);
  return header;
}

std::uint8_t payload_byte(const ClipRecord& record, const Clip::Variation& variation, std::uint32_t at) {
  const bool sound = record.type == 'A';
  if (sound && at < sound_header_bytes) return sound_header[at];
  if (!record.payload.empty() && !sound) return record.payload[at];
  const std::uint64_t word = mix(variation.seed, record.offset + at / 8 * 8ULL);
  const auto noise = static_cast<std::uint8_t>(word >> (at % 8 * 8));
  if (record.payload.empty()) return noise;
  return record.payload[at] ^ (noise & 1);  // the lowest bit of a sample: hardly to be heard, enough to differ
}

void read_payload(const ClipRecord& record, const Clip::Variation& variation, std::uint32_t at,
                  std::span<std::uint8_t> out) {
  if (!record.payload.empty() && record.type != 'A') {
    std::copy_n(record.payload.begin() + at, out.size(), out.begin());
    return;
  }
  for (std::uint8_t& byte : out) byte = payload_byte(record, variation, at++);
}

// Copies from one record and returns how many bytes that gave.
std::size_t read_record(const ClipRecord& record, const Clip::Variation& variation, std::uint32_t at,
                        std::span<std::uint8_t> out) {
  if (at < record_header_size) {
    const Header header = header_of(record, variation);
    const std::size_t count = std::min<std::size_t>(out.size(), record_header_size - at);
    std::copy_n(header.begin() + at, count, out.begin());
    return count;
  }
  const std::uint32_t inside = at - record_header_size;
  const std::size_t count = std::min<std::size_t>(out.size(), record.payload_size - inside);
  read_payload(record, variation, inside, out.first(count));
  return count;
}
}  // namespace

base::Bytes sound_payload(base::ByteView samples) {
  base::Bytes payload(sound_header.size() + samples.size());
  std::ranges::copy(samples, std::ranges::copy(sound_header, payload.begin()).out);
  return payload;
}

Clip::Clip(const std::vector<ClipRecord>& pictures, const std::vector<ClipRecord>& sounds) {
  std::ranges::merge(pictures, sounds, std::back_inserter(records_), {}, &ClipRecord::timestamp_us,
                     &ClipRecord::timestamp_us);
  for (ClipRecord& record : records_) {
    record.offset = size_;
    if (!record.payload.empty()) record.payload_size = static_cast<std::uint32_t>(record.payload.size());
    size_ += record_header_size + record.payload_size;
  }
}

Clip Clip::synthetic(unsigned seconds, std::uint64_t shape) {
  std::vector<ClipRecord> pictures(seconds * clip_frame_rate);
  for (std::uint32_t n = 0; n < pictures.size(); ++n) {
    const bool key = n % clip_frame_rate == 0;
    const auto dice = static_cast<std::uint32_t>(mix(shape, n));
    pictures[n] = {.type = key ? 'I' : 'P',
                   .sequence = n,
                   .timestamp_us = picture_time_us(n),
                   .payload_size = key ? 14'000 + dice % 8'000 : 1'000 + dice % 3'000,
                   .payload = {}};
  }
  std::vector<ClipRecord> sounds(seconds * 1'000'000ULL / sound_record_us);
  for (std::uint32_t n = 0; n < sounds.size(); ++n)
    sounds[n] = {.type = 'A',
                 .sequence = n,
                 .timestamp_us = n * sound_record_us,
                 .payload_size = sound_header_bytes + sound_bytes,
                 .payload = {}};
  return {pictures, sounds};
}

void Clip::read(const Variation& variation, std::uint32_t offset, std::span<std::uint8_t> out) const {
  auto record = std::ranges::upper_bound(records_, offset, {}, &ClipRecord::offset);
  if (record != records_.begin()) --record;
  while (!out.empty()) {
    const std::size_t count = read_record(*record, variation, offset - record->offset, out);
    out = out.subspan(count);
    offset += static_cast<std::uint32_t>(count);
    if (offset == record->offset + record_header_size + record->payload_size) ++record;
  }
}

}  // namespace sim
