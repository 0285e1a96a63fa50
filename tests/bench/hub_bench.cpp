// What the hub costs between an event and its commands: one rule with 16 targets; and an event that 100 rules look at.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <string>

#include "server/relay/hub/hub.hpp"

namespace {

constexpr std::array<hub::Parameter, 1> parameters{{{"name", hub::ValueKind::name}}};
constexpr std::array<hub::Verb, 1> verbs{{{hub::Protocol::edgertronic, "trigger", parameters}}};
constexpr std::array<std::string_view, 1> fields{"name"};
constexpr std::array<hub::EventKind, 1> kinds{{{hub::Protocol::edgertronic, "trigger", fields}}};

class Bench {
 public:
  // `rules` of them; the event is for the first alone, which has `targets`.
  Bench(int rules, int targets)
      : vocabulary_(verbs, kinds),
        hub_({.most_firings_per_second = 1'000'000'000, .most_pending = 1'000'000}, vocabulary_,
             [](base::UtcTime now) { return base::Uuid::v7(now); }) {
    std::vector<hub::EndpointInfo> endpoints{{"field", hub::Protocol::edgertronic, true, false, "a"}};
    std::string json;
    for (int target = 0; target < targets; ++target) {
      const std::string name = "camera" + std::to_string(target);
      endpoints.push_back({name, hub::Protocol::edgertronic, false, true, "b"});
      json += std::string(target == 0 ? "" : ",") + R"({"target":")" + name +
              R"(","verb":"trigger","name":"{name}_{target}_&T"})";
    }
    std::string text = "[";
    for (int rule = 0; rule < rules; ++rule)
      text += std::string(rule == 0 ? "" : ",") + R"({"name":"r)" + std::to_string(rule) +
              R"(","when":{"source":"field","name":"pitch_)" + std::to_string(rule) + R"(*"},"do":[)" + json + "]}";
    auto read = hub::parse_rules(text + "]", hub::RuleOrigin::file);
    const auto set = read ? hub_.set(endpoints, *read, now_, out_) : std::unexpected(read.error());
    if (set) return;
    std::cerr << set.error().message << '\n';
    std::exit(1);
  }

  hub::Event event() {
    hub::Event event;
    event.protocol = hub::Protocol::edgertronic;
    event.source = "field";
    event.kind = "trigger";
    event.fields = {{"name", "pitch_0_inning_5"}};
    event.key = std::to_string(++count_);
    now_.steady += std::chrono::milliseconds{1};
    now_.utc += std::chrono::milliseconds{1};
    event.received = now_;
    return event;
  }
  void take(hub::Event event) {
    out_.clear();
    hub_.take(std::move(event), now_, out_);
  }
  void finish() {
    const std::vector<hub::Command> fired = std::move(out_.fire);
    out_.fire = {};
    for (const hub::Command& command : fired) hub_.finished(command.id, {}, now_, out_);
  }
  std::size_t fired() const { return out_.fire.size(); }

 private:
  hub::Vocabulary vocabulary_;
  hub::Now now_{base::SteadyTime{} + std::chrono::hours{1}, base::utc_now()};
  hub::Decisions out_;
  hub::Hub hub_;
  std::uint64_t count_ = 0;
};

void take(benchmark::State& state, int rules, int targets) {
  Bench bench(rules, targets);
  for (auto _ : state) {
    state.PauseTiming();
    hub::Event event = bench.event();
    state.ResumeTiming();
    bench.take(std::move(event));
    state.PauseTiming();
    if (bench.fired() != static_cast<std::size_t>(targets)) state.SkipWithError("not every target was fired");
    bench.finish();
    state.ResumeTiming();
  }
}

void whole(benchmark::State& state, int rules, int targets) {
  Bench bench(rules, targets);
  for (auto _ : state) {
    bench.take(bench.event());
    bench.finish();
  }
}

}  // namespace

BENCHMARK_CAPTURE(take, one_rule_16_targets, 1, 16);
BENCHMARK_CAPTURE(take, hundred_rules_1_target, 100, 1);
BENCHMARK_CAPTURE(whole, one_rule_16_targets, 1, 16);
BENCHMARK_CAPTURE(whole, hundred_rules_1_target, 100, 1);
BENCHMARK_MAIN();
