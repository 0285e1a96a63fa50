// PTMF, the record stream of DualCam video, taken apart: pictures and sounds with the camera's own times. Works on the
// whole file and hands out views of it: no copy, no allocation. Damage is stepped over and counted, never fatal:
//
// * Where no record header is, the next plausible one is looked for.
// * Behind a payload there must be a header, or the end of the file. If not, the length is wrong, or what follows it
//   is: the payload then ends at the next header, unless records seem to be lost in between, or the header behind it
//   is seen to be the damaged one; then its length is taken as it stands.
// * The last record, when the file ends inside it: sound is delivered as far as it goes; a picture is not, because what
//   a decoder makes of half a picture stays on the screen until the next key picture.
// * Timestamps and sequence numbers: see RecordClock and RecordSequence.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "server/base/bytes.hpp"
#include "storage/formats/format.hpp"
#include "transcode/streams/damage.hpp"
#include "transcode/streams/record_clock.hpp"

namespace transcode {

struct PtmfUnit {
  enum class Kind : std::uint8_t { key_picture, picture, sound };
  Kind kind = Kind::picture;
  std::int64_t time_us = 0;  // since the first record of the file; sound may begin before it
  base::ByteView bytes;      // of the file: Annex-B, or A-law samples (8 kHz, mono); never empty
  // As the header says them; 0 where it does not.
  std::uint16_t width = 0;
  std::uint16_t height = 0;
  std::uint8_t frames_per_second = 0;
};

class PtmfDemuxer {
 public:
  // The file outlives the demuxer and what it hands out.
  explicit PtmfDemuxer(base::ByteView file) : file_(file) {}
  // In the order of the file; nothing at its end. Pictures begin with a key picture.
  std::optional<PtmfUnit> next();
  const StreamDamage& damage() const noexcept { return damage_; }  // so far

 private:
  struct Record {
    storage::PtmfHeader header;
    base::ByteView payload;
    bool truncated = false;  // by the end of the file
    bool damaged = false;
  };
  std::optional<Record> next_record();
  std::optional<storage::PtmfHeader> find_header();
  std::size_t end_of(Record& record, std::size_t payload_at);
  bool is_boundary(std::uint64_t at) const;
  bool leads_on(std::uint64_t at) const;
  bool follows(const storage::PtmfHeader& next, const storage::PtmfHeader& record) const;
  std::optional<PtmfUnit> unit_of(Record& record);
  bool deliverable(const Record& record, PtmfUnit& unit);

  base::ByteView file_;
  std::size_t at_ = 0;
  RecordClock clock_;
  std::array<RecordSequence, 2> sequences_;  // pictures, sounds
  bool key_seen_ = false;
  StreamDamage damage_;
};

}  // namespace transcode
