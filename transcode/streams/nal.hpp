// NAL units of an Annex-B byte stream (ITU-T H.264 and H.265, annex B), as views of it.
#pragma once

#include <cstdint>
#include <optional>

#include "server/base/bytes.hpp"

namespace transcode {

enum class VideoCodec : std::uint8_t { hevc, h264 };

struct NalUnit {
  std::size_t at = 0;    // of its start code in the stream, the extra zero byte included
  base::ByteView bytes;  // header and payload, emulation prevention still in it; without zero bytes at the end
  std::size_t end = 0;   // where the next unit's start code begins, or the end of the stream
};

// One after the other. Units of no byte are passed over.
class NalReader {
 public:
  explicit NalReader(base::ByteView stream);
  std::optional<NalUnit> next();

 private:
  base::ByteView stream_;
  std::size_t code_;  // of the next start code, without the extra zero
};

// What a unit is, as far as cutting a stream into pictures needs it.
struct NalKind {
  bool valid = false;           // the forbidden bit is clear, and nothing is reserved that must not be
  bool slice = false;           // of a picture that is shown
  bool first_slice = false;     // of its picture
  bool begins_picture = false;  // when it stands behind a slice, the next picture begins with it
  bool parameter_set = false;   // VPS, SPS or PPS
  bool sequence_set = false;    // SPS
  bool random_access = false;   // slices only: a decoder may begin here
  bool restarts_order = false;  // slices only: picture order counts begin anew
};
NalKind kind_of(VideoCodec codec, base::ByteView unit) noexcept;

// Told from the parameter sets within the first units; nothing when there are none.
std::optional<VideoCodec> codec_of(base::ByteView stream);

// The parameter sets in front of the first slice, each behind a start code: what a decoder, or an MP4, is set up with.
base::Bytes parameter_sets(VideoCodec codec, base::ByteView picture);

// `picture` without those parameter sets that `known` (of parameter_sets) holds. In `out` when it is another than the
// picture itself; a view of either.
base::ByteView without_parameter_sets(VideoCodec codec, base::ByteView picture, base::ByteView known, base::Bytes& out);

}  // namespace transcode
