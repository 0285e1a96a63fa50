#include "server/events/publisher.hpp"

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/base/log.hpp"
#include "server/base/threads.hpp"
#include "server/events/lane.hpp"
#include "server/events/nats_target.hpp"
#include "server/events/webhook_target.hpp"

namespace events {

namespace {
// Of one transaction: some milliseconds of everybody's waiting.
constexpr std::uint32_t removed_at_once = 1'000;

// A target and all that it takes to bring it events.
struct Way {
  Way(std::unique_ptr<Target> given, const TargetUrl& url, const std::string& node, storage::EventCatalog& catalog,
      prometheus::Registry& registry)
      : target(std::move(given)),
        figures(registry, url.kind, url.name),
        lane(catalog, *target, url.name, node, figures) {}

  void run(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    while (!stop.stop_requested()) {
      const auto wait = lane.turn(stop);
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, wait, [] { return false; });
    }
  }

  std::unique_ptr<Target> target;
  Figures figures;
  Lane lane;
};
}  // namespace

struct Publisher::Running {
  explicit Running(storage::EventCatalog& with) : catalog(with) {}
  storage::EventCatalog& catalog;
  std::string node;
  std::vector<std::unique_ptr<Way>> ways;
  std::vector<std::jthread> threads;
};

Publisher::Publisher(std::unique_ptr<Running> running) : running_(std::move(running)) {}

base::Result<std::unique_ptr<Publisher>> Publisher::start(const PublisherOptions& options,
                                                          storage::EventCatalog& catalog,
                                                          prometheus::Registry& registry) {
  auto running = std::make_unique<Running>(catalog);
  running->node = options.node;
  for (const TargetUrl& url : options.targets) {
    auto target = url.kind == TargetKind::webhook ? open_webhook(url, options.secret, options.ca_file)
                                                  : open_nats(url, options.ca_file, options.client);
    if (!target) return std::unexpected(target.error());
    running->ways.push_back(std::make_unique<Way>(std::move(*target), url, options.node, catalog, registry));
  }
  const base::SignalsBlocked signals_are_mains;
  for (const auto& each : running->ways) {
    running->threads.emplace_back([way = each.get()](const std::stop_token& stop) { way->run(stop); });
    pthread_setname_np(running->threads.back().native_handle(), "events");
  }
  return std::unique_ptr<Publisher>(new Publisher(std::move(running)));
}

Publisher::~Publisher() {
  for (std::jthread& thread : running_->threads) thread.request_stop();
  for (const auto& way : running_->ways) way->target->cancel();
  running_->threads.clear();
  if (running_->ways.empty()) return;
  if (const auto left = running_->catalog.let_go_of_targets(running_->node); !left)
    base::log::warning("another node brings events only when the lease of this one ends",
                       {{"reason", left.error().message}});
}

base::Result<> trim(storage::EventCatalog& catalog, std::chrono::milliseconds kept, prometheus::Registry& registry,
                    const std::stop_token& stop) {
  prometheus::Counter& dropped = dropped_counter(registry);
  std::optional<base::UtcTime> too_old;
  if (kept.count() > 0) too_old = base::utc_now() - kept;
  if (too_old)
    if (auto forgotten = catalog.forget_targets(*too_old); !forgotten) return std::unexpected(forgotten.error());
  std::uint64_t undelivered = 0;
  while (!stop.stop_requested()) {
    const auto trimmed = catalog.trim_events(too_old, removed_at_once);
    if (!trimmed) return std::unexpected(trimmed.error());
    undelivered += trimmed->undelivered;
    dropped.Increment(static_cast<double>(trimmed->undelivered));
    if (trimmed->delivered + trimmed->undelivered + trimmed->unwanted < removed_at_once) break;
  }
  if (undelivered != 0)
    base::log::error(
        "events were removed that a target has not taken: they were too old",
        {{"count", undelivered}, {"kept_hours", std::chrono::duration<double, std::ratio<3600>>(kept).count()}});
  return {};
}

}  // namespace events
