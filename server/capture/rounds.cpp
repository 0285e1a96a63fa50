#include "server/capture/rounds.hpp"

#include <pthread.h>

#include "server/base/threads.hpp"

namespace capture {

Rounds::Rounds(const std::string& name, std::function<NextRound()> round) : round_(std::move(round)) {
  const base::SignalsBlocked signals_are_mains;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  pthread_setname_np(thread_.native_handle(), name.c_str());
}

Rounds::~Rounds() {
  request_stop();
  thread_.join();
}

void Rounds::request_stop() {
  thread_.request_stop();
}

void Rounds::poke() {
  {
    const std::scoped_lock lock(mutex_);
    poked_ = true;
  }
  wake_.notify_one();
}

void Rounds::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      const std::scoped_lock lock(mutex_);
      poked_ = false;
    }
    const NextRound next = round_();
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, stop, next.at, [&] { return poked_ && !next.resting; });
  }
}

}  // namespace capture
