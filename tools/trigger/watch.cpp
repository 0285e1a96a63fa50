// Everything the relay hears and does, as it happens; a stream that breaks is taken up where it broke.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "server/base/clock.hpp"
#include "tools/trigger/api.hpp"
#include "tools/trigger/event_stream.hpp"
#include "tools/trigger/model.hpp"
#include "tools/trigger/remote.hpp"
#include "tools/trigger/words.hpp"

namespace trigger {

namespace {
constexpr std::chrono::milliseconds first_rest{200};
constexpr std::chrono::milliseconds longest_rest{5'000};

std::string path_of(const WatchOptions& options) {
  if (options.topics.empty()) return "/api/v1/events";
  return "/api/v1/events?topics=" + http::Client::escape(options.topics);
}

class Watch {
 public:
  Watch(const WatchOptions& options, std::optional<base::SteadyTime> end)
      : options_(options), end_(end), left_(options.count), events_([this](const ServerEvent& event) { show(event); }) {}

  Outcome run(Api& api) {
    std::chrono::milliseconds rest = first_rest;
    base::SteadyTime heard = base::steady_now();
    while (goes_on()) {
      const auto answer = api.stream({.path = path_of(options_),
                                      .last_event_id = events_.last_id(),
                                      .received =
                                          [&](std::string_view bytes) {
                                            rest = first_rest;
                                            heard = base::steady_now();
                                            good_ = good_ && events_.feed(bytes);
                                            return good_ && goes_on();
                                          },
                                      .goes_on = [this] { return goes_on(); }});
      if (!good_) return complain(base::Error{base::Errc::invalid, "The server sent no events that can be read."});
      if (!goes_on()) break;
      events_.broken();
      const bool hopeless = !answer && answer.error().code != base::Errc::unavailable;
      if (hopeless || (!answer && base::steady_now() - heard > options_.patience)) return complain(answer.error());
      std::this_thread::sleep_for(rest);
      rest = std::min(2 * rest, longest_rest);
    }
    return Outcome::good;
  }

 private:
  bool goes_on() const { return !ended_ && (!end_ || base::steady_now() < *end_); }

  void show(const ServerEvent& event) {
    if (ended_) return;
    if (options_.server.json) {
      fmt::print("{}\n", event.data);
    } else {
      const auto words = event_in_words(event.type, event.data);
      fmt::print("{}", words ? *words : fmt::format("{}  {}\n", event.type, event.data));
    }
    std::fflush(stdout);  // somebody may read this through a pipe
    if (options_.count != 0 && --left_ == 0) ended_ = true;
  }

  const WatchOptions& options_;
  const std::optional<base::SteadyTime> end_;
  std::uint64_t left_;
  bool ended_ = false;
  bool good_ = true;
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
