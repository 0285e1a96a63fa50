// Segments and datagrams made into conversations. Sans-IO.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/capture/conversation.hpp"
#include "tools/capture/network.hpp"
#include "tools/capture/reassembly.hpp"

namespace captures {

// One TCP connection, or the datagrams between two endpoints.
class Connection {
 public:
  Connection(const Segment& first, std::string file);

  // Whether it is a segment of this one, and not of a new connection of the same endpoints. They are the same.
  bool takes(const Segment& segment) const;
  void add(const Segment& segment, Time time);
  void add_bad() noexcept { ++damage_.bad_packets; }

  // No more packets. Nothing to tell: it has no events.
  Conversation finish() &&;

 private:
  using Sides = std::array<Stream, 2>;
  std::size_t side_of(const Segment& segment) const noexcept { return segment.from == first_ ? 0 : 1; }
  void add_tcp(const Segment& segment, std::size_t from, Moment now);
  void add_datagram(const Segment& segment, std::size_t from, Moment now);
  bool first_is_device(const std::optional<bool>& by_bytes) const noexcept;
  void take_over(Conversation& conversation, std::size_t device);

  Transport transport_;
  Endpoint first_;  // who was heard first
  Endpoint second_;
  std::string file_;
  Sides sides_;
  std::optional<std::size_t> opener_;  // who sent the SYN without an ACK, or is answered by one with
  std::uint64_t packets_ = 0;
  Damage damage_;
};

class Connections {
 public:
  // `file`: the capture that the packet is from.
  void add(const Segment& segment, Time time, const std::string& file);
  void add_bad(const Segment& segment, const std::string& file);
  std::vector<Conversation> finish() &&;

 private:
  using Key = std::array<std::uint8_t, 40>;
  static Key key_of(const Segment& segment);
  Connection& connection_of(const Segment& segment, const std::string& file);

  std::map<Key, std::size_t> current_;  // the last one of the same endpoints
  std::vector<std::unique_ptr<Connection>> all_;
};

}  // namespace captures
