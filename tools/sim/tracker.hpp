// One tracker: the device side of the AVL link, SANS-IO, the same way as Camera: what happens to it goes in, poll()
// says what it does next. It drives, sends records of Codec 8 Extended, keeps them until they are answered, takes one
// command at a time, and says what its camera is to bring.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "server/avl/command.hpp"
#include "server/avl/record.hpp"
#include "tools/sim/camera.hpp"
#include "tools/sim/capture_command.hpp"
#include "tools/sim/route.hpp"

namespace sim {

struct TrackerOptions {
  std::uint64_t imei = 0;
  std::uint64_t seed = 1;
  std::int64_t start_ms = 0;  // unix time at time 0 of the run; a fleet sets it
  Time start_at{0};           // first connect and first record
  Time drive = forever;       // then it sends what is left, and is done
  Time record_interval{5'000'000};
  unsigned batch = 3;  // records to a frame; more when there are more, and at once when something has happened
  std::optional<Time> sos_after;  // since start_at: one record with an SOS trigger
  // Of camera requests; together at most 1. The others are accepted.
  double refuse = 0;
  double silent = 0;
  double late = 0;
  Time late_by{90'000'000};
  double drop = 0;               // of frames with records: the link ends behind one, mostly before its answer is heard
  Time reply_delay{300'000};     // between a command and its answer
  Time camera_delay{2'000'000};  // at most, between an answer and the camera's connection
  Time reconnect_delay{1'000'000};
  Time longest_delay{30'000'000};
  Time answer_timeout{60'000'000};
};

struct TrackerStatistics {
  std::uint32_t connects = 0;
  std::uint32_t failed_connects = 0;
  std::uint32_t refused_logins = 0;
  std::uint32_t dropped = 0;   // links, by its own dice
  std::uint32_t timeouts = 0;  // links given up because the server said nothing
  std::uint64_t records = 0;   // made
  std::uint64_t sent = 0;      // repeated ones included
  std::uint64_t answered = 0;
  std::uint64_t lost = 0;  // its memory was full
  std::uint32_t commands = 0;
  // How camera requests ended here; `others` are commands about something else.
  std::uint32_t accepted = 0, late = 0, refused = 0, silent = 0, others = 0;
  std::uint32_t unsaid = 0;      // answers that a link's end swallowed
  std::uint32_t violations = 0;  // the server broke the protocol; the last one in words:
  std::string violation;
};

// One command as its tracker saw it. Times are unix time in milliseconds.
struct SeenCommand {
  enum class Fate : std::uint8_t { waiting, accepted, late, refused, silent, other };
  std::string text;
  std::int64_t received_ms = 0;
  Fate fate = Fate::waiting;                  // as this tracker decided; waiting: its turn never came
  std::optional<std::int64_t> answered_ms;    // the whole answer was handed to the link then
  std::optional<std::int64_t> link_ended_ms;  // of the link that brought it
};
std::string_view to_string(SeenCommand::Fate fate) noexcept;
// Of each tracker: more than a campaign sends, and bounded in a run of days.
constexpr std::size_t most_seen_commands = 1'000;

class TrackerObserver {
 public:
  virtual ~TrackerObserver() = default;
  virtual void on_order(const CaptureOrder&, Time /*at*/) {}  // the camera is to connect then
  virtual void on_records_answered(std::uint32_t /*records*/, Time /*waited*/) {}
};

class Tracker {
 public:
  // `observer` may be null and must outlive the tracker.
  Tracker(const TrackerOptions& options, TrackerObserver* observer);

  void connected(Time now);
  void connect_failed(Time now);
  void received(base::ByteView bytes, Time now);
  void closed(Time now);  // by the server or the network
  Step poll(Time now, base::Bytes& out);

  const TrackerOptions& options() const noexcept { return options_; }
  const TrackerStatistics& statistics() const noexcept { return statistics_; }
  std::size_t kept() const noexcept { return records_.size(); }            // records without an answer
  const std::vector<SeenCommand>& seen() const noexcept { return seen_; }  // in order; the first most_seen_commands

 private:
  enum class Phase : std::uint8_t { offline, connecting, login, open, done };
  struct Command {
    avl::Message message;
    std::size_t seen;  // its place in seen_; beyond its end: there was no room
  };
  struct Reply {
    base::Bytes bytes;
    Time at;
    std::size_t seen;
    bool complete = true;  // false: the first half of an answer
  };

  void drive_until(Time now);
  void trigger_sos(Time now);
  Time next_event(Time now) const;  // of the drive
  void add_record(Time at, bool sos);
  Step poll_online(Time now, base::Bytes& out);
  void send_records(Time now, base::Bytes& out);
  bool due_to_send(Time now) const;

  std::size_t take(Time now);  // bytes used of inbox_
  std::size_t take_login();
  std::size_t take_frame(Time now);
  void on_answer(std::uint32_t count, Time now);
  void on_command(const avl::Message& command, Time now);
  void next_command(Time now);
  void answer(const Command& command, std::string words, Time at);
  void say(const Command& command, avl::MessageType type, std::string_view text, Time at, bool complete);
  std::size_t note(const avl::Message& command, Time now);
  void decide(const Command& command, SeenCommand::Fate fate);
  void violated(std::string what);
  Step hang_up(Time now);
  void go_offline(Time now, Time delay);
  bool dice(double probability);
  Time sos_at() const { return options_.sos_after ? options_.start_at + *options_.sos_after : forever; }
  Time between(Time low, Time high);
  std::int64_t unix_ms(Time at) const { return options_.start_ms + at.count() / 1000; }
  Time end() const { return options_.drive == forever ? forever : options_.start_at + options_.drive; }

  TrackerOptions options_;
  TrackerObserver* observer_;
  std::mt19937_64 random_;
  Route route_;
  TrackerStatistics statistics_;

  std::deque<avl::OutgoingRecord> records_;
  Time next_record_at_;
  bool urgent_ = false;
  bool sos_sent_ = false;
  std::size_t in_flight_ = 0;  // of records_, from the front
  Time sent_at_{0};

  Phase phase_ = Phase::offline;
  Time wake_at_;
  Time delay_;
  Time deadline_{0};  // the server must have said something by then, while it owes an answer
  std::optional<Time> drop_at_;
  bool closing_ = false;
  base::Bytes greeting_;  // the login, until it is sent
  base::Bytes inbox_;
  std::deque<Command> commands_;
  std::deque<Reply> replies_;
  std::vector<SeenCommand> seen_;
  std::size_t seen_on_link_ = 0;  // from this one on
};

}  // namespace sim
