#include "server/pcapng/block.hpp"

#include <algorithm>

namespace pcapng {

using base::Bytes;
using base::ByteView;

namespace {
// Block types (section 11.1).
constexpr std::uint32_t section_header = 0x0a0d0d0a;
constexpr std::uint32_t interface_description = 1;
constexpr std::uint32_t interface_statistics = 5;
constexpr std::uint32_t enhanced_packet = 6;

// Section 4.1.
constexpr std::uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr std::uint16_t major_version = 1;
constexpr std::uint16_t minor_version = 0;
constexpr std::uint64_t unknown_length = ~std::uint64_t{0};

constexpr std::uint16_t linktype_raw = 101;  // IPv4 or IPv6, told apart by its first four bits
constexpr std::uint32_t no_snap_length = 0;  // packets are whole
constexpr std::uint32_t first_interface = 0;

// Options of every block (section 3.5).
constexpr std::uint16_t opt_endofopt = 0;
constexpr std::uint16_t opt_comment = 1;
constexpr std::uint16_t shb_userappl = 4;  // 4.1
constexpr std::uint16_t if_name = 2;       // 4.2
constexpr std::uint16_t if_tsresol = 9;    // 4.2
constexpr std::uint8_t microseconds = 6;   // 10^-6 s
constexpr std::uint16_t epb_flags = 2;     // 4.3.1
constexpr std::uint32_t inbound = 1;
constexpr std::uint32_t outbound = 2;
constexpr std::uint16_t isb_ifrecv = 4;  // 4.6
constexpr std::uint16_t isb_ifdrop = 5;

constexpr std::size_t section_fixed = 16;     // magic, versions, section length
constexpr std::size_t statistics_fixed = 12;  // interface, time

template <std::unsigned_integral T>
void put(Bytes& out, T value) {
  const std::size_t at = out.size();
  out.resize(at + sizeof value);
  base::store_le(out.data() + at, value);
}

void put_bytes(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

constexpr std::size_t padded(std::size_t size) {
  return (size + 3) / 4 * 4;
}

// Everything in a block begins at a multiple of four bytes.
void pad(Bytes& out, std::size_t size) {
  out.resize(out.size() + padded(size) - size);
}

void put_option(Bytes& out, std::uint16_t code, ByteView value) {
  put(out, code);
  put(out, static_cast<std::uint16_t>(value.size()));
  put_bytes(out, value);
  pad(out, value.size());
}

// Not in the middle of a UTF-8 character.
std::string_view cut(std::string_view comment) {
  if (comment.size() <= longest_comment) return comment;
  std::size_t end = longest_comment;
  while (end != 0 && (static_cast<unsigned char>(comment[end]) & 0xc0) == 0x80) --end;
  return comment.substr(0, end);
}

void put_comments(Bytes& out, const Comments& comments) {
  for (std::size_t at = 0; at < std::min(comments.size(), most_comments); ++at)
    put_option(out, opt_comment, base::as_bytes(cut(comments[at])));
}

void put_end_of_options(Bytes& out) {
  put(out, opt_endofopt);
  put(out, std::uint16_t{0});
}

// Its length stands before and behind it, and is known at its end.
class Block {
 public:
  Block(Bytes& out, std::uint32_t type) : out_(out), begin_(out.size()) {
    put(out_, type);
    put(out_, std::uint32_t{0});
  }
  ~Block() {
    const auto length = static_cast<std::uint32_t>(out_.size() - begin_ + 4);
    put(out_, length);
    base::store_le(out_.data() + begin_ + 4, length);
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

 private:
  Bytes& out_;
  const std::size_t begin_;
};

// High before low (4.3).
void put_time(Bytes& out, Time time) {
  const auto count = static_cast<std::uint64_t>(time.time_since_epoch().count());
  put(out, static_cast<std::uint32_t>(count >> 32));
  put(out, static_cast<std::uint32_t>(count));
}

void put_number_option(Bytes& out, std::uint16_t code, std::uint64_t number) {
  std::uint8_t bytes[sizeof number];
  base::store_le(bytes, number);
  put_option(out, code, bytes);
}
}  // namespace

void append_section(Bytes& out, const Section& section) {
  const Block block(out, section_header);
  put(out, byte_order_magic);
  put(out, major_version);
  put(out, minor_version);
  put(out, unknown_length);
  put_comments(out, section.comments);
  put_option(out, shb_userappl, base::as_bytes(cut(section.application)));
  put_end_of_options(out);
}

void append_interface(Bytes& out, std::string_view name) {
  const Block block(out, interface_description);
  put(out, linktype_raw);
  put(out, std::uint16_t{0});
  put(out, no_snap_length);
  put_option(out, if_name, base::as_bytes(cut(name)));
  put_option(out, if_tsresol, {&microseconds, 1});
  put_end_of_options(out);
}

void append_packet(Bytes& out, Time time, Direction direction, ByteView packet, const Comments& comments) {
  const Block block(out, enhanced_packet);
  put(out, first_interface);
  put_time(out, time);
  put(out, static_cast<std::uint32_t>(packet.size()));
  put(out, static_cast<std::uint32_t>(packet.size()));
  put_bytes(out, packet);
  pad(out, packet.size());
  std::uint8_t flags[4];
  base::store_le(flags, direction == Direction::from_device ? inbound : outbound);
  put_option(out, epb_flags, flags);
  put_comments(out, comments);
  put_end_of_options(out);
}

void append_statistics(Bytes& out, Time time, std::uint64_t packets, std::uint64_t lost, const Comments& comments) {
  const Block block(out, interface_statistics);
  put(out, first_interface);
  put_time(out, time);
  put_number_option(out, isb_ifrecv, packets);
  put_number_option(out, isb_ifdrop, lost);
  put_comments(out, comments);
  put_end_of_options(out);
}

// ---- Reading.

namespace {
struct Found {
  std::uint32_t type = 0;
  ByteView body;
  std::size_t size = 0;  // with its overhead
};

// The block at the front, where it is whole.
std::optional<Found> front_block(ByteView bytes) noexcept {
  if (bytes.size() < block_overhead) return std::nullopt;
  const auto length = base::load_le<std::uint32_t>(bytes.data() + 4);
  if (length < block_overhead || length % 4 != 0 || length > bytes.size()) return std::nullopt;
  if (base::load_le<std::uint32_t>(bytes.data() + length - 4) != length) return std::nullopt;
  return Found{base::load_le<std::uint32_t>(bytes.data()), bytes.subspan(8, length - block_overhead), length};
}

// Calls `each(code, value)` for what is whole.
template <class Each>
void read_options(ByteView bytes, Each&& each) {
  while (bytes.size() >= 4) {
    const auto code = base::load_le<std::uint16_t>(bytes.data());
    const std::size_t size = base::load_le<std::uint16_t>(bytes.data() + 2);
    if (code == opt_endofopt || padded(size) + 4 > bytes.size()) return;
    each(code, bytes.subspan(4, size));
    bytes = bytes.subspan(4 + padded(size));
  }
}
}  // namespace

std::size_t whole_blocks(ByteView file) noexcept {
  std::size_t at = 0;
  while (const auto block = front_block(file.subspan(at))) at += block->size;
  return at;
}

std::optional<Section> read_section(ByteView file) {
  const auto block = front_block(file);
  if (!block || block->type != section_header || block->body.size() < section_fixed) return std::nullopt;
  if (base::load_le<std::uint32_t>(block->body.data()) != byte_order_magic) return std::nullopt;
  Section section;
  read_options(block->body.subspan(section_fixed), [&](std::uint16_t code, ByteView value) {
    if (code == shb_userappl) section.application = base::as_text(value);
    if (code == opt_comment) section.comments.emplace_back(base::as_text(value));
  });
  return section;
}

std::optional<Statistics> read_statistics(ByteView end) {
  if (end.size() < block_overhead) return std::nullopt;
  const auto length = base::load_le<std::uint32_t>(end.data() + end.size() - 4);
  if (length > end.size()) return std::nullopt;
  const auto block = front_block(end.last(length));
  if (!block || block->size != length || block->type != interface_statistics || block->body.size() < statistics_fixed)
    return std::nullopt;
  const std::uint64_t high = base::load_le<std::uint32_t>(block->body.data() + 4);
  const std::uint64_t low = base::load_le<std::uint32_t>(block->body.data() + 8);
  Statistics statistics{.time = Time{std::chrono::microseconds{static_cast<std::int64_t>(high << 32 | low)}}};
  read_options(block->body.subspan(statistics_fixed), [&](std::uint16_t code, ByteView value) {
    if (code == opt_comment) statistics.comments.emplace_back(base::as_text(value));
  });
  return statistics;
}

}  // namespace pcapng
