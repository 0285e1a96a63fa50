// Which devices may send files, and what they are asked for first. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "server/base/imei.hpp"
#include "server/base/result.hpp"
#include "server/dualcam/session.hpp"

namespace net {

enum class DevicePolicy : std::uint8_t { open, allow_list };

// One IMEI a line, `#` starts a comment, anything behind the IMEI is the device's label. Errors name the line.
base::Result<std::unordered_set<base::Imei>> read_device_list(const std::filesystem::path& file);

class Devices {
 public:
  Devices(DevicePolicy policy, dualcam::ClassOrder order) : policy_(policy), order_(order) {}

  void set_allowed(std::unordered_set<base::Imei> allowed);  // SIGHUP; connections already admitted stay
  std::size_t allowed_count() const;

  // Nothing when the device may send, else why not.
  std::optional<std::string> objection(const base::Imei& imei) const;

  // The order of classes for a device: as configured, but a class whose file could not be read last time comes last, so
  // that one broken camera does not hide the other's files behind it for ever.
  dualcam::ClassOrder order_for(const base::Imei& imei) const;
  void class_failed(const base::Imei& imei, dualcam::FileClass file_class);
  void class_worked(const base::Imei& imei, dualcam::FileClass file_class);

 private:
  const DevicePolicy policy_;
  const dualcam::ClassOrder order_;
  mutable std::mutex mutex_;
  std::unordered_set<base::Imei> allowed_;
  std::unordered_map<base::Imei, std::uint32_t> failed_classes_;  // settings bits
};

}  // namespace net
