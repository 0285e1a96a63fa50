// What is recorded, and how much of it is kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"

namespace recorder {

// `failed`: sessions are recorded and forgotten at their end, unless something went wrong. docs/recording.md says what.
enum class Mode : std::uint8_t { off, failed, all };
std::string_view to_string(Mode mode) noexcept;
std::optional<Mode> parse_mode(std::string_view text) noexcept;

// Whose side of the server a recording is of.
enum class Kind : std::uint8_t { camera, tracker, relay };
std::string_view to_string(Kind kind) noexcept;
std::optional<Kind> parse_kind(std::string_view text) noexcept;

// For one device, until then, instead of the general one.
struct Policy {
  base::Imei imei;
  Mode mode = Mode::all;
  base::UtcTime until;
};

struct Options {
  Mode mode = Mode::off;
  bool mask = false;   // addresses and IMEIs are made up
  std::string folder;  // made when there is something to keep
  std::string node;
  std::uint64_t session_bytes = 64ULL << 20;  // of one file
  std::uint64_t total_bytes = 1ULL << 30;     // of all files: beyond it the oldest go
  std::chrono::milliseconds keep = std::chrono::hours{7 * 24};
  // Of memory, for what is not written yet: some seconds of what a disk takes. Beyond it bytes are left out.
  std::size_t queue_bytes = 32U << 20;
  // Files without a session (datagrams, links of the relay) begin anew so often.
  std::chrono::milliseconds period = std::chrono::hours{1};
};

}  // namespace recorder
