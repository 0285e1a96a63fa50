// Makes what trackers report durable: many trackers' frames in one transaction, on a thread of its own.
// Thread-safe. Bounded by its callers: a tracker has at most one frame here, since it waits for the answer.
#pragma once

#include <prometheus/registry.h>

#include <functional>
#include <memory>

#include "server/avl/record.hpp"
#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace tracking {

class RecordWriter {
 public:
  // Once, on the writer's thread: not to block. Success: every record is durable.
  using Done = std::function<void(base::Result<>)>;

  // `catalog` outlives it.
  RecordWriter(storage::TrackingCatalog& catalog, prometheus::Registry& registry);
  ~RecordWriter();  // what was submitted is done, or answered with an error after a bounded time

  // Copies what it needs of `records` before it returns. Derives from them how the device is, and what has happened to
  // it: SOS triggers and changes of camera states become device events, once each.
  void submit(const base::Imei& imei, avl::Codec codec, const avl::Records& records, base::UtcTime received, Done done);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tracking
