#include "server/net/turned_away.hpp"

#include <fmt/format.h>

#include "server/base/clock.hpp"
#include "server/base/log.hpp"

namespace net {

namespace {
// Peers whose nonsense was logged already; beyond it the memory starts anew.
constexpr std::size_t max_known_strangers = 4096;
// Different reasons told of one of them: most name bytes that came, and no two scans send the same.
constexpr std::size_t max_reasons_told = 8;
constexpr std::chrono::seconds refusal_log_interval{1};
}  // namespace

void TurnedAway::for_want_of_room(const std::string& endpoint, const std::string& why) {
  unsaid_.fetch_add(1);
  const std::int64_t now = base::steady_now().time_since_epoch().count();
  std::int64_t last = last_said_.load();
  const auto interval = std::chrono::duration_cast<base::SteadyTime::duration>(refusal_log_interval).count();
  if (last != 0 && now - last < interval) return;
  if (!last_said_.compare_exchange_strong(last, now)) return;
  base::log::warning(fmt::format("{}s are turned away", who_),
                     {{"peer", endpoint}, {"reason", why}, {"count", unsaid_.exchange(0)}});
}

void TurnedAway::as_stranger(const std::string& address, const std::string& endpoint, const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    if (strangers_.size() >= max_known_strangers) strangers_.clear();
    auto& told = strangers_[address];
    if (told.size() >= max_reasons_told || !told.insert(reason).second) return;
  }
  base::log::warning(fmt::format("a peer that is no {} was turned away (said once per address and reason)", who_),
                     {{"peer", endpoint}, {"reason", reason}});
}

}  // namespace net
