// The relays that are compared, each a process of its own on the loopback.
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace bench {

class RelayProgram {
 public:
  // `body` runs in a forked child until it is killed: it calls `ready` with the port it listens on.
  using Ready = std::function<void(std::uint16_t port)>;
  using Body = std::function<void(const std::vector<std::uint16_t>& targets, const Ready& ready)>;

  // Before there are other threads.
  RelayProgram(const Body& body, const std::vector<std::uint16_t>& targets);
  ~RelayProgram();
  RelayProgram(const RelayProgram&) = delete;
  RelayProgram& operator=(const RelayProgram&) = delete;

  const sockaddr_in& input() const noexcept { return input_; }

 private:
  pid_t child_ = -1;
  sockaddr_in input_{};
};

// epoll, one recv, one sendto for each target: as little as a relay can do.
void bare_relay(const std::vector<std::uint16_t>& targets, const RelayProgram::Ready& ready);
// One endpoint in, one endpoint out with all targets as its destinations.
void endpoint_relay(const std::vector<std::uint16_t>& targets, const RelayProgram::Ready& ready);
// One endpoint in, one endpoint out for each target.
void endpoints_relay(const std::vector<std::uint16_t>& targets, const RelayProgram::Ready& ready);

}  // namespace bench
