// What a camera is told, one request at a time: these cameras answer the second of two at once late or never. Sans-IO:
// commands in, requests out one by one, a result for each command. Times are passed in.
//
// Commands that wait are made fewer where that changes nothing of where the camera ends up looking:
//   · moves in a row add up, and are one request, or as few as the model takes; what adds up to nothing is not sent;
//   · a way to a position, a preset or home takes the place of moves and such ways that wait before it, as far back as
//   a
//     snapshot, or a preset to be set where the camera looks;
//   · of two swing modes in a row the older is not sent.
// The driver sends what next() returns, within its own deadlines, and gives the answer to answered(); it calls next()
// again after add(), after answered(), and at wake_at(). It takes the results and passes them on.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/clock.hpp"
#include "server/relay/trendnet/answer.hpp"
#include "server/relay/trendnet/command.hpp"

namespace trendnet {

using Duration = std::chrono::milliseconds;

struct QueueOptions {
  Model model;
  std::size_t most_waiting = 64;                         // commands without a result, those merged into others included
  Duration spacing{0};                                   // from one request to the next, at least
  Duration answer_deadline = std::chrono::seconds{5};    // the camera's own applet waits as long
  Duration waiting_deadline = std::chrono::seconds{30};  // until a command's turn, where add() is not told another
};

using CommandId = std::uint64_t;
struct CommandResult {
  CommandId id = 0;
  Outcome outcome = Outcome::done;
  std::string text;                // one sentence
  std::optional<Outputs> outputs;  // of ReadOutputs and SetOutputs: as they are now
  base::Bytes picture;             // of TakeSnapshot: a JPEG
};

struct NextRequest {
  std::uint64_t number = 0;  // for answered()
  Request request;
};

class CommandQueue {
 public:
  explicit CommandQueue(const QueueOptions& options = {}) : options_(options) {}

  // Errors: `invalid` (this model cannot be told that), `exhausted` (too many wait).
  base::Result<CommandId> add(Command command, base::SteadyTime now, std::optional<Duration> within = {});
  // What to send now; nothing: a request is under way, it is too early, or there is nothing to do. A request that was
  // not answered in time is under way no more, and the driver is to break it off.
  std::optional<NextRequest> next(base::SteadyTime now);
  // An answer that comes after its time changes nothing.
  void answered(std::uint64_t number, const Answer& answer, base::SteadyTime now);
  // Nothing that waits is sent; the request under way comes to its end. `why`: a sentence.
  void drop(std::string_view why);
  std::vector<CommandResult> take_results() { return std::exchange(results_, {}); }

  // When next() may have something new to say without add() or answered().
  std::optional<base::SteadyTime> wake_at() const;
  bool is_busy() const noexcept { return under_way_.has_value(); }
  std::size_t waiting() const noexcept;  // commands, not those under way

 private:
  struct Item {
    Command command;
    std::vector<CommandId> ids;  // more than one: they were merged
    base::SteadyTime expires;
  };
  struct UnderWay {
    std::uint64_t number = 0;
    Item item;
    Request request;
    bool reads_first = false;  // the outputs, before some of them are set
    base::SteadyTime overdue;
    std::optional<std::string> dropped;  // why nothing more of it is to be sent
  };
  bool merge(const Move& move, CommandId id, base::SteadyTime expires);
  void replace_before(const Command& command);
  void expire(base::SteadyTime now);
  std::optional<NextRequest> send(Item item, base::SteadyTime now);
  void take_answer(UnderWay sent, const Answer& answer);
  void go_on(UnderWay sent, Command left);
  void go_on_with_outputs(UnderWay sent, const Answer& answer);
  const Item* replacement_of(const Command& command) const noexcept;
  void end(const Item& item, Outcome outcome, std::string_view text);
  void end(const Item& item, const CommandResult& result);

  QueueOptions options_;
  std::deque<Item> waiting_;
  std::optional<UnderWay> under_way_;
  std::optional<base::SteadyTime> not_before_;
  std::vector<CommandResult> results_;
  CommandId last_id_ = 0;
  std::uint64_t last_number_ = 0;
};

}  // namespace trendnet
