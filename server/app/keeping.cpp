#include "server/app/keeping.hpp"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <utility>

#include "server/base/log.hpp"
#include "storage/keeping/deletion.hpp"
#include "storage/keeping/retention.hpp"
#include "storage/keeping/scrub.hpp"
#include "storage/keeping/volume.hpp"
#include "storage/sealing/sealer.hpp"

namespace app {

namespace {
using Stop = std::stop_token;
using Counters = prometheus::Family<prometheus::Counter>;
using Gauges = prometheus::Family<prometheus::Gauge>;

// Objects that could not be removed at once wait so long for the next attempt.
constexpr std::chrono::minutes removal_interval{1};
constexpr std::chrono::seconds spool_interval{30};
constexpr std::chrono::hours sweep_interval{1};
constexpr std::chrono::hours forgetting_interval{1};
// Rows of one transaction: some milliseconds of everybody's waiting.
constexpr std::uint32_t forgotten_at_once = 1'000;
// How long the newest records are in the catalog alone.
constexpr std::chrono::minutes sealing_interval{5};

struct Figures {
  explicit Figures(prometheus::Registry& registry)
      : deleted_files(counters(registry, "dualcamd_retention_deleted_files_total", "Files deleted, by rule.")),
        deleted_bytes(counters(registry, "dualcamd_retention_deleted_bytes_total", "Their bytes.")),
        unreachable(gauges(registry, "dualcamd_retention_unreachable_bytes",
                           "Bytes above a rule's low mark that no file may go for, at its last run.")),
        kept(gauges(registry, "dualcamd_stored_bytes", "Bytes of stored files, and of those on hold.")),
        kept_files(gauges(registry, "dualcamd_stored_files", "Stored files, and those on hold.")),
        volumes(gauges(registry, "dualcamd_volume_used_ratio", "How full the volumes of this machine are.")),
        expired(counters(registry, "dualcamd_spool_expired_total", "Unfinished files dropped, by reason.")),
        findings(gauges(registry, "dualcamd_scrub_findings", "What the last scrub of this node found, by kind.")),
        scrubbed(gauges(registry, "dualcamd_scrub_end_time_seconds", "When a scrub last ended on this node.")),
        hashed(counters(registry, "dualcamd_scrub_hashed_bytes_total", "Bytes of stored files read again.")) {}

  static Counters& counters(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  static Gauges& gauges(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }

  Counters& deleted_files;
  Counters& deleted_bytes;
  Gauges& unreachable;
  Gauges& kept;
  Gauges& kept_files;
  Gauges& volumes;
  Counters& expired;
  Gauges& findings;
  Gauges& scrubbed;
  Counters& hashed;
};

storage::MeasureVolume volume_of(const std::optional<std::filesystem::path>& directory) {
  if (!directory) return {};
  return [path = *directory] { return storage::measure_volume(path); };
}

storage::ScrubOptions scrub_options(const Settings& settings, const std::string& node) {
  return {.node = node, .sample_bytes = settings.scrub_sample};
}
}  // namespace

std::optional<std::filesystem::path> objects_directory(const Settings& settings) {
  constexpr std::string_view scheme = "file:";
  if (!settings.objects.starts_with(scheme)) return std::nullopt;
  return settings.objects.substr(scheme.size());
}

struct Keeping::Parts {
  Parts(Settings given, Keepable with, prometheus::Registry& registry)
      : settings(std::move(given)),
        storage(std::move(with)),
        figures(registry),
        deletion(storage.catalog, storage.objects),
        retention(storage.catalog.keeping(), deletion, settings.retention, volume_of(objects_directory(settings))),
        scrub(storage.catalog, storage.objects, scrub_options(settings, storage.node)),
        sealer(storage.catalog.evidence(), storage.objects, settings.data_dir + "/sealing") {}

  base::Result<> keep_rules(const Stop& stop);
  base::Result<> remove_objects(const Stop& stop);
  base::Result<> keep_spool(const Stop& stop);
  base::Result<> sweep(const Stop& stop);
  base::Result<> compare(const Stop& stop);
  base::Result<> seal();
  base::Result<> forget(const Stop& stop);

  void tell(const storage::RetentionReport& report);
  void tell_unreachable(storage::Rule rule, std::uint64_t bytes);
  void tell_spool_stays(const storage::VolumeUsage& usage);

  const Settings settings;
  const Keepable storage;
  Figures figures;
  storage::Deletion deletion;
  storage::Retention retention;
  storage::Scrub scrub;
  storage::Sealer sealer;
  std::array<bool, storage::all_rules.size()> said_unreachable{};
  bool said_spool_stays = false;
};

Keeping::Keeping(const Settings& settings, const Keepable& storage, Chores& chores, prometheus::Registry& registry)
    : parts_(std::make_unique<Parts>(settings, storage, registry)) {
  Parts* const parts = parts_.get();
  chores.add({"retention", settings.retention_interval, [parts](const Stop& stop) { return parts->keep_rules(stop); }});
  chores.add({"removal", removal_interval, [parts](const Stop& stop) { return parts->remove_objects(stop); }});
  chores.add({"spool", spool_interval, [parts](const Stop& stop) { return parts->keep_spool(stop); }, true});
  if (storage.handover != nullptr)
    chores.add({"handover", sweep_interval, [parts](const Stop& stop) { return parts->sweep(stop); }});
  chores.add({"sealing", sealing_interval, [parts](const Stop&) { return parts->seal(); }});
  if (settings.keep_tracks.count() > 0 || settings.keep_requests.count() > 0 || settings.keep_triggers.count() > 0)
    chores.add({"forgetting", forgetting_interval, [parts](const Stop& stop) { return parts->forget(stop); }});
  if (settings.scrub_interval.count() > 0)
    chores.add({"scrub", settings.scrub_interval, [parts](const Stop& stop) { return parts->compare(stop); }});
}

Keeping::~Keeping() = default;

base::Result<> Keeping::Parts::keep_rules(const Stop& stop) {
  storage::RetentionReport report;
  const auto done = retention.run(report, stop);
  tell(report);
  if (!done) return done;
  const auto totals = storage.catalog.keeping().kept_totals();
  if (!totals) return std::unexpected(totals.error());
  figures.kept.Add({{"hold", "no"}}).Set(static_cast<double>(totals->bytes - totals->held_bytes));
  figures.kept.Add({{"hold", "yes"}}).Set(static_cast<double>(totals->held_bytes));
  figures.kept_files.Add({{"hold", "no"}}).Set(static_cast<double>(totals->files - totals->held_files));
  figures.kept_files.Add({{"hold", "yes"}}).Set(static_cast<double>(totals->held_files));
  if (const auto directory = objects_directory(settings))
    if (const auto usage = storage::measure_volume(*directory))
      figures.volumes.Add({{"volume", "objects"}}).Set(usage->percent() / 100);
  return {};
}

// Records of trackers, what happened to devices, requests that have ended, and the relay's log, of longer ago.
base::Result<> Keeping::Parts::forget(const Stop& stop) {
  const auto all_before = [&](std::chrono::milliseconds kept, auto forget_some) -> base::Result<> {
    if (kept.count() <= 0) return {};
    const base::UtcTime before = base::utc_now() - kept;
    while (!stop.stop_requested()) {
      const auto forgotten = forget_some(before);
      if (!forgotten) return std::unexpected(forgotten.error());
      if (*forgotten < forgotten_at_once) break;
    }
    return {};
  };
  storage::Catalog& catalog = storage.catalog;
  const auto tracks = all_before(settings.keep_tracks, [&](base::UtcTime before) {
    return catalog.tracking().forget_records(before, forgotten_at_once);
  });
  if (!tracks) return tracks;
  const auto requests = all_before(settings.keep_requests, [&](base::UtcTime before) {
    return catalog.captures().forget_captures(before, forgotten_at_once);
  });
  if (!requests) return requests;
  return all_before(settings.keep_triggers,
                    [&](base::UtcTime before) { return catalog.relay().forget_triggers(before, forgotten_at_once); });
}

void Keeping::Parts::tell(const storage::RetentionReport& report) {
  for (const storage::Rule rule : storage::all_rules) {
    const auto index = static_cast<std::size_t>(rule);
    const std::string name(to_string(rule));
    const storage::Deleted& deleted = report.deleted[index];
    figures.deleted_files.Add({{"rule", name}}).Increment(static_cast<double>(deleted.files));
    figures.deleted_bytes.Add({{"rule", name}}).Increment(static_cast<double>(deleted.bytes));
    if (deleted.files != 0)
      base::log::info("files deleted by a rule of retention",
                      {{"rule", name}, {"files", deleted.files}, {"bytes", deleted.bytes}});
    tell_unreachable(rule, report.unreachable[index]);
  }
}

// Once, until it can be kept again.
void Keeping::Parts::tell_unreachable(storage::Rule rule, std::uint64_t bytes) {
  figures.unreachable.Add({{"rule", std::string(to_string(rule))}}).Set(static_cast<double>(bytes));
  bool& said = said_unreachable[static_cast<std::size_t>(rule)];
  if (bytes != 0 && !said)
    base::log::warning("a rule of retention cannot be kept: every file it could delete is gone or on hold",
                       {{"rule", to_string(rule)}, {"bytes_too_many", bytes}});
  if (bytes == 0 && said) base::log::info("a rule of retention is kept again", {{"rule", to_string(rule)}});
  said = bytes != 0;
}

base::Result<> Keeping::Parts::remove_objects(const Stop& stop) {
  const auto removed = deletion.finish(stop);
  if (!removed) return std::unexpected(removed.error());
  if (*removed != 0) base::log::info("objects of deleted files removed at last", {{"count", *removed}});
  return {};
}

// A full spool takes no file of any camera; an unfinished file that is dropped costs its camera the way so far.
base::Result<> Keeping::Parts::keep_spool(const Stop&) {
  const auto usage = storage::measure_volume(settings.data_dir + "/spool");
  if (!usage) return std::unexpected(usage.error());
  figures.volumes.Add({{"volume", "spool"}}).Set(usage->percent() / 100);
  if (settings.spool_high <= 0 || usage->above(settings.spool_high) == 0) {
    said_spool_stays = false;
    return {};
  }
  const auto dropped = storage.spool.expire_oldest(usage->above(settings.spool_low));
  if (dropped.partials == 0) {
    tell_spool_stays(*usage);
    return {};
  }
  figures.expired.Add({{"reason", "volume"}}).Increment(static_cast<double>(dropped.partials));
  base::log::warning("the volume of the spool is nearly full: old unfinished files removed, which cameras still have",
                     {{"count", dropped.partials}, {"bytes", dropped.bytes}, {"percent_used", usage->percent()}});
  return {};
}

void Keeping::Parts::tell_spool_stays(const storage::VolumeUsage& usage) {
  if (!std::exchange(said_spool_stays, true))
    base::log::warning(
        "the volume of the spool is nearly full, and unfinished files are not what fills it: none is removed",
        {{"percent_used", usage.percent()}});
}

base::Result<> Keeping::Parts::sweep(const Stop&) {
  const auto swept = storage.handover->sweep(base::utc_now() - settings.partial_ttl);
  if (!swept) return std::unexpected(swept.error());
  if (*swept != 0) base::log::info("old unfinished files removed from the object store", {{"count", *swept}});
  return {};
}

base::Result<> Keeping::Parts::seal() {
  const auto sealed = sealer.run();
  if (!sealed) return std::unexpected(sealed.error());
  if (sealed->segments != 0)
    base::log::info("evidence sealed",
                    {{"segments", sealed->segments}, {"records", sealed->entries}, {"head", sealed->head}});
  return {};
}

void Keeping::seal_rest() {
  if (const auto sealed = parts_->seal(); !sealed)
    base::log::warning("the newest evidence is not sealed yet; that is done after the next start",
                       {{"reason", sealed.error().message}});
}

base::Result<> Keeping::Parts::compare(const Stop& stop) {
  const auto run = scrub.run(stop);
  if (!run) return std::unexpected(run.error());
  const std::array<std::pair<const char*, std::uint64_t>, 4> found{{{"orphan", run->orphans},
                                                                    {"missing", run->missing},
                                                                    {"wrong_size", run->wrong_size},
                                                                    {"damaged", run->damaged}}};
  for (const auto& [kind, count] : found) figures.findings.Add({{"kind", kind}}).Set(static_cast<double>(count));
  figures.hashed.Add({}).Increment(static_cast<double>(run->hashed_bytes));
  if (run->state == "failed") return base::fail(base::Errc::io, run->reason);
  if (run->state == "complete") {
    const std::chrono::duration<double> ended = run->ended_at->time_since_epoch();
    figures.scrubbed.Add({}).Set(ended.count());
  }
  base::log::info("scrub ended", {{"state", run->state},
                                  {"objects", run->objects},
                                  {"files", run->files},
                                  {"orphans", run->orphans},
                                  {"missing", run->missing},
                                  {"wrong_size", run->wrong_size},
                                  {"damaged", run->damaged},
                                  {"hashed_bytes", run->hashed_bytes}});
  return {};
}

}  // namespace app
