// How long targets need to act, as measured.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "server/relay/hub/hub.hpp"

namespace hub {

class Latencies {
 public:
  // The mean of the first dozen or so; then each new one weighs a sixteenth, so that it follows a camera that changes.
  static constexpr std::int64_t weight = 16;
  // No camera is fired earlier than this on the word of measurements: one that hung once must not spoil the next takes.
  static constexpr std::chrono::seconds longest{30};

  void set(std::string_view target, std::chrono::microseconds mean, std::uint64_t measured) {
    means_.insert_or_assign(std::string(target), Latency{bounded(mean), std::max<std::uint64_t>(measured, 1)});
  }

  void measured(std::string_view target, std::chrono::microseconds latency) {
    const auto found = means_.find(target);
    if (found == means_.end()) return set(target, latency, 1);
    Latency& known = found->second;
    ++known.measured;
    const auto share = std::min(weight, static_cast<std::int64_t>(known.measured));
    known.mean += (bounded(latency) - known.mean) / share;
  }

  std::optional<Latency> of(std::string_view target) const {
    const auto found = means_.find(target);
    return found == means_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  static std::chrono::microseconds bounded(std::chrono::microseconds latency) {
    return std::clamp<std::chrono::microseconds>(latency, std::chrono::microseconds{0}, longest);
  }

  std::map<std::string, Latency, std::less<>> means_;
};

}  // namespace hub
