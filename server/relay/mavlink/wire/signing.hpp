// Signatures of MAVLink 2: 13 bytes of link, timestamp and the first six bytes of SHA-256(key, frame, link, timestamp).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/relay/mavlink/wire/frame.hpp"

namespace mavlink {

using SigningKey = std::array<std::uint8_t, 32>;
// A file's text: 64 hexadecimal digits, or a passphrase, whose SHA-256 is the key as ground stations have it. White
// space at the end does not count. Errors: `invalid` (empty).
base::Result<SigningKey> read_signing_key(std::string_view text);

// Units of 10 us since 2015-01-01T00:00:00Z, 48 bits.
using SigningTime = std::uint64_t;
SigningTime to_signing_time(base::UtcTime time) noexcept;

enum class SignatureFault : std::uint8_t { none, unsigned_frame, wrong, replayed, too_old };
std::string_view to_string(SignatureFault fault) noexcept;

// One link's signing: what it sends is signed, what comes in is checked. No thread of its own.
class Signer {
 public:
  // `stored`: the timestamp kept at the last run; ours never go back behind it.
  Signer(SigningKey key, std::uint8_t link_id, SigningTime stored);

  // A frame of encode(). One of MAVLink 1 has no place for a signature and stays as it is, like a signed one.
  void sign(FrameBytes& frame, base::UtcTime now);
  // Unsigned frames, so all of MAVLink 1, are `unsigned_frame`, but for RADIO_STATUS (109): radios put it in, in either
  // version. Streams are of (system, component, link id): each frame is later than the one before, and the first one
  // not more than 60 s behind our clock and the latest frame heard. At most `longest_streams` are remembered, a new one
  // beyond that is `too_old`. A good frame pulls our own timestamps forward.
  SignatureFault check(const Frame& frame, base::UtcTime now);
  // What is to be kept before it is used up: a restart begins at the later of this and the clock. Moves by minutes, and
  // is one to two minutes ahead of what was used: written down whenever it moved, it is never behind.
  SigningTime to_store() const noexcept;

  static constexpr std::size_t longest_streams = 1024;

 private:
  using Stream = std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>;
  SignatureFault place(const Stream& stream, SigningTime sent, base::UtcTime now);

  SigningKey key_;
  std::uint8_t link_id_;
  SigningTime last_;   // signed with
  SigningTime heard_;  // the latest of others; after a restart what was surely reached: `stored` is ahead
  std::map<Stream, SigningTime> streams_;
};

}  // namespace mavlink
