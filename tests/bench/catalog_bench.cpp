// The catalogs on the disk of TMPDIR: durable commits per second by number of callers, SQLite beside PostgreSQL, and
// pages of a large catalog in SQLite.
#include <benchmark/benchmark.h>

#include <stdexcept>

#include "storage/catalog/postgres_catalog.hpp"
#include "storage/catalog/sqlite_catalog.hpp"
#include "tests/support/postgres/postgres_cluster.hpp"
#include "tests/support/samples.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using storage::postgres::PostgresCatalog;
using storage::sqlite::SqliteCatalog;

std::unique_ptr<SqliteCatalog> open_catalog_in(const tests::TempFolder& folder) {
  auto catalog = SqliteCatalog::open({.path = (folder / "catalog.db").string(), .vfs = {}, .in_memory = false});
  if (!catalog) throw std::runtime_error(catalog.error().message);
  if (const auto migrated = (*catalog)->migrate(); !migrated) throw std::runtime_error(migrated.error().message);
  return std::move(*catalog);
}

// A server of the benchmark's own, on the same disk, with fsync on.
std::unique_ptr<PostgresCatalog> open_postgres() {
  auto location = storage::postgres::Location::parse(tests::PostgresCluster::shared().fresh_schema());
  auto catalog = PostgresCatalog::open(location.value());
  if (!catalog) throw std::runtime_error(catalog.error().message);
  if (const auto migrated = (*catalog)->migrate(); !migrated) throw std::runtime_error(migrated.error().message);
  return std::move(*catalog);
}

template <class Kind>
struct Shared;
template <>
struct Shared<SqliteCatalog> {
  tests::TempFolder folder;
  std::unique_ptr<SqliteCatalog> catalog = open_catalog_in(folder);
};
template <>
struct Shared<PostgresCatalog> {
  std::unique_ptr<PostgresCatalog> catalog = open_postgres();
};
template <class Kind>
std::unique_ptr<Shared<Kind>> shared;

// Each item is one file: row, event and count, durable when the call returns. `commits` are the transactions.
template <class Kind>
void commit_media(benchmark::State& state) {
  if (state.thread_index() == 0) shared<Kind> = std::make_unique<Shared<Kind>>();
  const auto imei = tests::device(static_cast<std::uint64_t>(state.thread_index()));
  for (auto _ : state) {
    const auto done = shared<Kind>->catalog->commit_media(tests::photo(imei, base::utc_now()));
    if (!done) state.SkipWithError(done.error().message.c_str());
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() != 0) return;
  state.counters["commits"] =
      benchmark::Counter(static_cast<double>(shared<Kind>->catalog->commits()), benchmark::Counter::kIsRate);
  shared<Kind>.reset();
}
BENCHMARK(commit_media<SqliteCatalog>)
    ->Name("commit_media/sqlite")
    ->Threads(1)
    ->Threads(8)
    ->Threads(64)
    ->UseRealTime()
    ->MinTime(3);
BENCHMARK(commit_media<PostgresCatalog>)
    ->Name("commit_media/postgresql")
    ->Threads(1)
    ->Threads(8)
    ->Threads(64)
    ->UseRealTime()
    ->MinTime(3);

// Each item is one record of a tracker: frames of twenty, of as many trackers as `state` says, with their states, in
// one durable transaction.
template <class Kind>
void append_records(benchmark::State& state) {
  constexpr std::uint32_t records_in_frame = 20;
  constexpr std::size_t bytes_of_record = 60;
  shared<Kind> = std::make_unique<Shared<Kind>>();
  std::vector<storage::TrackRecords> records;
  std::vector<storage::DeviceState> states;
  const auto trackers = static_cast<std::uint64_t>(state.range(0));
  for (std::uint64_t i = 0; i < trackers; ++i) {
    const auto imei = tests::device(i);
    records.push_back(
        {.imei = imei, .count = records_in_frame, .bytes = std::string(records_in_frame * bytes_of_record, 'r')});
    states.push_back(
        {.imei = imei, .place = storage::Place{54.6, 25.2, 100, 90, 11, 50}, .ignition = storage::Lasting{}});
  }
  std::int64_t now = 0;
  for (auto _ : state) {
    now += 1'000;
    for (std::size_t i = 0; i < records.size(); ++i) {
      records[i].first_at = records[i].last_at = states[i].recorded_at = states[i].received_at = tests::at(now);
      records[i].bytes.front() = static_cast<char>(i);
    }
    const auto done = shared<Kind>->catalog->tracking().append_records(records, states);
    if (!done) state.SkipWithError(done.error().message.c_str());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(trackers * records_in_frame));
  shared<Kind>.reset();
}
BENCHMARK(append_records<SqliteCatalog>)->Name("append_records/sqlite")->Arg(50)->Arg(500)->UseRealTime()->MinTime(3);
BENCHMARK(append_records<PostgresCatalog>)
    ->Name("append_records/postgresql")
    ->Arg(50)
    ->Arg(500)
    ->UseRealTime()
    ->MinTime(3);

// Each item is one row of the relay's log, a datagram of 300 bytes that was heard before, as in a storm: as many in one
// durable transaction as `state` says.
template <class Kind>
void note(benchmark::State& state) {
  shared<Kind> = std::make_unique<Shared<Kind>>();
  storage::RelayNotes notes;
  notes.triggers.resize(static_cast<std::size_t>(state.range(0)));
  for (storage::Trigger& each : notes.triggers)
    each = {.node = "node-1",
            .protocol = "shogun",
            .endpoint = "stage",
            .kind = "start",
            .outcome = "duplicate",
            .reason = "It was heard 2 ms before, from 192.0.2.17:30.",
            .fields = R"({"name":"Trial_0042","packet_id":"18734","timecode":"10 15 33 12 0 0 4 0 0"})",
            .raw = base::Bytes(300, 0x3c),
            .peer = "192.0.2.18:30"};
  std::int64_t rows = 0;
  for (auto _ : state) {
    for (storage::Trigger& each : notes.triggers) {
      each.at = tests::at(rows++ / 5);
      each.id = base::Uuid::v7(each.at);
    }
    const auto done = shared<Kind>->catalog->relay().note(notes);
    if (!done) state.SkipWithError(done.error().message.c_str());
  }
  state.SetItemsProcessed(rows);
  shared<Kind>.reset();
}
BENCHMARK(note<SqliteCatalog>)->Name("note/sqlite")->Arg(50)->Arg(500)->Arg(2000)->UseRealTime()->MinTime(3);
BENCHMARK(note<PostgresCatalog>)->Name("note/postgresql")->Arg(50)->Arg(500)->Arg(2000)->UseRealTime()->MinTime(3);

// ---- A million files of a thousand devices, a minute apart; every tenth of the rear camera, every thousandth a crash.

constexpr std::int64_t large_rows = 1'000'000;
constexpr std::uint64_t large_devices = 1'000;

void must(const base::Result<>& done) {
  if (!done) throw std::runtime_error(done.error().message);
}

void fill(const std::string& path) {
  auto opened = storage::sqlite::Connection::open({.path = path, .vfs = {}, .in_memory = false},
                                                  storage::sqlite::Connection::Mode::existing);
  auto& connection = *opened.value();
  must(connection.execute("PRAGMA synchronous = OFF; BEGIN"));
  for (std::uint64_t i = 0; i < large_devices; ++i)
    must(connection.run("INSERT INTO devices (imei, first_seen, last_seen, protocol) VALUES ($1, 0, 0, $2)",
                        tests::device(i).number(), i));
  must(connection.execute(fmt::format(
      "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {1} - 1), "
      "d (number, imei) AS MATERIALIZED (SELECT protocol, imei FROM devices) "
      "INSERT INTO media (id, imei, camera, kind, class, captured_at, received_at, taken_at, triggered_at, trigger, "
      "duration_s, frame_rate, time_zone_minutes, latitude, longitude, driver_name, size, sha256, content_type, "
      "object_key, name, declared_size, declared_in_packets, metadata_hex, defect, request_id, legal_hold) "
      "SELECT printf('%08x-0000-7000-8000-%012x', i, i), d.imei, "
      "iif(i % 10 = 0, 'rear', 'front'), 'photo', 'x', {0} + i * 60000, {0} + i * 60000, {0} + i * 60000, NULL, "
      "iif(i % 1000 = 1, 'crash', ''), NULL, NULL, NULL, NULL, NULL, '', 12345, printf('%064x', i), 'image/jpeg', 'k', "
      "'%photof', 13, 1, '', '', '', 0 FROM n JOIN d ON d.number = i % {2}; COMMIT",
      tests::at(0).time_since_epoch().count(), large_rows, large_devices)));
}

SqliteCatalog& large_catalog() {
  static const tests::TempFolder folder;
  static const auto catalog = [] {
    auto made = open_catalog_in(folder);
    fill((folder / "catalog.db").string());
    return made;
  }();
  return *catalog;
}

storage::MediaQuery newest() {
  return {};
}
storage::MediaQuery of_one_device() {
  storage::MediaQuery query;
  query.imei = tests::device(500);
  return query;
}
storage::MediaQuery rear_crashes_nobody_has() {
  storage::MediaQuery query;
  query.trigger = "crash";
  query.camera = base::Camera::rear;
  return query;
}
// The order is that of arrival, so the index is walked from the newest to the day asked for: the worst there is.
storage::MediaQuery the_first_day() {
  storage::MediaQuery query;
  query.to = tests::at(86'400'000);
  return query;
}

void list_media(benchmark::State& state, storage::MediaQuery query) {
  auto& catalog = large_catalog();
  for (auto _ : state) {
    const auto page = catalog.list_media(query);
    if (!page) state.SkipWithError(page.error().message.c_str());
    benchmark::DoNotOptimize(page);
  }
}
BENCHMARK_CAPTURE(list_media, newest, newest())->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(list_media, of_one_device, of_one_device())->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(list_media, rear_crashes_nobody_has, rear_crashes_nobody_has())->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(list_media, the_first_day, the_first_day())->Unit(benchmark::kMicrosecond);

}  // namespace
