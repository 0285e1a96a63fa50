#include "server/relay/mavlink/router/duplicates.hpp"

#include <algorithm>
#include <functional>

namespace mavlink::router {

Duplicates::Duplicates(std::chrono::milliseconds window) : window_(std::min(window, longest_window)) {}

void Duplicates::forget(base::SteadyTime now) {
  while (!order_.empty() && (order_.size() >= most || now - order_.front().at >= window_)) {
    const Order oldest = order_.front();
    order_.pop_front();
    if (const auto found = seen_.find(oldest.hash); found != seen_.end() && found->second.at == oldest.at)
      seen_.erase(found);
  }
}

bool Duplicates::is_copy(base::ByteView bytes, Peer peer, base::SteadyTime now) {
  if (window_.count() <= 0) return false;
  forget(now);
  const std::uint64_t hash = std::hash<std::string_view>()(base::as_text(bytes));
  const auto [found, is_new] = seen_.try_emplace(hash, Seen{.peer = peer, .at = now});
  if (!is_new && found->second.peer != peer) return true;
  found->second.at = now;
  order_.push_back({.hash = hash, .at = now});
  return false;
}

}  // namespace mavlink::router
