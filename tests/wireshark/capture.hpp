// Captures made up for tests: TCP connections between cameras and a server, as tcpdump would have written them (pcap,
// raw IPv4, microseconds).
#pragma once

#include <cstdint>

#include "server/base/bytes.hpp"

namespace tests {

constexpr std::uint16_t camera_port = 7700;  // a server's; what the dissector takes without being told

class Capture {
 public:
  Capture();

  // The next packets are of a new connection to `port`. Starts without a handshake: Wireshark needs none.
  void connect(std::uint16_t port = camera_port);
  // One segment each, 10 ms behind the one before.
  void device(base::ByteView bytes) { segment(true, bytes); }
  void server(base::ByteView bytes) { segment(false, bytes); }
  // Two segments, cut after `at` bytes.
  void device_cut(base::ByteView bytes, std::size_t at);
  void server_cut(base::ByteView bytes, std::size_t at);
  // Bytes that were sent and are not in the capture.
  void device_unseen(std::size_t count) { sent_[1] += static_cast<std::uint32_t>(count); }

  void wait_us(std::uint64_t microseconds) { now_us_ += microseconds; }
  const base::Bytes& file() const noexcept { return file_; }
  unsigned packets() const noexcept { return packets_; }

 private:
  void segment(bool from_device, base::ByteView bytes);

  base::Bytes file_;
  std::uint64_t now_us_ = 1'790'000'000'000'000;
  std::uint32_t connections_ = 0;
  std::uint16_t server_port_ = camera_port;
  std::uint32_t sent_[2] = {0, 0};  // by the server, by the device
  unsigned packets_ = 0;
};

}  // namespace tests
