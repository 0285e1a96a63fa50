// The configuration of the server. One table of options serves flags, environment and file alike:
// --flag over DUALCAMD_FLAG over `flag = …` in the TOML file.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/avl/camera_request.hpp"
#include "server/base/log.hpp"
#include "server/base/result.hpp"
#include "server/events/target_url.hpp"
#include "server/net/avl_server.hpp"
#include "server/net/camera_server.hpp"
#include "server/recorder/options.hpp"
#include "storage/catalog/capture_catalog.hpp"
#include "storage/keeping/retention.hpp"
#include "transcode/order/order.hpp"
#include "transcode/worker/worker_process.hpp"

namespace app {

// How stored files are made ready to be shown.
struct TranscodeSettings {
  unsigned jobs = 1;    // at a time; 0: none in this process
  std::string program;  // dualcam-transcode-job; empty: beside this program, else in PATH
  transcode::Encoding encoding;
  transcode::WorkerLimits limits;
  bool remux = true;
  bool playback_at_once = true;
};

// How cameras are asked for files; the waits are the camera server's, which has them, too.
struct CaptureSettings {
  storage::CaptureChannel channel = storage::CaptureChannel::avl;
  std::string profile = "classic";
  std::optional<avl::Destination> camera_address;  // where cameras reach this server
  std::string webhook;                             // empty: none
  std::string webhook_secret_file;
  std::string sms_webhook;
  std::string sms_secret_file;
  std::string sms_credentials_file;
  bool sos_front = false;
  bool sos_rear = false;
  std::chrono::seconds sos_before{5};
  std::chrono::seconds sos_after{5};
};

// Where events go.
struct EventSettings {
  std::vector<events::TargetUrl> targets;
  std::string secret;  // of the webhooks' signatures
  std::string ca_file;
  std::chrono::milliseconds keep = std::chrono::hours{7 * 24};  // 0: for ever
};

struct Settings {
  std::string data_dir = "./var";
  std::string http_host = "127.0.0.1";
  std::uint16_t http_port = 8080;
  std::string catalog;  // empty: sqlite:DATA_DIR/catalog.db
  std::string objects;  // empty: file:DATA_DIR/objects
  net::CameraServerOptions cameras;
  net::AvlServerOptions avl;  // certificates, policy, balancers and node are those of the cameras
  CaptureSettings capture;
  EventSettings events;
  recorder::Options recording;                                            // its folder and node are those of the others
  std::string relay_file;                                                 // empty: no relay
  std::chrono::milliseconds keep_tracks = std::chrono::hours{90 * 24};    // 0: for ever
  std::chrono::milliseconds keep_requests = std::chrono::hours{90 * 24};  // from their end; 0: for ever
  std::chrono::milliseconds keep_triggers = std::chrono::hours{90 * 24};  // the same
  std::chrono::milliseconds partial_ttl = std::chrono::hours{7 * 24};
  std::chrono::milliseconds drain_timeout = std::chrono::seconds{10};
  storage::RetentionRules retention;
  double spool_high = 0;  // percent of the spool's volume
  double spool_low = 0;
  std::chrono::milliseconds retention_interval = std::chrono::minutes{1};
  std::chrono::milliseconds scrub_interval = std::chrono::hours{24};  // 0: never
  std::uint64_t scrub_sample = 0;                                     // bytes that one scrub reads again
  TranscodeSettings transcode;
  base::log::Options log;
};

// Where a value came from.
enum class Origin : std::uint8_t { built_in, file, environment, flag };

struct Option {
  std::string name;         // "data-dir": the flag, the key of the file, and DUALCAMD_DATA_DIR
  std::string placeholder;  // DIR, HOST:PORT, …
  std::string help;
  std::string built_in;  // the default, as one would write it
  bool repeatable = false;
  bool secret = false;  // passwords in it are masked when shown
  // Sets the values (one unless repeatable); the error is a sentence without the option's name.
  std::function<base::Result<>(Settings&, const std::vector<std::string>&)> set;
  bool hidden = false;  // all of it is a secret
};

const std::vector<Option>& options();
std::string environment_name(std::string_view option);

using Values = std::map<std::string, std::vector<std::string>, std::less<>>;

struct Effective {
  Settings settings;
  Values values;  // every option, defaults included
  std::map<std::string, Origin, std::less<>> origins;
  std::vector<std::string> warnings;  // sentences about what was given and does not count
};

// Each holds only what was given there. A name that is no option's is an error in `file`, which is ours alone, and a
// warning in `environment`: container platforms put variables of their own there, DUALCAMD_SERVICE_HOST for one.
base::Result<Effective> combine(const Values& file, const Values& environment, const Values& flags);
// Those of the lines NAME=value that begin with DUALCAMD_, by option; by their own name where it is no option's.
// DUALCAMD_CATALOG_FILE=PATH says that the value of DUALCAMD_CATALOG is the first line of that file, as containers are
// given their secrets; likewise for every option. An error says which file cannot be read, or that both are given.
base::Result<Values> read_environment(std::span<const std::string> variables);
constexpr const char* config_variable = "DUALCAMD_CONFIG";  // names the file; no option, as it cannot stand in there
// The one that a name with a typing error means, written as in the file or in the environment; null when none is close.
const Option* nearest_option(std::string_view name);      // nearest.cpp
base::Result<Values> read_toml(const std::string& path);  // toml.cpp
// A document of tables, such as the relay's, for whoever reads JSON.
base::Result<std::string> read_toml_as_json(const std::string& path);

// As a TOML document, with the origin of each value, secrets masked.
std::string show(const Effective& effective);
// "postgresql://user:secret@host/db" → "postgresql://user:***@host/db", likewise password=… parameters.
std::string mask_secrets(std::string_view text);

// ---- Values as people write them.
base::Result<std::chrono::milliseconds> parse_duration(std::string_view text);  // 500ms 10s 5m 2h 7d
base::Result<std::uint64_t> parse_bytes(std::string_view text);                 // 512 64KiB 256MiB 1GB
base::Result<net::ListenAddress> parse_address(std::string_view text);          // 0.0.0.0:7700 [::]:7700
base::Result<double> parse_percent(std::string_view text);                      // 90% or 90; 0 to 100
base::Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t lowest, std::uint64_t highest);

}  // namespace app
