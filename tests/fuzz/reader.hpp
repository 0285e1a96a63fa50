// The fuzzer's bytes taken from the front, so that a seed reads like what it does.
#pragma once

#include <algorithm>

#include "server/base/bytes.hpp"

namespace fuzz {

struct Reader {
  base::ByteView left;

  bool empty() const { return left.empty(); }
  std::uint8_t byte() {
    if (left.empty()) return 0;
    const std::uint8_t first = left.front();
    left = left.subspan(1);
    return first;
  }
  base::ByteView bytes(std::size_t count) {
    const base::ByteView taken = left.first(std::min(count, left.size()));
    left = left.subspan(taken.size());
    return taken;
  }
};

}  // namespace fuzz
