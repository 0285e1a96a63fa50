#include "tests/wireshark/capture.hpp"

#include <concepts>

namespace tests {

using base::Bytes;
using base::ByteView;

namespace {
constexpr std::uint32_t link_type_raw = 101;
constexpr std::uint32_t largest_packet = 262'144;
constexpr std::uint64_t step_us = 10'000;
constexpr std::uint16_t ip_header = 20;
constexpr std::uint16_t tcp_header = 20;

template <std::unsigned_integral T>
void put_le(Bytes& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
template <std::unsigned_integral T>
void put_be(Bytes& out, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
}  // namespace

Capture::Capture() {
  put_le<std::uint32_t>(file_, 0xa1b2c3d4);
  put_le<std::uint16_t>(file_, 2);
  put_le<std::uint16_t>(file_, 4);
  put_le<std::uint64_t>(file_, 0);  // time zone and accuracy
  put_le(file_, largest_packet);
  put_le(file_, link_type_raw);
  connect();
}

void Capture::connect(std::uint16_t port) {
  ++connections_;
  server_port_ = port;
  sent_[0] = sent_[1] = 1;
}

void Capture::device_cut(ByteView bytes, std::size_t at) {
  device(bytes.first(at));
  device(bytes.subspan(at));
}

void Capture::server_cut(ByteView bytes, std::size_t at) {
  server(bytes.first(at));
  server(bytes.subspan(at));
}

void Capture::segment(bool from_device, ByteView bytes) {
  // 198.18.0.0/15 is for tests; ten thousand connections have ports of their own.
  constexpr std::uint32_t device_address = 0xc6120001;
  constexpr std::uint32_t server_address = 0xc6130001;
  const auto device_port = static_cast<std::uint16_t>(30'000 + connections_);
  const auto size = static_cast<std::uint32_t>(ip_header + tcp_header + bytes.size());
  put_le(file_, static_cast<std::uint32_t>(now_us_ / 1'000'000));
  put_le(file_, static_cast<std::uint32_t>(now_us_ % 1'000'000));
  put_le(file_, size);
  put_le(file_, size);

  put_be<std::uint16_t>(file_, 0x4500);
  put_be(file_, static_cast<std::uint16_t>(size));
  put_be<std::uint32_t>(file_, 0);           // no fragment
  put_be<std::uint32_t>(file_, 0x40060000);  // TCP; Wireshark does not look at checksums
  put_be(file_, from_device ? device_address : server_address);
  put_be(file_, from_device ? server_address : device_address);

  put_be(file_, from_device ? device_port : server_port_);
  put_be(file_, from_device ? server_port_ : device_port);
  put_be(file_, sent_[from_device ? 1 : 0]);
  put_be(file_, sent_[from_device ? 0 : 1]);
  put_be<std::uint32_t>(file_, 0x5018ffff);  // PSH, ACK
  put_be<std::uint32_t>(file_, 0);
  file_.insert(file_.end(), bytes.begin(), bytes.end());

  sent_[from_device ? 1 : 0] += static_cast<std::uint32_t>(bytes.size());
  now_us_ += step_us;
  ++packets_;
}

}  // namespace tests
