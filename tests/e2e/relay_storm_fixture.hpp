// A server with a relay under fire: its figures as /metrics has them, and where its commands arrive.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "tests/e2e/fixture.hpp"

namespace e2e {

// Where a stage of the relay's configuration is: a socket of the loopback that takes what the relay sends there.
class StageSocket {
 public:
  StageSocket();
  ~StageSocket();
  StageSocket(const StageSocket&) = delete;
  StageSocket& operator=(const StageSocket&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  void drain();  // takes what is there
  // How often each name of a take came so far; and what the kernel had no room for.
  const std::map<std::string, unsigned>& names() const noexcept { return names_; }
  std::uint64_t lost() const;

 private:
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::map<std::string, unsigned> names_;
};

class RelayUnderFire : public EndToEnd {
 protected:
  // Starts the server with this file for --relay.
  void start_relay(const std::string& toml);
  // The sum of the lines of /metrics that begin with `name` and have all of `labels`, such as R"(outcome="heard")".
  std::uint64_t metric(std::string_view name, std::initializer_list<std::string_view> labels = {});
  // The sum of this figure over the endpoints /api/v1/cameras has.
  std::uint64_t figure(std::string_view name);
};

}  // namespace e2e
