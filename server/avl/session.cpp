#include "server/avl/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/avl/foreign.hpp"

namespace avl {

namespace {
constexpr std::size_t imei_digits = 15;
constexpr std::size_t login_size = 2 + imei_digits;
constexpr std::uint8_t accepted = 0x01;
constexpr std::uint8_t refused = 0x00;
constexpr std::uint8_t keep_alive = 0xff;
constexpr std::size_t shown_bytes = 8;

template <class... Kinds>
struct overloaded : Kinds... {
  using Kinds::operator()...;
};

void note(Severity severity, std::string text, Actions& out) {
  out.emplace_back(Note{severity, std::move(text)});
}

bool begins_login(base::ByteView in) {
  return in.size() >= 2 && in[0] == 0x00 && in[1] == imei_digits;
}

// What is wrong with the digits that are there so far; empty: nothing.
std::string problem_of_login(base::ByteView in) {
  const base::ByteView digits = in.subspan(2, std::min(in.size(), login_size) - 2);
  const bool all_digits = std::ranges::all_of(digits, [](std::uint8_t c) { return c >= '0' && c <= '9'; });
  if (!all_digits) return fmt::format("the login \"{}\" has other characters than digits", base::printable(digits));
  if (digits.size() < imei_digits) return {};
  const auto imei = base::Imei::parse(base::as_text(digits));
  if (!imei) return fmt::format("the login {} is no IMEI: its check digit is wrong", base::as_text(digits));
  if (imei->is_reserved())
    return fmt::format("the login {} is a number that no device has: it begins with 00", imei->str());
  return {};
}
}  // namespace

// ---- In: the driver's answers.

void Session::start(Actions& out) {
  wait_for(State::awaiting_login, options_->login_deadline, out);
}

void Session::admit(Actions& out) {
  if (state_ != State::awaiting_admission) return;
  out.emplace_back(Send{{accepted}});
  wait_for(State::open, options_->idle_deadline, out);
}

void Session::refuse(std::string_view reason, Actions& out) {
  if (state_ == State::awaiting_admission) deny(std::string(reason), out);
}

void Session::stored(Actions& out) {
  if (state_ != State::storing) return;
  const std::size_t count = records_.all().size();
  record_count_ += count;
  base::Bytes answer(4);
  base::store_be(answer.data(), static_cast<std::uint32_t>(count));
  out.emplace_back(Send{std::move(answer)});
  if (records_.memory() > max_kept_memory) records_.release();
  state_ = State::open;
  good(out);
}

void Session::storage_failed(std::string_view reason, Actions& out) {
  if (state_ == State::storing) close(std::string(reason), out);
}

bool Session::send_command(const Message& command, Actions& out) {
  if (state_ != State::open && state_ != State::storing) return false;
  const auto payload = encode_message(command);
  if (!payload) return false;
  Send send;
  append_frame(*payload, send.bytes);
  out.emplace_back(std::move(send));
  return true;
}

void Session::shut_down(std::string_view reason, Actions& out) {
  close(std::string(reason), out);
}

bool Session::waits_for_driver() const noexcept {
  return state_ == State::awaiting_admission || state_ == State::storing;
}

// ---- In: bytes.

std::size_t Session::step(base::ByteView in, Actions& out) {
  if (in.empty() || waits_for_driver()) return 0;
  switch (state_) {
    case State::awaiting_login: return step_login(in, out);
    case State::open: return step_open(in, out);
    default: return in.size();
  }
}

std::size_t Session::step_login(base::ByteView in, Actions& out) {
  if (in[0] == keep_alive) return 1;
  if (in.size() < 2) return 0;
  if (!begins_login(in)) {
    const bool camera_or_frame = in[0] == 0 && in[1] == 0;
    const bool undecided = camera_or_frame ? in.size() < foreign_size : in.size() < 4;
    if (undecided) return 0;
    on_first_frame(in, out);
    return in.size();
  }
  if (std::string problem = problem_of_login(in); !problem.empty()) {
    deny(std::move(problem), out);
    return in.size();
  }
  if (in.size() < login_size) return 0;
  imei_ = base::Imei::parse(base::as_text(in.subspan(2, imei_digits)));
  wait_for(State::awaiting_admission, options_->store_deadline, out);
  out.emplace_back(Identify{*imei_});
  return login_size;
}

// First bytes that are no login. Somebody else is not answered; a tracker is refused.
void Session::on_first_frame(base::ByteView in, Actions& out) {
  if (std::string foreign = recognise_foreign(in); !foreign.empty()) return close(std::move(foreign), out);
  if (looks_like_tracker(in)) return deny("records came before the login: nobody knows whose they are", out);
  const std::string shown = base::to_hex(in.first(std::min(in.size(), shown_bytes)));
  if (in[0] == 0 && in[1] != 0)
    return deny(fmt::format("a login has {} digits, not {}: {}", imei_digits, in[1], shown), out);
  close(fmt::format("the first bytes are no login: {}", shown), out);
}

std::size_t Session::step_open(base::ByteView in, Actions& out) {
  if (begins_login(in)) return step_login_again(in, out);
  Found found = next_frame(in);
  std::visit(overloaded{[](const NeedMore&) {}, [&](const KeepAlive&) { good(out); },
                        [&](const FrameView& frame) {
                          carries_records(frame.codec) ? on_records(frame, out) : on_message(frame, out);
                        },
                        [&](BadFrame& frame) {
                          if (found.size > 0) return bad(std::move(frame.reason), out);
                          close(std::move(frame.reason), out);
                          found.size = in.size();
                        }},
             found.what);
  return found.size;
}

// A tracker that has begun again on the same connection. Whose link it is cannot change.
std::size_t Session::step_login_again(base::ByteView in, Actions& out) {
  if (in.size() < login_size) return 0;
  if (base::as_text(in.subspan(2, imei_digits)) != imei_->str()) {
    deny(fmt::format("another login on the link of {}: {}", imei_->str(), base::printable(in.subspan(2, imei_digits))),
         out);
    return in.size();
  }
  note(Severity::info, "the tracker logged in again on the same link", out);
  out.emplace_back(Send{{accepted}});
  good(out);
  return login_size;
}

void Session::on_records(const FrameView& frame, Actions& out) {
  if (const auto decoded = records_.decode(frame.codec, frame.payload); !decoded)
    return bad(decoded.error().message, out);
  wait_for(State::storing, options_->store_deadline, out);
  if (records_.all().empty()) return stored(out);
  out.emplace_back(Store{frame.codec, &records_});
}

void Session::on_message(const FrameView& frame, Actions& out) {
  auto message = decode_message(frame.payload);
  if (!message) return bad(message.error().message, out);
  good(out);
  // Codec 13 comes from devices only, and some call what they say a command.
  if (message->type == MessageType::command && frame.codec != Codec::codec13)
    return note(
        Severity::info,
        fmt::format("the tracker sent a command, \"{}\": ignored", base::printable(base::as_bytes(message->text))),
        out);
  out.emplace_back(Reply{*std::move(message)});
}

void Session::on_deadline(Actions& out) {
  switch (state_) {
    case State::awaiting_login: return close("no login came in time", out);
    case State::awaiting_admission: return close("the device policy gave no answer in time", out);
    case State::open:
      return close(fmt::format("the tracker has sent nothing for {} s",
                               std::chrono::duration_cast<std::chrono::seconds>(options_->idle_deadline).count()),
                   out);
    case State::storing: return close("storage gave no answer in time; the tracker keeps its records", out);
    case State::closed: return;
  }
}

void Session::on_end(std::string_view how, Actions& out) {
  close(std::string(how), out);
}

// ---- Out.

void Session::good(Actions& out) {
  bad_frames_ = 0;
  out.emplace_back(Deadline{options_->idle_deadline});
}

void Session::bad(std::string reason, Actions& out) {
  ++bad_frame_count_;
  note(Severity::warning, fmt::format("not answered, so that the tracker sends it again: {}", reason), out);
  if (++bad_frames_ >= max_bad_frames)
    close(fmt::format("{} bad frames in a row; the last: {}", bad_frames_, reason), out);
}

void Session::deny(std::string reason, Actions& out) {
  out.emplace_back(Send{{refused}});
  close(std::move(reason), out);
}

void Session::close(std::string reason, Actions& out) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  records_.release();
  out.emplace_back(Close{std::move(reason)});
}

void Session::wait_for(State state, Duration duration, Actions& out) {
  state_ = state;
  out.emplace_back(Deadline{duration});
}

}  // namespace avl
