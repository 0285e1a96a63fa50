#include "server/net/camera_connection.hpp"

#include <asio/post.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "server/base/log.hpp"

namespace net {

using base::ByteView;
using base::log::Field;

namespace {
// Reads in a row before other connections of the core get their turn.
constexpr int reads_per_turn = 4;
// Requests are a few bytes and devices read them at once: a device that lets this much pile up is not one of ours.
constexpr std::size_t max_outgoing = 16 * 1024;
// Less is not worth a read: with so little room left of a transfer it goes a few frames beyond.
constexpr std::size_t least_read = 4 * 1024;
// A connection gives back a carry buffer that has grown beyond a frame.
constexpr std::size_t small_carry = 4 * 1024;

// Where a file begins, and why there.
std::string opened_words(const dualcam::FileOffer& offer, const dualcam::KeptFile& kept) {
  if (kept.complete)
    return fmt::format("{} is stored: its end is asked for from {}, as proof", offer.name, kept.overlap_offset);
  if (kept.size == 0) return fmt::format("{} from its beginning: nothing of it is kept", offer.name);
  return fmt::format("{} goes on behind {} bytes that are kept, with what is from {} as proof", offer.name, kept.size,
                     kept.overlap_offset);
}
}  // namespace

CameraConnection::CameraConnection(std::uint64_t id, std::string session_name, Core& core, CameraServices& services,
                                   Stream stream, Peer peer, Ended ended)
    : id_(id),
      name_(std::move(session_name)),
      core_(core),
      services_(services),
      stream_(std::move(stream)),
      peer_(std::move(peer)),
      ended_(std::move(ended)),
      session_(services.session),
      recording_(services.recorder, recorder::Kind::camera, name_, stream_, peer_.endpoint),
      deadline_(core.context, [this] { on_deadline(); }),
      progress_deadline_(core.context, [this] { check_progress(); }) {}

CameraConnection::~CameraConnection() = default;

void CameraConnection::start() {
  services_.metrics.connections.Increment();
  services_.metrics.open_connections.Increment();
  base::log::debug("camera connected", {{"session", name_}, {"peer", peer_.endpoint}, {"tls", stream_.is_tls()}});
  recording_.begin();
  drive([&](auto& out) { session_.start(out); });
  wait_readable();
}

void CameraConnection::stop(const std::string& reason, bool when_idle) {
  if (ended_already_) return;
  if (when_idle && session_.has_file()) {
    stop_when_idle_ = reason;
    return;
  }
  shut_down(reason, !session_.has_file());
}

// ---- Bytes in.

// Of a file no more is read than the transfer has room for: the rest is safer with the camera than in our memory.
std::span<std::uint8_t> CameraConnection::space_behind(std::size_t filled) const {
  const auto free = std::span(core_.buffer).subspan(filled);
  if (!transfer_) return free;
  return free.first(std::min(free.size(), std::max(transfer_->room(), least_read)));
}

bool CameraConnection::blocked() const {
  return session_.waits_for_driver() || (transfer_ && transfer_->room() == 0);
}

void CameraConnection::wait_readable() {
  if (waiting_readable_ || ended_already_ || blocked()) return;
  waiting_readable_ = true;
  stream_.async_wait_readable([self = shared_from_this()](const std::error_code& error) {
    self->waiting_readable_ = false;
    if (!error) self->on_readable();
  });
}

// Feeds the session from the front of the core's buffer; what is left over moves to the front. False when blocked.
bool CameraConnection::consume(std::size_t& filled) {
  const ByteView all(core_.buffer.data(), filled);
  in_buffer_ = filled;
  std::size_t used = 0;
  bool go_on = true;
  while (!ended_already_) {
    if (blocked()) {
      go_on = false;
      break;
    }
    std::size_t step = 0;
    drive([&](auto& out) { step = session_.step(all.subspan(used), out); });
    if (step == 0) {
      go_on = !blocked();
      break;
    }
    used += step;
  }
  filled -= used;
  if (used != 0 && filled != 0)
    std::copy_n(core_.buffer.begin() + static_cast<std::ptrdiff_t>(used), filled, core_.buffer.begin());
  update_live();
  return go_on;
}

void CameraConnection::on_readable() {
  if (ended_already_ || waiting_readable_) return;
  std::size_t filled = carry_.size();
  std::copy(carry_.begin(), carry_.end(), core_.buffer.begin());
  carry_.clear();
  bool more = filled == 0 || consume(filled);
  IoResult result{IoState::want_read, 0, {}};
  bool turn_over = true;
  for (int turn = 0; more && !ended_already_ && turn < reads_per_turn; ++turn) {
    const std::span<std::uint8_t> space = space_behind(filled);
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
    return drive([&](auto& out) { session_.on_end("the camera closed the connection", out); });
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

void CameraConnection::on_deadline() {
  // The camera sends, or would: it is the spool that does not take its bytes.
  const bool wants_bytes =
      session_.state() == dualcam::State::receiving || session_.state() == dualcam::State::resyncing;
  if (wants_bytes && blocked()) {
    const base::SteadyTime limit = last_data_ + services_.session.data_deadline;
    if (base::steady_now() < limit) return deadline_.set(limit, shared_from_this());
    return shut_down("storage took no bytes in time", false);
  }
  drive([&](auto& out) { session_.on_deadline(out); });
}

// Goes on after the driver's answer or when a transfer has room again.
void CameraConnection::pump() {
  if (ended_already_ || blocked()) return;
  // TLS may hold bytes that were read from the socket already: only a read finds out.
  if (carry_.empty() && !stream_.is_tls()) return wait_readable();
  asio::post(core_.context, [self = shared_from_this()] { self->on_readable(); });
}

// ---- Bytes out.

void CameraConnection::send(ByteView bytes) {
  if (ended_already_) return;
  if (outgoing_.size() + bytes.size() > max_outgoing)
    return shut_down("the camera does not read what it is sent", false);
  outgoing_.insert(outgoing_.end(), bytes.begin(), bytes.end());
  flush();
}

void CameraConnection::flush() {
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
    return;  // reading reports the end of the connection, after what the device still sent
  }
  if (result.state == IoState::want_write) wait_writable();
}

void CameraConnection::wait_writable() {
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

void CameraConnection::shut_down(const std::string& reason, bool polite) {
  drive([&](auto& out) { session_.shut_down(reason, polite, out); });
}

// Calls the session and carries out what it wants. Actions may call the session again (admit): those come after.
template <class Call>
void CameraConnection::drive(Call&& call) {
  if (ended_already_) return;
  call(core_.actions);
  if (!in_drive_) carry_out();
}

void CameraConnection::carry_out() {
  in_drive_ = true;
  // By index, and each moved out: an action may add to the list.
  for (std::size_t i = 0; i < core_.actions.size(); ++i) {  // NOLINT(modernize-loop-convert)
    const dualcam::Action action = std::move(core_.actions[i]);
    std::visit([this](const auto& each) { perform(each); }, action);
  }
  core_.actions.clear();
  in_drive_ = false;
}

void CameraConnection::perform(const dualcam::Send& action) {
  send(action.frame.view());
}

void CameraConnection::perform(const dualcam::Deadline& action) {
  deadline_.set(base::steady_now() + action.after, shared_from_this());
}

void CameraConnection::perform(const dualcam::Identify& action) {
  base::log::info("camera identified", {{"session", name_},
                                        {"imei", action.imei.str()},
                                        {"peer", peer_.endpoint},
                                        {"protocol", action.init.protocol},
                                        {"settings", fmt::format("{:08x}", action.init.settings)}});
  recording_.go_on(action.imei, base::ByteView(core_.buffer).first(in_buffer_));
  if (const auto objection = services_.devices.objection(action.imei)) {
    services_.metrics.refused("device policy");
    recording_.say([&] { return "refused: " + *objection; });
    recording_.failed();
    return session_.refuse(*objection, core_.actions);
  }
  const std::weak_ptr<CameraConnection> weak = weak_from_this();
  services_.admission.enter_device(action.imei, id_, [weak] {
    const auto self = weak.lock();
    if (!self) return;
    asio::post(self->core_.context, [self] {
      self->services_.metrics.refused("device connections");
      self->shut_down("the device has opened newer connections", false);
    });
  });
  recording_.say([&] {
    return fmt::format("admitted: camera {}, protocol {}, settings {:08x}", action.imei.str(), action.init.protocol,
                       action.init.settings);
  });
  note_seen();
  session_.take(services_.storms.taken(action.imei));
  session_.admit(services_.devices.order_for(action.imei), core_.actions);
}

// Said once where the device's state changes, not for every file of it.
void CameraConnection::perform(const dualcam::Decline&) {
  const dualcam::FileOffer& offer = session_.offer();
  const base::IntakeState taken = services_.storms.taken(*session_.imei());
  services_.metrics.declined(taken, offer.kind);
  recording_.say([&] {
    return fmt::format("{} is not asked for: of this device {} is taken for now", offer.name, base::to_string(taken));
  });
  base::log::debug("the file waits in the camera", {{"session", name_},
                                                    {"imei", imei_text()},
                                                    {"file", offer.name},
                                                    {"trigger", offer.metadata.trigger},
                                                    {"taken", base::to_string(taken)}});
}

void CameraConnection::perform(const dualcam::Open&) {
  const dualcam::FileOffer& offer = session_.offer();
  storage::FileIdentity identity{
      .imei = *session_.imei(),
      .name = offer.name,
      .declared_size = offer.declared_size,
      .unit = offer.unit == dualcam::SizeUnit::packets ? storage::SizeUnit::packets : storage::SizeUnit::bytes,
      .declared_crc = offer.declared_crc,
      .captured_ms = offer.metadata.captured_ms,
      .metadata = std::string(base::as_text(offer.raw_metadata))};
  opened_class_ = session_.current_class();
  transfer_ = std::make_shared<Transfer>(core_.context, services_.transfers, std::move(identity), weak_from_this());
  begin_live();
  transfer_->open();
}

void CameraConnection::perform(const dualcam::Write& action) {
  if (transfer_) transfer_->write(action.offset, action.bytes);
}

void CameraConnection::perform(const dualcam::StartOver& action) {
  base::log::warning(
      "starting the file over",
      {{"session", name_}, {"imei", imei_text()}, {"file", session_.offer().name}, {"reason", action.reason}});
  recording_.say([&] { return fmt::format("starting the file over: {}", action.reason); });
  recording_.failed();
  if (transfer_) transfer_->start_over();
}

void CameraConnection::perform(const dualcam::Finish& action) {
  finish_started_ = base::steady_now();
  if (live_) live_->state = LiveState::finishing;
  if (transfer_) transfer_->finish(arrival(action.size));
}

void CameraConnection::perform(const dualcam::Abandon& action) {
  recording_.say([&] { return "the file is left for now: " + action.reason; });
  recording_.failed();
  end_file("interrupted", action.reason, nullptr);
}

void CameraConnection::perform(const dualcam::Note& action) {
  using base::log::Level;
  Level level = Level::debug;
  if (action.severity == dualcam::Severity::info) level = Level::info;
  if (action.severity == dualcam::Severity::warning) level = Level::warning;
  recording_.say([&] { return action.text; });
  if (action.severity == dualcam::Severity::warning) recording_.failed();
  base::log::event(
      level, action.text,
      {{"session", name_}, {"imei", imei_text()}, {"file", session_.offer().name}, {"peer", peer_.endpoint}});
}

void CameraConnection::perform(const dualcam::Close& action) {
  end(action.reason);
}

// ---- The transfer's answers.

void CameraConnection::transfer_opened(const dualcam::KeptFile& kept) {
  const dualcam::FileOffer& offer = session_.offer();
  base::log::info(kept.complete ? "file offered again that is stored" : "file arriving",
                  {{"session", name_},
                   {"imei", imei_text()},
                   {"file", offer.name},
                   {"announced", offer.declared_size},
                   {"unit", offer.unit == dualcam::SizeUnit::packets ? "packets" : "bytes"},
                   {"kept_bytes", kept.size}});
  if (live_) {
    live_->offset_start = kept.size;
    live_->offset = kept.size;
    live_->state = LiveState::receiving;
  }
  recording_.say([&] { return opened_words(offer, kept); });
  begin_progress_window();
  drive([&](auto& out) { session_.opened(kept, out); });
  pump();
}

void CameraConnection::transfer_writable() {
  pump();
}

void CameraConnection::transfer_stored(const storage::Media& media, bool duplicate) {
  services_.metrics.store_seconds.Observe(std::chrono::duration<double>(base::steady_now() - finish_started_).count());
  services_.metrics.stored(media.kind);
  if (duplicate) services_.metrics.duplicates.Increment();
  if (const auto current = session_.current_class()) services_.devices.class_worked(media.imei, *current);
  base::log::info(duplicate ? "file is stored already" : "file stored", {{"session", name_},
                                                                         {"imei", imei_text()},
                                                                         {"file", media.name},
                                                                         {"media", media.id.str()},
                                                                         {"bytes", media.size},
                                                                         {"content_type", media.content_type},
                                                                         {"defect", media.defect}});
  recording_.say([&] {
    return fmt::format("{}: {} bytes, {}, media {}{}", duplicate ? "stored before" : "stored", media.size,
                       media.content_type, media.id.str(), media.defect.empty() ? "" : "; " + media.defect);
  });
  count_stored(media, duplicate);
  end_file("stored", duplicate ? "the file was stored already" : "", &media);
  drive([&](auto& out) {
    session_.stored(out);
    if (stop_when_idle_) session_.shut_down(*stop_when_idle_, true, out);
  });
  pump();
}

void CameraConnection::transfer_not_whole(const std::string& defect) {
  recording_.say([&] { return "complete and not whole: " + defect; });
  recording_.failed();
  if (live_) live_->state = LiveState::receiving;
  begin_progress_window();
  drive([&](auto& out) { session_.not_whole(defect, out); });
  pump();
}

void CameraConnection::transfer_failed(const std::string& reason) {
  services_.metrics.storage_errors.Increment();
  base::log::error("the file cannot be kept",
                   {{"session", name_}, {"imei", imei_text()}, {"file", session_.offer().name}, {"reason", reason}});
  recording_.say([&] { return "the file cannot be kept: " + reason; });
  recording_.failed();
  end_file("failed", reason, nullptr);
  drive([&](auto& out) { session_.storage_failed(reason, out); });
  pump();
}

void CameraConnection::transfer_superseded() {
  recording_.say([] { return std::string("superseded by a newer connection"); });
  shut_down("a newer connection of the device brings the same file", false);
}

void CameraConnection::end(const std::string& reason) {
  if (ended_already_) return;
  ended_already_ = true;
  // Who never said who it is, and what a device complains of, is what one wants to look at.
  if (!session_.imei() || session_.last_status()) recording_.failed();
  recording_.end(reason);
  // Nothing useful ever came: background noise of the internet, said once per peer by the server, here for debugging.
  base::log::event(session_.imei() ? base::log::Level::info : base::log::Level::debug, "camera connection closed",
                   {{"session", name_}, {"imei", imei_text()}, {"peer", peer_.endpoint}, {"reason", reason}});
  // Refused with a STATUS, or asked for in vain: it must not hide the others on every connection. Noted before the
  // camera can see the end of this one and come back.
  const bool in_vain = session_.current_class() && session_.current_class() != opened_class_;
  if (session_.current_class() && (session_.last_status() || in_vain))
    services_.devices.class_failed(*session_.imei(), *session_.current_class());
  deadline_.cancel();
  progress_deadline_.cancel();
  stream_.close();
  if (session_.imei()) services_.admission.leave_device(*session_.imei(), id_);
  services_.admission.leave_ip(peer_.address);
  services_.metrics.open_connections.Decrement();
  ended_(id_, reason);
}

}  // namespace net
