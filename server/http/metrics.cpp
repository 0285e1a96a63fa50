#include "server/http/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "server/base/clock.hpp"

namespace http {

struct Metrics::State {
  explicit State(std::shared_ptr<prometheus::Registry> given)
      : registry(given ? std::move(given) : std::make_shared<prometheus::Registry>()),
        answers(prometheus::BuildCounter()
                    .Name("dualcamd_http_answers_total")
                    .Help("Answers to HTTP requests, by route and status.")
                    .Register(*registry)),
        sent(prometheus::BuildCounter()
                 .Name("dualcamd_http_sent_bytes_total")
                 .Help("Bytes of the bodies of answers that were sent to their end.")
                 .Register(*registry)
                 .Add({})),
        open(prometheus::BuildGauge()
                 .Name("dualcamd_http_requests_under_way")
                 .Help("HTTP requests taken and not yet answered to the end.")
                 .Register(*registry)
                 .Add({})),
        live(prometheus::BuildGauge()
                 .Name("dualcamd_http_live_readers")
                 .Help("Readers of events and of live pictures.")
                 .Register(*registry)
                 .Add({})) {}

  std::shared_ptr<prometheus::Registry> registry;
  prometheus::Family<prometheus::Counter>& answers;
  prometheus::Counter& sent;
  prometheus::Gauge& open;
  prometheus::Gauge& live;
};

Metrics::Metrics(std::shared_ptr<prometheus::Registry> registry)
    : state_(std::make_unique<State>(std::move(registry))) {}
Metrics::Metrics(Metrics&&) noexcept = default;
Metrics::~Metrics() = default;

void Metrics::answered(std::string_view route, int status, std::uint64_t body_bytes) {
  state_->answers.Add({{"route", std::string(route)}, {"status", std::to_string(status)}}).Increment();
  state_->sent.Increment(static_cast<double>(body_bytes));
}

void Metrics::under_way(std::size_t now) {
  state_->open.Set(static_cast<double>(now));
}

void Metrics::live(std::size_t now) {
  state_->live.Set(static_cast<double>(now));
}

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using storage::JobState;
using storage::JobTask;

constexpr JobTask tasks[] = {JobTask::preview, JobTask::playback};
constexpr JobState unfinished_states[] = {JobState::waiting, JobState::queued, JobState::running, JobState::failed};

MetricFamily gauges(std::string name, std::string help) {
  MetricFamily family;
  family.name = std::move(name);
  family.help = std::move(help);
  family.type = prometheus::MetricType::Gauge;
  return family;
}

void add(MetricFamily& family, std::vector<ClientMetric::Label> labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

// Those of which there are none are there as 0: a figure that comes and goes is hard to watch.
MetricFamily job_counts(std::span<const storage::JobCount> counts) {
  auto family = gauges("dualcamd_jobs", "Jobs on stored files that are not done, by task and state.");
  for (const JobTask task : tasks) {
    for (const JobState state : unfinished_states) {
      double count = 0;
      for (const auto& row : counts) {
        if (row.task == task && row.state == state) count += static_cast<double>(row.count);
      }
      add(family, {{"task", std::string(to_string(task))}, {"state", std::string(to_string(state))}}, count);
    }
  }
  return family;
}

// Of what workers are to do. Those that wait for somebody to ask, and those given up, may be as old as they like.
MetricFamily job_ages(std::span<const storage::JobCount> counts) {
  auto family = gauges("dualcamd_job_oldest_seconds", "Age of the oldest job that is queued or running, by task.");
  const auto now = base::utc_now();
  for (const JobTask task : tasks) {
    std::chrono::duration<double> oldest{0};
    for (const auto& row : counts) {
      const bool owed = row.state == JobState::queued || row.state == JobState::running;
      if (row.task == task && owed && row.oldest)
        oldest = std::max<std::chrono::duration<double>>(oldest, now - *row.oldest);
    }
    add(family, {{"task", std::string(to_string(task))}}, oldest.count());
  }
  return family;
}

}  // namespace

std::string Metrics::text(std::optional<std::span<const storage::JobCount>> jobs) const {
  auto families = state_->registry->Collect();
  if (jobs) {
    families.push_back(job_counts(*jobs));
    families.push_back(job_ages(*jobs));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace http
