// The load generator of ingest_bench: connections that all send the same large file in the identifier dialect, from
// frames made beforehand, so that it costs as little as possible beside what it measures. Errors are exceptions: a
// figure of a run that went wrong is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/base/bytes.hpp"

namespace bench {

// Of whole packets: header, 1024 bytes, CRC.
constexpr std::size_t frame_size = 4 + 1024 + 2;

// A file as it goes over the wire: one DATA frame after the other.
class WireFile {
 public:
  explicit WireFile(std::size_t frames);
  std::size_t frames() const noexcept { return bytes_.size() / frame_size; }
  base::ByteView view(std::size_t first_frame, std::size_t last_frame) const {
    return base::ByteView(bytes_).subspan(first_frame * frame_size, (last_frame - first_frame) * frame_size);
  }

 private:
  base::Bytes bytes_;
};

class Senders {
 public:
  // Opens the connections. `file` must outlive this.
  Senders(std::uint16_t port, std::size_t connections, const WireFile& file);
  ~Senders();
  Senders(const Senders&) = delete;
  Senders& operator=(const Senders&) = delete;

  // INIT, META, START, SYNC with a server that speaks the protocol. After it DATA is expected.
  void converse();
  // Each connection's next frames up to `end`: as much per system call as the socket takes …
  void send_at_full_speed(std::size_t end);
  // … or one frame per system call, the connections taking turns.
  void send_in_turns(std::size_t end);
  // 0009 on every connection.
  void await_acknowledgements();

 private:
  std::vector<int> sockets_;
  std::size_t sent_ = 0;  // frames, the same of every connection
  const WireFile& file_;
};

}  // namespace bench
