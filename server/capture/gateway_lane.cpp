#include "server/capture/gateway_lane.hpp"

#include "server/base/log.hpp"
#include "server/capture/answers.hpp"
#include "server/capture/replies.hpp"

namespace capture {

using base::Errc;
using storage::CapturePart;

NextRound GatewayLane::round(base::UtcTime utc, base::SteadyTime now) {
  const auto worked = work(utc);
  if (!worked) {
    if (!back_off_.resting())
      base::log::error("capture commands cannot be handed out; trying again",
                       {{"channel", to_string(channel_)}, {"reason", worked.error().message}});
    return {.at = now + back_off_.again(), .resting = true};
  }
  if (*worked || !gateway_down_) {
    if (back_off_.resting())
      base::log::info("capture commands can be handed out again", {{"channel", to_string(channel_)}});
    back_off_.reset();
  }
  // Behind a command there may be another one.
  return {.at = *worked ? now : now + options_.look_interval};
}

// True: a command was handed out. Errors: of the catalog, or the gateway's when it is down.
base::Result<bool> GatewayLane::work(base::UtcTime utc) {
  if (auto written = write_down(utc); !written) return std::unexpected(written.error());
  auto parts = captures_.take_captures(channel_, options_.node, 1, options_.patience, utc);
  if (!parts) return std::unexpected(parts.error());
  if (parts->empty()) return false;
  hand_out(std::move(parts->front()));
  gateway_down_ = is_down(*unwritten_);
  const auto trouble = unwritten_->error;
  if (auto written = write_down(utc); !written) return std::unexpected(written.error());
  if (gateway_down_) return std::unexpected(*trouble);  // others would fare no better now
  return true;
}

void GatewayLane::hand_out(CapturePart part) {
  auto handed = gateway_.hand_out(part);
  unwritten_ = Outcome{.part = std::move(part), .error = {}, .reply = {}};
  if (!handed) {
    unwritten_->error = std::move(handed.error());
    figures_.command(channel_, is_down(*unwritten_) ? CommandOutcome::unavailable : CommandOutcome::refused);
    return;
  }
  unwritten_->reply = std::move(handed->reply);
  figures_.command(channel_, CommandOutcome::sent);
  base::log::info("a capture command was handed out", {{"channel", to_string(channel_)},
                                                       {"imei", unwritten_->part.imei.str()},
                                                       {"request", unwritten_->part.request_id.str()},
                                                       {"part", unwritten_->part.number},
                                                       {"attempt", unwritten_->part.attempts}});
}

base::Result<> GatewayLane::write_down(base::UtcTime utc) {
  if (!unwritten_) return {};
  const auto written = unwritten_->error ? write_error(*unwritten_, utc) : write_reply(*unwritten_, utc);
  if (!written && is_passing(written.error())) return std::unexpected(written.error());
  if (!written)  // for ever: the time-out of the answer brings the command back
    base::log::error("what became of a capture command cannot be written down",
                     {{"request", unwritten_->part.request_id.str()}, {"reason", written.error().message}});
  unwritten_.reset();
  return {};
}

base::Result<> GatewayLane::write_error(const Outcome& outcome, base::UtcTime utc) {
  const std::string words = kept_text(outcome.error->message);
  const auto written = is_down(outcome)
                           ? captures_.give_back_capture(outcome.part.id, words, options_.patience.rest, utc)
                           : captures_.capture_refused(outcome.part.id, words, utc);
  if (!written) return std::unexpected(written.error());
  return {};
}

bool GatewayLane::is_down(const Outcome& outcome) {
  return outcome.error && outcome.error->code == Errc::unavailable;
}

base::Result<> GatewayLane::write_reply(const Outcome& outcome, base::UtcTime utc) {
  if (!outcome.reply) return {};
  const avl::Answer answer = avl::read_answer(*outcome.reply);
  const auto* accepted = std::get_if<avl::Accepted>(&answer);
  const bool fits =
      accepted != nullptr ? may_answer(outcome.part, *accepted) : std::holds_alternative<avl::Refused>(answer);
  if (!fits) {  // the device's own words may still come
    figures_.answer(AnswerOutcome::unknown);
    base::log::warning("a gateway told a reply that is no answer to the command it took",
                       {{"request", outcome.part.request_id.str()}, {"reply", kept_text(*outcome.reply)}});
    return {};
  }
  const auto written = write_answer(captures_, outcome.part, answer, *outcome.reply, options_.patience, utc);
  if (!written) return std::unexpected(written.error());
  figures_.answer(!*written             ? AnswerOutcome::late
                  : accepted != nullptr ? AnswerOutcome::accepted
                                        : AnswerOutcome::refused);
  return {};
}

}  // namespace capture
