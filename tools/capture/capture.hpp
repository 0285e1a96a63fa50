// Captures read: pcap and pcapng, the server's recordings and those of tcpdump and Wireshark, through libpcap. Link
// layers: Ethernet, with any number of VLAN tags, Linux cooked (SLL, SLL2), raw IP, BSD loopback. IPv4 with fragments,
// IPv6 with extension headers. A capture that is damaged gives what is there; `problems` says what is missing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "tools/capture/conversation.hpp"

namespace captures {

// Everything is held in memory: that of a capture's payloads. Beyond this it is read no further, and a problem says so.
constexpr std::uint64_t default_most_bytes = 4ULL << 30;
// Segments that came before what is missing in front of them are kept until it comes, up to this on each side of a
// connection; then what is missing is given up. The largest window of a receiver that is usual.
constexpr std::size_t most_early_bytes = 16U << 20;

struct ReadOptions {
  std::uint64_t most_bytes = default_most_bytes;
  // Called now and then with how much of all files was read; may be empty.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

struct Capture {
  std::vector<Conversation> conversations;  // by the time of their first event
  std::uint64_t packets = 0;
  std::uint64_t foreign_packets = 0;  // neither TCP nor UDP over IP, or of a link layer that is not known
  std::vector<std::string> problems;  // of files, in whole sentences, the file's name in each
};

// Several files are one capture: what is in them is put in order by time, and a connection may go on from one into the
// next. Fails where a file cannot be opened or is no capture at all; what breaks off later is a problem.
base::Result<Capture> read(const std::vector<std::string>& files, const ReadOptions& options = {});

// One capture in memory, for tests and fuzzing.
base::Result<Capture> read_bytes(base::ByteView file, std::string_view name, const ReadOptions& options = {});

}  // namespace captures
