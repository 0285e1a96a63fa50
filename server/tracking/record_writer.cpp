#include "server/tracking/record_writer.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/base/log.hpp"
#include "server/tracking/device_memory.hpp"
#include "server/tracking/event_writer.hpp"
#include "server/tracking/report.hpp"

namespace tracking {

namespace {
// Of one transaction. A commit costs milliseconds, a frame some ten microseconds: more would only make answers late.
constexpr std::size_t max_frames = 512;
constexpr std::size_t max_bytes = 4 << 20;
// About 300 bytes each.
constexpr std::size_t max_remembered_devices = 50'000;

struct Metrics {
  prometheus::Counter& records;
  prometheus::Counter& frames;
  prometheus::Counter& batches;
  prometheus::Counter& failed;
  prometheus::Counter& events;
  prometheus::Gauge& waiting;
  prometheus::Histogram& seconds;

  explicit Metrics(prometheus::Registry& registry)
      : records(counter(registry, "dualcamd_track_records_total", "Records of trackers that were made durable.")),
        frames(counter(registry, "dualcamd_track_frames_total", "Frames of trackers that were made durable.")),
        batches(counter(registry, "dualcamd_track_batches_total", "Transactions with records of trackers.")),
        failed(counter(registry, "dualcamd_track_failed_frames_total", "Frames that could not be made durable.")),
        events(counter(registry, "dualcamd_device_events_total",
                       "SOS triggers and camera states that began, those that were known already included.")),
        waiting(prometheus::BuildGauge()
                    .Name("dualcamd_track_waiting_frames")
                    .Help("Frames of trackers that wait for the next transaction.")
                    .Register(registry)
                    .Add({})),
        seconds(prometheus::BuildHistogram()
                    .Name("dualcamd_track_batch_seconds")
                    .Help("From taking the frames of a transaction to their answers.")
                    .Register(registry)
                    .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                                     0.5, 1, 2.5, 5, 10, 30})) {}

  static prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
  }
};

// A frame with its answer; without one, a device to be forgotten.
struct Item {
  Report report;
  RecordWriter::Done done;
};
using Items = std::vector<Item>;
}  // namespace

struct RecordWriter::State {
  storage::TrackingCatalog& catalog;
  Metrics metrics;
  DeviceMemory memory;  // of the thread
  EventWriter events;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Item> waiting;
  std::vector<Done> unanswered;  // of the batch under way; whoever takes them answers
  bool closing = false;

  std::mutex telling;  // held while somebody is told
  std::function<void()> tell_sos;

  State(storage::TrackingCatalog& given, prometheus::Registry& registry)
      : catalog(given), metrics(registry), memory(given, max_remembered_devices), events(given) {}

  void add(Item item);
  void run();
  Items gather();
  std::vector<base::Result<>> write(const Items& batch);
  base::Result<> append(const Items& batch, std::vector<storage::DeviceEvent>& happened);
  void tell_of(const std::vector<storage::DeviceEvent>& written);
  void answer(const std::vector<base::Result<>>& outcomes);
  void give_up();
};

void RecordWriter::State::add(Item item) {
  {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(item));
    metrics.waiting.Set(static_cast<double>(waiting.size()));
  }
  changed.notify_one();
}

void RecordWriter::State::run() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return closing || !waiting.empty(); });
    if (waiting.empty()) return;
    const Items batch = gather();
    if (batch.empty()) continue;
    lock.unlock();
    const base::SteadyTime started = base::steady_now();
    const auto outcomes = write(batch);
    metrics.seconds.Observe(std::chrono::duration<double>(base::steady_now() - started).count());
    answer(outcomes);
    lock.lock();
  }
}

// Under the lock. A device that is to be forgotten behind a frame of the batch waits for the next one: its state is not
// in the catalog yet.
Items RecordWriter::State::gather() {
  Items batch;
  std::unordered_set<base::Imei> devices;
  std::size_t bytes = 0;
  while (!waiting.empty() && batch.size() < max_frames && bytes < max_bytes) {
    Item& next = waiting.front();
    if (next.done) {
      devices.insert(next.report.imei);
      bytes += next.report.bytes;
      unanswered.push_back(std::move(next.done));
      batch.push_back(std::move(next));
    } else {
      if (devices.contains(next.report.imei)) break;
      memory.forget(next.report.imei);
    }
    waiting.pop_front();
  }
  metrics.waiting.Set(static_cast<double>(waiting.size()));
  return batch;
}

base::Result<> RecordWriter::State::append(const Items& batch, std::vector<storage::DeviceEvent>& happened) {
  std::vector<storage::TrackRecords> records;
  std::unordered_set<base::Imei> changed_devices;
  for (const Item& item : batch) {
    records.insert(records.end(), item.report.parts.begin(), item.report.parts.end());
    auto known = memory.of(item.report.imei);
    if (!known) return std::unexpected(known.error());
    if (follow(item.report, **known, happened)) changed_devices.insert(item.report.imei);
    (*known)->just_read = false;
  }
  std::vector<storage::DeviceState> states;
  states.reserve(changed_devices.size());
  for (const base::Imei& imei : changed_devices) {
    const auto known = memory.of(imei);
    if (!known) return std::unexpected(known.error());
    states.push_back(*(*known)->state);
  }
  return catalog.append_records(records, states);
}

// One outcome for each frame.
std::vector<base::Result<>> RecordWriter::State::write(const Items& batch) {
  std::vector<storage::DeviceEvent> happened;
  const base::Result<> appended = append(batch, happened);
  std::vector<base::Result<>> outcomes(batch.size(), appended);
  metrics.batches.Increment();
  if (appended && !happened.empty()) {
    metrics.events.Increment(static_cast<double>(happened.size()));
    const auto failed = events.write(happened);
    for (std::size_t i = 0; i < batch.size() && !failed.empty(); ++i)
      if (const auto found = failed.find(batch[i].report.imei); found != failed.end())
        outcomes[i] = std::unexpected(found->second);
    tell_of(happened);
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (outcomes[i]) {
      metrics.frames.Increment();
      metrics.records.Increment(static_cast<double>(batch[i].report.observations.size()));
    } else {
      // The catalog may or may not have it: it is asked when the device sends it again.
      memory.forget(batch[i].report.imei);
      metrics.failed.Increment();
    }
  }
  if (!appended)
    base::log::error("records of trackers cannot be stored; they are not answered, and come again",
                     {{"frames", batch.size()}, {"reason", appended.error().message}});
  return outcomes;
}

void RecordWriter::State::tell_of(const std::vector<storage::DeviceEvent>& written) {
  if (std::ranges::find(written, storage::DeviceEventKind::sos, &storage::DeviceEvent::kind) == written.end()) return;
  const std::lock_guard lock(telling);
  if (tell_sos) tell_sos();
}

void RecordWriter::State::answer(const std::vector<base::Result<>>& outcomes) {
  std::vector<Done> dones;
  {
    const std::lock_guard lock(mutex);
    dones.swap(unanswered);  // empty when this thread was given up
  }
  for (std::size_t i = 0; i < dones.size(); ++i) dones[i](outcomes[i]);
}

// The catalog does not return: everybody is told, and the thread is left behind.
void RecordWriter::State::give_up() {
  std::vector<Done> dones;
  {
    const std::lock_guard lock(mutex);
    dones.swap(unanswered);
    for (Item& item : waiting)
      if (item.done) dones.push_back(std::move(item.done));
    waiting.clear();
  }
  base::log::error("the catalog does not take the records of trackers; they come again", {{"frames", dones.size()}});
  for (const Done& done : dones)
    done(base::fail(base::Errc::unavailable, "The server is stopping, and the catalog has not answered."));
}

RecordWriter::RecordWriter(storage::TrackingCatalog& catalog, prometheus::Registry& registry,
                           std::chrono::milliseconds patience)
    : state_(std::make_shared<State>(catalog, registry)), patience_(patience) {
  thread_.start("records", [state = state_] { state->run(); });
}

RecordWriter::~RecordWriter() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
  }
  state_->changed.notify_all();
  if (!thread_.join(patience_)) state_->give_up();
}

void RecordWriter::submit(const base::Imei& imei, avl::Codec codec, const avl::Records& records, base::UtcTime received,
                          Done done) {
  state_->add({take_apart(imei, codec, records, received), std::move(done)});
}

void RecordWriter::on_sos(std::function<void()> tell) {
  const std::lock_guard lock(state_->telling);
  state_->tell_sos = std::move(tell);
}

void RecordWriter::forget(const base::Imei& imei) {
  state_->add({Report{.imei = imei}, nullptr});
}

}  // namespace tracking
