// What is recorded of single devices, and until when: the same for all nodes, over restarts. Every call blocks: not for
// I/O threads. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"

namespace storage {

struct RecordingPolicy {
  base::Imei imei;
  std::string mode;  // a word of the recorder: off, failed, all
  base::UtcTime until;
  bool operator==(const RecordingPolicy&) const = default;
};

class RecordingCatalog {
 public:
  virtual ~RecordingCatalog() = default;

  // In the place of the one before. Those of others that are over by `now` are forgotten.
  virtual base::Result<> set_policy(const RecordingPolicy& policy, base::UtcTime now) = 0;
  virtual base::Result<> drop_policy(const base::Imei& imei) = 0;
  // Of those that hold at `now`.
  virtual base::Result<std::optional<RecordingPolicy>> policy(const base::Imei& imei, base::UtcTime now) = 0;
  virtual base::Result<std::vector<RecordingPolicy>> policies(base::UtcTime now) = 0;  // by IMEI
};

}  // namespace storage
