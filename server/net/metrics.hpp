// What the camera side counts, for /metrics. Thread-safe.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

#include "server/base/intake_state.hpp"
#include "server/base/media.hpp"

namespace net {

class Metrics {
 public:
  explicit Metrics(prometheus::Registry& registry);

  prometheus::Counter& connections;
  prometheus::Gauge& open_connections;
  prometheus::Gauge& live_transfers;
  prometheus::Counter& bytes_received;
  prometheus::Counter& bad_crcs;
  prometheus::Counter& resumes;
  prometheus::Counter& salvaged;
  prometheus::Counter& duplicates;
  prometheus::Counter& storage_errors;
  prometheus::Histogram& store_seconds;

  void refused(const std::string& why) { refused_.Add({{"reason", why}}).Increment(); }
  void stored(base::MediaKind kind);
  // A file that stays in the camera while so much is taken of its device.
  void declined(base::IntakeState taken, base::MediaKind kind);
  // Devices of which only so much is taken, over all nodes.
  void limited(std::size_t photos, std::size_t events);
  void ended(const std::string& state) { ended_.Add({{"state", state}}).Increment(); }

 private:
  prometheus::Family<prometheus::Counter>& refused_;
  prometheus::Family<prometheus::Counter>& stored_;
  prometheus::Family<prometheus::Counter>& ended_;
  prometheus::Family<prometheus::Counter>& declined_;
  prometheus::Family<prometheus::Gauge>& limited_;
};

}  // namespace net
