// A way MAVLink bytes come and go: UDP, TCP or a serial line, with one or several neighbours behind it. Knows nothing
// of frames: what it hands over is a datagram, or a piece of a stream. Belongs to the thread of its io_context.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/recorder/recorder.hpp"

namespace net::mavlink {

enum class Kind : std::uint8_t { udp_server, udp_client, tcp_client, tcp_server, serial };
std::string_view to_string(Kind kind) noexcept;

struct LinkOptions {
  std::string name;  // for errors and logs
  Kind kind = Kind::udp_server;
  // Servers: where they listen; MAVLink has no authentication, so that nothing but this host reaches it unless somebody
  // says so. Clients: the other end. IP addresses of either family; port 0 of a server: the system chooses.
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  // The UDP client's address is a broadcast one. Known without being told of 255.255.255.255 and of those that an
  // interface of this host has now.
  bool broadcast = false;
  std::string device;  // serial: "/dev/ttyACM0"
  unsigned baud = 57'600;

  std::vector<std::string> allow;                      // networks ("10.0.0.0/8") that are taken from. None: any
  std::size_t most_peers = 32;                         // of a server; a newcomer beyond that is refused, and counted
  std::chrono::milliseconds peer_expiry{10'000};       // UDP server: who said nothing for so long is forgotten
  std::chrono::milliseconds broadcast_silence{5'000};  // UDP client: then it looks for somebody else
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds first_pause{1'000};  // before a connection or a device is tried again; doubles up to
  std::chrono::milliseconds longest_pause{30'000};
  // TCP: nothing came for so long, though everybody sends a heartbeat each second. Serial lines may be silent.
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds write_timeout{10'000};  // TCP and serial: nothing went out for so long
  std::size_t most_queued = 64 * 1024;              // bytes that wait for one peer of a stream; a second at 500 kbit/s
  std::shared_ptr<recorder::Channel> recording{};   // null: nothing is recorded
};

struct Chunk {
  std::uint32_t peer = 0;    // never used twice by a link
  std::string_view address;  // "10.0.0.7:14550", "[::1]:14550", "/dev/ttyACM0"; valid during the call
  base::ByteView bytes;      // valid during the call
  bool datagram = false;     // no frame goes on in the next chunk
};

// A neighbour that is there from now on, or not any more. A UDP client has one from the start, as it speaks first.
struct PeerChange {
  std::uint32_t peer = 0;
  std::string_view address;  // valid during the call
  bool here = false;
};

struct PeerState {
  std::uint32_t number = 0;
  std::string address;
  std::optional<base::SteadyTime> heard;  // last
};

struct LinkFigures {
  std::uint64_t received = 0;  // chunks
  std::uint64_t received_bytes = 0;
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t not_sent = 0;  // the system, or a full queue, took no more
  std::uint64_t foreign = 0;   // from an address that is not taken from
  std::uint64_t refused = 0;   // newcomers for which there was no place
  std::uint64_t expired = 0;   // peers that fell silent
  std::uint64_t reopened = 0;  // connections and devices, after the first time
};

class Link {
 public:
  using Received = std::function<void(const Chunk& chunk)>;
  using Changed = std::function<void(const PeerChange& change)>;

  // Servers and UDP clients have their socket when this returns. TCP clients and serial lines are opened from start()
  // on, again and again: trouble() tells why they are not. Errors are sentences that say what to do.
  static base::Result<std::unique_ptr<Link>> open(asio::io_context& context, LinkOptions options);
  virtual ~Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Both are called on the thread of the io_context, `changed` during start() too. Neither may destroy the link.
  virtual void start(Received received, Changed changed) = 0;
  // One whole frame or more, without waiting. Errors: `not_found`, there is no such peer; `exhausted`, its queue is
  // full; what the system says.
  virtual base::Result<> send(std::uint32_t peer, base::ByteView bytes) = 0;
  virtual std::vector<PeerState> peers() const = 0;
  virtual LinkFigures figures() const = 0;
  virtual std::uint16_t port() const = 0;  // of its own socket; 0 where there is none
  // Why there is nobody to talk to: what the last attempt met with. Nothing: all is well.
  virtual std::optional<base::Error> trouble() const = 0;

 protected:
  Link() = default;
};

}  // namespace net::mavlink
