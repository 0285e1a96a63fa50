#include "server/endpoints/recordings.hpp"

#include <utility>

namespace endpoints {

Recordings::Id Recordings::begin(const Shot& shot, std::chrono::milliseconds longest, Kept kept) {
  const Id id = ++last_;
  if (media_ == nullptr) {
    kept(base::fail(base::Errc::unavailable, "There is no store for videos."), 0);
    return id;
  }
  const auto dropped = std::make_shared<std::function<std::uint64_t()>>();
  const auto recording = std::make_shared<Recording>(
      *media_, shot, [unkept = unkept_, dropped, kept = std::move(kept)](const base::Result<storage::Media>& media) {
        --*unkept;
        kept(media, (*dropped)());
      });
  *dropped = [of = std::weak_ptr(recording)] {
    const auto held = of.lock();
    return held ? held->dropped() : 0;
  };
  ++*unkept_;
  auto timer = std::make_unique<asio::steady_timer>(host_.context(), longest);
  timer->async_wait([this, id](const std::error_code& error) {
    if (!error) end(id);
  });
  under_way_.emplace(id, One{.recording = recording, .longest = std::move(timer)});
  return id;
}

void Recordings::end(Id id) {
  const auto found = under_way_.find(id);
  if (found == under_way_.end()) return;
  const One one = std::move(found->second);
  under_way_.erase(found);
  one.recording->finish(host_.now().utc);
}

void Recordings::end_all() {
  while (!under_way_.empty()) end(under_way_.begin()->first);
}

void Recordings::add(const Frame& frame, base::UtcTime at) {
  for (const auto& [id, one] : under_way_) one.recording->add(frame, at);
}

}  // namespace endpoints
