#include "server/relay/mavlink/camera/replay.hpp"

#include <algorithm>
#include <iterator>

#include "server/relay/mavlink/camera/limits.hpp"

namespace mavlink::camera {

bool Replay::is_asked(const Range& range) const noexcept {
  const bool being_told = reader_ == range.to && range.first == range.last &&
                          ((reading_ && reading_->page.first <= range.first && range.first <= reading_->page.last) ||
                           std::ranges::any_of(page_, [&](const auto& kept) { return kept.index == range.first; }));
  return being_told || std::ranges::any_of(ranges_, [&](const Range& known) {
           return known.to == range.to && known.first <= range.first && range.last <= known.last;
         });
}

bool Replay::add(const Recipient& to, std::int32_t first, std::int32_t last) {
  last = first + std::min(last - first, limits::most_images_per_request - 1);
  const Range range{to, first, last};
  if (is_asked(range)) return true;
  // A range that is being told has its rest in the list: it ends where the new one ends.
  for (auto& known : ranges_)
    if (known.to == to && known.last == last && first < known.first && last > first) return true;
  const auto long_ones =
      static_cast<std::size_t>(std::ranges::count_if(ranges_, [](const Range& r) { return r.first != r.last; }));
  if (ranges_.size() >= limits::most_image_requests || (first != last && long_ones >= limits::most_ranges))
    return false;
  ranges_.push_back(range);
  return true;
}

void Replay::forget(Peer peer) {
  std::erase_if(ranges_, [&](const Range& range) { return range.to.asker == peer; });
  if (reader_.asker == peer) {
    page_.clear();
    reading_.reset();
  }
}

void Replay::clear() {
  ranges_.clear();
  page_.clear();
  reading_.reset();
}

std::optional<PageRequest> Replay::next_page(base::SteadyTime now) {
  if (reading_ && now >= reading_->deadline) reading_.reset();
  if (reading_ || !page_.empty() || ranges_.empty()) return std::nullopt;
  auto range = ranges_.front();
  ranges_.pop_front();
  const auto last = range.first + std::min(range.last - range.first, limits::page_size - 1);
  reading_ = Reading{{++last_id_, range.first, last}, now + limits::page_time};
  reader_ = range.to;
  if (last < range.last) ranges_.push_back({range.to, last + 1, range.last});  // behind those of others
  return reading_->page;
}

void Replay::page_read(std::uint64_t id, std::vector<ImageRecord> records) {
  if (!reading_ || reading_->page.id != id) return;
  std::erase_if(records, [&](const ImageRecord& kept) {
    return kept.index < reading_->page.first || kept.index > reading_->page.last;
  });
  records.resize(std::min<std::size_t>(records.size(), limits::page_size));
  page_.assign(std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
  reading_.reset();
}

void Replay::page_failed(std::uint64_t id) {
  if (reading_ && reading_->page.id == id) reading_.reset();
}

std::optional<std::pair<Recipient, ImageRecord>> Replay::take(base::SteadyTime now) {
  if (page_.empty() || (not_before_ && now < *not_before_)) return std::nullopt;
  std::pair<Recipient, ImageRecord> answer{reader_, std::move(page_.front())};
  page_.pop_front();
  not_before_ = now + limits::paced;
  return answer;
}

std::optional<base::SteadyTime> Replay::next_wake() const noexcept {
  if (reading_) return reading_->deadline;
  return page_.empty() ? std::nullopt : not_before_;
}

}  // namespace mavlink::camera
