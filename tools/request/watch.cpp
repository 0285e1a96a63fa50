#include "tools/request/watch.hpp"

#include <fmt/format.h>

#include <thread>

#include "server/base/clock.hpp"
#include "tools/request/bar.hpp"
#include "tools/request/text.hpp"

namespace request {

namespace {
using std::chrono::milliseconds;

// A server that is well expires a request within a second or two.
constexpr milliseconds grace = std::chrono::minutes{1};
constexpr milliseconds longest_watch = std::chrono::days{31};  // of a request that tells no deadline
constexpr unsigned percent_step = 10;                          // between two lines on a pipe

// On a terminal one line that changes; else a line for every change.
class Display {
 public:
  explicit Display(const CommandOptions& options) : wanted_(!options.quiet && !options.json), bar_(wanted_) {}

  void show(const Request& request) {
    const auto elapsed = std::chrono::duration_cast<milliseconds>(base::steady_now() - started_);
    const std::string what = situation(request);
    bar_.update(request.percent, what, elapsed);
    if (!wanted_ || bar_.draws()) return;
    if (what == last_ && request.percent < last_percent_ + percent_step) return;
    last_ = what;
    last_percent_ = request.percent;
    fmt::print("{:3}%  {}\n", request.percent, what);
    std::fflush(stdout);
  }

 private:
  const bool wanted_;
  Bar bar_;
  const base::SteadyTime started_ = base::steady_now();
  std::string last_;
  unsigned last_percent_ = 0;
};

// From now on, by the server's own times: our clock may go differently.
milliseconds longest_wait(const Request& request) {
  if (!request.deadline || !request.created_at) return longest_watch;
  return *request.deadline - *request.created_at + grace;
}
}  // namespace

base::Result<Request> watch(Api& api, Request request, const CommandOptions& options) {
  Display display(options);
  const auto end = base::steady_now() + longest_wait(request);
  auto last_seen = base::steady_now();
  for (display.show(request); !request.is_final(); display.show(request)) {
    if (base::steady_now() > end)
      return base::fail(base::Errc::unavailable,
                        fmt::format("Request {} is {} though its deadline has passed; something is wrong with the "
                                    "server.",
                                    request.id, request.state));
    std::this_thread::sleep_for(options.poll);
    auto now = api.find(request.id);
    if (now) {
      request = std::move(*now);
      last_seen = base::steady_now();
    } else if (now.error().code != base::Errc::unavailable || base::steady_now() - last_seen > options.patience) {
      return std::unexpected(now.error());
    }
  }
  return request;
}

}  // namespace request
