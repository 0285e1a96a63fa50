#include "server/net/storm_breaker.hpp"

#include <fmt/format.h>

#include "server/base/log.hpp"

namespace net {

using base::IntakeState;

namespace {
// Devices whose traffic is remembered; the catalog knows that of the others. About 5 MB, and 30 MB if every one of
// them sends something in every step of the window.
constexpr std::size_t max_remembered = 20'000;
// Files of a device that the catalog counts at most: twice the highest budget, where nothing more follows from more.
constexpr std::uint64_t max_counted = 20'000;
// Devices looked after at a time. More storms than that are no fault of single devices.
constexpr std::uint32_t max_limited = 10'000;

double percent_of(std::uint64_t value, std::uint64_t limit) noexcept {
  return limit == 0 ? 0 : 100.0 * static_cast<double>(value) / static_cast<double>(limit);
}

std::string window_text(std::chrono::milliseconds window) {
  constexpr std::chrono::minutes minute{1};
  if (window % std::chrono::hours{1} == window.zero()) return fmt::format("{} h", window / std::chrono::hours{1});
  if (window % minute == window.zero()) return fmt::format("{} min", window / minute);
  return fmt::format("{} s", std::chrono::duration<double>(window).count());
}

std::string budget_text(const StormLimits& limits) {
  const auto files = limits.files == 0 ? std::string() : fmt::format("{} files", limits.files);
  const auto bytes = limits.bytes == 0 ? std::string() : fmt::format("{} bytes", limits.bytes);
  return files.empty() || bytes.empty() ? files + bytes : files + " and " + bytes;
}
}  // namespace

IntakeState next_intake(IntakeState now, const Traffic& traffic, const StormLimits& limits) noexcept {
  const double load = std::max(percent_of(traffic.files, limits.files), percent_of(traffic.bytes, limits.bytes));
  if (load >= events_from_percent) return IntakeState::events;
  if (now == IntakeState::events && load >= events_from_percent * relief) return IntakeState::events;
  if (load >= photos_from_percent) return IntakeState::photos;
  if (now != IntakeState::everything && load >= photos_from_percent * relief) return IntakeState::photos;
  return IntakeState::everything;
}

std::string intake_reason(IntakeState state, const Traffic& traffic, const StormLimits& limits) {
  if (limits.none()) return "there is no limit any more";
  std::string came = fmt::format("{} files with {} bytes came within {}, its budget is {}", traffic.files,
                                 traffic.bytes, window_text(limits.window), budget_text(limits));
  switch (state) {
    case IntakeState::everything: return came;
    case IntakeState::photos: return came + "; videos wait in the camera, except those of events and requests";
    case IntakeState::events: return came + "; all but files of events and requests waits in the camera";
  }
  return came;
}

StormBreaker::Entry& StormBreaker::entry_of(const base::Imei& imei, std::int64_t part) {
  if (const auto found = devices_.find(imei); found != devices_.end()) return found->second;
  if (devices_.size() >= max_remembered) make_room(part);
  return devices_[imei];
}

// First those that have been quiet for a whole window. When they are few the memory starts anew, so that not every new
// device walks through all: the catalog knows the others.
void StormBreaker::make_room(std::int64_t part) {
  std::erase_if(devices_, [&](const auto& device) {
    const Entry& entry = device.second;
    return entry.state == IntakeState::everything && !entry.unwritten && traffic_of(entry, part).files == 0;
  });
  if (devices_.size() > max_remembered / 2) devices_.clear();
}

Traffic StormBreaker::traffic_of(const Entry& entry, std::int64_t part) const noexcept {
  return entry.window.sum(parts_.first(part), part + 1);  // of a node whose clock is a little fast
}

IntakeState StormBreaker::taken(const base::Imei& imei) const {
  const std::lock_guard lock(mutex_);
  const auto found = devices_.find(imei);
  return found == devices_.end() ? IntakeState::everything : found->second.state;
}

bool StormBreaker::arrived(const base::Imei& imei, base::UtcTime at, std::uint64_t bytes) {
  if (limits_.none()) return false;
  const std::int64_t now = parts_.at(clock_());
  const std::lock_guard lock(mutex_);
  Entry& entry = entry_of(imei, now);
  entry.window.add(parts_.at(at), {1, bytes});
  entry.window.forget_before(parts_.first(now));
  // Less at once. More only with what other nodes have counted: see settle().
  const IntakeState next = next_intake(entry.state, traffic_of(entry, now), limits_);
  if (next > entry.state) {
    entry.state = next;
    entry.unwritten = true;
  }
  return entry.unwritten;
}

void StormBreaker::welcome(const base::Imei& imei) {
  if (limits_.none()) return;
  const std::int64_t now = parts_.at(clock_());
  {
    const std::lock_guard lock(mutex_);
    const auto found = devices_.find(imei);
    if (found != devices_.end() && found->second.settled == now && !found->second.unwritten) return;
  }
  settle(imei);
}

void StormBreaker::settle(const base::Imei& imei) {
  if (catalog_ == nullptr) return settle_alone(imei, {});
  const base::UtcTime time = clock_();
  const std::int64_t now = parts_.at(time);
  const std::uint64_t enough = limits_.files == 0 ? max_counted : std::min(2 * limits_.files, max_counted);
  const auto reading = catalog_->read_intake({.imei = imei,
                                              .since = parts_.begin_of(parts_.first(now)),
                                              .part = parts_.length(),
                                              .max_files = static_cast<std::uint32_t>(enough)});
  if (!reading) return settle_alone(imei, reading.error().message);
  Traffic traffic;
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entry_of(imei, now);
    for (const storage::ArrivedFiles& arrived : reading->arrived) entry.window.learn(arrived);
    traffic = traffic_of(entry, now);
  }
  const IntakeState next = next_intake(reading->state, traffic, limits_);
  if (next == reading->state) return conclude(imei, next, true);
  const storage::IntakeChange change{
      .imei = imei,
      .from = reading->state,
      .to = {.state = next, .since = time, .reason = intake_reason(next, traffic, limits_)},
      .files = traffic.files,
      .bytes = traffic.bytes,
      .files_limit = limits_.files,
      .bytes_limit = limits_.bytes,
      .window = limits_.window};
  const auto changed = catalog_->change_intake(change);
  conclude(imei, next, changed.has_value());
  if (!changed)
    return base::log::warning("cannot note what is taken of a device",
                              {{"imei", imei.str()}, {"reason", changed.error().message}});
  // Said by the node that wrote it, once a change.
  if (*changed)
    base::log::event(next > reading->state ? base::log::Level::warning : base::log::Level::info,
                     next > reading->state ? "less is taken of a device" : "more is taken of a device again",
                     {{"imei", imei.str()}, {"taken", base::to_string(next)}, {"reason", change.to.reason}});
}

// Without the catalog what has come here decides. Nothing is written: the next one that reaches it does that.
void StormBreaker::settle_alone(const base::Imei& imei, const std::string& trouble) {
  if (!trouble.empty())
    base::log::debug("the catalog does not say what a device has sent", {{"imei", imei.str()}, {"reason", trouble}});
  const std::int64_t now = parts_.at(clock_());
  const std::lock_guard lock(mutex_);
  Entry& entry = entry_of(imei, now);
  const IntakeState next = next_intake(entry.state, traffic_of(entry, now), limits_);
  entry.unwritten = catalog_ != nullptr && (entry.unwritten || next != entry.state);
  entry.state = next;
}

// Files may have come while the catalog was asked: what they change is not undone, and is still to be written.
void StormBreaker::conclude(const base::Imei& imei, IntakeState state, bool written) {
  const std::int64_t now = parts_.at(clock_());
  const std::lock_guard lock(mutex_);
  Entry& entry = entry_of(imei, now);
  entry.state = std::max(state, next_intake(state, traffic_of(entry, now), limits_));
  entry.unwritten = !written || entry.state != state;
  if (written) entry.settled = now;
}

LimitedCount StormBreaker::settle_limited(const std::function<bool()>& stopping) {
  std::vector<base::Imei> limited;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [imei, entry] : devices_)
      if (entry.state != IntakeState::everything || entry.unwritten) limited.push_back(imei);
  }
  if (catalog_ != nullptr)
    if (const auto known = catalog_->limited_devices(max_limited))
      for (const storage::LimitedDevice& device : *known) limited.push_back(device.imei);
  std::ranges::sort(limited);
  const auto [first, last] = std::ranges::unique(limited);
  limited.erase(first, last);
  LimitedCount count;
  for (const base::Imei& imei : limited) {
    if (stopping()) break;
    settle(imei);
    const IntakeState state = taken(imei);
    count.photos += state == IntakeState::photos ? 1 : 0;
    count.events += state == IntakeState::events ? 1 : 0;
  }
  return count;
}

}  // namespace net
