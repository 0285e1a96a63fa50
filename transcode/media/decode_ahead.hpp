// Decoding on a thread of its own, a few pictures ahead of whoever takes them.
#pragma once

#include "transcode/media/decoder.hpp"

namespace transcode {

// All pictures through the decoder; `take` is called on the calling thread, in the order of showing. Ends with the
// first error of either side, and not before the other thread has ended.
base::Result<> decode_ahead(Decoder& decoder, const std::vector<Picture>& pictures, const TakeFrame& take);

}  // namespace transcode
