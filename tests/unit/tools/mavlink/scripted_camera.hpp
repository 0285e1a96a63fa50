// A camera on a UDP port of the loopback, on a thread of its own, that does what a test says. It sends a heartbeat for
// each one that it hears, so that nothing depends on a clock.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/relay/mavlink/wire/frame.hpp"
#include "server/relay/mavlink/wire/signing.hpp"

namespace mavlink::tool {

class ScriptedCamera {
 public:
  // What it sends for a command.
  using Script = std::function<std::vector<Message>(const CommandLong& command)>;

  explicit ScriptedCamera(Script script, std::optional<SigningKey> key = {});
  ~ScriptedCamera();
  ScriptedCamera(const ScriptedCamera&) = delete;
  ScriptedCamera& operator=(const ScriptedCamera&) = delete;

  std::string to() const { return "127.0.0.1:" + std::to_string(port_); }
  std::vector<std::uint16_t> commands() const;  // that came, in their order
  // Instead of its heartbeats: these bytes, each a datagram.
  void send_instead(std::vector<base::Bytes> datagrams) { instead_ = std::move(datagrams); }

 private:
  void run();
  void hear(const Message& message, Address from);
  void send(const Message& message);
  void send(base::ByteView bytes);

  const Script script_;
  std::optional<Signer> signer_;
  int descriptor_;
  int end_[2] = {-1, -1};
  std::uint16_t port_ = 0;
  std::uint8_t sequence_ = 0;
  std::vector<base::Bytes> instead_;
  std::vector<std::uint8_t> peer_;  // whom it answers: a socket address
  mutable std::mutex mutex_;
  std::vector<std::uint16_t> commands_;
  std::thread thread_;
};

CommandAck answer(const CommandLong& command, std::uint8_t result);

// A camera that takes what it is told to: acknowledged, said what it is, one image for each that was asked for.
std::vector<Message> take_it(const CommandLong& command);

}  // namespace mavlink::tool
