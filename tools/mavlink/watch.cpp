// Prints the frames of a link as they come, those that are refused with the reason, and at the end who was heard.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <asio/steady_timer.hpp>

#include "server/relay/mavlink/wire/enums.hpp"
#include "tools/mavlink/frame_text.hpp"
#include "tools/mavlink/loop.hpp"
#include "tools/mavlink/tally.hpp"
#include "tools/mavlink/words.hpp"

namespace mavlink::tool {

namespace {
constexpr std::chrono::seconds heartbeat_period{1};

struct Plan {
  net::mavlink::LinkOptions link;
  std::optional<SigningKey> key;
  Address identity;
  std::vector<std::uint32_t> messages;  // none: all
  std::optional<Address> from;
  std::optional<std::chrono::milliseconds> length;

  bool shows_all() const { return messages.empty() && !from; }
  bool shows(const Frame& frame) const {
    return (!from || *from == frame.from) &&
           (messages.empty() || std::ranges::find(messages, frame.message_id) != messages.end());
  }
};

// The first thing that is wrong with the options.
class Reading {
 public:
  template <class T, class Target>
  void take(base::Result<T> read, Target& target) {
    if (read)
      target = std::move(*read);
    else if (!error_)
      error_ = std::move(read.error());
  }
  base::Result<Plan> end(Plan plan) const {
    if (error_) return std::unexpected(*error_);
    return plan;
  }

 private:
  std::optional<base::Error> error_;
};

base::Result<Plan> plan_of(const WatchOptions& options) {
  Plan plan;
  Reading reading;
  for (const std::string& name : options.messages) reading.take(parse_message(name), plan.messages.emplace_back());
  if (!options.from.empty()) reading.take(parse_address(options.from), plan.from);
  if (!options.length.empty()) reading.take(parse_length(options.length), plan.length);
  reading.take(parse_address(options.link.identity), plan.identity);
  reading.take(read_key(options.link.key_file), plan.key);
  reading.take(parse_link(options.link), plan.link);
  return reading.end(std::move(plan));
}

class Watch {
 public:
  Watch(asio::io_context& context, Connection& connection, const Plan& plan, const WatchOptions& options)
      : context_(context),
        connection_(connection),
        plan_(plan),
        options_(options),
        left_(options.count),
        style_{.raw = options.raw, .colours = isatty(STDOUT_FILENO) != 0},
        timer_(context) {}

  Outcome run() {
    const Interrupts interrupts(context_, [this] { context_.stop(); });
    connection_.start({.heard = [this](const Heard& heard) { show(heard); },
                       .refused = [this](const Refused& refused) { show(refused); },
                       .changed =
                           [this](const net::mavlink::PeerChange& change) {
                             if (!change.here) tally_.gone(change.peer);
                           }});
    if (options_.heartbeat || plan_.link.kind == net::mavlink::Kind::udp_client) beat();
    if (plan_.length)
      context_.run_for(*plan_.length);
    else
      context_.run();
    if (prints_) print(options_.json ? tally_.as_json() : "\n" + table());
    if (prints_) return Outcome::good;
    return complain({base::Errc::io, "Nobody takes what is printed.", 0});
  }

 private:
  std::string table() const {
    std::string text = tally_.as_text();
    if (const auto trouble = connection_.trouble()) text += trouble->message + '\n';
    text.pop_back();  // print() ends the line
    return text;
  }

  void print(const std::string& line) {
    prints_ = prints_ && print_line(line);
    if (!prints_) context_.stop();
  }

  // A datagram may hold more frames than are wanted.
  bool has_ended() const { return context_.stopped(); }

  void show(const Heard& heard) {
    if (has_ended()) return;
    const auto now = base::utc_now();
    tally_.add(heard, now);
    if (!plan_.shows(heard.frame)) return;
    print(options_.json ? as_json(heard, now, options_.raw) : as_text(heard, now, style_));
    if (options_.count != 0 && --left_ == 0) context_.stop();
  }

  void show(const Refused& refused) {
    if (has_ended()) return;
    tally_.add(refused);
    if (!plan_.shows_all()) return;  // nobody can tell what it was
    const auto now = base::utc_now();
    print(options_.json ? as_json(refused, now, options_.raw) : as_text(refused, now, style_));
  }

  void beat() {
    connection_.send(
        {.from = plan_.identity,
         .message =
             Heartbeat{.type = type::ground_station, .autopilot = autopilot::invalid, .system_status = state::active},
         .to = std::nullopt});
    timer_.expires_after(heartbeat_period);
    timer_.async_wait([this](std::error_code error) {
      if (!error) beat();
    });
  }

  asio::io_context& context_;
  Connection& connection_;
  const Plan& plan_;
  const WatchOptions& options_;
  std::uint64_t left_;
  const TextStyle style_;
  asio::steady_timer timer_;
  Tally tally_;
  bool prints_ = true;
};
}  // namespace

Outcome run_watch(const WatchOptions& options) {
  const auto plan = plan_of(options);
  if (!plan) return complain(plan.error());
  asio::io_context context;
  const auto connection = Connection::open(context, plan->link, plan->key);
  if (!connection) return complain(connection.error());
  fmt::print(stderr, "{}; Ctrl-C ends it.\n", (*connection)->where());
  return Watch(context, **connection, *plan, options).run();
}

}  // namespace mavlink::tool
