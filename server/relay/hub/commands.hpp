// The life of commands: judged when they are due, handed to the driver, given their outcome, followed by the next step
// of their sequence. Each ends in exactly one final note.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "server/relay/hub/arms.hpp"
#include "server/relay/hub/hub.hpp"
#include "server/relay/hub/latencies.hpp"
#include "server/relay/hub/schedule.hpp"

namespace hub {

class Commands {
 public:
  // All of them outlive it.
  Commands(const HubOptions& options, const Arms& arms, Latencies& latencies, Figures& figures, const NewId& new_id)
      : options_(options), arms_(arms), latencies_(latencies), figures_(figures), new_id_(new_id) {}

  // A new one, which gets its id here: fired if it is due, or waits, or ends at once.
  base::Uuid begin(Command command, Now now, Decisions& out);
  // One that is not even tried.
  base::Uuid refuse(Command command, Outcome outcome, std::string reason, Now now, Decisions& out);
  void finished(const base::Uuid& id, Hub::Result result, Now now, Decisions& out);
  void advance(Now now, Decisions& out);
  void restore(std::span<const Command> kept, Now now, Decisions& out);
  // After the arms know other rules and targets: those that wait for what is gone come to their end.
  void drop_gone(Now now, Decisions& out);

  struct Objection {
    Outcome outcome = Outcome::failed;
    std::string reason;
  };
  // Why it would not be done, were it due now.
  std::optional<Objection> objection(const Command& command, Now now) const;

  std::optional<base::SteadyTime> next_due() const noexcept { return under_way_.next_due(); }
  std::size_t size() const noexcept { return under_way_.size(); }

 private:
  // Each of these may bring the next step, which run() takes on.
  using Next = std::optional<UnderWay>;
  void run(Next next, Now now, Decisions& out);
  Next begin_step(UnderWay one, Now now, Decisions& out);
  Next act(UnderWay one, Now now, Decisions& out);
  Next end(UnderWay one, Hub::Result result, Now now, Decisions& out);
  Next follow(Command before, Now now) const;

  void wait(UnderWay one, Now now, Decisions& out);
  void fire(UnderWay one, Now now, Decisions& out);
  std::optional<Objection> gone(const Command& command) const;
  bool stops(const Command& command, Outcome outcome) const;

  const HubOptions& options_;
  const Arms& arms_;
  Latencies& latencies_;
  Figures& figures_;
  const NewId& new_id_;
  Schedule under_way_;
};

}  // namespace hub
