#include "server/net/storm_window.hpp"

namespace net {

Traffic& StormWindow::of(std::int64_t number) {
  auto at = std::ranges::lower_bound(parts_, number, {}, &Part::number);
  if (at == parts_.end() || at->number != number) at = parts_.insert(at, {number, {}});
  return at->traffic;
}

void StormWindow::add(std::int64_t part, Traffic traffic) {
  Traffic& known = of(part);
  known.files += traffic.files;
  known.bytes += traffic.bytes;
}

void StormWindow::learn(const storage::ArrivedFiles& arrived) {
  Traffic& known = of(arrived.number);
  known.files = std::max(known.files, arrived.files);
  known.bytes = std::max(known.bytes, arrived.bytes);
}

Traffic StormWindow::sum(std::int64_t first, std::int64_t last) const noexcept {
  Traffic total;
  for (const Part& part : parts_) {
    if (part.number < first || part.number > last) continue;
    total.files += part.traffic.files;
    total.bytes += part.traffic.bytes;
  }
  return total;
}

void StormWindow::forget_before(std::int64_t first) {
  std::erase_if(parts_, [&](const Part& part) { return part.number < first; });
}

}  // namespace net
