// What dualcamd is measured beside: as little as a receiver of DATA frames can do, with epoll on as many threads.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

namespace bench {

enum class SinkWork : std::uint8_t {
  drop,   // recv, and nothing else
  write,  // recv, check the frame's header and CRC, pwrite its bytes to the connection's file
};

// A process of its own, forked from this one, so that its CPU time is its own. Killed by the destructor.
class Sink {
 public:
  struct Counters {
    std::atomic<std::uint64_t> bytes = 0;  // of frames, as they came over the wire
    std::atomic<std::uint64_t> reads = 0;  // system calls that brought something
  };

  // Listens on a free port of the loopback, once per thread. `write` makes its files in `folder`.
  // Throws std::system_error.
  Sink(SinkWork work, unsigned threads, const std::filesystem::path& folder);
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  pid_t pid() const noexcept { return pid_; }
  std::uint16_t port() const noexcept { return port_; }
  const Counters& counters() const noexcept { return *counters_; }

 private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
  Counters* counters_ = nullptr;  // in memory shared with the process
};

}  // namespace bench
