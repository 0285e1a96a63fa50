// The SOS rule's work. One thread at a time; clocks are passed in.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>

#include <functional>

#include "server/capture/back_off.hpp"
#include "server/capture/rounds.hpp"
#include "server/capture/sos_rule.hpp"

namespace capture {

class SosDesk {
 public:
  static constexpr std::uint32_t batch = 100;  // events looked at in one round

  // All of them outlive it.
  SosDesk(const SosOptions& options, storage::TrackingCatalog& tracking, storage::CaptureCatalog& captures,
          const std::function<void()>& added, prometheus::Registry& registry);

  NextRound round(base::UtcTime utc, base::SteadyTime now);

 private:
  base::Result<bool> work(base::UtcTime utc);  // true: there may be more
  bool wanted(const storage::DeviceEvent& event, base::UtcTime utc);
  base::Result<> ask(const storage::DeviceEvent& event, base::MediaKind kind, base::UtcTime utc);
  void count(const char* outcome);

  const SosOptions& options_;
  storage::TrackingCatalog& tracking_;
  storage::CaptureCatalog& captures_;
  const std::function<void()>& added_;
  prometheus::Family<prometheus::Counter>& events_;
  BackOff back_off_;
};

}  // namespace capture
