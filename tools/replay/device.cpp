#include "tools/replay/device.hpp"

#include <fmt/format.h>

namespace replay {

std::uint64_t DevicePlan::bytes() const {
  std::uint64_t sum = 0;
  for (const captures::Conversation* each : conversations) sum += each->device_bytes.size();
  return sum;
}

void diverge(DeviceReport& report, const captures::Conversation& conversation, std::size_t number,
             const std::string& words) {
  if (report.divergences++ == 0)
    report.first_divergence = fmt::format("{}, conversation {} ({}): {}", report.imei, number + 1,
                                          captures::to_string(conversation.protocol), words);
}

}  // namespace replay
