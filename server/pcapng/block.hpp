// The blocks of a pcapng file, as draft-ietf-opsawg-pcapng says (sections are named there): appended to bytes, and as
// much of reading as it takes to know a file that this program has written. Everything is little endian, which the
// format leaves to the writer. Sans-IO.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/bytes.hpp"

namespace pcapng {

// Of packets: microseconds since 1970, UTC.
using Time = std::chrono::sys_time<std::chrono::microseconds>;

constexpr std::size_t block_overhead = 12;  // type and length before, length behind (section 3.1)
// An option's length has 16 bits (section 3.5); a comment is for people.
constexpr std::size_t longest_comment = 4096;
// Of one packet, with its headers: what the length of an IPv4 packet can say.
constexpr std::size_t longest_packet = 65'535;
// Nothing we write is longer: a packet, and as many comments as one may have.
constexpr std::size_t most_comments = 8;
constexpr std::size_t longest_block = longest_packet + 1 + most_comments * (longest_comment + 8) + 64;

struct Section {
  std::string application;            // shb_userappl
  std::vector<std::string> comments;  // opt_comment
};

enum class Direction : std::uint8_t { from_device, to_device };

// A comment that is longer is cut at a whole UTF-8 character; the first `most_comments` are written.
using Comments = std::vector<std::string>;

// Section Header Block (4.1) of a section whose end is the file's.
void append_section(base::Bytes& out, const Section& section);
// Interface Description Block (4.2): raw IP packets, times in microseconds.
void append_interface(base::Bytes& out, std::string_view name);
// Enhanced Packet Block (4.3) of the first interface. `packet` has at most `longest_packet` bytes.
void append_packet(base::Bytes& out, Time time, Direction direction, base::ByteView packet, const Comments& comments);
// Interface Statistics Block (4.6): the end of a file, and what is to be said of it.
void append_statistics(base::Bytes& out, Time time, std::uint64_t packets, std::uint64_t lost,
                       const Comments& comments);

// ---- Reading.

// How many bytes of whole blocks are at the front: a file that was cut off in the middle of one is read up to there.
std::size_t whole_blocks(base::ByteView file) noexcept;
// The section that a file begins with; nothing where it is none of this byte order.
std::optional<Section> read_section(base::ByteView file);

struct Statistics {
  Time time;
  Comments comments;
};
// The last block of a file, where it is one of append_statistics(). `end` may be the end of a file alone:
// `longest_statistics` bytes of it are enough.
std::optional<Statistics> read_statistics(base::ByteView end);
constexpr std::size_t longest_statistics = most_comments * (longest_comment + 8) + 128;

}  // namespace pcapng
