// One tracker of a fleet and its connection, beside the driver of its camera. Internal to the fleet.
#pragma once

#include "tools/sim/driver.hpp"
#include "tools/sim/tracker.hpp"

namespace sim {

class TrackerDriver final : public TrackerObserver {
 public:
  // `camera`: of the same device and loop; outlives the tracker.
  TrackerDriver(Loop& loop, FleetShared& shared, std::uint32_t slot, std::uint32_t index, Driver& camera);
  TrackerDriver(const TrackerDriver&) = delete;
  TrackerDriver& operator=(const TrackerDriver&) = delete;

  void pump();  // does what the tracker wants until it waits
  void due();   // the wheel says so
  void stop();  // drops the connection; nothing happens any more
  void add_to(CameraReport& report) const;

  void on_order(const CaptureOrder& order, Time at) override { camera_.bring(order, at); }
  void on_records_answered(std::uint32_t records, Time waited) override;

 private:
  void connect();
  void refuse(std::error_code error);
  void read();
  void flush(Time now);
  void lost();
  void drop();
  void arm(Time at);
  void finish();
  base::Bytes& output() { return link_ ? link_->output() : scratch_; }

  Loop& loop_;
  FleetShared& shared_;
  std::uint32_t slot_;
  std::uint32_t index_;
  Driver& camera_;
  Tracker tracker_;
  std::shared_ptr<Link> link_;  // null when offline; handlers of an older link find that theirs is not this one
  base::Bytes scratch_;
  std::optional<Time> connecting_since_;
  std::optional<Time> writing_since_;
  bool close_after_write_ = false;
  bool finished_ = false;
  std::uint64_t armed_ = 0;     // tick of the earliest wheel entry, 0 for none
  std::uint32_t commands_ = 0;  // what shared_.commands has of this tracker
  std::vector<Time> answer_times_;
};

}  // namespace sim
