#include "server/net/metrics.hpp"

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
}  // namespace

Metrics::Metrics(prometheus::Registry& registry)
    : connections(counter(registry, "dualcamd_camera_connections_total", "Camera connections accepted.")),
      open_connections(gauge(registry, "dualcamd_camera_connections", "Camera connections open now.")),
      live_transfers(gauge(registry, "dualcamd_transfers_live", "Files arriving now.")),
      bytes_received(
          counter(registry, "dualcamd_received_bytes_total", "File bytes with a good CRC, repeats included.")),
      bad_crcs(counter(registry, "dualcamd_bad_crcs_total", "DATA frames with a bad CRC or lost framing.")),
      resumes(counter(registry, "dualcamd_resumes_total", "RESUME requests beyond the first of a file.")),
      salvaged(counter(registry, "dualcamd_salvaged_packets_total", "Retransmissions found inside truncated frames.")),
      duplicates(counter(registry, "dualcamd_duplicate_files_total", "Files offered again that were stored already.")),
      storage_errors(counter(registry, "dualcamd_storage_errors_total", "Files that could not be kept or stored.")),
      store_seconds(prometheus::BuildHistogram()
                        .Name("dualcamd_store_seconds")
                        .Help("From the last byte of a file to its acknowledgement.")
                        .Register(registry)
                        .Add({}, prometheus::Histogram::BucketBoundaries{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                                                                         2.5, 5, 10, 30, 60})),
      refused_(counters(registry, "dualcamd_refused_connections_total", "Connections turned away, by reason.")),
      stored_(counters(registry, "dualcamd_stored_files_total", "Files stored and acknowledged, by kind.")),
      ended_(counters(registry, "dualcamd_transfers_total", "Transfers that ended, by outcome.")),
      declined_(counters(registry, "dualcamd_declined_files_total",
                         "Files left in the camera, each time one is offered, by what is taken of the device.")),
      limited_(prometheus::BuildGauge()
                   .Name("dualcamd_limited_devices")
                   .Help("Devices of which only photos or only events are taken, over all nodes.")
                   .Register(registry)) {
  limited(0, 0);
}

void Metrics::declined(base::IntakeState taken, base::MediaKind kind) {
  declined_.Add({{"taken", std::string(base::to_string(taken))}, {"kind", std::string(base::to_string(kind))}})
      .Increment();
}

void Metrics::limited(std::size_t photos, std::size_t events) {
  limited_.Add({{"taken", "photos"}}).Set(static_cast<double>(photos));
  limited_.Add({{"taken", "events"}}).Set(static_cast<double>(events));
}

void Metrics::stored(base::MediaKind kind) {
  stored_.Add({{"kind", std::string(base::to_string(kind))}}).Increment();
}

}  // namespace net
