#include "server/net/storm_watch.hpp"

#include <asio/post.hpp>

#include <algorithm>

namespace net {

namespace {
// A device's state is at most this much behind what it sends, and a window of a few seconds is no load.
constexpr std::chrono::milliseconds longest_rest = std::chrono::minutes{1};
constexpr std::chrono::milliseconds shortest_rest{200};
}  // namespace

void StormWatch::look() {
  const bool posted = pool_.post([this] {
    const LimitedCount count = storms_.settle_limited([this] { return stopping_.load(); });
    metrics_.limited(count.photos, count.events);
    asio::post(context_, [this] { rest(); });
  });
  if (!posted) rest();
}

void StormWatch::rest() {
  if (stopping_) return;
  timer_.expires_after(std::clamp(storms_.step(), shortest_rest, longest_rest));
  timer_.async_wait([this](const std::error_code& error) {
    if (!error && !stopping_) look();
  });
}

}  // namespace net
