// The one file that knows RESTinio 0.6.16. It uses RESTinio's connections and not its acceptor: that one stops
// accepting for good at the first failed accept(), and a server with thousands of cameras does run out of descriptors.
//
// Everything of RESTinio lives and dies on the I/O thread. Other threads reach it by posting through an Outbox.
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "server/base/log.hpp"
#include "server/base/threads.hpp"
#include "server/http/listen.hpp"
#include "server/http/outbox.hpp"
#include "server/http/restinio_factory.hpp"
#include "server/http/restinio_include.hpp"
#include "server/http/restinio_live.hpp"
#include "server/http/restinio_traits.hpp"
#include "server/http/transport.hpp"

namespace http {
namespace {

using asio::ip::tcp;

// A body leaves in pieces, each with its own write_timeout: what one answer holds in memory, and what a slow reader
// must take within that time.
constexpr std::size_t piece_size = 256 * 1024;
// Bytes the kernel keeps unsent per connection. It bounds the kernel's memory for slow readers, and makes "written"
// mean "nearly sent", so that write_timeout measures the reader.
constexpr int unsent_low_water = 128 * 1024;
// At a stop, for the last bytes of answers without an end: a reader that takes longer is cut off.
constexpr std::chrono::milliseconds live_grace{200};
// After a failed accept, mostly for want of descriptors.
constexpr std::chrono::milliseconds accept_pause{100};

// One request on its way to an answer that has been sent.
struct Exchange {
  restinio::request_handle_t request;
  bool head_only = false;
  std::optional<Builder> builder;              // once the answer is there
  std::optional<asio::steady_timer> deadline;  // of the answer, where it has one of its own
  std::string route;
  int status = 0;
  std::uint64_t body_bytes = 0;

  // What is still to be sent of a body in pieces.
  UniqueFd file;
  std::uint64_t offset = 0;
  std::shared_ptr<BodySource> source;
  std::uint64_t remaining = 0;
};

Request to_request(const restinio::request_t& given) {
  Request request;
  const auto& header = given.header();
  request.method = header.method().c_str();
  request.target = header.request_target();
  header.for_each_field([&](const auto& field) { request.headers.emplace_back(field.name(), field.value()); });
  request.body = given.body();
  request.peer = fmt::format("{}:{}", given.remote_endpoint().address().to_string(), given.remote_endpoint().port());
  request.upgrade = header.connection() == restinio::http_connection_header_t::upgrade;
  return request;
}

class RestinioTransport final : public Transport,
                                private restinio::connection_count_limits::impl::acceptor_callback_iface_t {
 public:
  RestinioTransport(const Options& options, TransportCallbacks callbacks)
      : options_(options),
        callbacks_(std::move(callbacks)),
        limiter_(static_cast<restinio::connection_count_limits::impl::acceptor_callback_iface_t*>(this),
                 restinio::connection_count_limits::max_parallel_connections_t{
                     std::max<std::size_t>(options.max_connections, 1)},
                 restinio::connection_count_limits::max_active_accepts_t{1}),
        io_(std::in_place),
        outbox_(std::make_shared<Outbox>(*io_)) {}

  ~RestinioTransport() override { stop(std::chrono::milliseconds(0)); }

  base::Result<> open();
  void run();

  std::uint16_t port() const noexcept override { return local_.port(); }
  std::string endpoint() const override { return to_text(local_); }
  bool stop(std::chrono::milliseconds grace) override;

 private:
  void run_handlers(bool to_the_end);
  void begin_stop();
  void close_everything();

  // Accepting. RESTinio's limiter decides when, and calls back here.
  void call_accept_now(std::size_t index) noexcept override;
  void schedule_next_accept_attempt(std::size_t index) noexcept override;
  void accepted(std::error_code error);
  void pause_accepting(std::error_code error);
  void serve(tcp::socket socket);

  // Answering.
  restinio::request_handling_status_t take(restinio::request_handle_t request);
  void answer_within(std::uint64_t id, std::chrono::milliseconds limit, Reply::Otherwise otherwise);
  void begin_answer(std::uint64_t id, Response response);
  void begin_live(std::uint64_t id, Exchange& exchange, Response response);
  std::chrono::milliseconds heartbeat() const;
  void next_piece(std::uint64_t id, Exchange& exchange);
  void send_piece(std::uint64_t id, Exchange& exchange, restinio::writable_item_t piece, std::uint64_t size);
  void after_piece(std::uint64_t id, bool whole);
  void fetched(std::uint64_t id, base::Result<std::string> piece);
  void abort(std::uint64_t id, Exchange& exchange);
  void end(std::uint64_t id, bool whole);
  void note_progress();

  const Options options_;
  const TransportCallbacks callbacks_;
  Limiter limiter_;                  // outlives every connection, and with that io_
  std::optional<LiveAnswers> live_;  // called by connections that end with io_
  std::optional<asio::io_context> io_;
  std::shared_ptr<Outbox> outbox_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<tcp::socket> incoming_;
  std::optional<asio::steady_timer> accept_timer_;
  std::shared_ptr<ConnectionFactory> factory_;
  std::shared_ptr<OpenConnections> connections_ = std::make_shared<OpenConnections>();
  tcp::endpoint local_;
  std::unordered_map<std::uint64_t, Exchange> exchanges_;
  std::uint64_t next_id_ = 1;
  bool starved_ = false;    // the last accept failed
  bool stopping_ = false;   // on the I/O thread
  bool closing_ = false;    // and does nothing but close what is open
  bool live_left_ = false;  // readers without an end have had their time to be told of it

  std::mutex idle_mutex_;
  std::condition_variable idle_changed_;
  bool idle_ = false;  // stopping, and no answer under way
  bool stopped_ = false;
  base::ThreadGroup thread_;
};

// ---- starting and stopping

base::Result<> RestinioTransport::open() {
  auto acceptor = listen(*io_, options_.address, options_.port);
  if (!acceptor) return std::unexpected(acceptor.error());
  local_ = acceptor->local_endpoint();
  acceptor_.emplace(std::move(*acceptor));
  accept_timer_.emplace(*io_);
  live_.emplace(*io_, outbox_, heartbeat(), [this](const LiveAnswers::Answer& answer, std::uint64_t body_bytes) {
    callbacks_.answered(answer.route, answer.status, body_bytes);
    callbacks_.live(live_->count());
    note_progress();
  });
  factory_ = make_factory(options_, *io_, connections_,
                          [this](restinio::request_handle_t request) { return take(std::move(request)); });
  limiter_.accept_next(0);
  thread_.start("http-io", [this] { run(); });
  return {};
}

void RestinioTransport::run() {
  {
    const auto work = asio::make_work_guard(*io_);
    run_handlers(true);
  }
  close_everything();
}

// Until stop(), or until none is ready.
void RestinioTransport::run_handlers(bool to_the_end) {
  for (;;) {
    try {
      if (to_the_end) {
        io_->run();
      } else {
        io_->poll();
      }
      return;
    } catch (const std::exception& error) {  // of one answer; the others go on
      base::log::error("an HTTP answer failed", {{"reason", error.what()}});
    }
  }
}

void RestinioTransport::close_everything() {
  stopping_ = closing_ = true;
  connections_->shut_down();
  exchanges_.clear();
  live_->close();
  io_->restart();
  run_handlers(false);
}

void RestinioTransport::begin_stop() {
  stopping_ = true;
  std::error_code ignored;
  acceptor_->close(ignored);
  live_->end_all();
  accept_timer_->expires_after(live_grace);
  accept_timer_->async_wait([this](std::error_code cancelled) {
    if (cancelled) return;
    live_left_ = true;
    note_progress();
  });
  note_progress();
}

bool RestinioTransport::stop(std::chrono::milliseconds grace) {
  if (std::exchange(stopped_, true)) return true;
  outbox_->post([this] { begin_stop(); });
  {
    std::unique_lock lock(idle_mutex_);
    idle_changed_.wait_for(lock, grace, [this] { return idle_; });
  }
  outbox_->close();
  io_->stop();
  // The thread never blocks, unless sendfile reads from a disk that hangs.
  if (!thread_.join(grace + std::chrono::seconds(1))) return false;
  factory_.reset();
  incoming_.reset();
  accept_timer_.reset();
  acceptor_.reset();
  io_.reset();
  return true;
}

// ---- accepting

void RestinioTransport::call_accept_now(std::size_t) noexcept {
  incoming_.emplace(*io_);
  acceptor_->async_accept(*incoming_, [this](std::error_code error) { accepted(error); });
}

void RestinioTransport::schedule_next_accept_attempt(std::size_t index) noexcept {
  if (stopping_) return;
  asio::post(*io_, [this, index] {
    if (!stopping_) limiter_.accept_next(index);
  });
}

void RestinioTransport::accepted(std::error_code error) {
  if (stopping_) return;
  if (error) return pause_accepting(error);
  starved_ = false;
  serve(std::move(*incoming_));
  limiter_.accept_next(0);
}

// The limiter still counts this accept as active, so it goes on without asking it again.
void RestinioTransport::pause_accepting(std::error_code error) {
  if (!std::exchange(starved_, true)) {
    base::log::warning("HTTP connections cannot be taken at the moment", {{"reason", error.message()}});
  }
  accept_timer_->expires_after(accept_pause);
  accept_timer_->async_wait([this](std::error_code cancelled) {
    if (!cancelled && !stopping_) call_accept_now(0);
  });
}

void RestinioTransport::serve(tcp::socket socket) {
  LifetimeMonitor counted(&limiter_);
  std::error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return;  // left already
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  socket.set_option(tcp::no_delay(true), error);
  socket.set_option(asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>(unsent_low_water), error);
  try {
    const int descriptor = socket.native_handle();
    const auto connection = factory_->create_new_connection(StreamSocket(std::move(socket)), peer, std::move(counted));
    connections_->add(connection->connection_id(), connection, descriptor);
    connection->init();
  } catch (const std::exception& failed) {
    base::log::warning("an HTTP connection could not be served", {{"reason", failed.what()}});
  }
}

// ---- answering

restinio::request_handling_status_t RestinioTransport::take(restinio::request_handle_t request) {
  const auto id = next_id_++;
  auto plain = to_request(*request);
  Exchange& exchange = exchanges_[id];
  exchange.request = std::move(request);
  exchange.head_only = plain.is_head();
  note_progress();
  callbacks_.request(std::move(plain),
                     Reply(
                         [this, outbox = outbox_, id](Response response) {
                           outbox->post([this, id, response = std::move(response)]() mutable {
                             begin_answer(id, std::move(response));
                           });
                         },
                         [this, outbox = outbox_, id](std::chrono::milliseconds limit, Reply::Otherwise otherwise) {
                           outbox->post([this, id, limit, otherwise = std::move(otherwise)]() mutable {
                             answer_within(id, limit, std::move(otherwise));
                           });
                         }));
  return restinio::request_accepted();
}

void RestinioTransport::answer_within(std::uint64_t id, std::chrono::milliseconds limit, Reply::Otherwise otherwise) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end() || found->second.builder) return;
  asio::steady_timer& deadline = found->second.deadline.emplace(*io_, limit);
  deadline.async_wait([this, id, otherwise = std::move(otherwise)](const std::error_code& cancelled) mutable {
    if (!cancelled && exchanges_.contains(id)) begin_answer(id, otherwise());
  });
}

void RestinioTransport::begin_answer(std::uint64_t id, Response response) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end() || found->second.builder) return;  // closing, or answered at its deadline
  Exchange& exchange = found->second;
  exchange.deadline.reset();
  if (std::holds_alternative<LiveBody>(response.body)) return begin_live(id, exchange, std::move(response));
  exchange.route = std::move(response.route);
  exchange.status = response.status;
  const auto length = body_size(response);
  const bool upgrade = exchange.request->header().connection() == restinio::http_connection_header_t::upgrade;
  exchange.builder.emplace(exchange.request->create_response<restinio::user_controlled_output_t>(
      restinio::http_status_line_t(restinio::http_status_code_t(static_cast<std::uint16_t>(response.status)),
                                   std::string(reason_phrase(response.status)))));
  Builder& builder = *exchange.builder;
  exchange.request.reset();
  if (stopping_ || upgrade) builder.connection_close();
  builder.set_content_length(length).append_header_date_field();
  for (auto& [name, value] : response.headers) builder.append_header(std::move(name), std::move(value));

  if (exchange.head_only || response.unsent_length || length == 0) {
    builder.done([this, id](const std::error_code& error) { after_piece(id, !error); });
  } else if (auto* text = std::get_if<std::string>(&response.body)) {
    exchange.remaining = length;
    send_piece(id, exchange, std::move(*text), length);
  } else {
    exchange.remaining = length;
    if (auto* file = std::get_if<FileBody>(&response.body)) {
      exchange.offset = file->offset;
      exchange.file = std::move(file->file);
    } else {
      exchange.source = std::move(std::get<StreamBody>(response.body).source);
    }
    next_piece(id, exchange);
  }
}

// It is no answer under way from here on: nobody waits for its end.
void RestinioTransport::begin_live(std::uint64_t id, Exchange& exchange, Response response) {
  const auto request = std::move(exchange.request);
  const auto& header = request->header();
  LiveAnswers::Answer answer{.route = std::move(response.route),
                             .status = response.status,
                             .head_only = exchange.head_only,
                             .chunked = header.http_major() > 1 || header.http_minor() >= 1,
                             .body = std::move(std::get<LiveBody>(response.body))};
  connections_->give_up_unacknowledged(request->connection_id(), options_.write_timeout);
  auto builder = request->create_response<LiveOutput>(
      restinio::http_status_line_t(restinio::http_status_code_t(static_cast<std::uint16_t>(response.status)),
                                   std::string(reason_phrase(response.status))));
  builder.append_header_date_field();
  for (auto& [name, value] : response.headers) builder.append_header(std::move(name), std::move(value));
  exchanges_.erase(id);
  live_->begin(id, std::move(builder), answer);
  callbacks_.live(live_->count());
  note_progress();
}

// RESTinio closes a connection on which nothing is written for answer_timeout.
std::chrono::milliseconds RestinioTransport::heartbeat() const {
  return std::max(std::min(options_.heartbeat, options_.answer_timeout / 2), std::chrono::milliseconds(2));
}

void RestinioTransport::next_piece(std::uint64_t id, Exchange& exchange) {
  const auto size = std::min<std::uint64_t>(exchange.remaining, piece_size);
  if (exchange.source) {
    exchange.source->read(
        static_cast<std::size_t>(size), [this, outbox = outbox_, id](base::Result<std::string> piece) {
          outbox->post([this, id, piece = std::move(piece)]() mutable { fetched(id, std::move(piece)); });
        });
    return;
  }
  // RESTinio closes the descriptor it is given after each piece.
  const int copy = ::fcntl(exchange.file.get(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return abort(id, exchange);
  auto file = restinio::sendfile(restinio::file_descriptor_holder_t(copy),
                                 restinio::file_meta_t(exchange.offset + size, {}), piece_size);
  file.offset_and_size(static_cast<restinio::file_offset_t>(exchange.offset), size).timelimit(options_.write_timeout);
  exchange.offset += size;
  send_piece(id, exchange, restinio::writable_item_t(std::move(file)), size);
}

void RestinioTransport::fetched(std::uint64_t id, base::Result<std::string> piece) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;  // the client left meanwhile
  if (piece && !piece->empty() && piece->size() <= found->second.remaining) {
    const auto size = piece->size();
    return send_piece(id, found->second, std::move(*piece), size);
  }
  base::log::warning("a stored file could not be sent to its end",
                     {{"reason", piece ? "its source gave a piece of a wrong size" : piece.error().message}});
  abort(id, found->second);
}

void RestinioTransport::send_piece(std::uint64_t id, Exchange& exchange, restinio::writable_item_t piece,
                                   std::uint64_t size) {
  exchange.remaining -= size;
  exchange.body_bytes += size;
  Builder& builder = *exchange.builder;
  builder.append_body(std::move(piece));
  const auto then = [this, id](const std::error_code& error) { after_piece(id, !error); };
  if (exchange.remaining == 0) {
    builder.done(then);
  } else {
    builder.flush(then);
  }
}

// Called from within RESTinio, even from its destructors: what follows is done afterwards.
void RestinioTransport::after_piece(std::uint64_t id, bool whole) {
  if (closing_) return;
  asio::post(*io_, [this, id, whole] {
    const auto found = exchanges_.find(id);
    if (found == exchanges_.end()) return;
    if (!whole || found->second.remaining == 0) return end(id, whole);
    next_piece(id, found->second);
  });
}

// The head has promised a length that cannot be kept: the client must see the connection break. RESTinio closes it when
// a notification throws, and has no other way to be told.
void RestinioTransport::abort(std::uint64_t id, Exchange& exchange) {
  exchange.builder->connection_close().flush([](const std::error_code& error) {
    if (!error) throw std::runtime_error("the body of the answer cannot be continued");
  });
  end(id, false);
}

void RestinioTransport::end(std::uint64_t id, bool whole) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;
  callbacks_.answered(found->second.route, found->second.status, whole ? found->second.body_bytes : 0);
  exchanges_.erase(found);
  note_progress();
}

void RestinioTransport::note_progress() {
  callbacks_.under_way(exchanges_.size());
  if (!stopping_ || !exchanges_.empty() || (live_->count() > 0 && !live_left_)) return;
  const std::lock_guard lock(idle_mutex_);
  idle_ = true;
  idle_changed_.notify_all();
}

}  // namespace

base::Result<std::unique_ptr<Transport>> start_transport(const Options& options, TransportCallbacks callbacks) {
  auto transport = std::make_unique<RestinioTransport>(options, std::move(callbacks));
  if (auto opened = transport->open(); !opened) return std::unexpected(opened.error());
  return transport;
}

}  // namespace http
