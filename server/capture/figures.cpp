#include "server/capture/figures.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace capture {

namespace {
using storage::CaptureState;

const char* name_of(CommandOutcome outcome) {
  switch (outcome) {
    case CommandOutcome::sent: return "sent";
    case CommandOutcome::no_link: return "no_link";
    case CommandOutcome::unavailable: return "unavailable";
    case CommandOutcome::refused: return "refused";
  }
  return "";
}

const char* name_of(AnswerOutcome outcome) {
  switch (outcome) {
    case AnswerOutcome::accepted: return "accepted";
    case AnswerOutcome::refused: return "refused";
    case AnswerOutcome::late: return "late";
    case AnswerOutcome::unmatched: return "unmatched";
    case AnswerOutcome::unknown: return "unknown";
    case AnswerOutcome::dropped: return "dropped";
  }
  return "";
}

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
}  // namespace

Figures::Figures(prometheus::Registry& registry)
    : commands_(counters(registry, "dualcamd_capture_commands_total",
                         "Commands that ask cameras for files, by channel and outcome.")),
      answers_(counters(registry, "dualcamd_capture_answers_total",
                        "What trackers said on their links and backends by HTTP, by what it was.")),
      parts_(prometheus::BuildGauge()
                 .Name("dualcamd_capture_parts")
                 .Help("Commands of capture requests that are not at their end, over all nodes, by state.")
                 .Register(registry)) {
  parts({});
}

void Figures::command(storage::CaptureChannel channel, CommandOutcome outcome) {
  commands_.Add({{"channel", std::string(to_string(channel))}, {"outcome", name_of(outcome)}}).Increment();
}

void Figures::answer(AnswerOutcome outcome, std::size_t count) {
  answers_.Add({{"outcome", name_of(outcome)}}).Increment(static_cast<double>(count));
}

void Figures::parts(std::span<const storage::CaptureCount> counts) {
  for (const auto state : {CaptureState::queued, CaptureState::sent, CaptureState::accepted, CaptureState::connecting,
                           CaptureState::transferring}) {
    std::uint64_t parts = 0;
    for (const storage::CaptureCount& count : counts)
      if (count.state == state) parts += count.parts;
    parts_.Add({{"state", std::string(to_string(state))}}).Set(static_cast<double>(parts));
  }
}

RequestTimes::RequestTimes(prometheus::Registry& registry)
    : seconds_(prometheus::BuildHistogram()
                   .Name("dualcamd_capture_seconds")
                   .Help("From a capture request to its last file, by channel and kind.")
                   .Register(registry)) {}

void RequestTimes::answered(const storage::AnsweredRequest& request) {
  // From a camera that is here already, to a vehicle that stands for a month.
  const prometheus::Histogram::BucketBoundaries bounds{1,   2.5, 5,     10,    20,     30,     60,     120,
                                                       300, 600, 1'800, 3'600, 14'400, 86'400, 604'800};
  const std::chrono::duration<double> took = request.stored_at - request.created_at;
  seconds_
      .Add({{"channel", std::string(to_string(request.channel))}, {"kind", std::string(to_string(request.kind))}},
           bounds)
      .Observe(std::max(0.0, took.count()));  // the clocks of two nodes
}

}  // namespace capture
