// The receiving end of the trackers' benchmark, in a process of its own, so that its CPU time is its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace bench {

struct ReceiverUse {
  double seconds = 0;                        // of CPU
  std::map<std::string, double> by_threads;  // the same, by their names
};

// `sink`: an epoll loop that answers and keeps nothing. Otherwise the trackers' server, its writer, and a SQLite
// catalog in `folder`.
class Receiver {
 public:
  Receiver(bool sink, const std::filesystem::path& folder);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  ReceiverUse use() const;  // since it was started

 private:
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace bench
