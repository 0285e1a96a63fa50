#include "server/net/avl_metrics.hpp"

namespace net {

namespace {
prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return counters(registry, name, help).Add({});
}
prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

const char* to_string(DatagramOutcome outcome) {
  switch (outcome) {
    case DatagramOutcome::answered: return "answered";
    case DatagramOutcome::bad: return "bad";
    case DatagramOutcome::refused: return "refused";
    case DatagramOutcome::busy: return "busy";
    case DatagramOutcome::failed: return "failed";
  }
  return "unknown";
}
}  // namespace

AvlMetrics::AvlMetrics(prometheus::Registry& registry)
    : connections(counter(registry, "dualcamd_tracker_connections_total", "Connections of trackers accepted.")),
      open_connections(gauge(registry, "dualcamd_tracker_connections", "Connections of trackers open now.")),
      logins(counter(registry, "dualcamd_tracker_logins_total", "Logins of trackers that were accepted.")),
      links(gauge(registry, "dualcamd_tracker_links", "Trackers that can be reached now, over a link of this node.")),
      takeovers(counter(registry, "dualcamd_tracker_takeovers_total",
                        "Links that ended because the tracker had a newer one, here or on another node.")),
      frames(counter(registry, "dualcamd_tracker_frames_total", "Frames with records, answered over TCP.")),
      records(counter(registry, "dualcamd_tracker_records_total", "Records answered, over TCP and UDP.")),
      bad_frames(counter(registry, "dualcamd_tracker_bad_frames_total", "Frames that were wrong, and not answered.")),
      storage_errors(counter(registry, "dualcamd_tracker_storage_errors_total",
                             "Frames and datagrams not answered because they could not be stored.")),
      commands(counter(registry, "dualcamd_tracker_commands_total", "Commands put onto links.")),
      replies(counter(registry, "dualcamd_tracker_replies_total", "Texts that trackers sent.")),
      answer_seconds(prometheus::BuildHistogram()
                         .Name("dualcamd_tracker_answer_seconds")
                         .Help("From a frame or datagram with records to its answer.")
                         .Register(registry)
                         .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                                          0.25, 0.5, 1, 2.5, 5, 10, 30, 60})),
      refused_(counters(registry, "dualcamd_tracker_refused_total", "Connections of trackers turned away, by reason.")),
      datagrams_(counters(registry, "dualcamd_tracker_datagrams_total", "Datagrams, by what became of them.")) {}

void AvlMetrics::datagram(DatagramOutcome outcome) {
  datagrams_.Add({{"outcome", to_string(outcome)}}).Increment();
}

}  // namespace net
