// Breaks off a socket that has not answered in time: the blocking call that waits on it then fails. For libraries that
// offer no limit of their own to a server that is there but silent. Thread-safe; one thread, which outlives no line.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"

namespace storage {

class Watchdog {
 public:
  Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  // One watched socket. Holds a descriptor of its own for it: whoever closes theirs meanwhile, and whatever takes the
  // number then, nobody else's connection is hit. Used by one thread at a time.
  class Line {
   public:
    Line(Watchdog& watchdog, int socket);
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line();

    void arm(base::SteadyTime deadline);
    // True when it was too late: the socket is broken off for good.
    bool disarm();

   private:
    friend class Watchdog;
    Watchdog& watchdog_;
    int socket_;
    base::SteadyTime deadline_ = base::SteadyTime::max();
    bool fired_ = false;
  };

 private:
  void run(const std::stop_token& stop);
  void break_off_late(base::SteadyTime now);

  std::mutex lock_;
  std::condition_variable_any earlier_;
  std::vector<Line*> lines_;
  base::SteadyTime next_look_ = base::SteadyTime::max();
  std::jthread thread_;
};

}  // namespace storage
