// The relay's configuration: which sockets it opens, which cameras it knows, and the rules of the file. It comes as
// JSON (the file is TOML; the program turns it into JSON), and only from a file: who may open sockets, name hosts and
// hold passwords is not decided over HTTP.
//
//   [relay]
//   interfaces = ["eth0"]                 # of every UDP endpoint that names none
//   allow = ["10.0.0.0/8"]                # whose datagrams are taken, likewise
//   camera_networks = ["10.0.0.0/8"]      # where HTTP may go; none: anywhere but metadata services
//   max_firings_per_second = 200
//
//   [[edgertronic]]                       # a multicast group: heard and fired
//   name = "field"
//   address = "224.1.1.1"                 # or: config = "multicast-trigger.conf"
//   port = 600
//   payload = "0x05AA9544"
//   repeat = 2                            # datagrams for one trigger
//   camera = [ { name = "west", url = "http://10.0.0.21" } ]     # whose state shows whether it fired
//
//   [[shogun]]
//   name = "stage"
//   port = 30                             # where it listens
//   to = ["255.255.255.255:30"]
//   flavour = "vicon"
//   confirm = "10s"
//
//   [[trendnet]]
//   name = "gate"
//   url = "http://10.0.0.31"
//   user = "admin"
//   password_file = "/run/secrets/gate"
//
//   [[dualcam]]
//   name = "truck"
//   imei = "356307042441013"
//
//   [[webhook]]
//   name = "desk"
//   url = "https://example.com/hook"
//   secret_file = "/run/secrets/hook"
//
//   [[mavlink]]  …                        # mavlink_config.hpp
//
//   [[rule]]  …                           # server/relay/hub/rule.hpp
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/imei.hpp"
#include "server/base/result.hpp"
#include "server/endpoints/mavlink_config.hpp"
#include "server/relay/hub/hub.hpp"
#include "server/relay/hub/rule.hpp"

namespace endpoints {

// One UDP socket, as the file has it; what is left out is taken from [relay] or is the protocol's own.
struct UdpConfig {
  bool listen = true;
  std::string address;  // where it listens; a multicast group is joined
  std::uint16_t port = 0;
  std::vector<std::string> to;  // "host:port"
  std::vector<std::string> interfaces;
  std::vector<std::string> allow;
  int ttl = 32;
  bool loopback = false;
};

struct EdgertronicCamera {
  std::string name;
  std::string url;  // of its CAMAPI
};

struct EdgertronicConfig {
  std::string name;
  UdpConfig udp;
  std::uint32_t payload = 0x05AA9544;
  std::uint32_t repeat = 2;
  std::chrono::milliseconds repeat_gap{10};
  bool names = true;  // firmware before 2.5.1 takes no file name
  std::vector<EdgertronicCamera> cameras;
  std::chrono::milliseconds verify{std::chrono::seconds{3}};
  // Copies carry no number: equal datagrams within that time are one trigger.
  std::chrono::milliseconds duplicate_window{250};
};

struct ShogunConfig {
  std::string name;
  UdpConfig udp;
  std::string flavour = "vicon";
  std::string database_path;  // of starts that name none
  std::chrono::milliseconds confirm{std::chrono::seconds{10}};
};

struct TrendnetConfig {
  std::string name;
  std::string url;
  std::string user;
  std::string password;              // read from password_file; reaches no log
  std::optional<base::Imei> device;  // nothing: a number made of the name
  std::uint8_t scratch_preset = 24;
  bool stream = true;  // keep the stream open: position, live view, recordings
};

struct DualcamConfig {
  std::string name;
  std::optional<base::Imei> imei;  // nothing: the event's field `imei` says which
};

struct WebhookConfig {
  std::string name;
  std::string url;
  std::string secret;  // read from secret_file
};

struct Config {
  hub::HubOptions hub;
  std::vector<std::string> camera_networks;
  std::vector<EdgertronicConfig> edgertronic;
  std::vector<ShogunConfig> shogun;
  std::vector<TrendnetConfig> trendnet;
  std::vector<DualcamConfig> dualcam;
  std::vector<WebhookConfig> webhooks;
  std::vector<MavlinkConfig> mavlink;
  std::vector<hub::Rule> rules;
};

// Reads the files it names, too. Errors: `invalid`, every fault in one message, each with its place ("edgertronic
// \"field\", port: …").
base::Result<Config> parse_config(std::string_view json);

}  // namespace endpoints
