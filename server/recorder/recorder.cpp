#include "server/recorder/recorder.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <set>
#include <unordered_map>
#include <utility>

#include "server/base/log.hpp"
#include "server/recorder/queue.hpp"

namespace recorder {

namespace {
// How long what happens gathers before it is written: a kill loses as much of a session.
constexpr std::chrono::milliseconds gathering{200};
// Of one tape: beyond it it is written while the others still gather.
constexpr std::size_t enough_on_tape = 256 * 1024;
// How often the folder's bounds are looked after where nothing is written.
constexpr std::chrono::seconds tidying{10};
// At the end, for what is not written yet: far more than a disk takes that works.
constexpr std::chrono::seconds closing_patience{10};

struct Metrics {
  prometheus::Family<prometheus::Counter>& ended;
  prometheus::Counter& bytes;
  prometheus::Counter& left_out;
  prometheus::Counter& removed;
  prometheus::Gauge& kept;

  explicit Metrics(prometheus::Registry& registry)
      : ended(prometheus::BuildCounter()
                  .Name("dualcamd_recordings_total")
                  .Help("Recordings that have ended and are kept, by their outcome.")
                  .Register(registry)),
        bytes(counter(registry, "dualcamd_recording_bytes_total", "Bytes written into recordings that are kept.")),
        left_out(counter(registry, "dualcamd_recording_left_out_bytes_total",
                         "Bytes of sessions that are missing in their recordings: the disk did not take them in time, "
                         "or a bound was reached.")),
        removed(counter(registry, "dualcamd_recordings_removed_total",
                        "Recordings that were removed for their age, or to make room for others.")),
        kept(prometheus::BuildGauge()
                 .Name("dualcamd_recordings_bytes")
                 .Help("Bytes of all recordings that there are.")
                 .Register(registry)
                 .Add({})) {}

  static prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
  }
};

struct Wanted {
  Mode mode;
  base::UtcTime until;
};
using Policies = std::unordered_map<base::Imei, Wanted>;

// Before a key or a file is made in it.
base::Result<> make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return base::fail_errno(error.value(), fmt::format("Cannot make the folder of recordings {}", folder));
  return {};
}
}  // namespace

struct Recorder::State {
  const Options options;
  const std::optional<Mask> mask;
  Metrics metrics;
  Shelf shelf;
  std::shared_ptr<Queue> queue;
  std::atomic<std::shared_ptr<const Policies>> policies = std::make_shared<const Policies>();

  State(Options given, const std::optional<Mask>& its_mask, prometheus::Registry& registry)
      : options(std::move(given)),
        mask(its_mask),
        metrics(registry),
        shelf(options),
        queue(std::make_shared<Queue>(options.queue_bytes)) {}

  std::shared_ptr<Tape> tape(Kind kind, std::string session, std::optional<pcapng::Peers> peers, Mode with) {
    return std::make_shared<Tape>(TapeStart{.kind = kind,
                                            .session = std::move(session),
                                            .peers = peers,
                                            .mode = with,
                                            .utc = base::utc_now(),
                                            .steady = base::steady_now()},
                                  options, mask ? &*mask : nullptr, shelf);
  }

  // ---- The thread's.
  void run();
  void take(std::vector<Told>& told);
  void write();
  void count_end(const Tape& tape);
  void tidy();
  std::set<std::shared_ptr<Tape>> tapes;  // that have begun, and have not ended
  base::SteadyTime tidied;
};

void Recorder::State::run() {
  base::yield_to_others();
  if (const auto recovered = shelf.recover(); !recovered)
    base::log::error("earlier recordings are not known", {{"reason", recovered.error().message}});
  tidy();
  std::vector<Told> told;
  std::unique_lock lock(queue->mutex);
  while (true) {
    queue->wake.wait_for(lock, tidying,
                         [this] { return queue->closing || queue->flushing != 0 || !queue->waiting.empty(); });
    if (!queue->closing && queue->flushing == 0 && !queue->waiting.empty())
      queue->wake.wait_for(lock, gathering,
                           [this] { return queue->closing || queue->flushing != 0 || queue->bytes >= enough_on_tape; });
    if (queue->closing && queue->waiting.empty()) return;
    told.swap(queue->waiting);
    queue->on_tapes = std::exchange(queue->bytes, 0);
    const std::uint64_t through = queue->pushed;
    lock.unlock();
    take(told);
    told.clear();
    write();
    lock.lock();
    queue->on_tapes = 0;
    queue->written = through;
    queue->done.notify_all();
    // A flush that waits for nothing more must not turn this into a busy loop.
    if (queue->flushing != 0 && queue->waiting.empty())
      queue->wake.wait_for(lock, gathering, [this] { return queue->flushing == 0 || !queue->waiting.empty(); });
  }
}

void Recorder::State::take(std::vector<Told>& told) {
  for (Told& each : told) {
    Tape& tape = *each.tape;
    const std::uint64_t left_out = each.what.left_out[0] + each.what.left_out[1];
    if (left_out != 0) metrics.left_out.Increment(static_cast<double>(left_out));
    tape.take(each.what);
    if (tape.ended()) {
      tapes.erase(each.tape);
      count_end(tape);
    } else {
      tapes.insert(each.tape);
      if (tape.waiting() >= enough_on_tape) tape.write();
    }
    each.tape.reset();
  }
}

void Recorder::State::count_end(const Tape& tape) {
  const Entry& entry = tape.entry();
  if (entry.outcome != Outcome::ok && entry.outcome != Outcome::failed) return;
  metrics.ended.Add({{"outcome", std::string(to_string(entry.outcome))}}).Increment();
  metrics.bytes.Increment(static_cast<double>(entry.size));
}

void Recorder::State::write() {
  const base::SteadyTime now = base::steady_now();
  for (auto at = tapes.begin(); at != tapes.end();) {
    Tape& tape = **at;
    if (tape.is_due(now)) {
      tape.turn(now);
      count_end(tape);
    }
    tape.write();
    at = tape.ended() ? tapes.erase(at) : std::next(at);
  }
  tidy();
}

void Recorder::State::tidy() {
  const std::size_t removed = shelf.tidy(base::utc_now());
  if (removed != 0) metrics.removed.Increment(static_cast<double>(removed));
  metrics.kept.Set(static_cast<double>(shelf.bytes()));
}

base::Result<std::unique_ptr<Recorder>> Recorder::open(Options options, prometheus::Registry& registry) {
  std::optional<Mask> mask;
  if (options.mask) {
    if (auto made = make_folder(options.folder); !made) return std::unexpected(made.error());
    auto opened = Mask::open(options.folder + "/mask.key");
    if (!opened) return std::unexpected(opened.error());
    mask = *opened;
  }
  auto state = std::make_shared<State>(std::move(options), mask, registry);
  return std::unique_ptr<Recorder>(new Recorder(std::move(state)));
}

Recorder::Recorder(std::shared_ptr<State> state) : state_(std::move(state)) {
  thread_.start("recorder", [own = state_] { own->run(); });
}

Recorder::~Recorder() {
  {
    const std::lock_guard lock(state_->queue->mutex);
    state_->queue->closing = true;
  }
  state_->queue->wake.notify_all();
  if (!thread_.join(closing_patience)) base::log::error("the end of some recordings is not written: the disk hangs");
}

std::unique_ptr<Recording> Recorder::begin(Kind kind, std::string session, const pcapng::Peers& peers) {
  if (state_->options.mode == Mode::off) return nullptr;
  return std::make_unique<Recording>(state_->queue,
                                     state_->tape(kind, std::move(session), peers, state_->options.mode));
}

std::unique_ptr<Recording> Recorder::go_on(std::unique_ptr<Recording> begun, Kind kind, std::string session,
                                           const std::function<pcapng::Peers()>& peers, const base::Imei& imei,
                                           base::ByteView so_far) {
  const Mode wanted = mode_for(imei);
  if (wanted == Mode::off) {
    if (begun) begun->keep(Mode::off);
    return nullptr;
  }
  if (begun) {
    begun->keep(wanted);
  } else {
    begun = std::make_unique<Recording>(state_->queue, state_->tape(kind, std::move(session), peers(), wanted));
    begun->received(so_far);
  }
  begun->identified(imei);
  return begun;
}

std::shared_ptr<Channel> Recorder::channel(Kind kind, std::string name) {
  return std::make_shared<Channel>(state_->queue, state_->tape(kind, std::move(name), std::nullopt, Mode::all));
}

Mode Recorder::mode() const noexcept {
  return state_->options.mode;
}

Mode Recorder::mode_for(const base::Imei& imei) const {
  const auto policies = state_->policies.load();
  const auto found = policies->find(imei);
  if (found == policies->end() || found->second.until <= base::utc_now()) return state_->options.mode;
  return found->second.mode;
}

void Recorder::set_policies(const std::vector<Policy>& policies) {
  auto fresh = std::make_shared<Policies>();
  for (const Policy& each : policies) fresh->insert_or_assign(each.imei, Wanted{each.mode, each.until});
  state_->policies = std::shared_ptr<const Policies>(std::move(fresh));
}

const Options& Recorder::options() const noexcept {
  return state_->options;
}

Shelf& Recorder::shelf() noexcept {
  return state_->shelf;
}

bool Recorder::flush(std::chrono::milliseconds limit) {
  Queue& queue = *state_->queue;
  std::unique_lock lock(queue.mutex);
  const std::uint64_t target = queue.pushed;
  ++queue.flushing;
  queue.wake.notify_all();
  const bool done = queue.done.wait_for(lock, limit, [&] { return queue.written >= target; });
  --queue.flushing;
  queue.wake.notify_all();
  return done;
}

}  // namespace recorder
