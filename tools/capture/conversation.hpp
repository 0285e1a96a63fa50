// What a capture holds of one connection, or of the datagrams between two endpoints: every byte of both sides in the
// order in which the receiving side had it, when, and what the capture has lost of it. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/imei.hpp"
#include "server/pcapng/packet.hpp"

namespace captures {

using Time = std::chrono::sys_time<std::chrono::microseconds>;
using pcapng::Endpoint;

enum class Side : std::uint8_t { device, server };
enum class Transport : std::uint8_t { tcp, udp };
// What is spoken, told by the bytes, never by a port.
enum class Protocol : std::uint8_t {
  camera,       // the file transfer of DualCam, ADAS and DSM cameras
  tracker,      // AVL over TCP or UDP
  mavlink,      // 1 or 2, datagrams
  edgertronic,  // multicast triggers
  shogun,       // Vicon's capture broadcasts
  unknown,
};
std::string_view to_string(Side side) noexcept;
std::string_view to_string(Transport transport) noexcept;
std::string_view to_string(Protocol protocol) noexcept;

struct Event {
  enum class Kind : std::uint8_t {
    open,     // TCP: the SYN of that side was seen; the first event, where it was
    bytes,    // TCP: became readable in order, by one segment; UDP: one datagram, whole
    missing,  // TCP: `size` bytes of the stream are not in the capture; they have no place in the side's bytes
    end,      // FIN
    reset,    // RST
  };
  Time time;
  Kind kind = Kind::bytes;
  Side from = Side::device;
  std::size_t at = 0;      // bytes: where they begin in what that side sent; missing: where they would be
  std::uint64_t size = 0;  // bytes and missing
};

// What the capture did not give, or gave more than once. Nothing here is an error of the device or the server.
struct Damage {
  std::uint64_t missing_bytes = 0;      // of both sides, TCP
  std::uint64_t cut_bytes = 0;          // of packets cut by the snapshot length; those of TCP count as missing too
  std::uint64_t repeated_segments = 0;  // brought nothing new
  std::uint64_t late_segments = 0;      // came out of order, and were put in order
  std::uint64_t bad_packets = 0;        // headers that contradict themselves; dropped
  bool no_beginning = false;            // TCP: no SYN; the first segment seen was taken for the first
  bool no_end = false;                  // TCP: neither FIN nor RST
  bool operator==(const Damage&) const = default;
};

struct Conversation {
  Transport transport = Transport::tcp;
  Protocol protocol = Protocol::unknown;
  Endpoint device;  // TCP: who sent the SYN; without one told by the bytes, else the higher port. UDP: who spoke first,
                    // or whose bytes are a device's
  Endpoint server;
  std::optional<base::Imei> imei;  // as it is said in the bytes: INIT, login, datagram header
  std::vector<Event> events;       // ordered by time; of equal times in the order of the capture
  base::Bytes device_bytes;
  base::Bytes server_bytes;
  Damage damage;
  std::string file;  // the capture it is from, as named

  base::ByteView bytes(const Event& event) const noexcept {
    const base::Bytes& all = event.from == Side::device ? device_bytes : server_bytes;
    return event.kind == Event::Kind::bytes ? base::ByteView{all}.subspan(event.at, event.size) : base::ByteView{};
  }
};

}  // namespace captures
