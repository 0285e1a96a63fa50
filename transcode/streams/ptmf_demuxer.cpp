#include "transcode/streams/ptmf_demuxer.hpp"

#include <algorithm>
#include <string_view>

namespace transcode {
namespace {

using storage::ptmf_header_size;
using storage::PtmfHeader;

constexpr std::string_view magic = "PTMF";
constexpr std::size_t payload_size_at = 24;  // in a record header

constexpr std::array<std::uint8_t, 4> sound_head{0x00, 0x01, 0xa0, 0x00};
constexpr std::size_t max_sound_bytes = 8000;    // a second; the camera writes 40 ms
constexpr std::int64_t usual_sound_us = 40'000;  // 320 samples at 8 kHz
constexpr std::uint8_t usual_frame_rate = 20;    // where the header has none

bool is_sound(const PtmfHeader& header) noexcept {
  return header.type == 'A';
}

std::int64_t usual_step_us(const PtmfHeader& header) noexcept {
  if (is_sound(header)) return usual_sound_us;
  return 1'000'000 / (header.frames_per_second > 0 ? header.frames_per_second : usual_frame_rate);
}

// The place of the next plausible header at or behind `from`, or the end of the file.
std::size_t next_header(base::ByteView file, std::size_t from) noexcept {
  const auto text = base::as_text(file);
  for (std::size_t at = text.find(magic, from); at != text.npos; at = text.find(magic, at + 1))
    if (storage::parse_ptmf_header(file.subspan(at))) return at;
  return file.size();
}

PtmfUnit::Kind kind_of(const PtmfHeader& header) noexcept {
  if (is_sound(header)) return PtmfUnit::Kind::sound;
  return header.type == 'I' ? PtmfUnit::Kind::key_picture : PtmfUnit::Kind::picture;
}

}  // namespace

std::optional<PtmfUnit> PtmfDemuxer::next() {
  while (auto record = next_record()) {
    auto unit = unit_of(*record);
    if (record->damaged) ++damage_.damaged_records;
    if (unit) return unit;
  }
  return std::nullopt;
}

std::optional<PtmfDemuxer::Record> PtmfDemuxer::next_record() {
  const auto header = find_header();
  if (!header) return std::nullopt;
  Record record{.header = *header};
  const std::size_t payload_at = at_ + ptmf_header_size;
  at_ = end_of(record, payload_at);
  record.payload = file_.subspan(payload_at, at_ - payload_at);
  return record;
}

// The header at the current place, or else the next one, what is in front of it counted. Nothing: the file is at its
// end.
std::optional<PtmfHeader> PtmfDemuxer::find_header() {
  if (at_ == file_.size()) return std::nullopt;
  if (const auto here = storage::parse_ptmf_header(file_.subspan(at_))) return here;
  const std::size_t found = next_header(file_, at_ + 1);
  ++damage_.damaged_records;
  damage_.skipped_bytes += found - at_;
  at_ = found;
  return storage::parse_ptmf_header(file_.subspan(at_));
}

// Where the record's payload ends, which is not always where its header says.
std::size_t PtmfDemuxer::end_of(Record& record, std::size_t payload_at) {
  const std::uint64_t declared = std::uint64_t{payload_at} + record.header.payload_size;
  if (is_boundary(declared)) return static_cast<std::size_t>(declared);
  const std::size_t found = next_header(file_, payload_at);
  const bool inside = declared <= file_.size();
  if (found == file_.size()) {
    record.truncated = record.damaged = !inside;
    return inside ? static_cast<std::size_t>(declared) : found;
  }
  if (found > declared) {
    const auto next = storage::parse_ptmf_header(file_.subspan(found));
    if (leads_on(declared) || !follows(*next, record.header)) return static_cast<std::size_t>(declared);
  }
  record.damaged = true;
  return found;
}

bool PtmfDemuxer::is_boundary(std::uint64_t at) const {
  if (at >= file_.size()) return at == file_.size();
  return storage::parse_ptmf_header(file_.subspan(static_cast<std::size_t>(at))).has_value();
}

// A header was here: its length leads to where something begins.
bool PtmfDemuxer::leads_on(std::uint64_t at) const {
  if (at + ptmf_header_size > file_.size()) return false;
  const auto size = base::load_le<std::uint32_t>(file_.data() + at + payload_size_at);
  return is_boundary(at + ptmf_header_size + size);
}

bool PtmfDemuxer::follows(const PtmfHeader& next, const PtmfHeader& record) const {
  if (is_sound(next) == is_sound(record)) return next.sequence == record.sequence + 1;
  const RecordSequence& sequence = sequences_[is_sound(next) ? 1 : 0];
  return !sequence.begun() || next.sequence == sequence.next();
}

std::optional<PtmfUnit> PtmfDemuxer::unit_of(Record& record) {
  const PtmfHeader& header = record.header;
  const bool sound = is_sound(header);
  const std::int64_t usual = usual_step_us(header);
  const auto time = clock_.read(sound, header.timestamp_us, usual);
  // Twice as many as the time between has room for is more than any camera wavers.
  const auto at_most = static_cast<std::uint32_t>(2 * time.step_us / usual + 1);
  const auto number = sequences_[sound ? 1 : 0].read(header.sequence, at_most);
  (sound ? damage_.missing_sounds : damage_.missing_pictures) += number.missing;
  if (!time.believed || !number.believed) record.damaged = true;

  PtmfUnit unit{.kind = kind_of(header),
                .time_us = time.time_us,
                .bytes = record.payload,
                .width = header.width,
                .height = header.height,
                .frames_per_second = header.frames_per_second};
  if (deliverable(record, unit)) return unit;
  if (sound)
    record.damaged = true;
  else
    ++damage_.missing_pictures;
  return std::nullopt;
}

bool PtmfDemuxer::deliverable(const Record& record, PtmfUnit& unit) {
  if (unit.kind == PtmfUnit::Kind::sound) {
    if (!std::ranges::equal(unit.bytes.first(std::min(unit.bytes.size(), sound_head.size())), sound_head)) return false;
    unit.bytes = unit.bytes.subspan(sound_head.size());
    return !unit.bytes.empty() && unit.bytes.size() <= max_sound_bytes;
  }
  if (record.truncated || unit.bytes.empty()) return false;
  if (unit.kind == PtmfUnit::Kind::key_picture) key_seen_ = true;
  return key_seen_;
}

}  // namespace transcode
