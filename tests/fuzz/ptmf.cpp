// The PTMF demuxer on any bytes: views lie inside the file and do not overlap, every record takes room, counts are
// plausible, and times stay within what the number of records can make of them.
#include "transcode/streams/ptmf_demuxer.hpp"

using namespace transcode;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView file(data, size);
  const std::size_t most_records = size / storage::ptmf_header_size;
  PtmfDemuxer demuxer(file);
  const std::uint8_t* behind = data;
  std::size_t delivered = 0;
  while (const auto unit = demuxer.next()) {
    if (unit->bytes.empty() || unit->bytes.data() < behind) __builtin_trap();
    behind = unit->bytes.data() + unit->bytes.size();
    if (behind > data + size || ++delivered > most_records) __builtin_trap();
    const auto most_us = static_cast<std::int64_t>(most_records) * RecordClock::max_gap_us;
    if (unit->time_us > most_us || unit->time_us < -RecordClock::max_lag_us) __builtin_trap();
  }
  if (demuxer.next()) __builtin_trap();
  const StreamDamage& damage = demuxer.damage();
  if (damage.skipped_bytes > size || damage.damaged_records > 2 * most_records + 1) __builtin_trap();
  // Between two records there is room for 10 s of pictures at 255 a second, counted twice at most.
  constexpr std::size_t most_missing = 2 * 10 * 256 + 2;
  if (damage.missing_pictures > most_records * most_missing) __builtin_trap();
  if (damage.missing_sounds > most_records * most_missing) __builtin_trap();
  return 0;
}
