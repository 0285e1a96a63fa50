// Somebody who asks for files, and sometimes thinks better of it, while the server comes and goes.
#pragma once

#include <atomic>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "server/base/clock.hpp"
#include "tests/campaign/captures/plan.hpp"

namespace tests::captures {

class Wisher {
 public:
  // Begins at once, on a thread of its own. `http_port`: of a server that may be away.
  Wisher(const Plan& plan, std::uint16_t http_port);
  ~Wisher();  // ends early
  Wisher(const Wisher&) = delete;
  Wisher& operator=(const Wisher&) = delete;

  bool finished() const noexcept { return finished_; }
  unsigned asked() const noexcept { return asked_; }
  // When finished. What the server said it would do, …
  const std::vector<std::string>& promised() const noexcept { return promised_; }
  const std::vector<std::string>& cancelled() const noexcept { return cancelled_; }
  // … and how often it had gone before it said anything; the wish was repeated.
  unsigned unanswered() const noexcept { return unanswered_; }
  const std::vector<std::string>& problems() const noexcept { return problems_; }

 private:
  void run(const std::stop_token& stop);
  nlohmann::json wish(unsigned tracker);
  bool ask(const std::stop_token& stop, unsigned tracker);
  bool cancel(const std::stop_token& stop, const std::string& id);
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  const Plan plan_;
  const std::uint16_t port_;
  std::mt19937_64 random_;
  std::vector<base::UtcTime> next_begin_;  // of each tracker's next video: no two of its videos touch
  std::vector<std::string> promised_;
  std::vector<std::string> cancelled_;
  std::vector<std::string> problems_;
  unsigned unanswered_ = 0;
  std::atomic<unsigned> asked_ = 0;
  std::atomic<bool> finished_ = false;
  std::jthread thread_;
};

}  // namespace tests::captures
