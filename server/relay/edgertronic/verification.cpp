#include "server/relay/edgertronic/verification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/base/bytes.hpp"

namespace edgertronic {

namespace {
using base::SteadyTime;
using std::chrono::milliseconds;

VerificationPolicy within_bounds(VerificationPolicy policy) {
  policy.sends = std::clamp(policy.sends, 1, max_sends);
  policy.send_gap = std::max(policy.send_gap, milliseconds{0});
  policy.check_limit = std::max(policy.check_limit, milliseconds{0});
  policy.poll_interval = std::clamp(policy.poll_interval, milliseconds{1}, longest_poll_interval);
  policy.confirm_limit = std::max(policy.confirm_limit, policy.poll_interval);
  policy.limit = std::max(policy.limit, policy.confirm_limit);
  return policy;
}
}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::confirmed: return "confirmed";
    case Outcome::unconfirmed: return "unconfirmed";
    case Outcome::refused_by_state: return "refused by state";
    case Outcome::failed: return "failed";
  }
  return "unknown";
}

std::string_view to_string(Way way) noexcept {
  switch (way) {
    case Way::none: return "nothing was sent";
    case Way::datagram: return "datagram";
    case Way::datagram_again: return "datagram sent again";
    case Way::http: return "HTTP";
  }
  return "unknown";
}

Verification::Verification(const VerificationPolicy& policy) : policy_(within_bounds(policy)) {}

// ---- What comes in.

Orders Verification::begin(SteadyTime now, Known known, bool sent) {
  began_ = tried_ = next_poll_ = now;
  file_before_ = std::move(known.last_file);
  if (sent) {
    way_ = Way::datagram;
    datagrams_ = 1;
    phase_ = Phase::watching;
  }
  if (known.status) {
    if (auto [ready, why] = readiness(*known.status); !ready) return end(Outcome::refused_by_state, std::move(why));
    before_ = known.status;
    known_ready_ = true;
  }
  return carry_on(now);
}

Orders Verification::status(SteadyTime now, const CameraStatus& status) {
  if (!answers(Request::status)) return waiting();
  if (phase_ == Phase::checking) {
    if (auto [ready, why] = readiness(status); !ready) return end(Outcome::refused_by_state, std::move(why));
    before_ = status;
    return carry_on(now);
  }
  if (std::exchange(stale_, false)) {
    if (!before_ && readiness(status).ready) before_ = status;
    return carry_on(now);
  }
  return phase_ == Phase::last_look ? looked(status) : seen_after(now, status);
}

Orders Verification::last_file(SteadyTime now, std::string_view name) {
  if (!answers(Request::last_file)) return waiting();
  if (phase_ != Phase::doubting) {  // asked before the trigger left; an answer from after it may name its file
    if (!std::exchange(stale_, false)) file_before_ = name;
    return carry_on(now);
  }
  if (!name.empty() && name != *file_before_)
    return confirm(fmt::format("The camera was not seen triggered, and has saved \"{}\" since.",
                               base::printable(base::as_bytes(name))));
  return next_try(now);
}

Orders Verification::trigger_result(SteadyTime now, CallResult result) {
  if (!answers(Request::trigger)) return waiting();
  if (result == CallResult::okay)
    return confirm("The camera did not take the datagram, and was triggered over HTTP.", now);
  if (result != CallResult::invalid_state)
    return end(Outcome::failed,
               fmt::format("The camera was asked over HTTP to trigger, and said: {}.", to_string(result)));
  refused_over_http_ = true;
  phase_ = Phase::last_look;
  return carry_on(now);
}

Orders Verification::request_failed(SteadyTime now, std::string_view why) {
  if (finished() || under_way_ == Request::none) return waiting();
  const Request failed = std::exchange(under_way_, Request::none);
  trouble_ = why;
  stale_ = false;
  switch (phase_) {
    case Phase::checking: unreachable_ = unreachable_ || failed == Request::status; return carry_on(now);
    case Phase::doubting: return next_try(now);
    // It may have arrived all the same.
    case Phase::triggering: phase_ = Phase::last_look; return carry_on(now);
    case Phase::last_look: return not_looked();
    default: return carry_on(now);
  }
}

Orders Verification::send_failed(SteadyTime now, std::string_view why) {
  if (finished() || datagrams_ == 0) return waiting();
  --datagrams_;
  trouble_ = why;
  return carry_on(now);
}

Orders Verification::time(SteadyTime now) {
  return carry_on(now);
}

// ---- What follows.

Orders Verification::carry_on(SteadyTime now) {
  if (finished()) return waiting();
  if (now >= last_moment())
    return end(Outcome::unconfirmed,
               fmt::format("The camera did not show within {} ms whether it was triggered.", policy_.limit.count()));
  switch (phase_) {
    case Phase::checking: return check(now);
    case Phase::watching: return watch(now);
    case Phase::doubting: return under_way_ == Request::none ? doubt(now) : waiting();
    case Phase::triggering: return under_way_ == Request::none ? ask(now, Request::trigger) : waiting();
    case Phase::last_look: return under_way_ == Request::none ? ask(now, Request::status) : waiting();
    case Phase::done: break;
  }
  return waiting();
}

// A trigger is not held back for long: what cannot be asked in time is sent unasked.
Orders Verification::check(SteadyTime now) {
  const bool in_time = now < began_ + policy_.check_limit;
  if (in_time && under_way_ != Request::none) return waiting();
  if (in_time && !unreachable_ && !before_) return ask(now, Request::status);
  if (in_time && before_ && policy_.ask_last_file && !file_before_ && !file_asked_) {
    file_asked_ = true;
    return ask(now, Request::last_file);
  }
  return send(now, Way::datagram, policy_.sends);
}

Orders Verification::send(SteadyTime now, Way way, int datagrams) {
  phase_ = Phase::watching;
  way_ = way;
  to_send_ = datagrams;
  tried_ = next_send_ = next_poll_ = now;
  known_ready_ = known_ready_ || before_.has_value();
  stale_ = under_way_ != Request::none;
  after_.reset();
  return watch(now);
}

Orders Verification::watch(SteadyTime now) {
  const bool sends = to_send_ > 0 && now >= next_send_;
  if (sends) {
    --to_send_;
    ++datagrams_;
    next_send_ = now + policy_.send_gap;
  }
  Orders orders = waiting();
  if (under_way_ == Request::none) {
    if (datagrams_ == 0 && to_send_ == 0) return nothing_sent(now);
    if (!sends && now >= tried_ + policy_.confirm_limit) return doubt(now);
    if (now >= next_poll_) orders = ask(now, Request::status);
  }
  orders.send_datagram = sends;
  return orders;
}

Orders Verification::nothing_sent(SteadyTime now) {
  if (policy_.http_fallback) return trigger_over_http(now);
  return end(Outcome::failed, fmt::format("The trigger could not be sent: {}", trouble_));
}

Orders Verification::doubt(SteadyTime now) {
  phase_ = Phase::doubting;
  return policy_.ask_last_file && file_before_ ? ask(now, Request::last_file) : next_try(now);
}

// Only for a camera that shows that it is still waiting for the trigger.
Orders Verification::next_try(SteadyTime now) {
  if (anew_)
    return end(Outcome::unconfirmed,
               "The camera was not seen triggered, yet its time before the trigger began to fill anew: there may be a "
               "shot, and nothing was sent again.");
  if (!after_)
    return end(Outcome::unconfirmed,
               fmt::format("The trigger was sent; the camera did not say whether it took it: {}", trouble_));
  if (!known_ready_)
    return end(
        Outcome::unconfirmed,
        "The trigger was sent before the camera had said how it was, and it was not seen triggered: there may be a "
        "shot, and nothing was sent again.");
  if (!takes_trigger(after_->state))
    return end(Outcome::unconfirmed,
               fmt::format("The trigger was sent, and the camera is {} since; nothing was sent again.",
                           to_string(after_->state)));
  if (way_ == Way::datagram && policy_.send_again) return send(now, Way::datagram_again, 1);
  if (policy_.http_fallback) return trigger_over_http(now);
  return end(Outcome::unconfirmed,
             fmt::format("The trigger was sent ({} datagrams), and the camera goes on as if it had not heard it.",
                         datagrams_));
}

Orders Verification::trigger_over_http(SteadyTime now) {
  phase_ = Phase::triggering;
  way_ = Way::http;
  tried_ = now;
  return ask(now, Request::trigger);
}

Orders Verification::ask(SteadyTime now, Request request) {
  under_way_ = request;
  stale_ = false;
  next_poll_ = now + policy_.poll_interval;
  Orders orders = waiting();
  orders.request = request;
  return orders;
}

Orders Verification::waiting() const {
  if (finished()) return {.finished = true};
  SteadyTime wake = last_moment();
  if (phase_ == Phase::checking) wake = std::min(wake, began_ + policy_.check_limit);
  if (phase_ == Phase::watching) {
    if (to_send_ > 0) wake = std::min(wake, next_send_);
    if (under_way_ == Request::none) wake = std::min({wake, next_poll_, tried_ + policy_.confirm_limit});
  }
  return {.wake_at = wake};
}

// ---- What is seen.

// False for an answer to a question that nobody asked.
bool Verification::answers(Request request) noexcept {
  if (finished() || under_way_ != request) return false;
  under_way_ = Request::none;
  return true;
}

bool Verification::captured_more(const CameraStatus& status) const noexcept {
  return before_ && before_->captured_buffers && status.captured_buffers &&
         *status.captured_buffers > *before_->captured_buffers;
}

bool Verification::began_anew(const CameraStatus& status) const noexcept {
  if (!before_ || status.state != State::running) return false;
  return before_->state == State::running_pretrigger_full || status.level < before_->level;
}

Orders Verification::seen_after(SteadyTime now, const CameraStatus& status) {
  after_ = status;
  if (follows_trigger(status.state)) {
    if (before_) return confirm(fmt::format("The camera was ready, and is {} since.", to_string(status.state)), now);
    return end(
        Outcome::unconfirmed,
        fmt::format("The camera is {}; it was not known whether it was ready before, so this may be an earlier shot.",
                    to_string(status.state)));
  }
  if (captured_more(status)) return confirm("The camera has one more buffer captured.", now);
  anew_ = anew_ || began_anew(status);
  return carry_on(now);
}

// After a trigger over HTTP that was refused for the camera's state, or got no answer.
Orders Verification::looked(const CameraStatus& status) {
  const bool shot = follows_trigger(status.state);
  if (!refused_over_http_) {
    if (shot) return confirm("The camera did not answer the trigger over HTTP, and took it.");
    return end(Outcome::unconfirmed, fmt::format("The camera did not answer the trigger over HTTP, and is {}: {}",
                                                 to_string(status.state), trouble_));
  }
  if (datagrams_ == 0)
    return end(Outcome::refused_by_state,
               fmt::format("The datagram could not be sent, and over HTTP the camera refused: it is {}.",
                           to_string(status.state)));
  if (shot || takes_trigger(status.state)) return not_looked();
  return end(Outcome::unconfirmed,
             fmt::format("The camera refused a trigger over HTTP, and is {}.", to_string(status.state)));
}

Orders Verification::not_looked() {
  if (refused_over_http_ && datagrams_ > 0) {
    way_ = policy_.send_again ? Way::datagram_again : Way::datagram;
    return confirm(
        "The camera was not seen triggered; it was ready, and refused another trigger as one does that has a shot.");
  }
  return end(Outcome::unconfirmed, fmt::format("The camera was triggered over HTTP and did not answer: {}", trouble_));
}

Orders Verification::confirm(std::string sentence, std::optional<SteadyTime> seen) {
  const Orders orders = end(Outcome::confirmed, std::move(sentence));
  if (seen) report_->latency = std::chrono::duration_cast<std::chrono::microseconds>(*seen - tried_);
  return orders;
}

Orders Verification::end(Outcome outcome, std::string sentence) {
  phase_ = Phase::done;
  under_way_ = Request::none;
  report_ = Report{.outcome = outcome, .way = way_, .sentence = std::move(sentence), .datagrams = datagrams_};
  return {.finished = true};
}

}  // namespace edgertronic
