#include "storage/keeping/retention.hpp"

#include <fmt/format.h>

#include <limits>
namespace storage {

namespace {
constexpr std::uint64_t no_bound = std::numeric_limits<std::uint64_t>::max();

std::string in_days(std::chrono::milliseconds time) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(time).count();
  if (hours % 24 == 0 && hours != 0) return fmt::format("{} days", hours / 24);
  if (hours != 0) return fmt::format("{} hours", hours);
  return fmt::format("{} seconds", std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

std::size_t index_of(Rule rule) noexcept {
  return static_cast<std::size_t>(rule);
}
}  // namespace

std::string_view to_string(Rule rule) noexcept {
  switch (rule) {
    case Rule::age: return "age";
    case Rule::device: return "device";
    case Rule::total: return "total";
    case Rule::volume: return "volume";
  }
  return "unknown";
}

// What may go, and how much of it is to go.
struct Retention::Task {
  OldestQuery query;
  std::uint64_t bytes = no_bound;
  std::string reason;
};

base::Result<> Retention::run(RetentionReport& report, const std::stop_token& stop) {
  using Enforce = base::Result<> (Retention::*)(RetentionReport&, const std::stop_token&);
  for (const Enforce enforce :
       {&Retention::enforce_age, &Retention::enforce_devices, &Retention::enforce_total, &Retention::enforce_volume}) {
    if (stop.stop_requested()) break;
    if (auto done = (this->*enforce)(report, stop); !done) return done;
  }
  return {};
}

// Deletes along the order of age, each file looked at once, until it is enough or none is left. A file more than the
// bytes ask for rather than one too few.
base::Result<Deleted> Retention::delete_oldest(const Task& task, Deleted& counted, const std::stop_token& stop) {
  Deleted all;
  OldestQuery query = task.query;
  query.limit = deletion_batch;
  Pace pace;
  while (all.bytes < task.bytes && !stop.stop_requested()) {
    auto files = catalog_.oldest_media(query);
    if (!files) return std::unexpected(files.error());
    if (files->empty()) break;
    std::size_t enough = 0;
    for (std::uint64_t bytes = all.bytes; enough < files->size() && bytes < task.bytes; ++enough)
      bytes += (*files)[enough].size;
    const auto deleted = deletion_.remove(std::span(*files).first(enough), task.reason);
    if (!deleted) return deleted;
    all += *deleted;
    counted += *deleted;
    query.after = AgeMark{(*files)[enough - 1].received_at, (*files)[enough - 1].id};
    pace.rest(stop);
  }
  return all;
}

base::Result<> Retention::free_bytes(Rule rule, const Task& task, RetentionReport& report,
                                     const std::stop_token& stop) {
  const auto done = delete_oldest(task, report.deleted[index_of(rule)], stop);
  if (!done) return std::unexpected(done.error());
  if (done->bytes < task.bytes && !stop.stop_requested())
    report.unreachable[index_of(rule)] += task.bytes - done->bytes;
  return {};
}

base::Result<> Retention::enforce_age(RetentionReport& report, const std::stop_token& stop) {
  if (rules_.max_age.count() == 0) return {};
  const Task task{.query = {.received_before = base::utc_now() - rules_.max_age},
                  .reason = fmt::format("it was older than {}", in_days(rules_.max_age))};
  const auto done = delete_oldest(task, report.deleted[index_of(Rule::age)], stop);
  if (!done) return std::unexpected(done.error());
  return {};
}

base::Result<> Retention::enforce_devices(RetentionReport& report, const std::stop_token& stop) {
  if (rules_.device_bytes == 0) return {};
  const auto devices = catalog_.devices_above(rules_.device_bytes);
  if (!devices) return std::unexpected(devices.error());
  for (const DeviceTotal& device : *devices) {
    if (stop.stop_requested()) break;
    Task task{.query = {.imei = device.imei},
              .bytes = device.bytes - rules_.device_bytes,
              .reason = fmt::format("its device had more than {} bytes, and it was the oldest", rules_.device_bytes)};
    if (auto done = free_bytes(Rule::device, task, report, stop); !done) return done;
  }
  return {};
}

base::Result<> Retention::enforce_total(RetentionReport& report, const std::stop_token& stop) {
  if (rules_.total_high == 0) return {};
  const auto totals = catalog_.kept_totals();
  if (!totals) return std::unexpected(totals.error());
  if (totals->bytes <= rules_.total_high) return {};
  return free_bytes(
      Rule::total,
      {.bytes = totals->bytes - rules_.total_low,
       .reason = fmt::format("all files had more than {} bytes, and it was the oldest", rules_.total_high)},
      report, stop);
}

// No more than what was measured at the beginning: a volume that something else fills must not cost every file at once.
base::Result<> Retention::enforce_volume(RetentionReport& report, const std::stop_token& stop) {
  if (rules_.volume_high <= 0 || !volume_) return {};
  const auto usage = volume_();
  if (!usage) return std::unexpected(usage.error());
  if (usage->above(rules_.volume_high) == 0) return {};
  return free_bytes(Rule::volume,
                    {.bytes = usage->above(rules_.volume_low),
                     .reason = fmt::format("the volume of the object store was {:.0f} % full, and it was the oldest",
                                           usage->percent())},
                    report, stop);
}

}  // namespace storage
