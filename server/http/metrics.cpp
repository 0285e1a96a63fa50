#include "server/http/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>

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
                 .Add({})) {}

  std::shared_ptr<prometheus::Registry> registry;
  prometheus::Family<prometheus::Counter>& answers;
  prometheus::Counter& sent;
  prometheus::Gauge& open;
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

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(state_->registry->Collect());
}

}  // namespace http
