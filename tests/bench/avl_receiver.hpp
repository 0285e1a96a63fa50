// The receiving end of the trackers' benchmark, in a process of its own, on one core of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "tests/support/server_process.hpp"

namespace bench {

// This thread, and what it starts from now on, runs on that core, or, `others`, on any but that one. Throws
// std::runtime_error where there is no such core.
void run_on(unsigned core, bool others = false);

struct ReceiverUse {
  double seconds = 0;                        // of CPU
  std::map<std::string, double> by_threads;  // the same, by their names
};

// `sink`: an epoll loop that answers and keeps nothing. Otherwise dualcamd as it is, with a SQLite catalog and objects
// in `folder`, which makes nothing to be shown of what cameras send.
class Receiver {
 public:
  Receiver(bool sink, const std::filesystem::path& folder);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  std::uint16_t port() const noexcept { return port_; }  // for trackers
  std::uint16_t camera_port() const { return server_ ? server_->port() : std::uint16_t{0}; }
  ReceiverUse use() const;  // since it was started

 private:
  std::optional<tests::ServerProcess> server_;
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace bench
