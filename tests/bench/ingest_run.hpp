// One measurement: a receiver in a fresh process and folder, the senders, and what the receiver's process used.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "tests/bench/ingest_sender.hpp"

namespace bench {

enum class Receiver : std::uint8_t { sink, loop, dualcamd };
inline constexpr std::array all_receivers{Receiver::sink, Receiver::loop, Receiver::dualcamd};
std::string_view to_string(Receiver receiver) noexcept;

struct Scenario {
  std::string_view name;
  std::string_view text;
  std::size_t connections;
  std::size_t frames;  // each connection sends so many
  bool one_frame_a_write;
  bool whole_files;  // the last frame ends the file: dualcamd stores it
};

struct Measured {
  double seconds = 0;      // from the first frame sent to the last one dealt with
  double cpu_seconds = 0;  // of the receiver's process alone
  double user_seconds = 0;
  double system_seconds = 0;
  double reads_per_frame = 0;  // 0 where nobody counts
  // dualcamd with whole files: from the last byte to the last acknowledgement.
  double store_seconds = 0;
  double store_cpu_seconds = 0;
  double frames = 0;
};

// Throws when a frame got lost or anything else went wrong.
Measured measure(Receiver receiver, const Scenario& scenario, const WireFile& file);

}  // namespace bench
