// MAVLink in the relay's configuration: links to drones and ground stations, which of our cameras they see as theirs,
// and which of theirs are targets here.
//
//   [[mavlink]]
//   name = "air"
//   system = 1                            # ours; "autopilot": that of the first autopilot that is heard
//   may_command = ["255/190"]             # system/component whose commands are carried out; none: anybody's
//   public_url = "http://10.0.0.5:8080"   # where ground stations reach files of this server
//   link = [
//     { kind = "udp-server", address = "127.0.0.1", port = 14550 },
//     { kind = "udp-client", address = "10.0.0.9", port = 14550, key_file = "/run/secrets/mavlink" },
//     { kind = "tcp-client", address = "10.0.0.9", port = 5760 },
//     { kind = "tcp-server", port = 5760 },
//     { kind = "serial", device = "/dev/ttyUSB0", baud = 57600 },
//   ]
//   camera = [                            # ours, as components of their own
//     { name = "front", of = "truck", side = "front" },
//     { name = "roof", of = "gate" },
//     { name = "pattern" },               # of nothing: a test pattern
//   ]
//   remote = [                            # theirs, as targets of rules
//     { name = "drone", system = 1, component = 100 },
//   ]
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/relay/mavlink/wire/message.hpp"
#include "server/relay/mavlink/wire/signing.hpp"

namespace endpoints {

struct MavlinkLinkConfig {
  enum class Kind : std::uint8_t { udp_server, udp_client, tcp_client, tcp_server, serial };
  Kind kind = Kind::udp_server;
  std::string address = "127.0.0.1";  // where it listens, or where the other side is
  std::uint16_t port = 0;
  std::string device;  // of a serial line
  std::uint32_t baud = 57'600;
  std::vector<std::string> allow;          // networks frames are taken from; none: any
  std::string group;                       // links of one group lead to the same place: nothing is sent on both
  int version = 2;                         // of what is sent
  std::string key_file;                    // where the key was read from
  std::optional<mavlink::SigningKey> key;  // what is sent is signed, and only what is signed is taken
};

struct MavlinkCameraConfig {
  std::string name;
  std::string of;              // an endpoint of this file: a trendnet or a dualcam; empty: a test pattern
  std::string side = "front";  // of a dualcam: front or rear
  std::uint8_t component = 0;  // from 100 up, in order, where none is given
  std::string vendor = "dualcamd";
  std::string model;  // its name, where none is given: ground stations tell cameras apart by it
};

struct MavlinkRemoteConfig {
  std::string name;
  mavlink::Address address;
  std::uint8_t device = 0;  // 1 to 6: attached to the autopilot with that address
};

struct MavlinkSender {  // whose commands are carried out; 0: any
  std::uint8_t system = 0;
  std::uint8_t component = 0;
};

struct MavlinkConfig {
  std::string name;
  std::optional<std::uint8_t> system = 1;  // nothing: the autopilot's
  std::vector<MavlinkLinkConfig> links;
  std::vector<MavlinkSender> may_command;
  std::uint32_t most_commands_per_second = 10;  // that act, of one sender
  bool forward = false;                         // frames from one link to the others
  bool ground_station = true;                   // finds and commands cameras of others
  mavlink::Address station{254, 190};    // not 255: QGroundControl is that one, and frames with our own ids are dropped
  bool vehicle = false;                  // a stub of a vehicle: some ground stations show cameras of vehicles only
  std::chrono::milliseconds merge{500};  // signs of one shot within this time are one
  std::string public_url;                // empty: files have no address
  std::vector<MavlinkCameraConfig> cameras;
  std::vector<MavlinkRemoteConfig> remotes;
};

}  // namespace endpoints
