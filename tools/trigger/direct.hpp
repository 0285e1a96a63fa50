// What goes from here to cameras and stages and comes from them, without a server between: to try a network, a camera
// or a stage, and to see what is on the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/relay/edgertronic/datagram.hpp"
#include "tools/trigger/outcome.hpp"

namespace trigger {

constexpr unsigned most_repeats = 10;  // beyond, a network that loses them all is not helped

// As they stand on the command line.
struct EdgertronicOptions {
  std::string name;  // of the cameras' files; empty: as the cameras are set
  std::string address{edgertronic::default_group};
  std::uint16_t port = edgertronic::default_port;
  std::string payload = "0x05AA9544";
  std::vector<std::string> interfaces;  // none: all
  unsigned repeat = 2;                  // a datagram that is lost is never asked for again
  std::string conf;                     // the cameras' own file, in place of the three
  std::string write_conf;               // writes that file, and sends nothing
  bool json = false;
};
Outcome run_edgertronic(const EdgertronicOptions& options);

struct ShogunOptions {
  std::string verb;  // start, stop, complete
  std::string name;
  std::string path;  // folder on the stage's computer
  std::vector<std::string> to;
  std::string flavour = "vicon";
  std::vector<std::string> interfaces;
  std::int64_t delay_ms = 0;
  std::optional<std::string> notes, description;
  std::string result;                      // of a stop: success, fail, cancel
  std::optional<std::uint64_t> packet_id;  // nothing: a new one
  unsigned repeat = 1;                     // with the same packet id: one event
  bool json = false;
};
Outcome run_shogun(const ShogunOptions& options);

struct ListenOptions {
  std::string protocol;               // edgertronic, shogun
  std::string address;                // empty: the cameras' group, or anything for this host
  std::optional<std::uint16_t> port;  // nothing: the protocol's
  std::vector<std::string> interfaces;
  std::string payload = "0x05AA9544";
  std::string flavour = "vicon";
  std::uint64_t count = 0;  // ends after so many; 0: never
  std::string length;       // ends after this time; empty: never
  bool json = false;
};
Outcome run_listen(const ListenOptions& options);

}  // namespace trigger
