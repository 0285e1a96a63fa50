// What capturing counts, for /metrics. Thread-safe.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "storage/catalog/capture_catalog.hpp"

namespace capture {

enum class CommandOutcome : std::uint8_t { sent, no_link, unavailable, refused };
enum class AnswerOutcome : std::uint8_t {
  accepted,
  refused,
  late,       // about a part that has gone on without it
  unmatched,  // about no command of ours, or it cannot be told about which
  unknown,    // no answer to a camera request at all
  dropped,    // there was no room for it
};

class Figures {
 public:
  explicit Figures(prometheus::Registry& registry);

  void command(storage::CaptureChannel channel, CommandOutcome outcome);
  void answer(AnswerOutcome outcome, std::size_t count = 1);
  // Over all nodes, those that are not final; states that are not in `counts` have none.
  void parts(std::span<const storage::CaptureCount> counts);

 private:
  prometheus::Family<prometheus::Counter>& commands_;
  prometheus::Family<prometheus::Counter>& answers_;
  prometheus::Family<prometheus::Gauge>& parts_;
};

// How long requests take from being made to their last file. Thread-safe.
class RequestTimes {
 public:
  explicit RequestTimes(prometheus::Registry& registry);
  void answered(const storage::AnsweredRequest& request);

 private:
  prometheus::Family<prometheus::Histogram>& seconds_;
};

}  // namespace capture
