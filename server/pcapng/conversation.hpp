// What went over one TCP connection, or as datagrams, made into packets of a pcapng file: bytes in, blocks out. The
// connection is told from its first to its last packet, as a capture beside the server would have it: SYN, SYN-ACK,
// ACK, a segment for every read and write, acknowledgements, FIN or RST. Sans-IO.
#pragma once

#include <cstdint>
#include <string>

#include "server/base/bytes.hpp"
#include "server/pcapng/block.hpp"
#include "server/pcapng/packet.hpp"

namespace pcapng {

struct Peers {
  Endpoint device;
  Endpoint server;
};

class TcpConversation {
 public:
  // Numbers of the first bytes, for tests of what happens when they wrap.
  struct Sequences {
    std::uint32_t device = 0x10000000;
    std::uint32_t server = 0x20000000;
  };

  explicit TcpConversation(const Peers& peers);
  TcpConversation(const Peers& peers, Sequences first);

  // Every call appends whole blocks. Times are in order.
  void open(base::Bytes& out, Time time);
  // Cut into segments of `longest_segment`.
  void data(base::Bytes& out, Time time, Direction direction, base::ByteView bytes);
  // Said on an empty ACK of the server.
  void comment(base::Bytes& out, Time time, std::string text);
  // Bytes that are not recorded here: a gap in the sequence numbers, as a capture has that has lost packets. Said on an
  // empty ACK of the side they came from, where there were any.
  void gap(base::Bytes& out, Time time, Direction direction, std::uint64_t bytes, std::string text);
  enum class End : std::uint8_t { by_device, by_server, broken };  // FIN of one, then the other; RST of the device
  void close(base::Bytes& out, Time time, End end);

  std::uint64_t packets() const noexcept { return packets_; }

 private:
  struct Side {
    Endpoint endpoint;
    std::uint32_t next = 0;          // sequence number
    std::uint32_t acknowledged = 0;  // what the other side was told to have
    bool odd = false;
  };
  Side& from(Direction direction) noexcept { return direction == Direction::from_device ? device_ : server_; }
  Side& to(Direction direction) noexcept { return direction == Direction::from_device ? server_ : device_; }
  void segment(base::Bytes& out, Time time, Direction direction, std::uint8_t flags, base::ByteView bytes,
               const Comments& comments = {});
  void acknowledge(base::Bytes& out, Time time, Direction direction, const Comments& comments = {});

  Side device_;
  Side server_;
  base::Bytes packet_;
  std::uint64_t packets_ = 0;
};

// Datagrams; who sent one is in each. `packet` is working memory.
void append_datagram(base::Bytes& out, base::Bytes& packet, Time time, Direction direction, const Peers& peers,
                     base::ByteView bytes, const Comments& comments);

}  // namespace pcapng
