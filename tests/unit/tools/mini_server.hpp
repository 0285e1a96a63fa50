// The smallest server that gets files out of a camera, SANS-IO, for the tests of the simulator only: it knows enough of
// the protocol to end every conversation well, and remembers what it stored. Written apart from server/dualcam.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/dualcam/wire.hpp"
#include "tools/sim/camera.hpp"

namespace sim {

struct StoredFile {
  std::uint64_t imei = 0;
  std::string name;  // identifier or path
  base::Bytes meta;
  base::Bytes bytes;
};

// One connection. Files go to `store`, which outlives it.
class MiniServer {
 public:
  explicit MiniServer(std::vector<StoredFile>& store) : store_(store) {}

  // Answers are appended to `out`. False: the server closes.
  bool received(base::ByteView bytes, Time now, base::Bytes& out);
  bool timer(Time now, base::Bytes& out);

  const std::string& complaint() const noexcept { return complaint_; }  // what the device did against the protocol
  unsigned inits() const noexcept { return inits_; }
  unsigned syncs() const noexcept { return syncs_; }
  const std::optional<std::uint32_t>& status() const noexcept { return status_; }
  // What the next RESUME asks for, in the dialect's positions; for tests of the device's answer.
  std::optional<std::uint32_t> first_position;

 private:
  std::size_t take_frame(Time now, base::Bytes& out);
  void on_init(const dualcam::Init& init, base::Bytes& out);
  void on_frame(dualcam::Command command, base::ByteView body, Time now, base::Bytes& out);
  void on_data(base::ByteView body, Time now, base::Bytes& out);
  void ask_again(Time now, base::Bytes& out);
  void finish(base::Bytes& out);
  bool packets() const { return !path_; }
  std::uint32_t position() const;

  std::vector<StoredFile>& store_;
  base::Bytes inbox_;
  std::string complaint_;
  std::optional<std::uint32_t> status_;
  unsigned inits_ = 0;
  unsigned syncs_ = 0;
  bool close_ = false;
  bool wait_init_ = true;
  bool path_ = false;
  bool enhanced_ = false;
  bool short_path_tried_ = false;
  StoredFile file_;
  std::uint32_t size_ = 0;
  bool receiving_ = false;
  bool lost_ = false;  // waiting for a SYNC
  Time asked_at_{0};
  Time heard_at_{0};
  std::uint16_t crc_ = 0;
};

}  // namespace sim
