// A nats-server of a test's own with JetStream: on a free port of the loopback, with its store and log in a folder of
// its own; ended by pid. Start it from a thread that outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {

struct NatsMessage {
  std::string subject;
  std::string id;  // Nats-Msg-Id
  std::string body;
};

class NatsServer {
 public:
  // `settings`: lines of its configuration, beside where it listens. Returns when it takes connections. Throws
  // std::runtime_error with a sentence: not installed, or why it does not start.
  explicit NatsServer(std::string settings = {}, bool jetstream = true);

  void start();      // again, with what it stored, on the same port
  void kill_hard();  // SIGKILL

  std::uint16_t port() const noexcept { return port_; }
  std::string address() const;  // 127.0.0.1:PORT
  // Everything in the stream, in its order; nothing where there is no such stream. `login`: "USER:PASSWORD@".
  std::vector<NatsMessage> messages(const std::string& stream, const std::string& login = {}) const;
  // A stream with these subjects, made by somebody else.
  void make_stream(const std::string& stream, const std::string& subjects) const;

 private:
  TempFolder folder_;
  const std::uint16_t port_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace tests
