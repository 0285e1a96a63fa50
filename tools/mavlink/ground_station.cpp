#include "tools/mavlink/ground_station.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tools/mavlink/loop.hpp"
#include "tools/mavlink/words.hpp"

namespace mavlink::tool {

namespace {
bool is_empty(const station::Actions& actions) {
  return actions.send.empty() && actions.changes.empty() && actions.images.empty() && actions.ended.empty() &&
         actions.notes.empty();
}

base::Now now() {
  return {.steady = base::steady_now(), .utc = base::utc_now()};
}

// Cameras take a number that they know from the same sender for a re-send: two runs begin at different ones.
std::uint32_t first_sequence() {
  const auto tenths = base::utc_now().time_since_epoch() / std::chrono::milliseconds(100);
  return static_cast<std::uint32_t>(tenths % station::max_sequence) + 1;
}

class GroundStation {
 public:
  GroundStation(asio::io_context& context, Connection& connection, Address identity, Task& task)
      : context_(context),
        connection_(connection),
        identity_(identity),
        station_({.identity = identity, .first_sequence = first_sequence()}),
        task_(task),
        timer_(context) {}

  Outcome run() {
    const Interrupts interrupts(context_, [this] { interrupt(); });
    connection_.start({.heard = [this](const Heard& heard) { hear(heard); },
                       .refused = [](const Refused&) {},  // of lossy links some always are
                       .changed = [](const net::mavlink::PeerChange&) {}});
    wake();
    context_.run();
    return task_.ended().value_or(Outcome::bad);
  }

 private:
  void interrupt() {
    if (std::exchange(interrupted_, true)) context_.stop();
    task_.interrupt();
    carry_out({}, now());
  }

  void hear(const Heard& heard) {
    if (!heard.trusted() || heard.frame.from == identity_) return;
    const auto message = decode(heard.frame);
    if (!message) return;
    station::Actions actions;
    const base::Now at = now();
    station_.hear({.from = heard.frame.from, .peer = heard.peer, .message = *message}, at, actions);
    carry_out(std::move(actions), at);
  }

  void wake() {
    station::Actions actions;
    const base::Now at = now();
    station_.wake(at, actions);
    carry_out(std::move(actions), at);
  }

  // What the task tells a camera may end at once, and then that has happened.
  void carry_out(station::Actions actions, base::Now at) {
    do {
      for (const Outgoing& outgoing : actions.send) connection_.send(outgoing);
      for (const station::Note& note : actions.notes)
        if (note.warning) fmt::print(stderr, "dualcam mavlink: {}\n", note.text);
      if (task_.ended()) break;
      station::Actions more;
      task_.step({.station = station_, .happened = actions, .actions = more, .connection = connection_, .now = at});
      actions = std::move(more);
    } while (!is_empty(actions));
    if (task_.ended()) return context_.stop();
    sleep();
  }

  void sleep() {
    auto next = station_.next_wake();
    if (const auto task = task_.next_wake(); task && (!next || *task < *next)) next = task;
    if (!next) return;
    timer_.expires_at(*next);
    timer_.async_wait([this](std::error_code error) {
      if (!error) wake();
    });
  }

  asio::io_context& context_;
  Connection& connection_;
  const Address identity_;
  station::Station station_;
  Task& task_;
  asio::steady_timer timer_;
  bool interrupted_ = false;
};
}  // namespace

base::Result<Outcome> work(const LinkChoice& choice, Task& task) {
  const auto identity = parse_address(choice.identity);
  if (!identity) return std::unexpected(identity.error());
  const auto key = read_key(choice.key_file);
  if (!key) return std::unexpected(key.error());
  const auto link = parse_link(choice);
  if (!link) return std::unexpected(link.error());
  asio::io_context context;
  const auto connection = Connection::open(context, *link, *key);
  if (!connection) return std::unexpected(connection.error());
  return GroundStation(context, **connection, *identity, task).run();
}

std::string why_nobody(const Connection& connection, std::chrono::milliseconds waited) {
  std::string why = fmt::format(
      "No camera was found within {} s on {}: ", std::chrono::duration<double>(waited).count(), connection.where());
  std::string others;
  for (const auto& [address, peer] : connection.heard_from())
    others += fmt::format("{}{}/{}", others.empty() ? "" : ", ", address.system, address.component);
  if (!others.empty()) return why + fmt::format("{} can be heard, but no camera that was looked for.", others);
  if (connection.untrusted() > 0) return why + "what was heard is not signed with this key; is it the right key file?";
  if (const auto trouble = connection.trouble()) return why + trouble->message;
  return why + "nobody was heard at all. Is this where the other side sends to?";
}

}  // namespace mavlink::tool
