// Kept images told again to whoever asks: by number or range, paced, from pages of a log that is elsewhere.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "server/base/clock.hpp"
#include "server/relay/mavlink/camera/actions.hpp"
#include "server/relay/mavlink/camera/command.hpp"

namespace mavlink::camera {

class Replay {
 public:
  // 0 <= first <= last. What is asked for already is not told twice. False: too much is asked for already.
  bool add(const Recipient& to, std::int32_t first, std::int32_t last);
  void forget(Peer peer);
  void clear();

  // A page to be read now, one at a time.
  std::optional<PageRequest> next_page(base::SteadyTime now);
  // Pages that were not asked for, or that came too late, are left alone.
  void page_read(std::uint64_t id, std::vector<ImageRecord> records);
  void page_failed(std::uint64_t id);
  // The next answer, where it is time for one.
  std::optional<std::pair<Recipient, ImageRecord>> take(base::SteadyTime now);

  std::optional<base::SteadyTime> next_wake() const noexcept;

 private:
  struct Range {
    Recipient to;
    std::int32_t first = 0;
    std::int32_t last = 0;
    bool operator==(const Range&) const = default;
  };
  struct Reading {
    PageRequest page;
    base::SteadyTime deadline;
  };
  bool is_asked(const Range& range) const noexcept;

  std::deque<Range> ranges_;
  Recipient reader_;  // whom the page is for that is read or told
  std::optional<Reading> reading_;
  std::deque<ImageRecord> page_;
  std::optional<base::SteadyTime> not_before_;
  std::uint64_t last_id_ = 0;
};

}  // namespace mavlink::camera
