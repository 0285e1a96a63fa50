// Brings the events of the outbox to every target, each on a thread of its own, and removes what all of them have.
// I5: in order per device, at least once, each with the same id whenever it comes (docs/events.md).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "server/events/target_url.hpp"
#include "storage/catalog/event_catalog.hpp"

namespace prometheus {
class Registry;
}

namespace events {

struct PublisherOptions {
  std::vector<TargetUrl> targets;
  std::string secret;   // of the webhooks' signatures
  std::string ca_file;  // PEM; empty: what the system trusts
  std::string node;     // the name of this start
  std::string client;   // what NATS shows of us
};

class Publisher {
 public:
  // Begins at once. `catalog` and `registry` outlive it. Blocks for nothing.
  static base::Result<std::unique_ptr<Publisher>> start(const PublisherOptions& options, storage::EventCatalog& catalog,
                                                        prometheus::Registry& registry);
  // Waits for what is under way, longest_delivery at most but for the catalog, and lets go of the targets.
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

 private:
  struct Running;
  explicit Publisher(std::unique_ptr<Running> running);
  const std::unique_ptr<Running> running_;
};

// Removes events that every target has taken, and those older than `kept` (0: none) whether or not. A target that no
// node has been set to for so long holds nothing back any more. What was dropped is counted and logged.
base::Result<> trim(storage::EventCatalog& catalog, std::chrono::milliseconds kept, prometheus::Registry& registry,
                    const std::stop_token& stop);

}  // namespace events
