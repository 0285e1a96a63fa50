#include "server/endpoints/frame_feed.hpp"

#include <utility>

namespace endpoints {

std::shared_ptr<void> FrameFeed::subscribe(Look look) {
  const auto reader = std::make_shared<Reader>();
  reader->look = std::move(look);
  const std::lock_guard lock(mutex_);
  readers_.push_back(reader);
  return {reader.get(), [self = shared_from_this(), reader](void*) {
            {
              const std::lock_guard ended(reader->mutex);
              reader->look = nullptr;
            }
            const std::lock_guard gone(self->mutex_);
            std::erase(self->readers_, reader);
          }};
}

void FrameFeed::publish(const Picture& picture) {
  std::vector<std::shared_ptr<Reader>> readers;
  std::deque<Look> once;
  {
    const std::lock_guard lock(mutex_);
    last_ = picture;
    once.swap(once_);
    readers = readers_;
  }
  for (const auto& reader : readers) {
    const std::lock_guard lock(reader->mutex);
    const Look look = reader->look;  // may end itself
    if (look) look(picture);
  }
  for (const Look& look : once) look(picture);
}

void FrameFeed::next(Look once) {
  Look oldest;  // goes behind the lock: what it holds may call here
  const std::lock_guard lock(mutex_);
  if (once_.size() >= most_waiting) {
    oldest = std::move(once_.front());
    once_.pop_front();
  }
  once_.push_back(std::move(once));
}

std::optional<Picture> FrameFeed::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace endpoints
