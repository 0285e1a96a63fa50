// A thread that does its round when it is poked, and at the time that the last round named.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "server/base/clock.hpp"

namespace capture {

struct NextRound {
  base::SteadyTime at;
  bool resting = false;  // something we need is down: not before that, whoever pokes
};

class Rounds {
 public:
  // `name` has at most 15 characters: the thread has it. The first round is now.
  Rounds(const std::string& name, std::function<NextRound()> round);
  ~Rounds();  // waits for the round under way
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;

  void poke();          // any thread; does not block
  void request_stop();  // without waiting: so that several end side by side

 private:
  void run(const std::stop_token& stop);

  const std::function<NextRound()> round_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool poked_ = false;
  std::jthread thread_;
};

}  // namespace capture
