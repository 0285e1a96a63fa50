#include "transcode/streams/nal.hpp"

#include <algorithm>
#include <array>

namespace transcode {
namespace {

constexpr std::size_t start_code_size = 3;
constexpr std::array<std::uint8_t, 4> start_code{0, 0, 0, 1};

// The offset of the next 000001 at or behind `from`, or the end.
std::size_t find_start_code(base::ByteView stream, std::size_t from) noexcept {
  std::size_t at = from;
  while (at + start_code_size <= stream.size()) {
    const std::uint8_t third = stream[at + 2];
    if (third > 1)
      at += 3;  // none of the three can be in a start code
    else if (third == 1 && stream[at] == 0 && stream[at + 1] == 0)
      return at;
    else
      ++at;
  }
  return stream.size();
}

// NAL unit types, table 7-1 of either standard.
namespace hevc {
constexpr unsigned first_random_access = 16, cra = 21;
constexpr unsigned last_slice = 31, vps = 32, sps = 33, pps = 34, end_of_sequence = 36, filler = 38;
constexpr unsigned suffix_sei = 40;
}  // namespace hevc

namespace h264 {
constexpr unsigned slice = 1, partition_a = 2, idr = 5, sei = 6, sps = 7, pps = 8, delimiter = 9;
constexpr unsigned first_reserved_prefix = 14, last_reserved_prefix = 18;
}  // namespace h264

NalKind kind_of_hevc(base::ByteView unit) noexcept {
  NalKind kind;
  if (unit.size() < 2 || (unit[0] & 0x80) != 0 || (unit[1] & 7) == 0) return kind;
  kind.valid = true;
  const unsigned type = unit[0] >> 1;
  const unsigned layer = (unit[0] & 1U) << 5 | unit[1] >> 3;
  if (layer != 0) return kind;  // of another picture beside ours; belongs to whatever it stands behind
  kind.slice = type < 10 || (type >= hevc::first_random_access && type <= hevc::cra);
  if (kind.slice) {
    if (unit.size() < 3) return {};
    kind.first_slice = kind.begins_picture = (unit[2] & 0x80) != 0;
    kind.random_access = type >= hevc::first_random_access;
    kind.restarts_order = kind.random_access && type != hevc::cra;
    return kind;
  }
  kind.parameter_set = type >= hevc::vps && type <= hevc::pps;
  kind.sequence_set = type == hevc::sps;
  // 7.4.2.4.4: what may stand behind the last slice of a picture and still belong to it; the rest begins the next.
  const bool belongs_behind = type <= hevc::last_slice || (type >= hevc::end_of_sequence && type <= hevc::filler) ||
                              type == hevc::suffix_sei || (type >= 45 && type <= 47) || type >= 56;
  kind.begins_picture = !belongs_behind;
  return kind;
}

NalKind kind_of_h264(base::ByteView unit) noexcept {
  NalKind kind;
  if (unit.size() < 2 || (unit[0] & 0x80) != 0) return kind;
  kind.valid = true;
  const unsigned type = unit[0] & 0x1fU;
  kind.slice = type >= h264::slice && type <= h264::idr;
  if (kind.slice) {
    // first_mb_in_slice is an Exp-Golomb 0: a single 1 bit. Partitions B and C follow their A.
    const bool leads = type <= h264::partition_a || type == h264::idr;
    kind.first_slice = kind.begins_picture = leads && (unit[1] & 0x80) != 0;
    kind.random_access = kind.restarts_order = type == h264::idr;
    return kind;
  }
  kind.parameter_set = type == h264::sps || type == h264::pps;
  kind.sequence_set = type == h264::sps;
  kind.begins_picture = (type >= h264::sei && type <= h264::delimiter) ||
                        (type >= h264::first_reserved_prefix && type <= h264::last_reserved_prefix);
  return kind;
}

bool is_h264_profile(std::uint8_t profile) noexcept {
  constexpr std::array<std::uint8_t, 12> profiles{44, 66, 77, 83, 86, 88, 100, 110, 118, 122, 128, 244};
  return std::ranges::find(profiles, profile) != profiles.end();
}

void append_unit(base::Bytes& out, base::ByteView unit) {
  out.insert(out.end(), start_code.begin(), start_code.end());
  out.insert(out.end(), unit.begin(), unit.end());
}

bool holds(base::ByteView sets, base::ByteView unit) {
  NalReader reader(sets);
  while (const auto set = reader.next())
    if (std::ranges::equal(set->bytes, unit)) return true;
  return false;
}

}  // namespace

NalReader::NalReader(base::ByteView stream) : stream_(stream), code_(find_start_code(stream, 0)) {}

std::optional<NalUnit> NalReader::next() {
  while (code_ < stream_.size()) {
    const std::size_t begin = code_ + start_code_size;
    const std::size_t at = code_ > 0 && stream_[code_ - 1] == 0 ? code_ - 1 : code_;
    const std::size_t next = find_start_code(stream_, begin);
    code_ = next;
    std::size_t stop = next;
    while (stop > begin && stream_[stop - 1] == 0) --stop;
    if (stop == begin) continue;
    const bool extra_zero = next < stream_.size() && stream_[next - 1] == 0;
    return NalUnit{.at = at, .bytes = stream_.subspan(begin, stop - begin), .end = extra_zero ? next - 1 : next};
  }
  return std::nullopt;
}

NalKind kind_of(VideoCodec codec, base::ByteView unit) noexcept {
  return codec == VideoCodec::hevc ? kind_of_hevc(unit) : kind_of_h264(unit);
}

std::optional<VideoCodec> codec_of(base::ByteView stream) {
  constexpr unsigned units_to_look_at = 256;  // a camera sends its parameter sets first; garbage is not read to its end
  NalReader reader(stream);
  for (unsigned n = 0; n < units_to_look_at; ++n) {
    const auto unit = reader.next();
    if (!unit) break;
    if (unit->bytes.size() < 4) continue;
    const std::uint8_t first = unit->bytes[0], second = unit->bytes[1];
    // VPS or SPS of layer 0, temporal id 0. As H.264 these would be types 0 and 2.
    if ((first == 0x40 || first == 0x42) && second == 1) return VideoCodec::hevc;
    if ((first & 0x9f) == h264::sps && (first & 0x60) != 0 && is_h264_profile(second)) return VideoCodec::h264;
  }
  return std::nullopt;
}

base::Bytes parameter_sets(VideoCodec codec, base::ByteView picture) {
  base::Bytes sets;
  NalReader reader(picture);
  while (const auto unit = reader.next()) {
    const NalKind kind = kind_of(codec, unit->bytes);
    if (kind.slice) break;
    if (kind.parameter_set && !holds(sets, unit->bytes)) append_unit(sets, unit->bytes);
  }
  return sets;
}

base::ByteView without_parameter_sets(VideoCodec codec, base::ByteView picture, base::ByteView known,
                                      base::Bytes& out) {
  out.clear();
  std::size_t kept_from = 0;  // of what is not yet in `out`
  bool changed = false;
  NalReader reader(picture);
  while (const auto unit = reader.next()) {
    const NalKind kind = kind_of(codec, unit->bytes);
    if (kind.slice) break;  // sets stand in front
    if (!kind.parameter_set || !holds(known, unit->bytes)) continue;
    const auto kept = picture.subspan(kept_from, unit->at - kept_from);
    out.insert(out.end(), kept.begin(), kept.end());
    kept_from = unit->end;
    changed = true;
  }
  if (!changed) return picture;
  if (out.empty()) return picture.subspan(kept_from);
  out.insert(out.end(), picture.begin() + static_cast<std::ptrdiff_t>(kept_from), picture.end());
  return out;
}

}  // namespace transcode
