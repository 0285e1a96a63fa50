// In which order the pictures of a raw stream are shown.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace transcode {

struct OrderedPicture {
  std::optional<std::int64_t> order_count;  // picture order count, by the decoder's parser
  bool restarts_order = false;              // counts begin anew here, and all before it is shown before it
};

struct PictureOrder {
  std::vector<std::uint32_t> rank;  // of each picture, in the order given: a permutation of 0, 1, 2 …
  // Pictures whose epoch, from one restart to the next, is shown in the order of decoding because a count in it is
  // missing or there twice.
  std::uint32_t unordered = 0;
};

PictureOrder rank_pictures(std::span<const OrderedPicture> pictures);

}  // namespace transcode
