#include "server/app/chores.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <pthread.h>

#include <algorithm>

#include "server/base/clock.hpp"
#include "server/base/log.hpp"
#include "server/base/threads.hpp"

namespace app {

namespace {
// How often a node looks whether a turn is free: what a turn comes late after a restart or the death of a node.
constexpr std::chrono::milliseconds longest_wait{60'000};
}  // namespace

struct Chores::Figures {
  explicit Figures(prometheus::Registry& registry)
      : runs(prometheus::BuildCounter()
                 .Name("dualcamd_chore_runs_total")
                 .Help("Chores done by this node, by outcome.")
                 .Register(registry)),
        seconds(prometheus::BuildGauge()
                    .Name("dualcamd_chore_seconds")
                    .Help("How long the last run of a chore took on this node.")
                    .Register(registry)) {}
  prometheus::Family<prometheus::Counter>& runs;
  prometheus::Family<prometheus::Gauge>& seconds;
};

Chores::Chores(storage::KeepingCatalog& catalog, std::string node, prometheus::Registry& registry)
    : catalog_(catalog), node_(std::move(node)), figures_(std::make_unique<Figures>(registry)) {}

Chores::~Chores() {
  request_stop();
}

void Chores::request_stop() noexcept {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void Chores::add(Chore chore) {
  const base::SignalsBlocked signals_are_mains;
  const std::string name = chore.name.substr(0, 15);
  threads_.emplace_back([this, chore = std::move(chore)](const std::stop_token& stop) { keep_doing(chore, stop); });
  pthread_setname_np(threads_.back().native_handle(), name.c_str());
}

void Chores::keep_doing(const Chore& chore, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    const bool ours = is_our_turn(chore);
    if (ours) do_once(chore, stop);
    // An interval that is ours alone is counted from the end of the run: a slow one does not become the only work.
    const auto wait = chore.every_node ? chore.interval : std::min(chore.interval, longest_wait);
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, wait, [] { return false; });
  }
}

bool Chores::is_our_turn(const Chore& chore) {
  if (chore.every_node) return true;
  const auto claimed = catalog_.claim_chore(chore.name, node_, chore.interval);
  if (!claimed)
    base::log::warning("cannot find out whose turn a chore is; looking again later",
                       {{"chore", chore.name}, {"reason", claimed.error().message}});
  return claimed.value_or(false);
}

void Chores::do_once(const Chore& chore, const std::stop_token& stop) {
  const auto begun = base::steady_now();
  const auto done = chore.run(stop);
  const std::chrono::duration<double> took = base::steady_now() - begun;
  if (!done && !stop.stop_requested())
    base::log::warning("a chore was not brought to its end; it comes again at its next turn",
                       {{"chore", chore.name}, {"reason", done.error().message}});
  figures_->runs.Add({{"chore", chore.name}, {"outcome", done ? "done" : "failed"}}).Increment();
  figures_->seconds.Add({{"chore", chore.name}}).Set(took.count());
}

}  // namespace app
