// A TCP server whose every byte a test writes: one function per connection, on a thread of its own. Everything ends
// with the object, also a function that waits.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "tests/support/eventually.hpp"

namespace tests {

class ScriptedServer {
 public:
  class Connection {
   public:
    Connection(int descriptor, const std::atomic<bool>& stop) : descriptor_(descriptor), stop_(stop) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    // Up to and with the empty line; what follows stays. Empty when the client left.
    std::string read_head();
    std::string read_exactly(std::size_t count);  // shorter when the client left
    bool send(std::string_view bytes);            // false when the client left
    void pause(std::chrono::milliseconds time);   // ends early with the server
    void wait_for_client_to_leave();
    void reset();  // the connection breaks off instead of ending

   private:
    bool wait(short events);
    int descriptor_;
    const std::atomic<bool>& stop_;
    std::string unread_;
  };
  using Script = std::function<void(Connection& connection)>;

  explicit ScriptedServer(Script script);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view path = "/") const;
  int connections() const { return connections_; }

 private:
  struct Worker {
    std::thread thread;
    std::atomic<bool> done = false;
  };
  void accept_all();

  const Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> connections_ = 0;
  std::list<Worker> workers_;  // of the accepting thread
  std::thread accepting_;
};

}  // namespace tests
