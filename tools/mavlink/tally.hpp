// What was heard of whom, and what was lost on the way, for the end of a watch.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tools/mavlink/connection.hpp"

namespace mavlink::tool {

class Tally {
 public:
  void add(const Heard& heard, base::UtcTime at);
  void add(const Refused& refused);
  void gone(std::uint32_t peer);  // it is never heard again

  std::string as_text() const;  // a table
  std::string as_json() const;  // {"summary": …}, without the line's end

 private:
  struct Component {
    std::uint64_t frames = 0;
    std::uint64_t lost = 0;  // by the gaps of its sequence numbers
    std::uint64_t untrusted = 0;
    std::optional<base::UtcTime> last_heartbeat;
    double loss() const noexcept;  // %
  };
  std::uint64_t gap(const Heard& heard);

  std::map<Address, Component> components_;
  std::map<std::pair<std::uint32_t, Address>, std::uint8_t> next_;  // sequence number, of each peer's components
  std::array<std::uint64_t, frame_faults> refused_{};
};

}  // namespace mavlink::tool
