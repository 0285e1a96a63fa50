#include "server/net/relay/http_client.hpp"

#include <fmt/format.h>

#include <asio/post.hpp>
#include <map>

#include "server/curl/multi.hpp"
#include "server/net/deadline.hpp"
#include "server/net/relay/http_exchange.hpp"

namespace net::relay {

namespace {
// Of all cameras; one that is asked while so many wait is not answered in time anyhow.
constexpr std::size_t most_under_way = 1024;
// Of cameras that are asked again and again.
constexpr long most_kept_connections = 64;
}  // namespace

struct HttpClient::State : std::enable_shared_from_this<HttpClient::State> {
  struct Running {
    Running(asio::io_context& context, HttpRequest request, HttpExchange::Kind kind, std::function<void()> arrived,
            std::function<void()> overdue)
        : exchange(std::move(request), kind, std::move(arrived)), deadline(context, std::move(overdue)) {}

    HttpExchange exchange;
    LazyDeadline deadline;
    Done done;                  // of an answer
    StreamCallbacks callbacks;  // of a stream
    std::chrono::milliseconds idle{0};
    const base::SteadyTime began = base::steady_now();
    bool in_multi = false;
    base::Result<> ready;  // to be started
    bool told_head = false;
    bool flows = false;    // of a stream: something of its body came
    bool telling = false;  // tell() is posted
  };

  State(asio::io_context& its_context, Options its_options, HttpReach its_reach)
      : context(its_context),
        options(std::move(its_options)),
        reach(std::move(its_reach)),
        multi(context, most_kept_connections, [this](CURL* easy, CURLcode code) { ended(easy, code); }) {}

  // ---- Begin.

  std::shared_ptr<Running> add(Id id, HttpRequest request, HttpExchange::Kind kind) {
    const auto overdue = [weak = weak_from_this(), id] {
      if (const auto self = weak.lock()) self->overdue(id);
    };
    auto running = std::make_shared<Running>(context, std::move(request), kind, [this, id] { arrived(id); }, overdue);
    running->ready = running->exchange.prepare(options, reach);
    if (running->ready && under_way.size() >= most_under_way)
      running->ready = base::fail(base::Errc::exhausted,
                                  fmt::format("{} is not asked: {} requests are under way, and more are not taken.",
                                              running->exchange.shown(), most_under_way));
    running->deadline.set(running->began + running->exchange.request().deadline, running);
    under_way.emplace(id, running);
    asio::post(context, [weak = weak_from_this(), id] {
      if (const auto self = weak.lock()) self->begin(id);
    });
    return running;
  }

  void begin(Id id) {
    const auto running = find(id);
    if (!running) return;
    HttpExchange& exchange = running->exchange;
    if (!running->ready) return fail(id, running->ready.error());
    running->in_multi = multi.add(exchange.easy());
    if (!running->in_multi)
      fail(id, {base::Errc::exhausted, fmt::format("{} cannot be asked: memory is short.", exchange.shown())});
    else
      by_easy.emplace(exchange.easy(), id);
  }

  // ---- What comes.

  // Within libcurl, which must not be called from there: others hear of it a moment later.
  void arrived(Id id) {
    const auto running = find(id);
    if (!running || std::exchange(running->telling, true)) return;
    asio::post(context, [weak = weak_from_this(), id] {
      if (const auto self = weak.lock()) self->tell(id);
    });
  }

  void tell(Id id) {
    const auto running = find(id);
    if (!running) return;
    running->telling = false;
    if (running->exchange.head_done() && !std::exchange(running->told_head, true)) {
      if (running->callbacks.head) running->callbacks.head(running->exchange.answer());
      if (!find(id)) return;
    }
    const base::Bytes bytes = running->exchange.take_bytes();
    if (bytes.empty()) return;
    running->flows = true;
    running->deadline.set(base::steady_now() + running->idle, running);
    if (running->callbacks.bytes) running->callbacks.bytes(bytes);
  }

  // ---- End.

  void ended(CURL* easy, CURLcode code) {
    const auto self = shared_from_this();  // a callback may be the end of the client
    const auto found = by_easy.find(easy);
    if (found == by_easy.end()) return;
    const Id id = found->second;
    by_easy.erase(found);
    const auto running = find(id);
    if (!running) return;
    running->in_multi = false;
    if (running->exchange.kind() == HttpExchange::Kind::stream) tell(id);
    if (!find(id)) return;
    if (auto failure = running->exchange.failure(code)) return fail(id, std::move(*failure));
    if (running->exchange.kind() == HttpExchange::Kind::stream)
      return fail(id, {base::Errc::unavailable, fmt::format("{} was ended by the camera.", running->exchange.shown())});
    take_out(id);
    HttpAnswer answer = std::move(running->exchange.answer());
    answer.took = std::chrono::duration_cast<std::chrono::microseconds>(base::steady_now() - running->began);
    running->done(std::move(answer));
  }

  void overdue(Id id) {
    const auto running = find(id);
    if (!running) return;
    const auto limit = running->flows ? running->idle : running->exchange.request().deadline;
    fail(id, {base::Errc::unavailable,
              fmt::format("{} {} {} ms.", running->exchange.shown(),
                          running->flows ? "has sent nothing for" : "has no whole answer after", limit.count())});
  }

  void fail(Id id, base::Error why) {
    const auto running = take_out(id);
    if (options.failed) options.failed(why.code);
    if (running->exchange.kind() == HttpExchange::Kind::answer)
      running->done(std::unexpected(std::move(why)));
    else if (running->callbacks.ended)
      running->callbacks.ended(why);
  }

  std::shared_ptr<Running> find(Id id) const {
    const auto found = under_way.find(id);
    return found == under_way.end() ? nullptr : found->second;
  }

  std::shared_ptr<Running> take_out(Id id) {
    auto running = find(id);
    if (!running) return nullptr;
    under_way.erase(id);
    running->deadline.cancel();
    if (std::exchange(running->in_multi, false)) {
      by_easy.erase(running->exchange.easy());
      multi.remove(running->exchange.easy());
    }
    running->exchange.release();
    return running;
  }

  void close() {
    while (!under_way.empty()) take_out(under_way.begin()->first);
  }

  asio::io_context& context;
  const Options options;
  const HttpReach reach;
  std::map<Id, std::shared_ptr<Running>> under_way;
  std::map<CURL*, Id> by_easy;
  Id last_id = 0;
  curl::Multi multi;
};

base::Result<std::unique_ptr<HttpClient>> HttpClient::open(asio::io_context& context, Options options) {
  auto reach = HttpReach::parse(options.allow);
  if (!reach) return std::unexpected(reach.error());
  auto state = std::make_shared<State>(context, std::move(options), std::move(*reach));
  if (!state->multi.usable())
    return base::fail(base::Errc::exhausted, "libcurl cannot be started for cameras: memory may be short.");
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(state)));
}

HttpClient::HttpClient(std::shared_ptr<State> state) : state_(std::move(state)) {}

HttpClient::~HttpClient() {
  state_->close();
}

HttpClient::Id HttpClient::ask(HttpRequest request, Done done) {
  const Id id = ++state_->last_id;
  state_->add(id, std::move(request), HttpExchange::Kind::answer)->done = std::move(done);
  return id;
}

HttpClient::Id HttpClient::stream(HttpRequest request, std::chrono::milliseconds idle, StreamCallbacks callbacks) {
  const Id id = ++state_->last_id;
  const auto running = state_->add(id, std::move(request), HttpExchange::Kind::stream);
  running->idle = idle;
  running->callbacks = std::move(callbacks);
  return id;
}

void HttpClient::cancel(Id id) {
  state_->take_out(id);
}

std::size_t HttpClient::under_way() const {
  return state_->under_way.size();
}

}  // namespace net::relay
