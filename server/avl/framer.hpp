// Finds frames in what a tracker sends over TCP. Views, no copies; knows nothing of what is in them.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "server/avl/codec.hpp"

namespace avl {

struct FrameView {
  Codec codec = Codec::codec8;
  base::ByteView payload;  // from the codec's byte to the last count; borrowed
};
struct KeepAlive {};  // one byte FF between frames: some firmware keeps the link open with it
struct NeedMore {};
// The bytes cannot be what the protocol allows: a sentence on what is wrong. With `size` of the found thing > 0 the
// link can go on behind it (a frame of good length whose CRC is wrong, or of a codec that is not known: the tracker
// sends it again); with 0 what follows cannot be told apart, and the link is to be closed.
struct BadFrame {
  std::string reason;
};

struct Found {
  std::variant<NeedMore, KeepAlive, FrameView, BadFrame> what;
  std::size_t size = 0;  // to be consumed
};

// Looks at the front of `in`.
Found next_frame(base::ByteView in);

}  // namespace avl
