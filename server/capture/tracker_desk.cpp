#include "server/capture/tracker_desk.hpp"

#include <algorithm>

#include "server/base/bytes.hpp"
#include "server/base/log.hpp"
#include "server/capture/answers.hpp"
#include "server/capture/replies.hpp"

namespace capture {

namespace {
// What will never succeed must not hold up what will.
base::Result<> unless_passing(const base::Error& error, std::string_view what) {
  if (is_passing(error)) return std::unexpected(error);
  base::log::error(what, {{"reason", error.message}});
  return {};
}
}  // namespace

void TrackerDesk::heard(const base::Imei& imei, std::string_view text, base::SteadyTime now) {
  if (auto said = pieces_.add(imei, text, now)) keep(std::move(*said));
}

void TrackerDesk::keep(Pieces::Said said) {
  if (std::holds_alternative<avl::Unrecognised>(said.answer)) {
    figures_.answer(AnswerOutcome::unknown);
    base::log::debug("a tracker said something that answers no camera request",
                     {{"imei", said.imei.str()}, {"text", base::printable(base::as_bytes(said.text))}});
    return;
  }
  if (answers_.size() >= most_answers) {
    answers_.pop_front();
    figures_.answer(AnswerOutcome::dropped);
  }
  answers_.push_back(std::move(said));
}

NextRound TrackerDesk::round(base::UtcTime utc, base::SteadyTime now) {
  for (Pieces::Said& said : pieces_.settled(now)) keep(std::move(said));
  const bool rested = back_off_.resting();
  if (const auto done = work(utc, now); !done) {
    if (!rested)
      base::log::error("capture requests have to wait: the catalog does not answer; trying again",
                       {{"reason", done.error().message}, {"answers_kept", answers_.size()}});
    return {.at = now + back_off_.again(), .resting = true};
  }
  if (rested) base::log::info("the catalog answers again; capture requests go on");
  back_off_.reset();
  if (more_) return {.at = now};
  return {.at = std::min(now + options_.look_interval, pieces_.next_settled().value_or(base::SteadyTime::max()))};
}

// Answers come first: after an outage they would otherwise be late for what is settled.
base::Result<> TrackerDesk::work(base::UtcTime utc, base::SteadyTime now) {
  more_ = false;
  if (auto done = write_answers(utc); !done) return done;
  if (auto done = write_give_backs(utc); !done) return done;
  if (auto done = settle(utc, now); !done) return done;
  if (auto done = send_due(utc); !done) return done;
  return count(now);
}

base::Result<> TrackerDesk::write_answers(base::UtcTime utc) {
  for (; !answers_.empty(); answers_.pop_front())
    if (auto written = write_one(answers_.front(), utc); !written) {
      auto goes_on = unless_passing(written.error(), "an answer of a tracker cannot be written down");
      if (!goes_on) return goes_on;
    }
  return {};
}

base::Result<> TrackerDesk::write_one(const Pieces::Said& said, base::UtcTime utc) {
  const auto waiting = captures_.awaiting_reply(said.imei, storage::CaptureChannel::avl);
  if (!waiting) return std::unexpected(waiting.error());
  const auto* accepted = std::get_if<avl::Accepted>(&said.answer);
  const auto* part = accepted != nullptr ? accepted_part(*waiting, *accepted) : refused_part(*waiting);
  if (part == nullptr) {
    figures_.answer(AnswerOutcome::unmatched);
    base::log::debug("a tracker answered a camera request that is none of ours, or that waits for no answer",
                     {{"imei", said.imei.str()}, {"text", kept_text(said.text)}});
    return {};
  }
  const auto written = write_answer(captures_, *part, said.answer, said.text, options_.patience, utc);
  if (!written) return std::unexpected(written.error());
  figures_.answer(!*written             ? AnswerOutcome::late
                  : accepted != nullptr ? AnswerOutcome::accepted
                                        : AnswerOutcome::refused);
  base::log::info(accepted != nullptr ? "a device accepted a capture command" : "a device refused a capture command",
                  {{"imei", said.imei.str()},
                   {"request", part->request_id.str()},
                   {"part", part->number},
                   {"command", part->command},
                   {"words", kept_text(said.text)}});
  return {};
}

base::Result<> TrackerDesk::write_give_backs(base::UtcTime utc) {
  for (; !give_backs_.empty(); give_backs_.pop_front()) {
    const GiveBack& back = give_backs_.front();
    const auto given = captures_.give_back_capture(back.part_id, back.reason, link_rest, utc);
    if (given) continue;
    auto goes_on = unless_passing(given.error(), "a capture command cannot be queued again before its time");
    if (!goes_on) return goes_on;
  }
  return {};
}

base::Result<> TrackerDesk::settle(base::UtcTime utc, base::SteadyTime now) {
  if (now < next_settle_) return {};
  const auto changed = captures_.settle_captures(options_.patience, utc, settled_at_once);
  if (!changed) return std::unexpected(changed.error());
  if (*changed >= settled_at_once)
    more_ = true;
  else
    next_settle_ = now + options_.look_interval;
  return {};
}

base::Result<> TrackerDesk::send_due(base::UtcTime utc) {
  const auto parts = captures_.take_captures(options_.node, batch, options_.patience, utc);
  if (!parts) return std::unexpected(parts.error());
  for (const storage::CapturePart& part : *parts) {
    const bool sent = send_(part.imei, part.command);
    figures_.command(storage::CaptureChannel::avl, sent ? CommandOutcome::sent : CommandOutcome::no_link);
    if (sent)
      base::log::info("a capture command was sent", {{"imei", part.imei.str()},
                                                     {"request", part.request_id.str()},
                                                     {"part", part.number},
                                                     {"attempt", part.attempts},
                                                     {"command", part.command}});
    else
      give_backs_.push_back({part.id, "The tracker's link was lost before the command could be sent."});
  }
  if (parts->size() >= batch) more_ = true;
  return write_give_backs(utc);
}

base::Result<> TrackerDesk::count(base::SteadyTime now) {
  if (now < next_count_) return {};
  const auto counts = captures_.count_captures();
  if (!counts) return std::unexpected(counts.error());
  figures_.parts(*counts);
  next_count_ = now + count_interval;
  return {};
}

}  // namespace capture
