// The dialogue: INIT, class by class PATH, META, START, and how a session ends. The transfer is in
// session_transfer.cpp.
#include "server/dualcam/session.hpp"

#include <fmt/format.h>

#include "server/dualcam/status.hpp"
#include "server/dualcam/wanted.hpp"

namespace dualcam {

using base::ByteView;
using base::load_be;

namespace {
constexpr std::size_t stray_lookahead = 1 + header_size;  // a stray byte and the header that shows that it is one
}

std::string_view to_string(State state) noexcept {
  switch (state) {
    case State::awaiting_init: return "awaiting INIT";
    case State::awaiting_admission: return "awaiting admission";
    case State::awaiting_path: return "awaiting PATH";
    case State::awaiting_meta: return "awaiting META";
    case State::awaiting_start: return "awaiting START";
    case State::opening: return "opening";
    case State::awaiting_sync: return "awaiting SYNC";
    case State::receiving: return "receiving";
    case State::resyncing: return "resyncing";
    case State::finishing: return "finishing";
    case State::closing: return "closing";
    case State::closed: return "closed";
  }
  return "unknown";
}

bool Session::waits_for_driver() const noexcept {
  return state_ == State::awaiting_admission || state_ == State::opening || state_ == State::finishing;
}

// ---- Ways out.

void Session::note(Severity severity, std::string text, Actions& out) const {
  out.emplace_back(Note{severity, std::move(text)});
}

void Session::wait_for(State state, Duration deadline, Actions& out) {
  state_ = state;
  out.emplace_back(Deadline{deadline});
}

void Session::abandon(std::string_view reason, Actions& out) {
  if (has_file()) out.emplace_back(Abandon{std::string(reason)});
}

void Session::close_now(std::string reason, Actions& out) {
  if (state_ == State::closed) return;
  abandon(reason, out);
  state_ = State::closed;
  out.emplace_back(Close{std::move(reason)});
}

// Before the first RESUME a device has sent nothing of the file.
bool Session::may_have_sent_all() const noexcept {
  const bool asked = has_file() && state_ != State::opening;
  return asked && device_at_ + max_on_the_way >= offer_.max_bytes();
}

// CLOSE behind the last byte of a file may count as its acknowledgement, and the device drops the file. Where that is
// possible only the connection is dropped: devices live with that every day, and it says nothing. CLOSE is safe
//   · outside of a file: the device has just spoken of what is still to be sent, or its file is stored;
//   · while storage opens: nothing was asked for;
//   · in a file, while more is missing than can be on its way or lost. In most photos that is never the case.
// Not everything that was sent need have come here: the last packet may be the broken one, or lost, and everything
// may be sent while a RESUME is not answered or bytes are dropped in the search for a SYNC.
void Session::close_politely(std::string reason, Actions& out) {
  if (state_ == State::closed || state_ == State::closing) return;
  if (may_have_sent_all()) return close_now(std::move(reason), out);
  abandon(reason, out);
  out.emplace_back(Send{encode_close()});
  close_reason_ = std::move(reason);
  wait_for(State::closing, options_->linger, out);
}

void Session::on_end(std::string_view how, Actions& out) {
  if (state_ == State::closing) return close_now(close_reason_, out);
  close_now(fmt::format("{} while {}", how, to_string(state_)), out);
}

void Session::shut_down(std::string_view reason, bool polite, Actions& out) {
  if (polite)
    close_politely(std::string(reason), out);
  else
    close_now(std::string(reason), out);
}

void Session::refuse(std::string_view reason, Actions& out) {
  close_politely(std::string(reason), out);
}

// Storage that fails may have been slow before: then the rest of the file, however long, waits unread in the socket.
void Session::storage_failed(std::string_view reason, Actions& out) {
  if (has_file() && state_ != State::opening) return close_now(std::string(reason), out);
  close_politely(std::string(reason), out);
}

// ---- In: bytes.

void Session::start(Actions& out) {
  wait_for(State::awaiting_init, options_->init_deadline, out);
}

std::size_t Session::step(ByteView in, Actions& out) {
  if (in.empty() || waits_for_driver()) return 0;
  switch (state_) {
    case State::awaiting_init: return step_init(in, out);
    case State::receiving: return step_receiving(in, out);
    case State::resyncing: return step_resyncing(in, out);
    case State::closing:
    case State::closed: return in.size();
    default: return step_dialogue(in, out);
  }
}

std::size_t Session::step_init(ByteView in, Actions& out) {
  if (in.size() < header_size) return 0;
  if (acknowledged_one_ && load_be<std::uint16_t>(in.data()) != 0) return step_dialogue(in, out);
  if (const auto foreign = recognise_foreign_traffic(in); !foreign.empty()) {
    close_now(fmt::format("{} on the camera port", foreign), out);
    return in.size();
  }
  if (load_be<std::uint16_t>(in.data()) != 0) {
    close_now(fmt::format("the first bytes are no INIT: {}", base::to_hex(in.first(header_size))), out);
    return in.size();
  }
  if (in.size() < init_size) return 0;
  on_init(parse_init(in), out);
  return init_size;
}

std::size_t Session::step_dialogue(ByteView in, Actions& out) {
  if (stray_possible_) {
    if (in.size() < stray_lookahead) return 0;
    if (const std::size_t stray = stray_metadata_byte(in, out); stray != 0) return stray;
  }
  const auto [framing, frame] = next_frame(in);
  switch (framing) {
    case Framing::incomplete: return 0;
    case Framing::whole:
      stray_possible_ = false;
      on_frame(frame, out);
      return frame.size;
    case Framing::lost: break;
  }
  if (load_be<std::uint16_t>(in.data()) == 0) {
    if (in.size() < init_size) return 0;
    if (const std::size_t restarted = step_restarted(in, out); restarted != 0) return restarted;
  }
  close_now(fmt::format("unexpected bytes while {}: {}", to_string(state_),
                        base::to_hex(in.first(std::min<std::size_t>(in.size(), 8)))),
            out);
  return in.size();
}

// Some v2 firmware says 13 and sends 14: the frame rate then stands alone between META and the next frame.
std::size_t Session::stray_metadata_byte(ByteView in, Actions& out) {
  if (is_device_command(load_be<std::uint16_t>(in.data())) || next_frame(in.subspan(1)).framing == Framing::lost)
    return 0;
  stray_possible_ = false;
  note(Severity::debug, fmt::format("one stray byte behind META is taken as the frame rate, {}", in[0]), out);
  if (state_ == State::awaiting_start) offer_.metadata.frame_rate = in[0];
  return 1;
}

// An INIT where none is due: the device began again on the same connection. 0 when it is no INIT of this device.
std::size_t Session::step_restarted(ByteView in, Actions& out) {
  const Init init = parse_init(in);
  if (init.imei != init_.imei || init.protocol != init_.protocol ||
      (init.settings & settings_always) != settings_always)
    return 0;
  if (++unexpected_ > max_unexpected_frames) {
    close_politely("the device begins again and again with INIT", out);
    return init_size;
  }
  note(Severity::info, fmt::format("the device began again with INIT while {}", to_string(state_)), out);
  abandon("the device began again with INIT", out);
  state_ = State::awaiting_init;  // the file is given up: nothing behind this may give it up again
  on_init(init, out);
  return init_size;
}

void Session::on_unexpected(const FrameView& frame, Actions& out) {
  drop(frame.size);  // DATA perhaps, whose SYNC was lost
  if (++unexpected_ > max_unexpected_frames)
    return close_politely(fmt::format("more than {} frames that nobody asked for", max_unexpected_frames), out);
  note(Severity::debug, fmt::format("{} ignored while {}", to_string(frame.command), to_string(state_)), out);
}

void Session::on_frame(const FrameView& frame, Actions& out) {
  const std::uint8_t* body = frame.body.data();
  if (frame.command == Command::status) return on_status(load_be<std::uint32_t>(body), out);
  if (frame.command == Command::path && state_ == State::awaiting_path) return on_path(frame.body, out);
  if (frame.command == Command::meta && (state_ == State::awaiting_meta || state_ == State::awaiting_start))
    return on_meta(frame.body, out);
  if (frame.command == Command::start && (state_ == State::awaiting_start || state_ == State::awaiting_sync))
    return on_start(frame, out);
  if (frame.command == Command::sync && state_ == State::awaiting_sync)
    return on_sync(load_be<std::uint32_t>(body), out);
  on_unexpected(frame, out);
}

// ---- The dialogue.

void Session::on_init(const Init& init, Actions& out) {
  if (init.protocol == 0) return close_now("INIT with protocol id 0", out);
  const auto imei = base::Imei::from_number(init.imei);
  if (!imei) return close_now(fmt::format("INIT with {}, which is no IMEI (15 digits, Luhn check)", init.imei), out);
  if (imei->is_reserved())
    return close_now(fmt::format("INIT with {}, a number that no device has (it begins with 00)", imei->str()), out);
  if (imei_ && *imei_ != *imei) return close_now("INIT with another IMEI than before on the same connection", out);
  const bool known = imei_.has_value();
  init_ = init;
  imei_ = imei;
  tried_ = 0;
  declined_ = false;
  if (known) return next_class(out);
  wait_for(State::awaiting_admission, options_->store_deadline, out);
  out.emplace_back(Identify{init, *imei});
}

void Session::admit(const ClassOrder& order, Actions& out) {
  if (state_ != State::awaiting_admission) return;
  order_ = order;
  next_class(out);
}

void Session::next_class(Actions& out) {
  for (const FileClass candidate : order_) {
    if (!init_.waiting(candidate) || (tried_ & settings_bit(candidate)) != 0) continue;
    tried_ |= settings_bit(candidate);
    current_ = candidate;
    path_.clear();
    shortened_path_ = false;
    offer_ = FileOffer{};
    offer_.file_class = candidate;
    offer_.name = identifier(candidate);
    offer_.camera = camera_of(candidate);
    offer_.kind = kind_of(candidate);
    counters_ = {};
    if (candidate != FileClass::path) return ask_meta(out);
    out.emplace_back(Send{encode_path_request()});
    return wait_for(State::awaiting_path, options_->reply_deadline, out);
  }
  current_.reset();
  if (declined_) return close_politely(fmt::format("the rest waits: taken are {} at present", to_string(taken_)), out);
  close_politely(acknowledged_one_ ? "every file is stored" : "no file is waiting", out);
}

// Before FILE REQ, never behind it: a START that came late would be taken for the next class's.
bool Session::declines(Actions& out) {
  if (is_wanted(taken_, offer_.kind, offer_.metadata)) return false;
  declined_ = true;
  out.emplace_back(Decline{});
  return true;
}

void Session::on_path(ByteView path, Actions& out) {
  std::string_view name = base::as_text(path);
  if (name.ends_with('\0')) name.remove_suffix(1);
  if (const auto objection = path_objection(name))
    return close_politely(fmt::format("{}: {}", *objection, base::printable(path, 80)), out);
  const PathFacts facts = facts_of_path(name);
  path_.assign(path.begin(), path.end());
  offer_.name = name;
  offer_.camera = facts.camera;
  offer_.kind = facts.kind;
  ask_meta(out);
}

ByteView Session::request_name() const noexcept {
  return current_ == FileClass::path ? ByteView(path_) : base::as_bytes(identifier(*current_));
}

void Session::ask_meta(Actions& out) {
  const bool by_path = current_ == FileClass::path;
  out.emplace_back(Send{encode_meta_request(by_path ? ByteView{} : request_name())});
  wait_for(State::awaiting_meta, options_->reply_deadline, out);
}

void Session::on_meta(ByteView meta, Actions& out) {
  const bool late = state_ == State::awaiting_start;
  if (late && !offer_.raw_metadata.empty()) return;
  MetadataForm form = MetadataForm::dualcam;
  if (current_ == FileClass::path) form = metadata_form_of_path(init_.protocol, offer_.name);
  if (form == MetadataForm::dualcam && init_.enhanced() && !meta.empty() && meta[0] == '{') form = MetadataForm::json;
  offer_.raw_metadata.assign(meta.begin(), meta.end());
  stray_possible_ = form == MetadataForm::dualcam && meta.size() == meta_v1_size;
  if (auto parsed = parse_metadata(form, meta)) {
    offer_.metadata = std::move(*parsed);
    if (offer_.metadata.kind && offer_.kind == base::MediaKind::other) offer_.kind = *offer_.metadata.kind;
    compare_with_offer(offer_.metadata, out);
  } else {
    note(Severity::warning, parsed.error().message, out);
  }
  if (late) return;
  if (offer_.metadata.no_such_file()) {
    note(Severity::info, fmt::format("META of {} says that there is no file", offer_.name), out);
    return next_class(out);
  }
  if (declines(out)) return next_class(out);
  ask_file(out);
}

// What was asked for on the wire is what the device sends, and a path's extension tells its format: metadata that says
// otherwise changes no label. It may describe another file, its time and place included, and somebody should know.
void Session::compare_with_offer(const Metadata& metadata, Actions& out) const {
  if (metadata.no_such_file()) return;
  if (metadata.file_class && metadata.file_class != current_)
    note(Severity::warning,
         fmt::format("META says {} where {} was asked for", to_string(*metadata.file_class), offer_.name), out);
  if (metadata.kind && metadata.kind != offer_.kind)
    note(Severity::warning,
         fmt::format("META says {} of {}, which is taken as {}", base::to_string(*metadata.kind), offer_.name,
                     base::to_string(offer_.kind)),
         out);
}

void Session::ask_file(Actions& out) {
  constexpr std::size_t vendor_length = 7;
  const ByteView name = request_name();
  out.emplace_back(
      Send{encode_file_request(shortened_path_ ? name.first(std::min(vendor_length, name.size())) : name)});
  wait_for(State::awaiting_start, options_->reply_deadline, out);
}

void Session::on_start(const FrameView& frame, Actions& out) {
  const auto size = load_be<std::uint32_t>(frame.body.data());
  const auto crc = load_be<std::uint16_t>(frame.body.data() + 4);
  if (state_ == State::awaiting_sync) {
    if (size != offer_.declared_size) return close_politely("START came again with another size", out);
    if (++start_repeats_ > max_start_repeats) return close_politely("START is repeated without end", out);
    return repeat_resume(out);
  }
  if (size == 0) {
    note(Severity::info, fmt::format("START of {} says that nothing is left", offer_.name), out);
    return next_class(out);
  }
  offer_.unit = current_ != FileClass::path && !init_.enhanced() ? SizeUnit::packets : SizeUnit::bytes;
  offer_.declared_size = size;
  offer_.declared_crc = crc;
  if (offer_.max_bytes() > options_->max_file_bytes)
    return close_politely(
        fmt::format("START announces {} bytes, at most {} are taken", offer_.max_bytes(), options_->max_file_bytes),
        out);
  if (crc != 0) note(Severity::info, fmt::format("START carries a file CRC, {:04x}", crc), out);
  wait_for(State::opening, options_->store_deadline, out);
  out.emplace_back(Open{});
}

// A device that sends a STATUS closes next, whatever the value; the other classes come on the next connection, where
// current_class() tells the driver to ask for this one last. Only 17 to a whole path of the DualCam family is known to
// be got over on the same connection.
void Session::on_status(std::uint32_t status, Actions& out) {
  if (status == status_completed) return;
  const bool retry = status == status_read_failed && state_ == State::awaiting_start && init_.enhanced() &&
                     current_ == FileClass::path && !shortened_path_ && facts_of_path(offer_.name).dualcam_family;
  if (retry) {
    // The vendor's server asks for these paths with their first 7 bytes only.
    note(Severity::info, "the whole path was refused; asking with its first 7 bytes", out);
    shortened_path_ = true;
    return ask_file(out);
  }
  last_status_ = status;
  std::string reason = fmt::format("the device sent STATUS {}: {}", status, status_name(status));
  note(Severity::warning, reason, out);
  abandon(reason, out);
  close_reason_ = std::move(reason);
  wait_for(State::closing, options_->linger, out);
}

// ---- In: time.

void Session::on_deadline(Actions& out) {
  switch (state_) {
    case State::awaiting_init:
      if (acknowledged_one_) return close_politely("no INIT followed the acknowledgement", out);
      return close_now("no INIT came in time", out);
    case State::awaiting_meta:
      // Not the next class: META that came late would be taken for that one's.
      if (declines(out)) return close_politely("no META came in time, and only with one it would be taken", out);
      note(Severity::info, "no META came in time; going on without it", out);
      return ask_file(out);
    case State::awaiting_path: return close_politely("no PATH came in time", out);
    case State::awaiting_start: return close_politely("no START came in time", out);
    case State::awaiting_sync: return on_no_sync(out);
    case State::receiving: return on_no_data(out);
    case State::resyncing: return on_no_answer_to_resume(out);
    case State::awaiting_admission: return close_now("the device policy gave no answer in time", out);
    case State::opening:
    case State::finishing: return close_now("storage gave no answer in time", out);
    case State::closing: return close_now(close_reason_, out);
    case State::closed: return;
  }
}

}  // namespace dualcam
