// What has happened on all recordings and is not written yet, within a bound of memory. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "server/recorder/tape.hpp"

namespace recorder {

struct Told {
  std::shared_ptr<Tape> tape;
  Happening what;
};

struct Queue {
  explicit Queue(std::size_t bound) : most(bound) {}

  // Takes it, or, unless it must be taken, not: there is no room. Never waits.
  bool push(const std::shared_ptr<Tape>& tape, Happening&& what, bool must);

  const std::size_t most;
  std::mutex mutex;
  std::condition_variable wake;  // the recorder's thread
  std::condition_variable done;  // whoever flushes
  std::vector<Told> waiting;
  std::size_t bytes = 0;      // of `waiting`
  std::size_t on_tapes = 0;   // of what the thread has taken, and not written
  std::uint64_t pushed = 1;   // the first is what earlier starts have left
  std::uint64_t written = 0;  // of `pushed`
  std::size_t flushing = 0;
  bool closing = false;
};

}  // namespace recorder
