// Hears MAVLink heartbeats and when the kernel got them: what lies between is of nobody's making but the sender's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace tests {

class HeartbeatListener {
 public:
  using Gap = std::chrono::microseconds;

  HeartbeatListener();  // on a free port of the loopback; throws std::runtime_error
  ~HeartbeatListener();
  HeartbeatListener(const HeartbeatListener&) = delete;
  HeartbeatListener& operator=(const HeartbeatListener&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  // Between one heartbeat of a component and its next, those since the last call, sorted.
  std::vector<Gap> take_gaps();
  std::size_t components() const;  // that were heard

 private:
  void run();
  void take(const std::uint8_t* bytes, std::size_t size, std::chrono::nanoseconds at);

  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::map<std::uint16_t, std::chrono::nanoseconds> last_;  // by system and component
  std::vector<Gap> gaps_;
  std::thread thread_;
};

}  // namespace tests
