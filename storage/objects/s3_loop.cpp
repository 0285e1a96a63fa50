#include "storage/objects/s3_loop.hpp"

#include <asio/post.hpp>

#include <utility>
#include <vector>

namespace storage::s3 {

namespace {
// How late a deadline may be noticed.
constexpr std::chrono::milliseconds clock_interval{50};
}  // namespace

Loop::Loop(const HttpOptions& options)
    : options_(options),
      work_(asio::make_work_guard(context_)),
      clock_(context_),
      multi_(context_, static_cast<long>(options.max_requests + options.max_downloads),
             [this](CURL* easy, CURLcode code) { ended(easy, code); }) {
  lanes_[static_cast<std::size_t>(Exchange::Kind::request)].limit = options.max_requests;
  lanes_[static_cast<std::size_t>(Exchange::Kind::download)].limit = options.max_downloads;
}

void Loop::run() {
  context_.run();
}

void Loop::post(std::function<void()> work) {
  asio::post(context_, std::move(work));
}

void Loop::start(const Handle& exchange) {
  Lane& lane = lane_of(*exchange);
  lane.waiting.push_back(exchange);
  start_waiting(lane);
  look_at_clock();
}

void Loop::start_waiting(Lane& lane) {
  while (!lane.waiting.empty() && lane.active.size() < lane.limit) {
    const Handle exchange = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    CURL* easy = exchange->prepare(options_);
    if (easy == nullptr || !multi_.add(easy)) {
      exchange->release();
      exchange->finish({.fault = Fault::broken, .detail = "libcurl could not take the request"});
      continue;
    }
    lane.active.emplace(easy, exchange);
  }
}

void Loop::end(Lane& lane, const Handle& exchange, Reply reply) {
  if (CURL* easy = exchange->handle()) {
    multi_.remove(easy);
    lane.active.erase(easy);
    exchange->release();
  }
  exchange->finish(std::move(reply));
}

void Loop::cancel(const Handle& exchange) {
  Lane& lane = lane_of(*exchange);
  std::erase(lane.waiting, exchange);
  end(lane, exchange, {.fault = Fault::cancelled});
  start_waiting(lane);
}

void Loop::resume(const Handle& exchange) {
  if (exchange->handle() == nullptr) return;
  exchange->unpaused();
  multi_.resume(exchange->handle());
}

void Loop::stop() {
  for (Lane& lane : lanes_) {
    for (const Handle& exchange : std::exchange(lane.waiting, {})) exchange->finish({.fault = Fault::cancelled});
    while (!lane.active.empty()) {
      const Handle exchange = lane.active.begin()->second;
      end(lane, exchange, {.fault = Fault::cancelled});
    }
  }
  work_.reset();
  context_.stop();
}

void Loop::ended(CURL* easy, CURLcode code) {
  for (Lane& lane : lanes_) {
    const auto found = lane.active.find(easy);
    if (found == lane.active.end()) continue;
    const Handle exchange = found->second;
    lane.active.erase(found);
    exchange->release();
    exchange->finish(exchange->outcome(code));
    return start_waiting(lane);
  }
}

// ---- Deadlines.

void Loop::look_at_clock() {
  if (std::exchange(clock_runs_, true)) return;
  clock_.expires_after(clock_interval);
  clock_.async_wait([this](const std::error_code& error) {
    clock_runs_ = false;
    if (error) return;
    end_overdue();
    for (const Lane& lane : lanes_)
      if (!lane.active.empty() || !lane.waiting.empty()) look_at_clock();
  });
}

void Loop::end_overdue() {
  const base::SteadyTime now = base::steady_now();
  for (Lane& lane : lanes_) {
    std::vector<Handle> all(lane.waiting.begin(), lane.waiting.end());
    for (const auto& [easy, exchange] : lane.active) all.push_back(exchange);
    for (const Handle& exchange : all) {
      auto reason = exchange->overdue(options_, now);
      if (!reason) continue;
      std::erase(lane.waiting, exchange);
      end(lane, exchange, std::move(*reason));
    }
    start_waiting(lane);
  }
}

}  // namespace storage::s3
