// A fleet of trackers on one thread: each sends a frame, waits for its answer, and sends the next when it is time.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "server/base/bytes.hpp"

namespace bench {

struct FleetPlan {
  std::size_t links = 1000;
  std::size_t records_a_frame = 20;
  double records_a_second = 50'000;  // of the fleet; 0: as fast as answers come
  std::chrono::seconds duration{10};
};

struct FleetResult {
  double seconds = 0;
  std::uint64_t records = 0;     // answered within that time
  std::uint64_t late = 0;        // frames that waited for the answer before them
  std::vector<float> answer_ms;  // from when a frame was to be sent to its answer; sorted
  double percentile(double part) const;
};

// A payload in a frame: records of Codec 8 Extended with ten IO elements each.
class FrameMaker {
 public:
  explicit FrameMaker(std::size_t records);
  // The next one: its records go on behind the last one's, a second apart, from `begin_ms` on.
  const base::Bytes& at(std::int64_t begin_ms);
  std::size_t record_size() const noexcept { return record_size_; }

 private:
  std::size_t records_;
  std::size_t record_size_;
  base::Bytes frame_;
};

class Fleet {
 public:
  // Connects to 127.0.0.1:`port` and logs in. Throws std::runtime_error where that fails.
  Fleet(std::uint16_t port, const FleetPlan& plan);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  FleetResult run();

 private:
  using Clock = std::chrono::steady_clock;
  struct Link {
    int descriptor = -1;
    Clock::time_point due;  // of the frame under way, or of the next one
    std::int64_t recorded_ms = 0;
    std::size_t answered = 0;  // bytes of the answer
  };
  void log_in(Link& link, std::uint64_t number);
  void send(Link& link);
  bool receive(Link& link);

  FleetPlan plan_;
  FrameMaker frames_;
  std::vector<Link> links_;
  int epoll_ = -1;
  FleetResult result_;
};

}  // namespace bench
