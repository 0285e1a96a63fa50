#include "server/events/lane.hpp"

#include <algorithm>
#include <utility>

#include "server/base/log.hpp"

namespace events {

namespace {
// Given their positions in one transaction: some milliseconds of everybody's waiting.
constexpr std::uint32_t numbered_at_once = 1'000;
}  // namespace

Lane::Lane(storage::EventCatalog& catalog, Target& target, std::string name, std::string node, Figures& figures,
           Clock clock)
    : catalog_(catalog),
      target_(target),
      name_(std::move(name)),
      node_(std::move(node)),
      figures_(figures),
      clock_(std::move(clock)) {}

std::chrono::milliseconds Lane::turn(const std::stop_token& stop) {
  if (const auto held = hold(); !held) return rest(held.error());
  if (!held_) {
    figures_.waiting.Set(0);
    figures_.oldest_seconds.Set(0);
    return standby_wait;
  }
  if (auto numbered = number_all(stop); !numbered) return rest(numbered.error());
  const auto found = catalog_.events_behind(position_, batch);
  if (!found) return rest(found.error());
  const auto delivered = deliver(*found, stop);
  const bool moved = stored_ != position_;
  const auto kept = moved && held_ ? advance() : base::Result<>();
  if (moved) back_off_.reset();
  measure();
  if (!delivered) return rest(delivered.error());
  if (!kept) return rest(kept.error());
  works_again();
  return found->size() < batch ? idle_wait : std::chrono::milliseconds{0};
}

base::Result<> Lane::hold() {
  const auto now = clock_();
  if (held_ && now < renew_at_) return {};
  const auto position = catalog_.hold_target(name_, node_, lease);
  if (!position) return std::unexpected(position.error());
  if (position->has_value() != held_)
    base::log::info(held_ ? "another node brings events to a target now" : "this node brings events to a target",
                    {{"target", name_}});
  held_ = position->has_value();
  if (!held_) return {};
  renew_at_ = now + lease / 2;
  stored_ = position_ = **position;
  return {};
}

base::Result<> Lane::number_all(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto numbered = catalog_.number_events(numbered_at_once);
    if (!numbered) return std::unexpected(numbered.error());
    if (*numbered < numbered_at_once) break;
  }
  return {};
}

base::Result<> Lane::deliver(const std::vector<storage::OutboxEvent>& found, const std::stop_token& stop) {
  for (const storage::OutboxEvent& event : found) {
    if (stop.stop_requested()) break;
    // A lease that ends while an event is under way lets another node begin with the same one.
    if (clock_() >= renew_at_)
      if (auto renewed = advance(); !renewed) return renewed;
    if (!held_) break;
    if (auto delivered = deliver(event); !delivered) return delivered;
    position_ = event.position;
  }
  return {};
}

base::Result<> Lane::deliver(const storage::OutboxEvent& event) {
  const auto message = message_of(event);
  if (!message) {
    // It will never be one: whoever wrote it has to be asked, not those who wait behind it.
    base::log::error("an event is left out", {{"target", name_}, {"reason", message.error().message}});
    return {};
  }
  if (auto delivered = target_.deliver(*message); !delivered) {
    figures_.failures.Increment();
    return delivered;
  }
  figures_.published.Increment();
  return {};
}

base::Result<> Lane::advance() {
  const auto now = clock_();
  const auto ours = catalog_.advance_target(name_, node_, position_, lease);
  if (!ours) return std::unexpected(ours.error());
  held_ = *ours;
  renew_at_ = now + lease / 2;
  stored_ = position_;
  if (!held_) base::log::warning("another node has taken a target over", {{"target", name_}});
  return {};
}

// A figure: without it everything goes on.
void Lane::measure() {
  const auto backlog = catalog_.backlog(name_);
  if (!backlog) return;
  figures_.waiting.Set(static_cast<double>(backlog->waiting));
  const std::chrono::duration<double> age =
      backlog->oldest ? base::utc_now() - *backlog->oldest : base::UtcTime::duration{};
  figures_.oldest_seconds.Set(std::max(age.count(), 0.0));
}

// Said once, until it works again.
std::chrono::milliseconds Lane::rest(const base::Error& error) {
  if (!std::exchange(troubled_, true))
    base::log::warning("events wait: they are tried again until they are taken",
                       {{"target", name_}, {"reason", error.message}});
  return back_off_.again();
}

void Lane::works_again() {
  if (std::exchange(troubled_, false)) base::log::info("events leave again", {{"target", name_}});
  back_off_.reset();
}

}  // namespace events
