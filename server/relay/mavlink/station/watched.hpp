// What the station keeps of one camera. Within the station only.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "server/base/now.hpp"
#include "server/relay/mavlink/station/camera.hpp"
#include "server/relay/mavlink/station/image_log.hpp"
#include "server/relay/mavlink/station/inquiries.hpp"

namespace mavlink::station {

// Notices that a camera started anew: its time since boot goes back. Kept per message, since programs fill some of them
// with nothing or with other clocks.
class BootClock {
 public:
  enum class Seen : std::uint8_t { later, out_of_order, went_back };
  Seen hear(std::size_t source, std::uint32_t boot_ms) noexcept;
  void forget() noexcept { last_ = {}; }

 private:
  std::array<std::uint32_t, 5> last_{};
};

struct Watched {
  Watched(const Key& of, const Settings& how, base::Now now);

  std::string name() const;

  Key key;
  base::UtcTime since;
  base::SteadyTime last_sign;  // of life: heartbeats, where it has them, else anything
  std::optional<base::UtcTime> last_heartbeat;
  bool present = true;
  bool by_digicam = false;
  std::optional<base::SteadyTime> rebooted;
  std::uint32_t next_sequence;

  std::optional<Information> information;
  std::optional<CurrentSettings> settings;
  std::optional<CaptureStatus> status;
  std::map<std::uint8_t, Storage> storages;
  std::map<std::uint8_t, Stream> streams;

  BootClock boot;
  Inquiries inquiries;
  ImageLog images;
  std::vector<std::pair<CommandId, ImageQuestion>> image_questions;  // under way
};

Camera snapshot(const Watched& camera);  // but what is under way

}  // namespace mavlink::station
