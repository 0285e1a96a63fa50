// Makes what trackers report durable: many trackers' frames in one transaction, on a thread of its own. While one
// transaction is committed, the frames of the next one gather.
// Thread-safe. Bounded by its callers: a tracker has at most one frame here, since it waits for the answer.
#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <functional>
#include <memory>

#include "server/avl/record.hpp"
#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"
#include "server/base/threads.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace tracking {

class RecordWriter {
 public:
  // Once, on the writer's thread: not to block, not to throw. Success: every record is durable, and so are the events
  // that came of them. An error: nothing is tried again here; the tracker sends the same once more.
  using Done = std::function<void(base::Result<>)>;

  // So long its end waits for a catalog that does not answer: one that works needs far less.
  static constexpr std::chrono::seconds closing_patience{10};

  // `catalog` and `registry` outlive it, and a call of the catalog that never returns.
  RecordWriter(storage::TrackingCatalog& catalog, prometheus::Registry& registry,
               std::chrono::milliseconds patience = closing_patience);
  ~RecordWriter();  // what was submitted is done, or answered with an error after that time
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  // Copies what it needs of `records` before it returns. Derives from them how the device is, and what has happened to
  // it: SOS triggers and camera states that begin become device events, once each.
  void submit(const base::Imei& imei, avl::Codec codec, const avl::Records& records, base::UtcTime received, Done done);

  // From now on called when SOS events have become durable, on the writer's thread: not to block, not to throw. Null:
  // nobody is told any more, nor is being told when this returns.
  void on_sos(std::function<void()> tell);

  // The device may have been with another node since its last frame: how it is will be read from the catalog again.
  void forget(const base::Imei& imei);

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the thread, which may be left behind
  const std::chrono::milliseconds patience_;
  base::ThreadGroup thread_;
};

}  // namespace tracking
