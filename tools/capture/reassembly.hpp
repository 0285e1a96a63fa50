// One side of one TCP connection, from its segments as captured: what the other side read, in order. Sans-IO.
// Numbers are compared modulo 2^32; the first copy of a byte wins; what the capture has not is given up, and said.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "server/base/bytes.hpp"
#include "tools/capture/capture.hpp"
#include "tools/capture/conversation.hpp"

namespace captures {

// A place in what one side sent; that of the first number heard of is 0.
using Position = std::int64_t;

// When a packet was captured, the how many-th of its connection it is, and what its sender had read of the other side.
struct Moment {
  Time time;
  std::uint64_t packet = 0;
  Position read = std::numeric_limits<Position>::min();
};

// Captures have packets in another order than they were sent in, where a card has several queues: what is acknowledged
// and not here may still come. Also how long the first number of a side without a SYN is looked for. In packets of the
// connection; what is read of it later is told with the right times all the same.
constexpr std::uint64_t most_packets_out_of_order = 64;

class Stream {
 public:
  // In the order in which they became readable; `from` is not set.
  struct Told {
    Event event;
    Moment at;
    Position upto = 0;  // behind the event, in this side's stream
  };

  // Whether a SYN with this number is of this connection.
  bool takes_syn(std::uint32_t number) const noexcept;
  // Whether a segment can be one of this connection, which is over.
  bool takes_late(std::uint32_t sequence, std::size_t size) const noexcept;

  void syn(std::uint32_t number, Moment now);
  // The number of the first byte, where a SYN-ACK tells it and no SYN was seen.
  void begin_at(std::uint32_t number, Moment now);
  // `cut` bytes behind the payload were not captured.
  void segment(std::uint32_t sequence, base::ByteView payload, std::size_t cut, bool fin, Moment now);
  void acknowledged(std::uint32_t number, Moment now);  // by the other side
  void reset(Moment now);                               // sent by this side
  void tick(Moment now);                                // a packet of the connection, whatever its side: gives up
  void finish();                                        // no more packets

  // Of the byte with this number; the first one that is heard of says where all others are.
  Position heard(std::uint32_t number, Moment now);
  // The same of a number that may be anything; nothing before a number of this side was heard of.
  std::optional<Position> place_of(std::uint32_t number) const noexcept {
    return known_ ? std::optional(position(number)) : std::nullopt;
  }
  bool ended() const noexcept { return fin_.has_value(); }
  bool was_reset() const noexcept { return was_reset_; }

  base::Bytes bytes;
  std::vector<Told> told;
  std::uint64_t missing_bytes = 0;
  std::uint64_t repeated_segments = 0;
  std::uint64_t late_segments = 0;

 private:
  struct Early {
    base::Bytes bytes;
    Moment at;
  };
  struct Acknowledgement {
    Position upto = 0;
    Moment at;
  };

  Position position(std::uint32_t number) const noexcept {
    return anchor_ + static_cast<std::int32_t>(number - anchor_number_);
  }
  void settle(Position begin);
  bool keep(Position begin, base::ByteView payload, Moment now);  // false: nothing of it is new
  void deliver();
  void give_up(Position upto, Moment at);
  void move_to(Position next) noexcept;
  void tell(Event::Kind kind, std::uint64_t size, Moment at);
  void tell_end();

  bool known_ = false;  // a number of this side was heard of: the anchor is set
  bool settled_ = false;
  bool saw_syn_ = false;
  bool was_reset_ = false;
  bool told_end_ = false;
  Position anchor_ = 0;  // and its number; moved along, as 2^31 is as far as numbers tell
  std::uint32_t anchor_number_ = 0;
  std::uint64_t first_heard_ = 0;   // packet
  std::optional<Position> lowest_;  // before it is settled: where it may begin
  Position begin_ = 0;
  Position next_ = 0;  // behind what was told
  Position sent_ = 0;  // the furthest that this side was seen to have sent
  std::optional<Position> fin_;
  Moment fin_at_;
  std::map<Position, Early> early_;  // apart from each other
  std::size_t early_bytes_ = 0;
  std::deque<Acknowledgement> acknowledged_;  // beyond next_, ascending
  Moment last_;                               // of what was told
};

}  // namespace captures
