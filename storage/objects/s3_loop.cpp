#include "storage/objects/s3_loop.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <utility>
#include <vector>

namespace storage::s3 {

namespace {
// How late a deadline may be noticed.
constexpr std::chrono::milliseconds clock_interval{50};
}  // namespace

// A socket of curl's that Asio watches. curl owns and closes it.
struct Loop::Socket {
  Socket(asio::io_context& context, curl_socket_t number) : descriptor(context, number) {}
  ~Socket() {
    if (descriptor.is_open()) descriptor.release();
  }
  asio::posix::stream_descriptor descriptor;
  int wanted = 0;  // CURL_POLL_IN and CURL_POLL_OUT
  bool waits_in = false;
  bool waits_out = false;
};

Loop::Loop(const HttpOptions& options)
    : options_(options),
      work_(asio::make_work_guard(context_)),
      timer_(context_),
      clock_(context_),
      multi_(curl_multi_init()) {
  lanes_[static_cast<std::size_t>(Exchange::Kind::request)].limit = options.max_requests;
  lanes_[static_cast<std::size_t>(Exchange::Kind::download)].limit = options.max_downloads;
  if (!multi_) return;
  CURLM* multi = multi_.get();
  const bool set = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Loop::on_socket) == CURLM_OK &&
                   curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this) == CURLM_OK &&
                   curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Loop::on_timer) == CURLM_OK &&
                   curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this) == CURLM_OK &&
                   curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
                                     static_cast<long>(options.max_requests + options.max_downloads)) == CURLM_OK;
  if (!set) multi_.reset();
}

Loop::~Loop() {
  multi_.reset();  // calls back into on_socket for the connections it closes
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
    if (easy == nullptr || curl_multi_add_handle(multi_.get(), easy) != CURLM_OK) {
      exchange->release();
      exchange->finish({.fault = Fault::broken, .detail = "libcurl could not take the request"});
      continue;
    }
    lane.active.emplace(easy, exchange);
  }
}

void Loop::end(Lane& lane, const Handle& exchange, Reply reply) {
  if (CURL* easy = exchange->handle()) {
    curl_multi_remove_handle(multi_.get(), easy);
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
  exchange->unpause();
  collect_finished();
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

// ---- curl tells what to watch.

int Loop::on_socket(CURL*, curl_socket_t descriptor, int what, void* self, void*) {
  static_cast<Loop*>(self)->watch(descriptor, what);
  return 0;
}

void Loop::watch(curl_socket_t descriptor, int what) {
  if (what == CURL_POLL_REMOVE) {
    const auto found = sockets_.find(descriptor);
    if (found == sockets_.end()) return;
    found->second->wanted = 0;
    found->second->descriptor.release();  // curl may close it at once
    sockets_.erase(found);
    return;
  }
  auto& socket = sockets_[descriptor];
  if (!socket) socket = std::make_shared<Socket>(context_, descriptor);
  socket->wanted = what;
  if (what & CURL_POLL_IN) wait_for(socket, asio::posix::descriptor_base::wait_read);
  if (what & CURL_POLL_OUT) wait_for(socket, asio::posix::descriptor_base::wait_write);
}

void Loop::wait_for(const std::shared_ptr<Socket>& socket, asio::posix::descriptor_base::wait_type type) {
  const bool in = type == asio::posix::descriptor_base::wait_read;
  bool Socket::* const waits = in ? &Socket::waits_in : &Socket::waits_out;
  const int wanted = in ? CURL_POLL_IN : CURL_POLL_OUT;
  if (std::exchange((*socket).*waits, true)) return;
  socket->descriptor.async_wait(type, [this, socket, type, in, waits, wanted](const std::error_code& error) {
    (*socket).*waits = false;
    if (error || (socket->wanted & wanted) == 0) return;
    act(socket->descriptor.native_handle(), in ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
    if ((socket->wanted & wanted) != 0) wait_for(socket, type);
  });
}

int Loop::on_timer(CURLM*, long milliseconds, void* self) {
  static_cast<Loop*>(self)->set_timer(milliseconds);
  return 0;
}

// curl must not be called from inside its own callbacks: also "now" goes through the timer.
void Loop::set_timer(long milliseconds) {
  if (milliseconds < 0) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::milliseconds(milliseconds));
  timer_.async_wait([this](const std::error_code& error) {
    if (!error) act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void Loop::act(curl_socket_t descriptor, int events) {
  int running = 0;
  curl_multi_socket_action(multi_.get(), descriptor, events, &running);
  collect_finished();
}

void Loop::collect_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message is gone behind remove_handle
    CURL* easy = message->easy_handle;
    for (Lane& lane : lanes_) {
      const auto found = lane.active.find(easy);
      if (found == lane.active.end()) continue;
      const Handle exchange = found->second;
      end(lane, exchange, exchange->outcome(code));
      break;
    }
  }
  for (Lane& lane : lanes_) start_waiting(lane);
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
