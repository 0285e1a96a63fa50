// The ground station role on a link: one thread, until the task it works for has ended.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "server/relay/mavlink/station/station.hpp"
#include "tools/mavlink/commands.hpp"
#include "tools/mavlink/connection.hpp"

namespace mavlink::tool {

struct Step {
  station::Station& station;
  const station::Actions& happened;
  station::Actions& actions;  // for what cameras are told
  const Connection& connection;
  base::Now now;
};

// What is done with cameras. Takes no time itself.
class Task {
 public:
  virtual ~Task() = default;
  virtual void step(const Step& step) = 0;  // after whatever happened, and at next_wake()
  virtual void interrupt() = 0;             // step() follows
  virtual std::optional<base::SteadyTime> next_wake() const = 0;
  virtual std::optional<Outcome> ended() const = 0;
};

// Until the task has ended, or a second SIGINT came. Errors: wrong options; the link cannot be opened.
base::Result<Outcome> work(const LinkChoice& choice, Task& task);

// Why no camera was found.
std::string why_nobody(const Connection& connection, std::chrono::milliseconds waited);

}  // namespace mavlink::tool
