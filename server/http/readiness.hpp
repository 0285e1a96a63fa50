// Whether the durable paths work, found out by trying. Any number of askers share one round of probes, a round serves
// from memory for a while, and a probe that hangs is reported, never started a second time beside itself.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/threads.hpp"
#include "server/http/server.hpp"

namespace http {

struct ReadinessCheck {
  std::string name;
  bool ok = false;
  std::string reason;  // a sentence, when not ok
  std::chrono::microseconds duration{};
};

struct ReadinessReport {
  std::vector<ReadinessCheck> checks;  // in the order of the probes
  base::UtcTime checked_at{};
  bool ok() const noexcept;
};

class Readiness {
 public:
  using Done = std::move_only_function<void(const ReadinessReport&)>;

  // `timeout` bounds one round, `cache` is for how long its report stands.
  Readiness(std::vector<Probe> probes, std::chrono::milliseconds timeout, std::chrono::milliseconds cache);
  ~Readiness();

  // From any thread. Calls `done` at once from memory, or within `timeout` from a thread of ours; destroys it uncalled
  // when stopping.
  void ask(Done done);

  // False when a probe still ran after `limit`. May be called twice.
  bool stop(std::chrono::milliseconds limit);

 private:
  struct State;
  void close();
  std::shared_ptr<State> state_;
  base::ThreadGroup threads_;
};

}  // namespace http
