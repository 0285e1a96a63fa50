// One UDP endpoint of the relay, multicast, broadcast or unicast, in and out. IPv4: none of its wires knows another.
// Belongs to the thread of its io_context.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/recorder/recorder.hpp"

namespace net::relay {

// Longer than any of the protocols takes (shogun::max_document_size), so that what is cut off is told from what is
// whole.
constexpr std::size_t longest_datagram = 5 * 1024;

struct UdpOptions {
  std::string name;  // for errors and logs
  // Where it listens. Port 0 with `listens`: the system chooses. With groups only what is sent to one of them comes in.
  bool listens = true;
  std::string address = "0.0.0.0";
  std::uint16_t port = 0;
  std::vector<std::string> groups;  // multicast, to be joined
  // Names ("eth0") or addresses ("10.0.0.5", "127.0.0.1") of the interfaces that groups are joined on, and that
  // multicast and 255.255.255.255 leave through; what comes in through another one is not taken, unless this host sent
  // it. None: all that are up and can, the loopback only with `loopback`.
  std::vector<std::string> interfaces;
  bool interfaces_may_come_later = false;  // open() fails no more for one that is missing; join_again() takes it
  std::vector<std::string> allow;          // networks ("10.0.0.0/8") datagrams are taken from. None: any
  int ttl = 32;                            // of multicast
  bool loopback = false;                   // multicast sent here is heard on this host, too
  // Other programs that allow it listen on the port, too. Multicast and broadcast reach all of them, a datagram for
  // this host the last one only. With groups it is always so.
  bool shares_port = false;
  // Datagrams leave from the port it listens on, so that peers can answer; but then those of another program on this
  // host that does the same look like our own. Without it they leave from a port that only this process has.
  bool sends_from_its_port = false;
  struct Destination {
    std::string address;  // multicast, broadcast ("255.255.255.255", or one of an interface) or a host
    std::uint16_t port = 0;
  };
  std::vector<Destination> destinations;
  std::shared_ptr<recorder::Channel> recording{};  // null: nothing is recorded
};

struct Datagram {
  base::ByteView bytes;    // valid during the call
  std::string_view peer;   // "10.0.0.7:41000"; valid during the call
  bool own = false;        // from an address and port that this process sends from
  base::SteadyTime at;     // when the kernel had it, not when it was read
  bool truncated = false;  // it was longer than `longest_datagram`
};

struct UdpFigures {
  std::uint64_t received = 0;  // with those that were not taken
  std::uint64_t foreign = 0;   // not taken: from, to or through where nothing is expected
  std::uint64_t sent = 0;
  std::uint64_t not_sent = 0;
  std::uint64_t dropped = 0;  // by the kernel, for want of space (SO_RXQ_OVFL); known with the next one that comes in
};

class UdpEndpoint {
 public:
  using Received = std::function<void(const Datagram& datagram)>;
  // Binds and joins at once, receives from start() on. Errors are sentences that say what to do: a port below 1024
  // without CAP_NET_BIND_SERVICE, a port that is taken, an interface that is not there or not up, no multicast route.
  static base::Result<std::unique_ptr<UdpEndpoint>> open(asio::io_context& context, UdpOptions options);
  ~UdpEndpoint();
  UdpEndpoint(const UdpEndpoint&) = delete;
  UdpEndpoint& operator=(const UdpEndpoint&) = delete;

  void start(Received received);  // which may end this object
  std::uint16_t port() const;     // where it listens; of one that does not, where it sends from
  // To every destination (multicast and 255.255.255.255: on every interface), without waiting. The error names the
  // first that failed; the others have it.
  base::Result<> send(base::ByteView datagram);
  // Interfaces come and go (a link that is plugged in): joins anew where one is missing, leaves those that went. Called
  // now and then; microseconds where nothing changed. The error names the first that is still missing.
  base::Result<> join_again();
  UdpFigures figures() const;

 private:
  struct State;
  explicit UdpEndpoint(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace net::relay
