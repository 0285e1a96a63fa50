// XXH3, 128 bits: finds every accident of disk and crash at memory speed. Not a defence against forgery: SHA-256 is.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "server/base/bytes.hpp"

namespace storage {

using Checksum = std::array<std::uint8_t, 16>;  // big endian (XXH128 canonical form)

// Equal bytes under another seed have another checksum.
Checksum checksum(std::uint64_t seed, base::ByteView bytes) noexcept;

// The same checksum of bytes that come piece by piece.
class RunningChecksum {
 public:
  explicit RunningChecksum(std::uint64_t seed);
  void add(base::ByteView bytes) noexcept;
  Checksum value() const noexcept;  // of everything added so far; more may follow

 private:
  struct Free {
    void operator()(void* state) const noexcept;
  };
  std::unique_ptr<void, Free> state_;
};

}  // namespace storage
