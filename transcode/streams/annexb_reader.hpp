// Raw Annex-B video, cut into pictures (access units) in the order of decoding, as views of the file. It carries no
// times: picture_order.hpp says in which order they are shown.
#pragma once

#include <optional>

#include "server/base/bytes.hpp"
#include "transcode/streams/damage.hpp"
#include "transcode/streams/nal.hpp"

namespace transcode {

struct AccessUnit {
  base::ByteView bytes;  // start codes included
  bool key = false;      // decoding may begin here
  bool restarts_order = false;
};

class AnnexbReader {
 public:
  // The file outlives the reader and what it hands out.
  AnnexbReader(base::ByteView file, VideoCodec codec);
  // Nothing at the end. The first is a key picture; those before it are counted as missing. Bytes before the first
  // start code are counted as skipped, units that are none as damaged.
  std::optional<AccessUnit> next();
  const StreamDamage& damage() const noexcept { return damage_; }  // so far

 private:
  std::optional<AccessUnit> next_picture();

  base::ByteView file_;
  VideoCodec codec_;
  NalReader units_;
  std::optional<NalUnit> ahead_;  // the first unit of the next picture
  bool key_seen_ = false;
  StreamDamage damage_;
};

}  // namespace transcode
