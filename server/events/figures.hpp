// What Prometheus is told of the events that leave.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "server/events/target_url.hpp"

namespace events {

// Of one target; those of a kind that share a counter add to it. The registry outlives it.
struct Figures {
  // `name`: TargetUrl::name.
  Figures(prometheus::Registry& registry, TargetKind kind, const std::string& name);

  prometheus::Counter& published;
  prometheus::Counter& failures;
  prometheus::Gauge& waiting;         // 0 where another node brings them
  prometheus::Gauge& oldest_seconds;  // the same
};

// Of events that were removed before every target had them.
prometheus::Counter& dropped_counter(prometheus::Registry& registry);

}  // namespace events
