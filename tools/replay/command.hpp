// `dualcam replay` as a function.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/replay/offline_command.hpp"
#include "tools/replay/selection.hpp"

namespace replay {

struct CommandOptions {
  std::vector<std::string> files;
  Filter filter;

  // At most one mode; none: the conversations are listed. A server is given by any of the targets, HOST:PORT.
  bool offline = false;
  bool diff = false;
  std::string extract;  // a folder
  std::string to;
  std::string avl_to;
  std::string avl_udp_to;  // empty: the host and port of avl_to
  std::string relay_to;

  // Against a server.
  std::string speed = "1";  // a factor, or "max"
  unsigned copies = 1;
  std::optional<std::uint64_t> first_imei;
  bool keep_imei = false;
  unsigned jobs = 1000;
  double wait_s = 30;
  bool tls = false;
  bool tls_insecure = false;
  std::string tls_ca;

  // Offline.
  bool step = false;
  std::string from;  // seconds
  std::string until;
  unsigned runs = 1;

  bool json = false;
  bool quiet = false;
};

// Copies count up from here where nothing else is said; made up, and of no vehicle.
constexpr std::uint64_t usual_first_imei = 356307042441013;

// Prints to standard output, what is wrong with options and files to standard error. SIGINT and SIGTERM end it early,
// with what came of it so far.
Outcome run_command(const CommandOptions& options);

}  // namespace replay
