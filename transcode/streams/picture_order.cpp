#include "transcode/streams/picture_order.hpp"

#include <algorithm>
#include <numeric>

namespace transcode {

namespace {
// `ranks` of one epoch, the first of them `first`.
bool rank_epoch(std::span<const OrderedPicture> epoch, std::span<std::uint32_t> ranks, std::uint32_t first) {
  std::iota(ranks.begin(), ranks.end(), first);
  if (!std::ranges::all_of(epoch, [](const auto& picture) { return picture.order_count.has_value(); })) return false;
  std::vector<std::uint32_t> shown(epoch.size());
  std::iota(shown.begin(), shown.end(), 0U);
  const auto count = [&](std::uint32_t n) { return *epoch[n].order_count; };
  std::ranges::sort(shown, {}, count);
  if (std::ranges::adjacent_find(shown, {}, count) != shown.end()) return false;
  for (std::uint32_t n = 0; n < shown.size(); ++n) ranks[shown[n]] = first + n;
  return true;
}
}  // namespace

PictureOrder rank_pictures(std::span<const OrderedPicture> pictures) {
  PictureOrder order{.rank = std::vector<std::uint32_t>(pictures.size())};
  for (std::size_t begin = 0; begin < pictures.size();) {
    std::size_t end = begin + 1;
    while (end < pictures.size() && !pictures[end].restarts_order) ++end;
    const std::size_t size = end - begin;
    if (!rank_epoch(pictures.subspan(begin, size), std::span(order.rank).subspan(begin, size),
                    static_cast<std::uint32_t>(begin)))
      order.unordered += static_cast<std::uint32_t>(size);
    begin = end;
  }
  return order;
}

}  // namespace transcode
