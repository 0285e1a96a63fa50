// Commands on their way to components of others. An acknowledgement names the command and nothing else, so of each
// command one at a time is under way to a component; questions and orders share this queue.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "server/base/clock.hpp"
#include "server/relay/mavlink/station/actions.hpp"
#include "server/relay/mavlink/station/settings.hpp"

namespace mavlink::station {

enum class Purpose : std::uint8_t { order, question, image, probe };

struct Job {
  CommandId id = 0;
  Purpose purpose = Purpose::order;
  Key key;              // whose it is; the command goes to its address
  CommandLong command;  // with its target
  int resends = 0;
};

struct EndedJob {
  Job job;
  Outcome outcome = Outcome::no_answer;
  std::uint8_t result = 0;  // MAV_RESULT, of accepted, refused and cancelled by the camera
  bool was_at_it = false;   // it said IN_PROGRESS
  int sends = 0;
};

class CommandQueue {
 public:
  CommandQueue(const Timing& timing, int cancel_resends) : timing_(timing), cancel_resends_(cancel_resends) {}

  bool full(Address target) const;
  bool add(const Job& job);  // false when full; sent by the next pump()

  // Whether it was for a command under way.
  bool acknowledge(Address from, const CommandAck& ack, base::SteadyTime now, std::vector<EndedJob>& ended);
  // A component of the same system, of which such a command is under way, but not `from`.
  std::optional<Address> awaited_instead(Address from, std::uint16_t command) const;

  // One that waits ends at once; one under way when the camera says so, or says nothing. False: not known (any more).
  bool cancel(CommandId id, base::SteadyTime now, std::vector<EndedJob>& ended);
  void withdraw(CommandId id, base::SteadyTime now);  // what it asked for came: nothing is told
  void drop(const Key& key, std::vector<EndedJob>& ended);

  void pump(base::SteadyTime now, std::vector<Message>& out, std::vector<EndedJob>& ended);
  std::optional<base::SteadyTime> next_wake() const;

  std::vector<UnderWay> of(const Key& key) const;

 private:
  struct Entry {
    Job job;
    int sends = 0;  // 0: it waits
    int cancels = 0;
    bool cancelling = false;
    bool at_it = false;
    std::optional<std::uint8_t> progress;
    base::SteadyTime first_sent, deadline;
  };
  struct Lane {
    std::vector<Entry> entries;                        // in the order they came
    std::map<std::uint16_t, base::SteadyTime> settle;  // per command: not before this the next order
  };

  static bool under_way(const Lane& lane, std::uint16_t command);
  std::optional<base::SteadyTime> start_of(const Lane& lane, const Entry& entry) const;
  void settle(Lane& lane, const Entry& entry, base::SteadyTime now) const;
  bool overdue(Entry& entry, base::SteadyTime now, std::vector<Message>& out) const;  // true: it ends
  void send(Entry& entry, base::SteadyTime now, std::vector<Message>& out) const;
  static EndedJob end(const Entry& entry, Outcome outcome, std::uint8_t result = 0);

  Timing timing_;
  int cancel_resends_;
  std::map<Address, Lane> lanes_;
};

}  // namespace mavlink::station
