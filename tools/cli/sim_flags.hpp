// The command line of `dualcam sim` as text, and what it means.
#pragma once

#include <cstdint>
#include <string>

#include "server/base/result.hpp"
#include "tools/sim/command.hpp"

namespace cli {

// Parsed into sim::CommandOptions after the whole line is read, so that mistakes become sentences.
struct SimFlags {
  sim::CommandOptions options;
  std::string server = "127.0.0.1:7700";
  std::string rate = "full";
  std::string faults = "none";
  double fault_rate = 1;
  unsigned fault_cap = 4;
  std::string dialect = "identifiers";
  std::string imei_base = "356307042441013";
  std::string media = "auto";
  std::string verify = "content";
  bool no_verify = false;
  bool tls_insecure = false;
  std::string avl;  // HOST:PORT; empty: no trackers
  bool avl_tls = false;
  double record_interval_s = 5;
  double sos_s = -1;   // negative: none
  double drive_s = 0;  // 0: until the end of the run
  double late_by_s = 90;
  sim::TrackerOptions tracker;  // the rest of them
  double ramp_up_s = -1;
  double reconnect_s = 1;
  double reply_ms = 0;
  unsigned time_limit_s = 0;
  std::uint64_t seed = 0;
};

// Fills `options` from the rest.
base::Result<> read_sim(SimFlags& flags);

}  // namespace cli
