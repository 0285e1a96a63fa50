// Tells the catalog which trackers have their link here, and learns from it of links that other nodes have taken over.
// Thread-safe; nothing here blocks its callers.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/base/worker_pool.hpp"
#include "server/net/avl_links.hpp"
#include "server/net/avl_metrics.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace net {

class AvlLinkNotes {
 public:
  // On a thread of these notes, once the catalog knows of a link.
  using Linked = std::function<void(const base::Imei&)>;

  AvlLinkNotes(storage::TrackingCatalog& catalog, AvlLinks& links, AvlMetrics& metrics, std::string node,
               Linked linked);

  // What is noted of one device is noted in order.
  void opened(const storage::TrackerLink& link);
  void closed(const base::Imei& imei, const std::string& session);

  // Compares what the catalog has of this node with the links here: links whose place a newer one on another node has
  // taken are ended, those that could not be noted are noted again. Not while an earlier comparison is under way.
  void compare();

  // This node ends: links that end from now on are not noted one by one.
  void begin_leaving() { leaving_ = true; }
  // Notes that no link is here any more. Waits `limit` at most for that, and as long for what is under way before.
  void leave(std::chrono::milliseconds limit);
  // Drops what waits, and waits `limit` at most for what is under way.
  void stop(std::chrono::milliseconds limit);

 private:
  base::WorkerPool& lane_of(const base::Imei& imei);
  void note(const storage::TrackerLink& link);
  void compare_now();
  void missing(const AvlLink& link);

  storage::TrackingCatalog& catalog_;
  AvlLinks& links_;
  AvlMetrics& metrics_;
  const std::string node_;
  const Linked linked_;
  std::atomic<bool> leaving_ = false;
  std::atomic<bool> comparing_ = false;
  std::vector<std::unique_ptr<base::WorkerPool>> lanes_;  // a thread each: what is posted to one runs in order
  base::WorkerPool comparison_;
};

}  // namespace net
