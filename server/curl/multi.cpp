#include "server/curl/multi.hpp"

#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <utility>

#include "server/curl/handles.hpp"

namespace curl {

namespace {
using asio::posix::stream_descriptor;

struct FreeMulti {
  void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};

// A socket of curl's that Asio watches. curl owns and closes it.
struct Socket {
  Socket(asio::io_context& context, curl_socket_t number) : descriptor(context) {
    std::error_code ignored;  // out of memory: a socket nobody watches ends by its deadline
    descriptor.assign(number, ignored);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (descriptor.is_open()) descriptor.release();
  }
  stream_descriptor descriptor;
  int wanted = 0;  // CURL_POLL_IN and CURL_POLL_OUT
  bool waits_in = false;
  bool waits_out = false;
};

}  // namespace

struct Multi::State : std::enable_shared_from_this<Multi::State> {
  State(asio::io_context& io, Ended on_ended)
      : context(io), ended(std::move(on_ended)), timer(io), multi(curl_multi_init()) {}

  bool set_up(long kept_connections) {
    return multi && curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, &State::on_socket) == CURLM_OK &&
           curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this) == CURLM_OK &&
           curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, &State::on_timer) == CURLM_OK &&
           curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this) == CURLM_OK &&
           curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, kept_connections) == CURLM_OK;
  }

  void close() {
    multi.reset();  // calls back into on_socket for the connections it closes
    sockets.clear();
    timer.cancel();
  }

  // ---- curl tells what to watch. It must not be called from in here: also "now" goes through the timer.

  static int on_socket(CURL*, curl_socket_t number, int what, void* self, void*) {
    static_cast<State*>(self)->watch(number, what);
    return 0;
  }

  static int on_timer(CURLM*, long milliseconds, void* self) {
    static_cast<State*>(self)->set_timer(milliseconds);
    return 0;
  }

  void watch(curl_socket_t number, int what) {
    if (what == CURL_POLL_REMOVE) {
      const auto found = sockets.find(number);
      if (found == sockets.end()) return;
      found->second->wanted = 0;
      found->second->descriptor.release();  // curl may close it at once
      sockets.erase(found);
      return;
    }
    auto& socket = sockets[number];
    if (!socket) socket = std::make_shared<Socket>(context, number);
    socket->wanted = what;
    if ((what & CURL_POLL_IN) != 0) wait_for(socket, stream_descriptor::wait_read);
    if ((what & CURL_POLL_OUT) != 0) wait_for(socket, stream_descriptor::wait_write);
  }

  void wait_for(const std::shared_ptr<Socket>& socket, stream_descriptor::wait_type type) {
    const bool in = type == stream_descriptor::wait_read;
    bool Socket::* const waits = in ? &Socket::waits_in : &Socket::waits_out;
    const int wanted = in ? CURL_POLL_IN : CURL_POLL_OUT;
    if (std::exchange((*socket).*waits, true)) return;
    socket->descriptor.async_wait(
        type, [weak = weak_from_this(), socket, type, in, waits, wanted](const std::error_code& error) {
          (*socket).*waits = false;
          const auto self = weak.lock();
          if (error || !self || (socket->wanted & wanted) == 0) return;
          self->act(socket->descriptor.native_handle(), in ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
          if ((socket->wanted & wanted) != 0) self->wait_for(socket, type);
        });
  }

  void set_timer(long milliseconds) {
    if (milliseconds < 0) {
      timer.cancel();
      return;
    }
    timer.expires_after(std::chrono::milliseconds(milliseconds));
    timer.async_wait([weak = weak_from_this()](const std::error_code& error) {
      if (const auto self = weak.lock(); self && !error) self->act(CURL_SOCKET_TIMEOUT, 0);
    });
  }

  // ---- Asio tells what is ready.

  void act(curl_socket_t number, int events) {
    if (!multi) return;
    int running = 0;
    curl_multi_socket_action(multi.get(), number, events, &running);
    collect();
  }

  // Each call of `ended` may start, remove, or be the end of all of it.
  void collect() {
    int left = 0;
    while (multi) {
      const CURLMsg* message = curl_multi_info_read(multi.get(), &left);
      if (message == nullptr) return;
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;  // the message is gone behind remove_handle
      CURL* const easy = message->easy_handle;
      curl_multi_remove_handle(multi.get(), easy);
      ended(easy, code);
    }
  }

  asio::io_context& context;
  const Ended ended;
  asio::steady_timer timer;
  std::map<curl_socket_t, std::shared_ptr<Socket>> sockets;
  std::unique_ptr<CURLM, FreeMulti> multi;
};

Multi::Multi(asio::io_context& context, long kept_connections, Ended ended)
    : state_(std::make_shared<State>(context, std::move(ended))) {
  if (!started() || !state_->set_up(kept_connections)) state_->multi.reset();
}

Multi::~Multi() {
  state_->close();
}

bool Multi::usable() const noexcept {
  return state_->multi != nullptr;
}

bool Multi::add(CURL* easy) {
  return usable() && curl_multi_add_handle(state_->multi.get(), easy) == CURLM_OK;
}

void Multi::remove(CURL* easy) {
  curl_multi_remove_handle(state_->multi.get(), easy);
}

void Multi::resume(CURL* easy) {
  curl_easy_pause(easy, CURLPAUSE_CONT);
  const auto state = state_;
  state->collect();
}

}  // namespace curl
