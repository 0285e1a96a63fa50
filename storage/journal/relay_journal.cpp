#include "storage/journal/relay_journal.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include "server/base/log.hpp"

namespace storage {

namespace {
// Of one transaction: some tens of milliseconds in which nobody else can write.
constexpr BacklogBounds group{2'000, 4 * 1024 * 1024};
// How long the first row waits for others that could share its commit. Nobody waits for it.
constexpr std::chrono::milliseconds gathering{20};

struct Metrics {
  prometheus::Counter& rows;
  prometheus::Counter& dropped;
  prometheus::Counter& failures;
  prometheus::Gauge& waiting;
  prometheus::Histogram& seconds;

  explicit Metrics(prometheus::Registry& registry)
      : rows(counter(registry, "dualcamd_relay_log_rows_total", "Rows of the relay's log that were made durable.")),
        dropped(counter(registry, "dualcamd_relay_log_dropped_rows_total",
                        "Rows of the relay's log that were left out, since the catalog did not take them in time.")),
        failures(counter(registry, "dualcamd_relay_log_failures_total",
                         "Transactions of the relay's log that failed, and were tried again.")),
        waiting(prometheus::BuildGauge()
                    .Name("dualcamd_relay_log_waiting_rows")
                    .Help("Rows of the relay's log that wait for the next transaction.")
                    .Register(registry)
                    .Add({})),
        seconds(prometheus::BuildHistogram()
                    .Name("dualcamd_relay_log_commit_seconds")
                    .Help("How long a transaction of the relay's log takes.")
                    .Register(registry)
                    .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                                     0.5, 1, 2.5, 5, 10, 30})) {}

  static prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
  }
};

template <class Row>
std::vector<Row> values_of(std::map<base::Uuid, Row>&& rows) {
  std::vector<Row> values;
  values.reserve(rows.size());
  for (auto& [id, row] : rows) values.push_back(std::move(row));
  return values;
}

RelayNotes notes_of(Backlog::Group&& from) {
  return {.triggers = std::move(from.triggers),
          .takes = values_of(std::move(from.takes)),
          .pending = values_of(std::move(from.pending)),
          .settled = {from.settled.begin(), from.settled.end()}};
}

// Says that rows are missing, where they would be.
Trigger missing_row(const base::Uuid& id, std::size_t count, const std::string& node) {
  return {.id = id,
          .node = node,
          .protocol = "api",
          .endpoint = "journal",
          .kind = "rows_missing",
          .outcome = "failed",
          .reason = fmt::format("{} rows were not recorded: the catalog did not take them in time.", count),
          .fields = fmt::format(R"({{"rows":"{}"}})", count),
          .at = id.made_at()};
}

enum class Attempt : std::uint8_t { written, refused, failed };

// Of the values in it, whatever is tried.
Attempt meaning_of(const base::Result<>& noted) noexcept {
  if (noted) return Attempt::written;
  return noted.error().code == base::Errc::invalid ? Attempt::refused : Attempt::failed;
}
}  // namespace

struct RelayJournal::State {
  RelayCatalog& catalog;
  const JournalOptions options;
  Metrics metrics;

  std::mutex mutex;
  std::condition_variable wake;     // the thread
  std::condition_variable written;  // whoever flushes
  Backlog backlog;
  std::uint64_t through = 0;  // calls of add() that are durable
  std::size_t missing = 0;    // rows that were left out and not told of yet
  std::size_t flushing = 0;   // who waits for it
  bool hurry = false;         // somebody began to since the last attempt
  bool closing = false;
  bool failing = false;  // of the thread

  State(RelayCatalog& given, prometheus::Registry& registry, JournalOptions with)
      : catalog(given), options(std::move(with)), metrics(registry), backlog(options.backlog) {}

  void run();
  bool write(RelayNotes notes, std::unique_lock<std::mutex>& lock);
  Attempt attempt(RelayNotes& notes, std::unique_lock<std::mutex>& lock);
  void leave_out(std::size_t rows);
  void tell(const base::Result<>& noted, std::size_t rows);
};

// Ends when all is written, or, at the end, when the catalog does not take it.
void RelayJournal::State::run() {
  std::unique_lock lock(mutex);
  while (true) {
    wake.wait(lock, [this] { return closing || missing != 0 || !backlog.empty(); });
    wake.wait_for(lock, gathering, [this] { return closing || flushing != 0 || backlog.rows() >= group.rows; });
    if (missing == 0 && backlog.empty()) return;
    auto taken = backlog.take(group);
    metrics.waiting.Set(static_cast<double>(backlog.rows()));
    const std::uint64_t now_through = taken.through;
    if (!write(notes_of(std::move(taken)), lock)) return;
    through = now_through;
    written.notify_all();
  }
}

// Until the catalog has taken it. False: the end has come first.
bool RelayJournal::State::write(RelayNotes notes, std::unique_lock<std::mutex>& lock) {
  const base::Uuid missing_id = base::Uuid::v7(base::utc_now());
  std::chrono::milliseconds rest = options.retry;
  while (true) {
    const std::size_t told = missing;
    if (told != 0) notes.triggers.push_back(missing_row(missing_id, told, options.node));
    const bool last = closing;  // one that began before the end is followed by another
    const Attempt came = attempt(notes, lock);
    if (came == Attempt::written) {
      missing -= told;
      return true;
    }
    if (told != 0) notes.triggers.pop_back();
    if (came == Attempt::refused) {
      // It never will be taken, and others must not wait for it: without the log's rows first.
      if (notes.triggers.empty()) return true;
      leave_out(notes.triggers.size());
      notes.triggers.clear();
      continue;
    }
    if (last) {
      base::log::error("rows of the relay's log are lost: the catalog does not take them, and the server is stopping",
                       {{"rows", notes.triggers.size() + backlog.rows()}});
      return false;
    }
    wake.wait_for(lock, rest, [this] { return closing || hurry; });
    rest = std::min(2 * rest, options.longest_retry);
  }
}

// Once, with the lock given back meanwhile.
Attempt RelayJournal::State::attempt(RelayNotes& notes, std::unique_lock<std::mutex>& lock) {
  hurry = false;
  lock.unlock();
  const base::SteadyTime began = base::steady_now();
  const auto noted = catalog.note(notes);
  metrics.seconds.Observe(std::chrono::duration<double>(base::steady_now() - began).count());
  tell(noted, notes.triggers.size());
  lock.lock();
  return meaning_of(noted);
}

// Under the lock.
void RelayJournal::State::leave_out(std::size_t rows) {
  if (rows == 0) return;
  missing += rows;
  metrics.dropped.Increment(static_cast<double>(rows));
}

// Trouble once, until it is over.
void RelayJournal::State::tell(const base::Result<>& noted, std::size_t rows) {
  if (noted) {
    metrics.rows.Increment(static_cast<double>(rows));
    if (std::exchange(failing, false)) base::log::info("the relay's log is written again", {});
    return;
  }
  metrics.failures.Increment();
  if (meaning_of(noted) == Attempt::refused)
    base::log::error("the catalog refuses rows of the relay's log; they are left out",
                     {{"rows", rows}, {"reason", noted.error().message}});
  else if (!std::exchange(failing, true))
    base::log::warning("the relay's log cannot be written; it is tried again, and what comes waits",
                       {{"rows", rows}, {"reason", noted.error().message}});
}

RelayJournal::RelayJournal(RelayCatalog& catalog, prometheus::Registry& registry, JournalOptions options)
    : state_(std::make_shared<State>(catalog, registry, std::move(options))) {
  thread_.start("relay-log", [state = state_] {
    base::yield_to_others();  // those who fire cameras
    state->run();
  });
}

RelayJournal::~RelayJournal() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
  }
  state_->wake.notify_all();
  if (!thread_.join(state_->options.closing_patience))
    base::log::error("the catalog has not answered: what it has of the relay's log is not known", {});
}

void RelayJournal::add(RelayNotes notes) {
  if (notes.empty()) return;
  bool wakes = false;
  {
    const std::lock_guard lock(state_->mutex);
    Backlog& backlog = state_->backlog;
    const bool was_empty = backlog.empty();
    const std::size_t rows = backlog.rows();
    state_->leave_out(backlog.add(std::move(notes)));
    state_->metrics.waiting.Set(static_cast<double>(backlog.rows()));
    // For every row between these two it would only look and wait on.
    wakes = was_empty || (rows < group.rows && backlog.rows() >= group.rows);
  }
  if (wakes) state_->wake.notify_one();
}

bool RelayJournal::flush(std::chrono::milliseconds limit) {
  std::unique_lock lock(state_->mutex);
  const std::uint64_t target = state_->backlog.added();
  state_->hurry = true;
  ++state_->flushing;
  state_->wake.notify_all();
  const bool done = state_->written.wait_for(lock, limit, [&] { return state_->through >= target; });
  --state_->flushing;
  return done;
}

}  // namespace storage
