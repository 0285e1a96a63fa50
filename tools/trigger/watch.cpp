// Everything the relay hears and does, as it happens; a stream that breaks is taken up where it broke.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>

#include "server/base/clock.hpp"
#include "tools/trigger/api.hpp"
#include "tools/trigger/event_stream.hpp"
#include "tools/trigger/model.hpp"
#include "tools/trigger/remote.hpp"
#include "tools/trigger/rests.hpp"
#include "tools/trigger/words.hpp"

namespace trigger {

namespace {
using base::Errc;
using Answered = base::Result<http::Answer>;

std::string path_of(const WatchOptions& options) {
  if (options.topics.empty()) return "/api/v1/events";
  return "/api/v1/events?topics=" + http::Client::escape(options.topics);
}

// At once: somebody may read this through a pipe. Not by fmt, which throws: libcurl is among our callers.
bool print_now(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

class Watch {
 public:
  Watch(const WatchOptions& options, std::optional<base::SteadyTime> end)
      : options_(options),
        end_(end),
        rests_(options.rest),
        left_(options.count),
        events_([this](const ServerEvent& event) { show(event); }) {}

  Outcome run(Api& api) {
    while (goes_on()) {
      const Answered answer = api.stream({.path = path_of(options_),
                                          .last_event_id = events_.last_id(),
                                          .content_type = "text/event-stream",
                                          .received = [this](std::string_view bytes) { return take(bytes); },
                                          .goes_on = [this] { return goes_on(); }});
      if (failure_) return complain(*failure_);
      if (!goes_on()) break;
      if (is_hopeless(answer)) return complain(answer.error());
      if (!answer) say_once_that_it_is_away(answer.error());
      events_.broken();
      rest();
    }
    return Outcome::good;
  }

 private:
  bool goes_on() const { return !ended_ && !failure_ && (!end_ || base::steady_now() < *end_); }

  bool take(std::string_view bytes) {
    heard_at_ = base::steady_now();
    away_ = false;
    if (!events_.feed(bytes)) failure_ = {Errc::invalid, "The server sent no events that can be read.", 0};
    rests_.begin_again(events_.retry());
    return goes_on();
  }

  void show(const ServerEvent& event) {
    if (!goes_on()) return;
    if (!print_now(options_.server.json ? event_in_json(event.id, event.type, event.data)
                                        : event_in_words(event.type, event.data)))
      failure_ = {Errc::io, "Events cannot be printed: standard output takes no more.", 0};
    if (options_.count != 0 && --left_ == 0) ended_ = true;
  }

  // A stream that ends is no failure; one that never began is, whatever kept it.
  bool is_hopeless(const Answered& answer) const {
    if (answer) return false;
    return answer.error().code != Errc::unavailable || !heard_at_ ||
           base::steady_now() - *heard_at_ > options_.patience;
  }

  void say_once_that_it_is_away(const base::Error& error) {
    if (std::exchange(away_, true)) return;
    fmt::print(stderr, "dualcam trigger: {} It is asked again.\n", error.message);
  }

  void rest() {
    base::SteadyTime until = base::steady_now() + rests_.next();
    if (end_) until = std::min(until, *end_);
    std::this_thread::sleep_until(until);
  }

  const WatchOptions& options_;
  const std::optional<base::SteadyTime> end_;
  Rests rests_;
  std::uint64_t left_;
  bool ended_ = false;
  bool away_ = false;  // and that was said
  std::optional<base::Error> failure_;
  std::optional<base::SteadyTime> heard_at_;
  EventStream events_;
};
}  // namespace

Outcome run_watch(const WatchOptions& options) {
  std::optional<base::SteadyTime> end;
  if (!options.length.empty()) {
    const auto length = parse_length(options.length);
    if (!length) return complain(length.error());
    end = base::steady_now() + *length;
  }
  auto api = Api::of(options.server);
  if (!api) return complain(api.error());
  return Watch(options, end).run(*api);
}

}  // namespace trigger
