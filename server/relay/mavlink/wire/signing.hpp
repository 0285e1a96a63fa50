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

  void sign(FrameBytes& frame, base::UtcTime now);
  // MAVLink 1, and unsigned frames but RADIO_STATUS (109): `unsigned_frame`. Streams are of (system, component, link
  // id); at most `longest_streams` are remembered, a new one beyond that is `too_old`.
  SignatureFault check(const Frame& frame, base::UtcTime now);
  // What is to be kept before it is used up: a restart begins at the later of this and the clock. Written down when it
  // moved by a minute, and a minute ahead.
  SigningTime to_store() const noexcept;

  static constexpr std::size_t longest_streams = 1024;

 private:
  SigningKey key_;
  std::uint8_t link_id_;
  SigningTime last_;
  std::map<std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>, SigningTime> streams_;
};

}  // namespace mavlink
