// Everything that is done to one file, through libavformat, libavcodec, libswscale and libswresample. Runs in the
// sandboxed worker and nowhere else: it opens no file and no connection, reads `file`, writes the order's descriptors.
#pragma once

#include <functional>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"
#include "transcode/order/order.hpp"

namespace transcode {

// `file` is the whole of it, mapped or read; it outlives the call. `progress` gets percent, rising, at most a hundred
// times. `corrupt`: the file's fault, in a sentence; anything else is ours.
base::Result<Report> process(const Order& order, base::ByteView file, const std::function<void(unsigned)>& progress);

}  // namespace transcode
