// One camera of a fleet and its connection. Internal to the fleet: fleet.cpp holds the drivers, driver.cpp moves bytes.
#pragma once

#include <asio/io_context.hpp>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/base/clock.hpp"
#include "tools/sim/fleet.hpp"
#include "tools/sim/link.hpp"
#include "tools/sim/wheel.hpp"

namespace sim {

// What the shards and the outside share. Counters are relaxed: they are read for display and at the end.
struct FleetShared {
  FleetOptions options;
  std::shared_ptr<const FileMaker> maker;
  FleetHooks hooks;
  asio::ip::tcp::endpoint server;
  asio::ip::tcp::endpoint avl_server;  // where there are trackers
  base::SteadyTime epoch;
  std::optional<asio::ssl::context> tls;
  std::atomic<std::uint64_t> wire_bytes = 0, file_bytes = 0, planned_bytes = 0;
  std::atomic<std::uint32_t> acknowledged = 0, planned = 0, connected = 0, done = 0, refused = 0, faults = 0;
  std::atomic<std::uint64_t> records = 0;   // answered
  std::atomic<std::uint32_t> commands = 0;  // camera requests received
  std::atomic<bool> stopping = false;
  std::mutex mutex;
  std::atomic<std::size_t> ended_threads = 0;
  std::string connect_error;  // of the last connect that failed; under the mutex

  Time now() const { return std::chrono::duration_cast<Time>(base::steady_now() - epoch); }
};

// What the drivers of one thread share; only that thread touches it.
struct Loop {
  asio::io_context io{1};
  Wheel wheel;
  std::uint32_t active = 0;  // drivers whose camera is not done
};

// "HOST:PORT refuses connections (why)".
std::string refusal_text(const std::string& host, const std::string& port, std::error_code error);
// The source address of device `index`: unspecified unless sources are spread.
asio::ip::address source_address(const FleetOptions& options, const asio::ip::tcp::endpoint& server,
                                 std::uint32_t index);

class Driver final : public CameraObserver {
 public:
  Driver(Loop& loop, FleetShared& shared, std::uint32_t slot, std::uint32_t index);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  void pump();                                     // does what the camera wants until it waits
  void due();                                      // the wheel says so
  void stop();                                     // drops the connection; nothing happens any more
  void bring(const CaptureOrder& order, Time at);  // of a camera on call
  void dismiss();                                  // no more of them will come
  CameraReport report() const;

  void on_acknowledged(const FileSpec& spec) override;
  void on_abandoned(const FileSpec& spec, std::uint32_t sent) override;
  void on_resumed(const FileSpec& spec, std::uint32_t offset, std::uint32_t sent) override;
  void on_fault(Fault) override { shared_.faults.fetch_add(1, std::memory_order_relaxed); }

 private:
  void connect();
  void refuse(std::error_code error);
  void read();
  void flush(Time now);
  void lost();
  void drop(bool reset);
  void arm(Time at);
  void finish();
  base::Bytes& output() { return link_ ? link_->output() : scratch_; }

  Loop& loop_;
  FleetShared& shared_;
  std::uint32_t slot_;
  std::uint32_t index_;
  Camera camera_;
  std::shared_ptr<Link> link_;  // null when offline; handlers of an older link find that theirs is not this one
  base::Bytes scratch_;
  std::optional<Time> connecting_since_;
  std::optional<Time> writing_since_;
  bool up_ = false;
  bool finished_ = false;
  std::optional<bool> close_after_write_;  // its value: by RST
  std::uint64_t armed_ = 0;                // tick of the earliest wheel entry, 0 for none
  std::uint64_t fresh_bytes_ = 0;          // what shared_.file_bytes has of this camera
  std::vector<FileSpec> acknowledged_;
  std::vector<FileSpec> abandoned_;
};

}  // namespace sim
