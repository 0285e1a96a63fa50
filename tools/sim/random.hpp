// A hash as a random function of a key: the same byte of the same file is the same in every run, read in any order.
#pragma once

#include <cstdint>

namespace sim {

// splitmix64's finalizer: every bit of the key changes about half of the result's bits.
constexpr std::uint64_t mix(std::uint64_t key) noexcept {
  key += 0x9e3779b97f4a7c15;
  key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9;
  key = (key ^ (key >> 27)) * 0x94d049bb133111eb;
  return key ^ (key >> 31);
}

constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  return mix(mix(a) ^ b);
}

}  // namespace sim
