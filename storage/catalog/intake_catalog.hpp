// What is taken of each device at present, and what it has sent lately: all nodes on one catalog share it.
// Every call blocks. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/base/intake_state.hpp"
#include "server/base/result.hpp"

namespace storage {

struct IntakeNote {
  base::IntakeState state = base::IntakeState::everything;
  std::optional<base::UtcTime> since;  // nothing while it was never another
  std::string reason;                  // in plain words; empty while it was never another
};

// Stored files of a part of time: `number` is their time of arrival since 1970, divided by the part's length.
struct ArrivedFiles {
  std::int64_t number = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

struct IntakeQuery {
  base::Imei imei;
  base::UtcTime since;
  std::chrono::milliseconds part{};  // longer than 0
  std::uint32_t max_files = 0;       // the newest ones; how many more there are does not matter
};

struct IntakeReading {
  base::IntakeState state = base::IntakeState::everything;
  std::vector<ArrivedFiles> arrived;  // in no order
};

struct IntakeChange {
  base::Imei imei;
  base::IntakeState from = base::IntakeState::everything;
  IntakeNote to;
  // What it was decided by: stored in the window, and the budget for one; 0 is no limit.
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t files_limit = 0;
  std::uint64_t bytes_limit = 0;
  std::chrono::milliseconds window{};
};

struct LimitedDevice {
  base::Imei imei;
  base::IntakeState state;
};

class IntakeCatalog {
 public:
  virtual ~IntakeCatalog() = default;

  // Of a device that never came: everything, and no files.
  virtual base::Result<IntakeReading> read_intake(const IntakeQuery& query) = 0;
  // One transaction with its event, "device.intake". False, and nothing is written, when the device's state is not
  // `from` (any more): of several nodes one writes a change.
  virtual base::Result<bool> change_intake(const IntakeChange& change) = 0;
  // Those of which not everything is taken, by IMEI.
  virtual base::Result<std::vector<LimitedDevice>> limited_devices(std::uint32_t limit) = 0;
};

}  // namespace storage
