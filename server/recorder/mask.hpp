// Made-up addresses and IMEIs in the place of real ones: by a keyed hash (HMAC-SHA256), so that one real thing becomes
// the same made-up one for as long as the key lives, and nobody without the key finds the way back by trying them all.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"
#include "server/pcapng/packet.hpp"

namespace recorder {

class Mask {
 public:
  using Key = std::array<std::uint8_t, 32>;
  explicit Mask(const Key& key) : key_(key) {}
  // The key of a file that only the server may read; made where there is none.
  static base::Result<Mask> open(const std::string& file);

  // 198.18.0.0/15 (RFC 2544) or 2001:db8::/32 (RFC 3849).
  pcapng::Address address(const pcapng::Address& real) const;
  // Of a number with 15 digits: the first two (who allotted it) stay, and what its check digit was off by, so that a
  // good number becomes a good one and a bad one a bad one. Others stay: they are no device's.
  std::uint64_t imei(std::uint64_t real) const;
  std::string imei(std::string_view digits) const;  // of 15 digits; anything else stays
  // Every IMEI and every address in it. For people: its length may change.
  std::string text(std::string_view real) const;

 private:
  std::string digits(std::string_view real) const;
  std::uint64_t hash(std::string_view what, base::ByteView of) const;
  Key key_;
};

}  // namespace recorder
