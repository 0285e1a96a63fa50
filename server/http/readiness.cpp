#include "server/http/readiness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace http {
namespace {

struct Slot {
  enum class Stage : std::uint8_t { idle, wanted, running };

  explicit Slot(Probe given) : probe(std::move(given)) {}

  Probe probe;
  Stage stage = Stage::idle;
  bool awaited = false;  // by the round under way
  base::SteadyTime begun;
  ReadinessCheck check;
};

}  // namespace

struct Readiness::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Slot> slots;
  std::chrono::milliseconds timeout{};
  std::chrono::milliseconds cache{};
  std::vector<Done> askers;
  ReadinessReport report;
  bool reported = false;
  base::SteadyTime reported_at;
  bool stopping = false;

  void run_probe(std::size_t index);
  void run_rounds();
  void begin_round();
  ReadinessReport end_round();
  bool is_over(base::SteadyTime now) const;
  base::SteadyTime next_deadline() const;
};

bool ReadinessReport::ok() const noexcept {
  return std::ranges::all_of(checks, [](const auto& check) { return check.ok; });
}

// The thread of one probe.
void Readiness::State::run_probe(std::size_t index) {
  std::unique_lock lock(mutex);
  Slot& slot = slots[index];
  for (;;) {
    changed.wait(lock, [&] { return stopping || slot.stage == Slot::Stage::wanted; });
    if (stopping) return;
    slot.stage = Slot::Stage::running;
    lock.unlock();
    const auto begun = base::steady_now();
    const auto outcome = slot.probe.run();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(base::steady_now() - begun);
    lock.lock();
    slot.check = {slot.probe.name, outcome.has_value(), outcome ? std::string() : outcome.error().message, took};
    slot.stage = Slot::Stage::idle;
    slot.awaited = false;
    changed.notify_all();
  }
}

// The thread that leads: a round whenever somebody asks.
void Readiness::State::run_rounds() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return stopping || !askers.empty(); });
    if (stopping) return;
    begin_round();
    while (!stopping && !is_over(base::steady_now())) changed.wait_until(lock, next_deadline());
    if (stopping) return;
    report = end_round();
    reported = true;
    reported_at = base::steady_now();
    auto served = std::exchange(askers, {});
    const auto copy = report;
    lock.unlock();
    for (auto& done : served) done(copy);
    served.clear();
    lock.lock();
  }
}

void Readiness::State::begin_round() {
  for (Slot& slot : slots) {
    slot.awaited = true;
    if (slot.stage != Slot::Stage::idle) continue;  // hangs since an earlier round
    slot.stage = Slot::Stage::wanted;
    slot.begun = base::steady_now();
  }
  changed.notify_all();
}

bool Readiness::State::is_over(base::SteadyTime now) const {
  return std::ranges::all_of(slots, [&](const Slot& slot) { return !slot.awaited || now >= slot.begun + timeout; });
}

base::SteadyTime Readiness::State::next_deadline() const {
  auto latest = base::SteadyTime::min();
  for (const Slot& slot : slots) {
    if (slot.awaited) latest = std::max(latest, slot.begun + timeout);
  }
  return latest;
}

ReadinessReport Readiness::State::end_round() {
  ReadinessReport made;
  made.checked_at = base::utc_now();
  const auto now = base::steady_now();
  for (Slot& slot : slots) {
    if (slot.awaited) {
      slot.awaited = false;
      const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - slot.begun);
      made.checks.push_back({slot.probe.name, false,
                             fmt::format("The check of {} timed out: no answer for {} ms, {} are allowed. A disk or "
                                         "service behind it hangs.",
                                         slot.probe.name, waited.count(), timeout.count()),
                             waited});
    } else {
      made.checks.push_back(slot.check);
    }
  }
  return made;
}

Readiness::Readiness(std::vector<Probe> probes, std::chrono::milliseconds timeout, std::chrono::milliseconds cache)
    : state_(std::make_shared<State>()) {
  state_->timeout = timeout;
  state_->cache = cache;
  for (auto& probe : probes) state_->slots.emplace_back(std::move(probe));
  for (std::size_t i = 0; i < state_->slots.size(); ++i) {
    threads_.start("http-probe", [state = state_, i] { state->run_probe(i); });
  }
  threads_.start("http-ready", [state = state_] { state->run_rounds(); });
}

Readiness::~Readiness() {
  close();
}

void Readiness::ask(Done done) {
  std::unique_lock lock(state_->mutex);
  if (state_->stopping) return;
  if (!state_->reported || base::steady_now() - state_->reported_at >= state_->cache) {
    state_->askers.push_back(std::move(done));
    state_->changed.notify_all();
    return;
  }
  const auto report = state_->report;
  lock.unlock();
  done(report);
}

void Readiness::close() {
  std::vector<Done> dropped;  // destroyed outside the lock: each answers its request when it goes
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    dropped.swap(state_->askers);
    state_->changed.notify_all();
  }
}

bool Readiness::stop(std::chrono::milliseconds limit) {
  close();
  return threads_.join(limit);
}

}  // namespace http
