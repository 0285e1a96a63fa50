// A TCP gate before a server: lets bytes through both ways, until it sees a word on its way to the server. What happens
// then is the fault that a test wants. One thread of its own; one fault at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tests {

class Gate {
 public:
  enum class Fault : std::uint8_t {
    none,
    lose_request,  // the client's connection breaks, the word does not reach the server
    lose_answer,   // the word reaches the server, the client's connection breaks before the answer
    hold_request,  // the client's connection breaks; the server gets the word when release() is called
  };

  explicit Gate(std::uint16_t server_port);
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate();

  std::uint16_t port() const noexcept { return port_; }
  // At the next time a client says `word`, once.
  void arm(Fault fault, std::string word);
  bool has_struck() const noexcept { return fault_ == Fault::none; }
  void release() noexcept { released_ = true; }

 private:
  struct Pair;
  void run(const std::stop_token& stop);
  void accept_one();
  bool pass_request(Pair& pair);
  bool strike(Pair& pair, const std::string& request);

  const std::uint16_t server_port_;
  int listener_;
  std::uint16_t port_;
  std::atomic<Fault> fault_{Fault::none};
  std::string word_;
  std::atomic<bool> released_{false};
  std::vector<std::unique_ptr<Pair>> pairs_;
  std::jthread thread_;
};

}  // namespace tests
