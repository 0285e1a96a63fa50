#include "server/events/figures.hpp"

#include <string>

namespace events {

namespace {
prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help, TargetKind kind) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(
      {{"kind", std::string(to_string(kind))}});
}
prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help, TargetKind kind,
                         const std::string& target) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(
      {{"kind", std::string(to_string(kind))}, {"target", target}});
}
}  // namespace

Figures::Figures(prometheus::Registry& registry, TargetKind kind, const std::string& name)
    : published(
          counter(registry, "dualcamd_events_published_total", "Events that a target has taken, by its kind.", kind)),
      failures(counter(registry, "dualcamd_events_failures_total",
                       "Deliveries of an event that failed and are repeated, by the target's kind.", kind)),
      waiting(gauge(registry, "dualcamd_events_waiting",
                    "Events that a target has not taken, on the node that brings them.", kind, name)),
      oldest_seconds(gauge(registry, "dualcamd_events_oldest_seconds",
                           "Age of the oldest event that a target has not taken, on the node that brings them.", kind,
                           name)) {}

prometheus::Counter& dropped_counter(prometheus::Registry& registry) {
  return prometheus::BuildCounter()
      .Name("dualcamd_events_dropped_total")
      .Help("Events removed for their age before every target had taken them.")
      .Register(registry)
      .Add({});
}

}  // namespace events
