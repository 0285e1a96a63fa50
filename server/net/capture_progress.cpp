#include "server/net/capture_progress.hpp"

#include <utility>

#include "server/base/log.hpp"

namespace net {

namespace {
void warn(std::string_view what, const base::Error& error) {
  base::log::warning(what, {{"reason", error.message}});
}
}  // namespace

// What the camera does not say may be anything.
bool CaptureProgress::may_be_asked_for(std::string_view trigger) noexcept {
  return trigger.empty() || trigger == "server_request";
}

template <class Set>
void CaptureProgress::tell(Set set) {
  {
    const std::lock_guard lock(mutex_);
    set(news_);
    if (under_way_) return;
    under_way_ = true;
  }
  if (post_([self = shared_from_this()] { self->pass_on(); })) return;
  const std::lock_guard lock(mutex_);
  under_way_ = false;
}

void CaptureProgress::begin(storage::OfferedFile file) {
  tell([&](News& news) { news.begun = std::move(file); });
}

void CaptureProgress::at(std::uint32_t percent, base::SteadyTime now) {
  if (now - last_told_ < interval) return;
  last_told_ = now;
  tell([&](News& news) { news.percent = percent; });
}

void CaptureProgress::broke_off(std::string reason) {
  tell([&](News& news) { news.ended = std::move(reason); });
}

void CaptureProgress::pass_on() {
  for (;;) {
    News news;
    {
      const std::lock_guard lock(mutex_);
      news = std::exchange(news_, {});
      if (!news.any()) {
        under_way_ = false;
        return;
      }
    }
    pass_on(news);
  }
}

void CaptureProgress::pass_on(const News& news) {
  if (news.begun) {
    const auto part = catalog_.capture_begins(*news.begun, patience_, base::utc_now());
    if (!part) return warn("cannot look up which capture request a file belongs to", part.error());
    part_ = *part;
  }
  if (!part_) return;  // nobody asked for it
  if (news.percent) {
    const auto noted = catalog_.capture_progress(*part_, *news.percent, patience_, base::utc_now());
    if (!noted) warn("cannot note how far the file of a capture request is", noted.error());
  }
  if (news.ended) {
    const auto noted = catalog_.capture_interrupted(*part_, *news.ended, patience_, base::utc_now());
    if (!noted) warn("cannot note that the file of a capture request broke off", noted.error());
    part_.reset();
  }
}

}  // namespace net
