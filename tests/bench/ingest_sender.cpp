#include "tests/bench/ingest_sender.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <stdexcept>
#include <system_error>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/dualcam/crc16.hpp"
#include "server/dualcam/wire.hpp"

namespace bench {

namespace {
constexpr std::uint64_t first_imei_body = 35630704244101;
constexpr std::size_t largest_write = 256 * 1024;
constexpr timeval patience{.tv_sec = 60, .tv_usec = 0};
constexpr dualcam::FileClass file_class = dualcam::FileClass::video_front;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void set(int descriptor, int level, int option, const void* value, socklen_t size) {
  if (setsockopt(descriptor, level, option, value, size) != 0) fail("A socket option");
}

int connect_to(std::uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail("A socket for the sender");
  const int on = 1;
  set(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  set(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  set(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const sockaddr_in address{
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("Connecting");
  return descriptor;
}

void send_all(int descriptor, base::ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) fail("Sending");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

// What the server asks at this point is known to the byte.
void expect(int descriptor, base::ByteView wanted) {
  std::array<std::uint8_t, 64> got{};
  const ssize_t count = recv(descriptor, got.data(), wanted.size(), MSG_WAITALL);
  if (count < 0) fail("Waiting for the server");
  const auto size = static_cast<std::size_t>(count);
  if (!std::ranges::equal(base::ByteView(got).first(size), wanted))
    throw std::runtime_error(fmt::format("The server sent {} instead of {}.",
                                         base::to_hex(base::ByteView(got).first(size)), base::to_hex(wanted)));
}

base::Bytes metadata_frame(std::int64_t captured_ms) {
  std::array<std::uint8_t, 13> body{1, 0x10};
  base::store_be(body.data() + 2, static_cast<std::uint64_t>(captured_ms));
  base::Bytes frame;
  dualcam::append_meta(frame, body);
  return frame;
}
}  // namespace

WireFile::WireFile(std::size_t frames) {
  std::mt19937_64 random(1);
  std::array<std::uint8_t, dualcam::packet_size> packet{};
  std::uint16_t crc = 0;
  bytes_.reserve(frames * frame_size);
  for (std::size_t n = 0; n < frames; ++n) {
    for (std::size_t at = 0; at < packet.size(); at += sizeof(std::uint64_t))
      base::store_le(packet.data() + at, std::uint64_t{random()});
    crc = dualcam::crc16(crc, packet);
    dualcam::append_data(bytes_, packet, crc);
  }
}

Senders::Senders(std::uint16_t port, std::size_t connections, const WireFile& file) : file_(file) {
  for (std::size_t n = 0; n < connections; ++n) sockets_.push_back(connect_to(port));
}

Senders::~Senders() {
  for (const int descriptor : sockets_) close(descriptor);
}

// Step by step with all connections: thousands of dialogues take no longer than one thread needs for their bytes.
void Senders::converse() {
  const std::int64_t now_ms = base::utc_now().time_since_epoch().count();
  std::uint64_t body = first_imei_body;
  const auto name = base::as_bytes(dualcam::identifier(file_class));
  const auto each = [&](base::ByteView request, base::ByteView answer) {
    for (const int descriptor : sockets_) {
      expect(descriptor, request);
      send_all(descriptor, answer);
    }
  };
  for (const int descriptor : sockets_)
    send_all(descriptor,
             dualcam::encode_init({.protocol = 5,
                                   .imei = base::with_luhn_digit(body++),
                                   .settings = dualcam::settings_always | dualcam::settings_bit(file_class)})
                 .view());
  each(dualcam::encode_meta_request(name).view(), metadata_frame(now_ms));
  each(dualcam::encode_file_request(name).view(),
       dualcam::encode_start({.size = static_cast<std::uint32_t>(file_.frames())}).view());
  each(dualcam::encode_resume(1).view(), dualcam::encode_sync(1).view());
}

void Senders::send_at_full_speed(std::size_t end) {
  std::vector<base::ByteView> left(sockets_.size(), file_.view(sent_, end));
  std::vector<pollfd> wanted;
  for (const int descriptor : sockets_) wanted.push_back({.fd = descriptor, .events = POLLOUT, .revents = 0});
  for (std::size_t unfinished = sockets_.size(); unfinished > 0;) {
    if (poll(wanted.data(), wanted.size(), static_cast<int>(patience.tv_sec * 1000)) <= 0) fail("Waiting to send");
    for (std::size_t n = 0; n < wanted.size(); ++n) {
      if (wanted[n].revents == 0) continue;
      const base::ByteView part = left[n].first(std::min(left[n].size(), largest_write));
      const ssize_t count = send(wanted[n].fd, part.data(), part.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && errno != EAGAIN) fail("Sending");
      left[n] = left[n].subspan(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
      if (!left[n].empty()) continue;
      wanted[n].fd = -1;  // poll() passes it over
      --unfinished;
    }
  }
  sent_ = end;
}

void Senders::send_in_turns(std::size_t end) {
  for (; sent_ < end; ++sent_)
    for (const int descriptor : sockets_) send_all(descriptor, file_.view(sent_, sent_ + 1));
}

void Senders::await_acknowledgements() {
  const dualcam::Frame acknowledgement = dualcam::encode_init_repeat();
  for (const int descriptor : sockets_) expect(descriptor, acknowledgement.view());
}

}  // namespace bench
