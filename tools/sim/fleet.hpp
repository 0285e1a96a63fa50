// Many cameras at once against one server: a thread per core, each with its own event loop and its share of cameras.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "tools/sim/camera.hpp"
#include "tools/sim/plan.hpp"
#include "tools/sim/tracker.hpp"

namespace sim {

// A tracker beside each camera, which then stays on call until the tracker is done.
struct AvlOptions {
  std::string host = "127.0.0.1";
  std::string port = "5027";
  bool tls = false;        // with the cameras' certificates
  TrackerOptions tracker;  // what all trackers share; imei, seed and start_at are set per tracker
};

struct FleetOptions {
  std::string host = "127.0.0.1";
  std::string port = "7700";
  bool tls = false;
  bool tls_verify = true;
  std::string tls_ca;  // PEM file; empty: the system's authorities

  unsigned cameras = 1;
  unsigned threads = 0;  // 0: one per core
  std::uint64_t first_imei = 356307042441013;
  bool mixed = false;           // all dialects in turn instead of `camera.dialect`
  bool spread_sources = false;  // each camera from its own 127.x.y.z: for per-address caps on loopback
  Time ramp_up{0};              // from the first camera's first connect to the last one's
  CameraOptions camera;         // what all cameras share; imei, seed, start_at and versions are set per camera
  PlanOptions plan;
  FaultOptions faults;

  std::optional<AvlOptions> avl;
};

// Running totals; read from any thread at any time.
struct FleetCounts {
  std::uint64_t wire_bytes = 0;
  std::uint64_t file_bytes = 0;     // of files, each byte counted once however often it was sent
  std::uint64_t planned_bytes = 0;  // of all files, photos estimated
  std::uint32_t acknowledged = 0;
  std::uint32_t planned = 0;  // files
  std::uint32_t connected = 0;
  std::uint32_t done = 0;     // cameras
  std::uint32_t refused = 0;  // connects that failed
  std::uint32_t faults = 0;
  std::uint64_t records = 0;   // of trackers, answered
  std::uint32_t commands = 0;  // that trackers received
};

// What one camera did. Complete after wait(); not to be read before.
struct CameraReport {
  std::uint64_t imei = 0;
  Dialect dialect = Dialect::identifiers;
  CameraStatistics statistics;
  FaultCounts faults{};
  std::vector<FileSpec> acknowledged;
  std::vector<FileSpec> abandoned;
  std::vector<FileSpec> left;  // still on the card
  std::optional<TrackerStatistics> tracker;
  std::vector<SeenCommand> commands;  // of the tracker
  std::uint64_t records_left = 0;     // of the tracker, without an answer
  std::vector<Time> answer_times;  // of its frames with records, in the order they were sent; at most most_answer_times
};
// Of each tracker: enough for percentiles, and bounded in a run of days.
constexpr std::size_t most_answer_times = 10'000;

// Called on the fleet's threads, several at a time; must be quick.
struct FleetHooks {
  std::function<void(std::uint32_t camera, const FileSpec&)> acknowledged;
  std::function<void(std::uint32_t camera, const FileSpec&, std::uint32_t offset, std::uint32_t sent)> resumed;
};

struct FleetShared;

class Fleet {
 public:
  Fleet(FleetOptions options, std::shared_ptr<const FileMaker> maker, FleetHooks hooks = {});
  ~Fleet();  // stops and joins
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Resolves the server's name, checks the descriptor limit, starts the threads.
  base::Result<> start();
  bool finished() const noexcept;  // all cameras are done, or the fleet was stopped
  void request_stop();             // cameras drop their connections at once; any thread
  void wait();                     // until finished, then joins
  base::Result<> run();            // start and wait

  // Calls while no camera sends or reads: what went out before is in the server or on its way, nothing is added.
  // Not from a hook, and from one thread at a time.
  void while_still(const std::function<void()>& call);

  FleetCounts counts() const;
  std::string connect_error() const;          // "HOST:PORT refuses connections (why)", of the last one; any thread
  std::vector<CameraReport> reports() const;  // after wait()

 private:
  class Shard;
  std::unique_ptr<FleetShared> shared_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

// The options of camera and tracker `index` of a fleet.
CameraOptions camera_options(const FleetOptions& fleet, std::uint32_t index);
TrackerOptions tracker_options(const FleetOptions& fleet, std::uint32_t index);  // precondition: there are trackers

// "full" (0), or a number with B/s, KB/s, kB/s or MB/s, in thousands: bytes per second.
base::Result<std::uint32_t> parse_rate(std::string_view text);

}  // namespace sim
