// Answers without an end, over RESTinio's connections. Included by restinio_transport.cpp alone.
//
// RESTinio 0.6.16 has a builder for chunked output, which is not used: it sends chunks to HTTP/1.0, too, makes a chunk
// of every buffer, and decides with the head whether the connection goes on. The one below frames by itself. Two more
// things of RESTinio matter here: a connection on which nothing is written for handle_request_timeout is closed (so the
// heartbeat must come more often), and nothing is read while a request is answered (so only a failed write tells that
// the reader is gone).
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_map>
#include <utility>

#include "server/base/clock.hpp"
#include "server/http/message.hpp"
#include "server/http/outbox.hpp"
#include "server/http/restinio_include.hpp"

namespace http {
struct LiveOutput {};  // chooses the builder
}  // namespace http

namespace restinio {

template <>
class response_builder_t<http::LiveOutput> final
    : public base_response_builder_t<response_builder_t<http::LiveOutput>> {
 public:
  using base_type_t = base_response_builder_t<response_builder_t<http::LiveOutput>>;
  using base_type_t::base_type_t;

  // The head as it goes out first. The connection ends with the answer.
  std::string head() {
    m_header.should_keep_alive(false);
    return impl::create_header_string(m_header, impl::content_length_field_presence_t::skip_content_length);
  }

  void send(writable_items_container_t items, bool last, write_status_cb_t then) {
    write_group_t group{std::move(items)};
    group.after_write_notificator(std::move(then));
    const response_output_flags_t flags{
        last ? response_parts_attr_t::final_parts : response_parts_attr_t::not_final_parts,
        response_connection_attr_t::connection_close};
    m_connection->write_response_parts(m_request_id, flags, std::move(group));
  }
};

}  // namespace restinio

namespace http {

using LiveBuilder = restinio::response_builder_t<LiveOutput>;

// All on the I/O thread. close() comes before the io_context goes; the object outlives that.
class LiveAnswers {
 public:
  struct Answer {
    std::string route;
    int status = 200;
    bool head_only = false;
    bool chunked = true;  // HTTP/1.1; before that the body ends with the connection
    LiveBody body;
  };
  using Ended = std::function<void(const Answer& answer, std::uint64_t body_bytes)>;

  LiveAnswers(asio::io_context& io, std::shared_ptr<Outbox> outbox, std::chrono::milliseconds heartbeat, Ended ended)
      : io_(io), outbox_(std::move(outbox)), heartbeat_(heartbeat), ended_(std::move(ended)), timer_(io) {}

  std::size_t count() const noexcept { return live_.size(); }

  void begin(std::uint64_t id, LiveBuilder builder, const Answer& answer) {
    if (answer.chunked) builder.append_header("Transfer-Encoding", "chunked");
    Live& live = live_.try_emplace(id, std::move(builder), answer).first->second;
    live.head = live.builder.head();
    if (live.answer.head_only || stopping_) return write(id, live, {.parts = {}, .last = true});
    live.answer.body.source->begin([this, outbox = outbox_, id] { outbox->post([this, id] { go_on(id); }); });
    if (!beating_) beat_later();
    LivePiece first = live.answer.body.source->take();
    write(id, live, std::move(first));
  }

  // Each ends as soon as what it is just sending is out. New ones end at once.
  void end_all() {
    stopping_ = true;
    for (auto& [id, live] : live_) {
      if (!live.writing) write(id, live, {.parts = {}, .last = true});
    }
  }

  // Forgets all of them: the connections are being closed.
  void close() {
    closed_ = true;
    timer_.reset();
    live_.clear();
  }

 private:
  struct Live {
    Live(LiveBuilder made, Answer given) : builder(std::move(made)), answer(std::move(given)) {}
    LiveBuilder builder;
    Answer answer;
    std::string head;  // until it is sent
    bool writing = false;
    bool last = false;  // has been written
    base::SteadyTime written_at;
    std::uint64_t bytes = 0;
  };

  void go_on(std::uint64_t id) {
    const auto found = live_.find(id);
    if (found == live_.end() || found->second.writing) return;
    if (stopping_) return write(id, found->second, {.parts = {}, .last = true});
    write(id, found->second, found->second.answer.body.source->take());
  }

  // One chunk for all parts: an event or a picture is never cut by the framing.
  void write(std::uint64_t id, Live& live, LivePiece piece) {
    restinio::writable_items_container_t items;
    if (!live.head.empty()) items.emplace_back(std::exchange(live.head, {}));
    std::size_t size = 0;
    for (const LivePart& part : piece.parts) size += size_of(part);
    const bool chunked = live.answer.chunked && !live.answer.head_only;
    if (chunked && size > 0) items.emplace_back(fmt::format("{:x}\r\n", size));
    for (LivePart& part : piece.parts) {
      if (size_of(part) == 0) continue;
      std::visit([&](auto& bytes) { items.emplace_back(std::move(bytes)); }, part);
    }
    if (chunked && size > 0) items.emplace_back(std::string("\r\n"));
    if (chunked && piece.last) items.emplace_back(std::string("0\r\n\r\n"));
    if (items.empty() && !piece.last) return;
    live.writing = true;
    live.last = piece.last;
    live.bytes += size;
    live.written_at = base::steady_now();
    live.builder.send(std::move(items), piece.last, [this, id](const std::error_code& error) { written(id, !error); });
  }

  // Called from within RESTinio, even from its destructors: what follows is done afterwards.
  void written(std::uint64_t id, bool well) {
    if (closed_) return;
    asio::post(io_, [this, id, well] {
      const auto found = live_.find(id);
      if (found == live_.end()) return;
      found->second.writing = false;
      if (well && !found->second.last) return go_on(id);
      const auto ended = live_.extract(found);
      ended_(ended.mapped().answer, ended.mapped().bytes);
    });
  }

  void beat_later() {
    beating_ = true;
    timer_->expires_after(heartbeat_ / 2);
    timer_->async_wait([this](const std::error_code& cancelled) {
      if (!cancelled && !closed_) beat();
    });
  }

  void beat() {
    const auto due = base::steady_now() - heartbeat_ / 2;
    for (auto& [id, live] : live_) {
      if (!live.writing && live.written_at <= due) write(id, live, live.answer.body.source->beat());
    }
    beating_ = !live_.empty();
    if (beating_) beat_later();
  }

  static std::size_t size_of(const LivePart& part) {
    if (const auto* own = std::get_if<std::string>(&part)) return own->size();
    if (const auto* text = std::get_if<std::shared_ptr<const std::string>>(&part)) return (*text)->size();
    return std::get<std::shared_ptr<const base::Bytes>>(part)->size();
  }

  asio::io_context& io_;
  const std::shared_ptr<Outbox> outbox_;
  const std::chrono::milliseconds heartbeat_;
  const Ended ended_;
  std::optional<asio::steady_timer> timer_;
  std::unordered_map<std::uint64_t, Live> live_;
  bool beating_ = false;
  bool stopping_ = false;
  bool closed_ = false;
};

}  // namespace http
