#include "tests/unit/tools/capture/made.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "server/pcapng/block.hpp"

namespace captures::test {

base::Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

base::Bytes tcp(const pcapng::Endpoint& from, const pcapng::Endpoint& to, const pcapng::TcpSegment& segment,
                std::string_view payload) {
  base::Bytes packet;
  pcapng::make_tcp(packet, from, to, segment, base::as_bytes(payload));
  return packet;
}

base::Bytes udp(const pcapng::Endpoint& from, const pcapng::Endpoint& to, base::ByteView payload) {
  base::Bytes packet;
  pcapng::make_udp(packet, from, to, payload);
  return packet;
}

namespace {
void put(base::Bytes& out, std::uint64_t value, std::size_t size, bool big_endian) {
  for (std::size_t n = 0; n < size; ++n) {
    const std::size_t shift = 8 * (big_endian ? size - 1 - n : n);
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}
}  // namespace

base::Bytes pcap(const std::vector<Raw>& packets, const PcapOptions& options) {
  const bool big = options.big_endian;
  base::Bytes out;
  put(out, options.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 4, big);
  put(out, 2, 2, big);
  put(out, 4, 2, big);
  put(out, 0, 8, big);
  put(out, 262'144, 4, big);
  put(out, options.link, 4, big);
  for (const Raw& packet : packets) {
    put(out, static_cast<std::uint64_t>(packet.micros / 1'000'000), 4, big);
    put(out, static_cast<std::uint64_t>(packet.micros % 1'000'000) * (options.nanoseconds ? 1000 : 1), 4, big);
    put(out, packet.bytes.size(), 4, big);
    put(out, std::max(packet.length, packet.bytes.size()), 4, big);
    out.insert(out.end(), packet.bytes.begin(), packet.bytes.end());
  }
  return out;
}

base::Bytes pcapng_file(const std::vector<Raw>& packets) {
  base::Bytes out;
  pcapng::append_section(out, {});
  pcapng::append_interface(out, "test");
  for (const Raw& packet : packets)
    pcapng::append_packet(out, pcapng::Time{std::chrono::microseconds{packet.micros}}, pcapng::Direction::from_device,
                          packet.bytes, {});
  return out;
}

Capture capture_of(base::ByteView file) {
  auto capture = read_bytes(file, "made");
  if (!capture) {
    ADD_FAILURE() << capture.error().message;
    return {};
  }
  return std::move(*capture);
}

std::string text(const base::Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

std::string events(const Conversation& conversation) {
  constexpr std::array words{"open", "bytes", "missing", "end", "reset"};
  std::string all;
  for (const Event& event : conversation.events) {
    if (!all.empty()) all += ", ";
    all += fmt::format("{} {}", to_string(event.from), words[static_cast<std::size_t>(event.kind)]);
    if (event.size > 0) all += fmt::format(" {}", event.size);
  }
  return all;
}

}  // namespace captures::test
