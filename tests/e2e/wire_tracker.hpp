// A tracker, step by step over a socket: the test decides what it reports and what it answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/avl/command.hpp"
#include "server/avl/record.hpp"
#include "tests/support/client_socket.hpp"
#include "tests/support/server_process.hpp"

namespace e2e {

// At a place in Vilnius, with a fix and the ignition on.
avl::OutgoingRecord record_at(base::UtcTime time);
avl::OutgoingRecord sos_record(base::UtcTime time, std::uint64_t trigger);

class WireTracker {
 public:
  WireTracker(const tests::ServerProcess& server, std::uint64_t imei) : imei_(imei), socket_(server.port("avl")) {}

  tests::ClientSocket& socket() noexcept { return socket_; }

  bool login();  // and the server's yes
  // One frame of Codec 8 Extended; true when the server has answered their number.
  bool report(const std::vector<avl::OutgoingRecord>& records);
  // The text of the next command of the server; nothing when none comes in time.
  std::optional<std::string> next_command(std::chrono::milliseconds limit = tests::patience);
  bool reply(const std::string& text);
  bool ended() { return socket_.ended(); }

 private:
  std::uint64_t imei_;
  tests::ClientSocket socket_;
};

// The words of a device that takes the command.
std::string accepted_video(int source, int seconds, base::UtcTime since);
std::string accepted_photo(int source);
constexpr const char* refused_by_device = "Invalid argument in camera request cmd!";

}  // namespace e2e
