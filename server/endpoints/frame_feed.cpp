#include "server/endpoints/frame_feed.hpp"

#include <utility>

namespace endpoints {

std::shared_ptr<void> FrameFeed::subscribe(Look look) {
  auto shared = std::make_shared<Look>(std::move(look));
  const std::lock_guard lock(mutex_);
  looks_.push_back(shared);
  return shared;
}

void FrameFeed::publish(const Picture& picture) {
  std::vector<std::shared_ptr<Look>> looks;
  std::deque<Look> once;
  {
    const std::lock_guard lock(mutex_);
    last_ = picture;
    once.swap(once_);
    std::erase_if(looks_, [](const auto& look) { return look.expired(); });
    for (const auto& look : looks_)
      if (auto held = look.lock()) looks.push_back(std::move(held));
  }
  for (const auto& look : looks) (*look)(picture);
  for (const Look& look : once) look(picture);
}

void FrameFeed::next(Look once) {
  const std::lock_guard lock(mutex_);
  if (once_.size() >= most_waiting) once_.pop_front();
  once_.push_back(std::move(once));
}

std::optional<Picture> FrameFeed::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace endpoints
