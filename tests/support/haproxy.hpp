// A haproxy of a test's own in front of several servers, set up as docs/nodes.md says: TCP, PROXY protocol version 2,
// cameras only to nodes whose /readyz answers 200. On a free port of the loopback, with its configuration and log in a
// folder of its own; ended by pid. Start it from a thread that outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {

class Haproxy {
 public:
  struct Node {
    std::uint16_t cameras = 0;  // port of the loopback
    std::uint16_t http = 0;
  };

  // Returns when it takes connections; the nodes may come later. Throws std::runtime_error with a sentence: not
  // installed, or why it does not start.
  explicit Haproxy(const std::vector<Node>& nodes);

  std::uint16_t port() const noexcept { return port_; }

 private:
  void write_configuration(const std::vector<Node>& nodes) const;

  TempFolder folder_;
  const std::uint16_t port_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace tests
