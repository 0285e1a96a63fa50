// Many recorded devices against a server: sockets, TLS, timers. One thread, the caller's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "tools/replay/plans.hpp"

namespace replay {

struct Target {
  std::string host;
  std::string port;
};

struct PlayerOptions {
  // Where each kind goes; what has no target is not replayed.
  std::optional<Target> cameras;
  std::optional<Target> trackers;           // TCP
  std::optional<Target> tracker_datagrams;  // UDP
  std::optional<Target> relay;              // UDP
  bool tls = false;                         // cameras and trackers
  bool tls_verify = true;
  std::string tls_ca;  // PEM file; empty: the system's authorities
  Pace pace;
  unsigned copies = 1;                      // of each device
  std::optional<std::uint64_t> first_imei;  // nothing: devices keep theirs, and there is one copy
  unsigned jobs = 1000;                     // devices at the same time
};

struct PlayerResult {
  std::vector<DeviceReport> reports;  // of what was played, in the order in which the devices ended
  std::vector<std::string> left_out;  // conversations that were not replayed, and why
  std::size_t unfinished = 0;         // devices that an interruption ended, or kept from beginning
  std::chrono::microseconds elapsed{};
};

// Told ten times a second, on the caller's thread; false ends the run.
using Watch = std::function<bool(std::uint64_t sent_bytes, std::uint64_t all_bytes)>;

// Blocks until every device is done. Fails where a target has no address, or TLS cannot be set up. `plans` is borrowed.
base::Result<PlayerResult> play(const Plans& plans, const PlayerOptions& options, const Watch& watch);

// Of copy `copy` of the device `device` of `devices`.
base::Imei imei_of_copy(std::uint64_t first_imei, std::size_t devices, std::size_t device, unsigned copy);

}  // namespace replay
