#include "server/net/avl_connection.hpp"

#include <asio/post.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "server/base/log.hpp"

namespace net {

using base::ByteView;

namespace {
// Reads in a row before other connections of the thread get their turn.
constexpr int reads_per_turn = 4;
// Answers are four bytes, and one command is under way at a time: a tracker that lets this much pile up reads nothing.
constexpr std::size_t max_outgoing = 16 * 1024;
// A connection gives back a carry buffer that has grown beyond a usual frame.
constexpr std::size_t small_carry = 4 * 1024;
// Of a tracker's text in the log.
constexpr std::size_t shown_text = 300;
}  // namespace

AvlConnection::AvlConnection(std::uint64_t id, std::string session_name, AvlCore& core, AvlShared& shared,
                             Stream stream, Peer peer, Ended ended)
    : id_(id),
      name_(std::move(session_name)),
      core_(core),
      shared_(shared),
      stream_(std::move(stream)),
      peer_(std::move(peer)),
      ended_(std::move(ended)),
      session_(shared.session),
      recording_(shared.recorder, recorder::Kind::tracker, name_, stream_, peer_.endpoint),
      deadline_(core.context, [this] { drive([&](auto& out) { session_.on_deadline(out); }); }) {}

void AvlConnection::start() {
  shared_.metrics.connections.Increment();
  shared_.metrics.open_connections.Increment();
  base::log::debug("tracker connected", {{"session", name_}, {"peer", peer_.endpoint}, {"tls", stream_.is_tls()}});
  recording_.begin();
  drive([&](auto& out) { session_.start(out); });
  wait_readable();
}

void AvlConnection::stop(const std::string& reason, bool when_answered) {
  if (ended_already_) return;
  if (when_answered && session_.waits_for_driver()) {
    stop_when_answered_ = reason;
    return;
  }
  drive([&](auto& out) { session_.shut_down(reason, out); });
}

void AvlConnection::send_command(const std::string& text) {
  if (ended_already_) return;
  bool sent = false;
  drive([&](auto& out) { sent = session_.send_command({.text = text}, out); });
  if (!sent)
    return base::log::warning("a command does not fit onto the tracker's link",
                              {{"imei", imei_text()}, {"command", text}});
  shared_.metrics.commands.Increment();
  recording_.say([&] { return "command sent: " + text; });
  base::log::info("command sent to the tracker", {{"session", name_}, {"imei", imei_text()}, {"command", text}});
}

// ---- Bytes in.

void AvlConnection::wait_readable() {
  if (waiting_readable_ || ended_already_ || session_.waits_for_driver()) return;
  waiting_readable_ = true;
  stream_.async_wait_readable([self = shared_from_this()](const std::error_code& error) {
    self->waiting_readable_ = false;
    if (!error) self->on_readable();
  });
}

// Feeds the session from the front of the core's buffer; what is left over moves to the front. False while the session
// waits for an answer: what else the tracker sends stays in the socket.
bool AvlConnection::consume(std::size_t& filled) {
  const ByteView all(core_.buffer.data(), filled);
  in_buffer_ = filled;
  std::size_t used = 0;
  while (!ended_already_ && used < filled) {
    std::size_t step = 0;
    drive([&](auto& out) { step = session_.step(all.subspan(used), out); });
    if (step == 0) break;
    used += step;
  }
  shared_.metrics.bad_frames.Increment(static_cast<double>(session_.bad_frames() - bad_frames_counted_));
  bad_frames_counted_ = session_.bad_frames();
  filled -= used;
  if (used != 0 && filled != 0)
    std::copy_n(core_.buffer.begin() + static_cast<std::ptrdiff_t>(used), filled, core_.buffer.begin());
  return !session_.waits_for_driver();
}

void AvlConnection::on_readable() {
  if (ended_already_ || waiting_readable_) return;
  std::size_t filled = carry_.size();
  std::copy(carry_.begin(), carry_.end(), core_.buffer.begin());
  carry_.clear();
  bool more = filled == 0 || consume(filled);
  IoResult result{IoState::want_read, 0, {}};
  bool turn_over = true;
  for (int turn = 0; more && !ended_already_ && turn < reads_per_turn; ++turn) {
    const auto space = std::span(core_.buffer).subspan(filled, avl_read_size);
    result = stream_.read(space);
    if (result.state != IoState::done) {
      turn_over = false;
      break;
    }
    recording_.received(space.first(result.bytes));
    const bool was_short = result.bytes < space.size();
    filled += result.bytes;
    more = consume(filled);
    if (was_short && !stream_.is_tls()) {
      turn_over = false;
      break;
    }
  }
  if (ended_already_) return;
  if (carry_.capacity() > small_carry && filled <= small_carry) carry_ = {};
  carry_.assign(core_.buffer.begin(), core_.buffer.begin() + static_cast<std::ptrdiff_t>(filled));
  if (result.state == IoState::closed) {
    recording_.ends_by(pcapng::TcpConversation::End::by_device);
    return drive([&](auto& out) { session_.on_end("the tracker closed the connection", out); });
  }
  if (result.state == IoState::failed) {
    recording_.ends_by(pcapng::TcpConversation::End::broken);
    return drive([&](auto& out) { session_.on_end("the connection broke (" + result.reason + ")", out); });
  }
  if (!outgoing_.empty()) flush();
  if (!more) return;
  if (result.state == IoState::want_write) return wait_writable();
  if (turn_over) return asio::post(core_.context, [self = shared_from_this()] { self->on_readable(); });
  wait_readable();
}

// Behind the driver's answer.
void AvlConnection::go_on() {
  if (ended_already_ || session_.waits_for_driver()) return;
  // TLS may hold bytes that were read from the socket already: only a read finds out.
  if (carry_.empty() && !stream_.is_tls()) return wait_readable();
  asio::post(core_.context, [self = shared_from_this()] { self->on_readable(); });
}

// ---- Bytes out.

void AvlConnection::send(ByteView bytes) {
  if (ended_already_) return;
  if (outgoing_.size() + bytes.size() > max_outgoing)
    return drive([&](auto& out) { session_.shut_down("the tracker does not read what it is sent", out); });
  outgoing_.insert(outgoing_.end(), bytes.begin(), bytes.end());
  flush();
}

void AvlConnection::flush() {
  if (waiting_writable_) return;
  IoResult result;
  while (!outgoing_.empty()) {
    result = stream_.write(outgoing_);
    if (result.state != IoState::done) break;
    recording_.sent(ByteView(outgoing_).first(result.bytes));
    outgoing_.erase(outgoing_.begin(), outgoing_.begin() + static_cast<std::ptrdiff_t>(result.bytes));
  }
  if (result.state == IoState::closed || result.state == IoState::failed) {
    outgoing_.clear();
    return;  // reading reports the end of the connection, after what the tracker still sent
  }
  if (result.state == IoState::want_write) wait_writable();
}

void AvlConnection::wait_writable() {
  if (waiting_writable_) return;
  waiting_writable_ = true;
  stream_.async_wait_writable([self = shared_from_this()](const std::error_code& error) {
    self->waiting_writable_ = false;
    if (error) return;
    self->flush();
    self->on_readable();  // a TLS handshake may have waited to write
  });
}

// ---- Actions.

// Calls the session and carries out what it wants. Actions may call the session again (admit): those come after.
template <class Call>
void AvlConnection::drive(Call&& call) {
  if (ended_already_) return;
  call(core_.actions);
  if (!in_drive_) carry_out();
}

void AvlConnection::carry_out() {
  in_drive_ = true;
  // By index, and each moved out: an action may add to the list.
  for (std::size_t i = 0; i < core_.actions.size(); ++i) {  // NOLINT(modernize-loop-convert)
    const avl::Action action = std::move(core_.actions[i]);
    std::visit([this](const auto& each) { perform(each); }, action);
  }
  core_.actions.clear();
  in_drive_ = false;
}

void AvlConnection::perform(const avl::Send& action) {
  send(action.bytes);
}

void AvlConnection::perform(const avl::Deadline& action) {
  deadline_.set(base::steady_now() + action.after, shared_from_this());
}

void AvlConnection::perform(const avl::Identify& action) {
  recording_.go_on(action.imei, base::ByteView(core_.buffer).first(in_buffer_));
  if (const auto objection = shared_.devices.objection(action.imei)) {
    shared_.metrics.refused("device policy");
    recording_.say([&] { return "refused: " + *objection; });
    recording_.failed();
    return session_.refuse(*objection, core_.actions);
  }
  recording_.say([&] { return "admitted: tracker " + action.imei.str(); });
  base::log::info("tracker identified", {{"session", name_}, {"imei", action.imei.str()}, {"peer", peer_.endpoint}});
  // Another node may have had it meanwhile.
  shared_.writer.forget(action.imei);
  const storage::TrackerLink row{
      .imei = action.imei, .node = shared_.node, .session = name_, .peer = peer_.endpoint, .since = base::utc_now()};
  if (const auto older = shared_.links.enter({.row = row, .connection = weak_from_this(), .mailbox = core_.mailbox})) {
    shared_.metrics.takeovers.Increment();
    older->end("the tracker has a newer link, from " + peer_.endpoint);
  } else {
    shared_.metrics.links.Increment();
  }
  shared_.metrics.logins.Increment();
  shared_.notes.opened(row);
  session_.admit(core_.actions);
}

void AvlConnection::perform(const avl::Store& action) {
  frame_came_ = base::steady_now();
  frame_records_ = action.records->all().size();
  shared_.writer.submit(*session_.imei(), action.codec, *action.records, base::utc_now(),
                        [weak = weak_from_this(), mailbox = core_.mailbox](base::Result<> outcome) {
                          mailbox->post([weak, outcome = std::move(outcome)] {
                            if (const auto self = weak.lock()) self->stored(outcome);
                          });
                        });
}

void AvlConnection::perform(const avl::Reply& action) {
  const avl::Message& message = action.message;
  shared_.metrics.replies.Increment();
  recording_.say([&] {
    return fmt::format("the tracker says, in {}: {}", avl::to_string(message.codec),
                       base::printable(base::as_bytes(avl::tidy_text(message.text)), shown_text));
  });
  base::log::info("the tracker says",
                  {{"session", name_},
                   {"imei", imei_text()},
                   {"text", base::printable(base::as_bytes(avl::tidy_text(message.text)), shown_text)},
                   {"codec", avl::to_string(message.codec)}});
  if (!shared_.said) return;
  if (message.type == avl::MessageType::nack)
    return shared_.said(*session_.imei(), "The tracker refuses the command: it was for another IMEI (Codec 14 nack).");
  shared_.said(*session_.imei(), message.text);
}

void AvlConnection::perform(const avl::Note& action) {
  using base::log::Level;
  Level level = Level::debug;
  if (action.severity == avl::Severity::info) level = Level::info;
  if (action.severity == avl::Severity::warning) level = Level::warning;
  recording_.say([&] { return action.text; });
  if (action.severity == avl::Severity::warning) recording_.failed();
  base::log::event(level, action.text, {{"session", name_}, {"imei", imei_text()}, {"peer", peer_.endpoint}});
}

void AvlConnection::perform(const avl::Close& action) {
  end(action.reason);
}

void AvlConnection::stored(const base::Result<>& outcome) {
  if (ended_already_) return;
  if (outcome) {
    shared_.metrics.frames.Increment();
    recording_.say([&] { return fmt::format("{} records stored", frame_records_); });
    shared_.metrics.records.Increment(static_cast<double>(frame_records_));
    shared_.metrics.answer_seconds.Observe(std::chrono::duration<double>(base::steady_now() - frame_came_).count());
    drive([&](auto& out) {
      session_.stored(out);
      if (stop_when_answered_) session_.shut_down(*stop_when_answered_, out);
    });
  } else {
    shared_.metrics.storage_errors.Increment();
    recording_.say([&] { return "records not stored: " + outcome.error().message; });
    recording_.failed();
    drive([&](auto& out) { session_.storage_failed("its records cannot be stored: " + outcome.error().message, out); });
  }
  go_on();
}

std::string AvlConnection::imei_text() const {
  return session_.imei() ? session_.imei()->str() : std::string();
}

void AvlConnection::end(const std::string& reason) {
  if (ended_already_) return;
  ended_already_ = true;
  // Who never said who it is, and what makes no sense, is what one wants to look at.
  if (!session_.imei() || session_.bad_frames() != 0) recording_.failed();
  recording_.end(reason);
  // Of those that never said who they are the server speaks, once for each peer.
  base::log::event(session_.imei() ? base::log::Level::info : base::log::Level::debug, "tracker connection closed",
                   {{"session", name_}, {"imei", imei_text()}, {"peer", peer_.endpoint}, {"reason", reason}});
  deadline_.cancel();
  stream_.close();
  if (session_.imei()) {
    if (shared_.links.leave(*session_.imei(), name_)) {
      shared_.metrics.links.Decrement();
      shared_.notes.closed(*session_.imei(), name_);
    }
  }
  shared_.admission.leave_ip(peer_.address);
  shared_.metrics.open_connections.Decrement();
  ended_(id_, reason);
}

}  // namespace net
