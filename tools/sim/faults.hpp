// What goes wrong on purpose: each fault with a probability and a cap, so that every run ends.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace sim {

enum class Fault : std::uint8_t {
  // Diced for each DATA packet, at most one a packet.
  corrupt,   // one byte of the packet changed: good length, bad CRC
  truncate,  // part of a frame, then at once the whole frame again, chained from the last good CRC, without a SYNC
  drop,      // a packet never sent
  stall,     // seconds of silence, in the middle of a frame half of the time
  cut,       // the connection ends in the middle of a frame, by FIN or by RST
  abort,     // STATUS 4, then the device closes
  split,     // a frame in several TCP segments
  join,      // several frames in one TCP segment
  // Diced for each SYNC.
  resync,      // SYNC, a few DATA, the same SYNC again
  early_sync,  // SYNC at an earlier position than asked for
  // Diced once per file or acknowledgement.
  silent,      // no INIT after 0009; the device comes back on a new connection
  stray,       // version 2 metadata that says 13 bytes and sends 14
  read_error,  // STATUS 17 to FILE REQ; the next connection works
  short_path,  // protocol 6: STATUS 17 to the whole path, works with its first 7 bytes
  // Diced when a connection ends in the middle of a file.
  abandon,  // the unfinished file is gone, a newer one is in its place
  // Diced for each RESUME behind START.
  deaf,  // the RESUME is not heard
};
constexpr std::size_t fault_kinds = 16;

std::string_view to_string(Fault fault) noexcept;

using FaultCounts = std::array<std::uint32_t, fault_kinds>;

struct FaultOptions {
  std::array<double, fault_kinds> probability{};
  std::uint32_t cap = 4;  // of each kind and camera; split and join, which cost nothing, have 50 times as many

  static FaultOptions none() { return {}; }
  static FaultOptions all();
  // "none", "all", or names with commas between them.
  static base::Result<FaultOptions> parse(std::string_view text);
  void scale(double factor);
};

// The dice of one camera.
class Faults {
 public:
  Faults(const FaultOptions& options, std::mt19937_64& random) : options_(options), random_(&random) {}

  bool happens(Fault fault);
  const FaultCounts& counts() const noexcept { return counts_; }

 private:
  FaultOptions options_;
  std::mt19937_64* random_;  // not owned
  FaultCounts counts_{};
};

}  // namespace sim
