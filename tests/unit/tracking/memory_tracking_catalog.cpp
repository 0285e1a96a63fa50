#include "tests/unit/tracking/memory_tracking_catalog.hpp"

#include <algorithm>
#include <tuple>

namespace tests {

using base::Result;
using namespace storage;  // NOLINT(google-build-using-namespace): what is implemented here is all of its

namespace {
bool same_records(const TrackRecords& one, const TrackRecords& other) {
  return one.imei == other.imei && one.first_at == other.first_at && one.bytes == other.bytes;
}
}  // namespace

void MemoryTrackingCatalog::fail(const std::string& call, int times) {
  const std::lock_guard lock(mutex_);
  failures_[call] = times;
}

void MemoryTrackingCatalog::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void MemoryTrackingCatalog::let_go() {
  const std::lock_guard lock(mutex_);
  holding_ = false;
  changed_.notify_all();
}

std::size_t MemoryTrackingCatalog::held() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

std::vector<std::vector<TrackRecords>> MemoryTrackingCatalog::batches() const {
  const std::lock_guard lock(mutex_);
  return batches_;
}

std::vector<std::vector<DeviceState>> MemoryTrackingCatalog::states_of_batches() const {
  const std::lock_guard lock(mutex_);
  return states_of_batches_;
}

std::vector<std::string> MemoryTrackingCatalog::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::size_t MemoryTrackingCatalog::called(const std::string& call) const {
  return static_cast<std::size_t>(std::ranges::count(calls(), call));
}

std::vector<DeviceEvent> MemoryTrackingCatalog::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

std::size_t MemoryTrackingCatalog::records() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const TrackRecords& each : records_) count += each.count;
  return count;
}

void MemoryTrackingCatalog::put_state(const DeviceState& state) {
  const std::lock_guard lock(mutex_);
  states_.insert_or_assign(state.imei, state);
}

void MemoryTrackingCatalog::put_records(const TrackRecords& records) {
  const std::lock_guard lock(mutex_);
  records_.push_back(records);
}

std::vector<TrackerLink> MemoryTrackingCatalog::links() const {
  const std::lock_guard lock(mutex_);
  std::vector<TrackerLink> all;
  for (const auto& [imei, link] : links_) all.push_back(link);
  return all;
}

Result<> MemoryTrackingCatalog::enter(const std::string& call) {
  calls_.push_back(call);
  if (int& left = failures_[call]; left > 0) {
    --left;
    return base::fail(base::Errc::unavailable, "The catalog does not answer: " + call + ".");
  }
  return {};
}

Result<> MemoryTrackingCatalog::append_records(std::span<const TrackRecords> records,
                                               std::span<const DeviceState> states) {
  std::unique_lock lock(mutex_);
  ++held_;
  changed_.wait(lock, [this] { return !holding_; });
  --held_;
  batches_.emplace_back(records.begin(), records.end());
  states_of_batches_.emplace_back(states.begin(), states.end());
  if (auto failed = enter("append_records"); !failed) return failed;
  for (const TrackRecords& each : records)
    if (std::ranges::none_of(records_, [&](const TrackRecords& there) { return same_records(there, each); }))
      records_.push_back(each);
  for (const DeviceState& state : states) {
    const auto there = states_.find(state.imei);
    if (there == states_.end() || there->second.recorded_at <= state.recorded_at)
      states_.insert_or_assign(state.imei, state);
  }
  return {};
}

Result<bool> MemoryTrackingCatalog::add_device_event(const DeviceEvent& event) {
  const std::lock_guard lock(mutex_);
  if (auto failed = enter("add_device_event"); !failed) return std::unexpected(failed.error());
  const bool there = std::ranges::any_of(events_, [&](const DeviceEvent& each) {
    return each.imei == event.imei && each.kind == event.kind && each.at == event.at && each.value == event.value;
  });
  if (!there) events_.push_back(event);
  return !there;
}

Result<std::optional<DeviceState>> MemoryTrackingCatalog::find_device_state(const base::Imei& imei) {
  const std::lock_guard lock(mutex_);
  if (auto failed = enter("find_device_state"); !failed) return std::unexpected(failed.error());
  const auto found = states_.find(imei);
  if (found == states_.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<DeviceState>> MemoryTrackingCatalog::device_states() {
  const std::lock_guard lock(mutex_);
  std::vector<DeviceState> all;
  for (const auto& [imei, state] : states_) all.push_back(state);
  return all;
}

Result<std::vector<TrackRecords>> MemoryTrackingCatalog::track_records(const base::Imei& imei, base::UtcTime from,
                                                                       base::UtcTime to, std::uint32_t limit) {
  const std::lock_guard lock(mutex_);
  if (auto failed = enter("track_records"); !failed) return std::unexpected(failed.error());
  std::vector<TrackRecords> found;
  for (const TrackRecords& each : records_)
    if (each.imei == imei && each.last_at >= from && each.first_at <= to) found.push_back(each);
  std::ranges::sort(found, [](const TrackRecords& one, const TrackRecords& other) {
    return std::tie(one.last_at, one.first_at, one.bytes) < std::tie(other.last_at, other.first_at, other.bytes);
  });
  if (found.size() > limit) found.erase(found.begin() + limit, found.end());
  return found;
}

Result<DeviceEventPage> MemoryTrackingCatalog::list_device_events(const DeviceEventQuery&) {
  return DeviceEventPage{.items = events(), .next_cursor = {}};
}

Result<std::optional<DeviceEvent>> MemoryTrackingCatalog::find_device_event(const base::Uuid& id) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(events_, id, &DeviceEvent::id);
  if (found == events_.end()) return std::nullopt;
  return *found;
}

Result<std::vector<DeviceEvent>> MemoryTrackingCatalog::unhandled_events(std::uint32_t) {
  return events();
}

Result<> MemoryTrackingCatalog::mark_handled(const base::Uuid&) {
  return {};
}

Result<std::uint64_t> MemoryTrackingCatalog::forget_records(base::UtcTime, std::uint32_t) {
  return 0;
}

Result<> MemoryTrackingCatalog::open_link(const TrackerLink& link) {
  const std::lock_guard lock(mutex_);
  if (auto failed = enter("open_link"); !failed) return failed;
  links_.insert_or_assign(link.imei, link);
  return {};
}

Result<> MemoryTrackingCatalog::close_link(const base::Imei& imei, std::string_view session) {
  const std::lock_guard lock(mutex_);
  if (auto failed = enter("close_link"); !failed) return failed;
  if (const auto found = links_.find(imei); found != links_.end() && found->second.session == session)
    links_.erase(found);
  return {};
}

Result<> MemoryTrackingCatalog::close_links_of(std::string_view node) {
  const std::lock_guard lock(mutex_);
  if (auto failed = enter("close_links_of"); !failed) return failed;
  std::erase_if(links_, [&](const auto& each) { return each.second.node == node; });
  return {};
}

Result<std::optional<TrackerLink>> MemoryTrackingCatalog::find_link(const base::Imei& imei) {
  const std::lock_guard lock(mutex_);
  if (auto failed = enter("find_link"); !failed) return std::unexpected(failed.error());
  const auto found = links_.find(imei);
  if (found == links_.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<TrackerLink>> MemoryTrackingCatalog::links_of(std::string_view node) {
  const std::lock_guard lock(mutex_);
  if (auto failed = enter("links_of"); !failed) return std::unexpected(failed.error());
  std::vector<TrackerLink> found;
  for (const auto& [imei, link] : links_)
    if (link.node == node) found.push_back(link);
  return found;
}

}  // namespace tests
