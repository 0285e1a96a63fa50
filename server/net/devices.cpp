#include "server/net/devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace net {

namespace {
// Devices with a failing class that are remembered; beyond it the memory starts anew. 100,000 rows are about 5 MB.
constexpr std::size_t max_remembered = 100'000;
}  // namespace

base::Result<std::unordered_set<base::Imei>> read_device_list(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return base::fail(base::Errc::not_found, fmt::format("Cannot read the device list {}.", file.string()));
  std::unordered_set<base::Imei> devices;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (const auto comment = line.find('#'); comment != std::string::npos) line.resize(comment);
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos) continue;
    const auto word = line.substr(begin, line.find_first_of(" \t\r,;", begin) - begin);
    const auto imei = base::Imei::parse(word);
    if (!imei)
      return base::fail(base::Errc::invalid,
                        fmt::format("{}, line {}: {} is no IMEI (15 digits, Luhn check).", file.string(), number,
                                    base::printable(base::as_bytes(word), 40)));
    devices.insert(*imei);
  }
  // Half a list would lock the other half of the fleet out.
  if (in.bad())
    return base::fail(base::Errc::io, fmt::format("Cannot read the device list {} to its end.", file.string()));
  return devices;
}

void Devices::set_allowed(std::unordered_set<base::Imei> allowed) {
  const std::lock_guard lock(mutex_);
  allowed_ = std::move(allowed);
}

std::size_t Devices::allowed_count() const {
  const std::lock_guard lock(mutex_);
  return allowed_.size();
}

std::optional<std::string> Devices::objection(const base::Imei& imei) const {
  if (policy_ == DevicePolicy::open) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (allowed_.contains(imei)) return std::nullopt;
  return fmt::format("{} is not on the list of allowed devices", imei.str());
}

dualcam::ClassOrder Devices::order_for(const base::Imei& imei) const {
  const std::lock_guard lock(mutex_);
  const auto failed = failed_classes_.find(imei);
  if (failed == failed_classes_.end()) return order_;
  dualcam::ClassOrder order;
  auto next = order.begin();
  for (const bool failing : {false, true})
    for (const dualcam::FileClass file_class : order_)
      if (((failed->second & dualcam::settings_bit(file_class)) != 0) == failing) *next++ = file_class;
  return order;
}

void Devices::class_failed(const base::Imei& imei, dualcam::FileClass file_class) {
  const std::lock_guard lock(mutex_);
  if (failed_classes_.size() >= max_remembered) failed_classes_.clear();
  failed_classes_[imei] |= dualcam::settings_bit(file_class);
}

void Devices::class_worked(const base::Imei& imei, dualcam::FileClass file_class) {
  const std::lock_guard lock(mutex_);
  const auto found = failed_classes_.find(imei);
  if (found == failed_classes_.end()) return;
  found->second &= ~dualcam::settings_bit(file_class);
  if (found->second == 0) failed_classes_.erase(found);
}

}  // namespace net
