// What the trackers' side counts, for /metrics. Thread-safe.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

namespace net {

// What became of a datagram.
enum class DatagramOutcome : std::uint8_t {
  answered,
  bad,      // not of a tracker, or with records that make no sense
  refused,  // by device policy
  busy,     // too many are under way: the tracker sends it again
  failed,   // not stored: the tracker sends it again
};

class AvlMetrics {
 public:
  explicit AvlMetrics(prometheus::Registry& registry);

  prometheus::Counter& connections;
  prometheus::Gauge& open_connections;
  prometheus::Counter& logins;
  prometheus::Gauge& links;
  prometheus::Counter& takeovers;
  prometheus::Counter& frames;
  prometheus::Counter& records;
  prometheus::Counter& bad_frames;
  prometheus::Counter& storage_errors;
  prometheus::Counter& commands;
  prometheus::Counter& replies;
  prometheus::Histogram& answer_seconds;

  void refused(const std::string& why) { refused_.Add({{"reason", why}}).Increment(); }
  void datagram(DatagramOutcome outcome);

 private:
  prometheus::Family<prometheus::Counter>& refused_;
  prometheus::Family<prometheus::Counter>& datagrams_;
};

}  // namespace net
