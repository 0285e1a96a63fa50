// dualcamd as one of the relays that are compared: a trigger of an edgertronic group in, a start to a stage of its own
// at each target out, by one rule. Its log, its catalog and its audit are what they are in a studio.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <vector>

#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"

namespace bench {

class RelayServer {
 public:
  // Throws, with the server's log, when it does not start.
  explicit RelayServer(const std::vector<std::uint16_t>& targets);

  const sockaddr_in& input() const noexcept { return input_; }  // the group

 private:
  tests::TempFolder folder_;
  sockaddr_in input_{};
  tests::ServerProcess server_;
};

}  // namespace bench
