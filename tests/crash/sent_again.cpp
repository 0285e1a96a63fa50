#include "tests/crash/sent_again.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tests {

void SentAgain::unread(std::uint32_t camera, std::uint32_t bytes) {
  const std::lock_guard lock(mutex_);
  // A camera may be cut off again before it comes to send: then the first time is what counts.
  std::uint32_t& known = unread_[camera];
  known = std::max(known, bytes);
}

void SentAgain::resumed(std::uint32_t camera, std::uint32_t offset, std::uint32_t sent) {
  const std::lock_guard lock(mutex_);
  const std::uint32_t again = sent > offset ? sent - offset : 0;
  const auto found = unread_.find(camera);
  const std::uint32_t lost_on_the_way = found == unread_.end() ? 0 : std::min(found->second, again);
  if (found != unread_.end()) unread_.erase(found);
  never_arrived_ += lost_on_the_way;
  bytes_.push_back(again - lost_on_the_way);
}

void SentAgain::acknowledged(std::uint32_t camera) {
  const std::lock_guard lock(mutex_);
  unread_.erase(camera);
}

std::size_t SentAgain::resumes() const {
  const std::lock_guard lock(mutex_);
  return bytes_.size();
}

std::vector<std::uint32_t> SentAgain::sorted() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint32_t> all = bytes_;
  std::ranges::sort(all);
  return all;
}

std::uint32_t SentAgain::quantile(double fraction) const {
  const std::vector<std::uint32_t> all = sorted();
  if (all.empty()) return 0;
  return all[static_cast<std::size_t>(fraction * static_cast<double>(all.size() - 1))];
}

std::string SentAgain::described() const {
  constexpr std::uint32_t bucket = 2 * 1024;
  const std::vector<std::uint32_t> all = sorted();
  std::string text = fmt::format(
      "sent again, of what had reached the server: {} resumes, median {}, 90 % {}, 99 % {}, largest {} bytes\n"
      "({} bytes more were on their way when a kill came)\n",
      all.size(), quantile(0.5), quantile(0.9), quantile(0.99), quantile(1), never_arrived_);
  for (auto from = all.begin(); from != all.end();) {
    const std::uint32_t low = *from / bucket * bucket;
    const auto to = std::lower_bound(from, all.end(), low + bucket);
    text += fmt::format("  {:>6} to {:>6} bytes: {:>6} resumes, {:5.1f} %\n", low, low + bucket - 1, to - from,
                        100.0 * static_cast<double>(to - from) / static_cast<double>(all.size()));
    from = to;
  }
  return text;
}

}  // namespace tests
