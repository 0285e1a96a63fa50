// Which timestamps and sequence numbers of a record stream can be believed. One that does not fit what went before is
// doubted: the record gets the value it should have had. When the next record goes on from the doubted value, it was
// no damage but a new start of the camera's counter, and that is followed from there on.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace transcode {

// One clock for pictures and sounds. Times in microseconds since the first record.
class RecordClock {
 public:
  // Between two records of a clip. Cameras lose pictures, not minutes; a longer hole is closed up, so that a damaged
  // stamp cannot make a clip of hours.
  static constexpr std::int64_t max_gap_us = 10'000'000;
  // How far a record may be older than one in front of it: sound is written a few records late, not seconds.
  static constexpr std::int64_t max_lag_us = 2'000'000;

  struct Reading {
    std::int64_t time_us = 0;
    std::int64_t step_us = 0;  // since the last record of the kind; 0 for the first
    bool believed = true;
  };
  // `usual_us`: what lies between two records of the kind, taken when the stamp cannot be.
  Reading read(bool sound, std::uint64_t stamp_us, std::int64_t usual_us);

 private:
  bool fits(bool sound, std::int64_t time_us) const;
  Reading accept(bool sound, std::int64_t time_us, bool believed);

  struct Doubt {
    std::uint64_t stamp_us = 0;
    std::int64_t time_us = 0;
  };
  bool begun_ = false;
  std::uint64_t origin_us_ = 0;  // the stamp of time 0; stamps and this wrap
  std::int64_t latest_us_ = 0;   // of both kinds
  std::array<std::optional<std::int64_t>, 2> last_us_;
  std::optional<Doubt> doubt_;
};

// One per kind of record.
class RecordSequence {
 public:
  struct Reading {
    std::uint32_t missing = 0;  // between this record and the last one
    bool believed = true;
  };
  // More than `at_most` missing, or a number that goes back, is not believed.
  Reading read(std::uint32_t number, std::uint32_t at_most);
  std::uint32_t next() const noexcept { return next_; }
  bool begun() const noexcept { return begun_; }

 private:
  bool begun_ = false;
  std::uint32_t next_ = 0;  // wraps
  std::optional<std::uint32_t> doubted_;
};

}  // namespace transcode
