#include "server/app/relay_views.hpp"

#include <fmt/format.h>

#include <utility>

namespace app {

namespace {
// A picture that is older was taken before somebody asked for one.
constexpr std::chrono::seconds fresh{2};

http::Frame frame_of(const endpoints::Picture& picture) {
  http::Frame frame{.jpeg = picture.jpeg, .at = picture.at};
  if (picture.position)
    frame.headers.emplace_back("X-Pan-Tilt", fmt::format("{} {}", picture.position->pan, picture.position->tilt));
  return frame;
}

class Held final : public http::LiveView::Subscription {
 public:
  explicit Held(std::shared_ptr<void> held) : held_(std::move(held)) {}

 private:
  const std::shared_ptr<void> held_;
};

class View final : public http::LiveView {
 public:
  explicit View(std::shared_ptr<endpoints::FrameFeed> pictures) : pictures_(std::move(pictures)) {}

  std::unique_ptr<http::LiveView::Subscription> subscribe(Callbacks callbacks) override {
    auto held = pictures_->subscribe(
        [frame = std::move(callbacks.frame)](const endpoints::Picture& picture) { frame(frame_of(picture)); });
    return std::make_unique<Held>(std::move(held));
  }

  void snapshot(std::function<void(base::Result<http::Frame>)> done) override {
    if (const auto last = pictures_->last(); last && base::utc_now() - last->at < fresh) return done(frame_of(*last));
    pictures_->next([done = std::move(done)](const endpoints::Picture& picture) { done(frame_of(picture)); });
  }

 private:
  const std::shared_ptr<endpoints::FrameFeed> pictures_;
};
}  // namespace

std::shared_ptr<http::LiveView> live_view_of(std::shared_ptr<endpoints::FrameFeed> pictures) {
  return std::make_shared<View>(std::move(pictures));
}

}  // namespace app
