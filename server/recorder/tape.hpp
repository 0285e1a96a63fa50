// The writing side of one recording: what happened in, blocks of its file out. Belongs to the recorder's thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/pcapng/conversation.hpp"
#include "server/recorder/mask.hpp"
#include "server/recorder/shelf.hpp"
#include "server/recorder/stream_mask.hpp"

namespace recorder {

// Bytes of each direction.
using Counts = std::array<std::uint64_t, 2>;

struct Happening {
  enum class What : std::uint8_t { bytes, datagram, comment, identified, failed, mode, drop, end };
  What what = What::bytes;
  base::SteadyTime at;
  pcapng::Direction direction = pcapng::Direction::from_device;
  pcapng::TcpConversation::End end = pcapng::TcpConversation::End::by_server;
  Mode mode = Mode::all;
  Counts left_out{};    // of the session, just before
  base::Bytes bytes;    // of `bytes` and `datagram`
  std::string text;     // of `comment`; the IMEI of `identified`; of `end`: why
  pcapng::Peers peers;  // of `datagram`
};

struct TapeStart {
  Kind kind = Kind::camera;
  std::string session;
  std::optional<pcapng::Peers> peers;  // of a TCP connection
  Mode mode = Mode::all;
  base::UtcTime utc;  // the same moment as …
  base::SteadyTime steady;
};

class Tape {
 public:
  // All outlive it. `mask` may be null.
  Tape(TapeStart start, const Options& options, const Mask* mask, Shelf& shelf);

  void take(const Happening& happening);
  // Writes what has gathered; `false`: it cannot, and the recording is given up.
  void write();
  // How many bytes wait for write().
  std::size_t waiting() const noexcept { return waiting_.size(); }
  bool ended() const noexcept { return ended_; }
  // Of what has no session: the file it has ends here, and the next thing that happens begins another.
  bool is_due(base::SteadyTime now) const noexcept;
  void turn(base::SteadyTime now);

  const Entry& entry() const noexcept { return entry_; }

 private:
  pcapng::Time time_of(base::SteadyTime at) const noexcept;
  pcapng::Peers shown(pcapng::Peers peers) const;
  std::string shown(const std::string& text) const;
  void begin(base::SteadyTime now);
  void put(const Happening& happening, pcapng::Time time);
  void put_bytes(pcapng::Time time, pcapng::Direction direction, base::ByteView bytes);
  void put_gap(pcapng::Time time, const Counts& left_out, const std::string& why);
  void say(pcapng::Time time, const std::string& text);
  void finish(pcapng::Time time, pcapng::TcpConversation::End end, const std::string& reason);
  bool full() const;
  void drop();

  const TapeStart start_;
  const Options& options_;
  const Mask* const mask_;
  Shelf& shelf_;
  Entry entry_;
  std::optional<pcapng::TcpConversation> tcp_;
  std::optional<StreamMask> stream_mask_;
  base::Bytes waiting_;
  base::Bytes packet_;
  std::uint64_t packets_ = 0;  // datagrams
  pcapng::Peers last_peers_;   // of datagrams: what is said without one is said as from there
  base::SteadyTime began_;     // the file
  Counts cut_{};               // beyond the bound
  Mode mode_;
  bool begun_ = false;  // there is a file, or will be
  bool is_cut_ = false;
  bool failed_ = false;
  bool ended_ = false;
};

}  // namespace recorder
