#include "server/capture/replies.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/avl/command.hpp"
#include "server/base/bytes.hpp"
#include "server/capture/answers.hpp"

namespace capture {

namespace {
using base::Errc;
using storage::CapturePart;
using storage::CaptureRequest;
using storage::CaptureState;

bool waits_for_answer(const CapturePart& part) {
  return part.state == CaptureState::sent || (part.state == CaptureState::queued && part.attempts > 0);
}

std::unexpected<base::Error> not_waiting(const CaptureRequest& request, const CapturePart& part) {
  if (part.state == CaptureState::queued)
    return base::fail(Errc::conflict, fmt::format("Part {} of request {} has not been handed out yet, so that there is "
                                                  "nothing to answer.",
                                                  part.number, request.id.str()));
  return base::fail(Errc::conflict, fmt::format("Part {} of request {} waits for no answer any more: it is {}.",
                                                part.number, request.id.str(), to_string(part.state)));
}

// As CaptureCatalog::awaiting_reply() has them.
std::vector<CapturePart> waiting_parts(const CaptureRequest& request) {
  std::vector<CapturePart> waiting;
  std::ranges::copy_if(request.parts, std::back_inserter(waiting), waits_for_answer);
  std::ranges::sort(waiting, [](const CapturePart& left, const CapturePart& right) {
    if (left.state != right.state) return left.state == CaptureState::sent;
    return left.sent_at > right.sent_at;
  });
  return waiting;
}

base::Result<CapturePart> named_part(const CaptureRequest& request, std::uint32_t number, const avl::Answer& answer) {
  const auto part = std::ranges::find(request.parts, number, &CapturePart::number);
  if (part == request.parts.end())
    return base::fail(Errc::not_found, fmt::format("Request {} has no part {}; it has {}, counted from 0.",
                                                   request.id.str(), number, request.parts.size()));
  if (!waits_for_answer(*part)) return not_waiting(request, *part);
  const auto* accepted = std::get_if<avl::Accepted>(&answer);
  if (accepted != nullptr && !may_answer(*part, *accepted))
    return base::fail(Errc::invalid, fmt::format("The text is an answer to another command than \"{}\", which part {} "
                                                 "of the request is.",
                                                 part->command, number));
  return *part;
}

base::Result<CapturePart> meant_part(const CaptureRequest& request, const avl::Answer& answer) {
  const std::vector<CapturePart> waiting = waiting_parts(request);
  if (waiting.empty())
    return base::fail(Errc::conflict, fmt::format("Request {} waits for no answer: it is {}.", request.id.str(),
                                                  to_string(request.state)));
  const auto* accepted = std::get_if<avl::Accepted>(&answer);
  const CapturePart* part = accepted != nullptr ? accepted_part(waiting, *accepted) : refused_part(waiting);
  if (part == nullptr)
    return base::fail(Errc::invalid, fmt::format("It cannot be told which part of request {} the text answers; say so "
                                                 "with \"part\".",
                                                 request.id.str()));
  return *part;
}
}  // namespace

bool is_passing(const base::Error& error) noexcept {
  return error.code == Errc::unavailable || error.code == Errc::io || error.code == Errc::exhausted;
}

std::string kept_text(std::string_view reply) {
  return base::printable(base::as_bytes(avl::tidy_text(reply)), longest_reply);
}

base::Result<bool> write_answer(storage::CaptureCatalog& captures, const CapturePart& part, const avl::Answer& answer,
                                std::string_view text, const storage::CapturePatience& patience, base::UtcTime now) {
  if (const auto* refused = std::get_if<avl::Refused>(&answer))
    return captures.capture_refused(part.id, kept_text(refused->words), now);
  return captures.capture_accepted(part.id, kept_text(text), patience, now);
}

base::Result<CaptureRequest> take_reply(storage::CaptureCatalog& captures, const base::Uuid& request_id,
                                        std::optional<std::uint32_t> number, std::string_view text,
                                        const storage::CapturePatience& patience, base::UtcTime now) {
  auto found = captures.find_capture(request_id);
  if (!found) return std::unexpected(found.error());
  if (!*found) return base::fail(Errc::not_found, fmt::format("There is no capture request {}.", request_id.str()));
  const avl::Answer answer = avl::read_answer(text);
  if (std::holds_alternative<avl::Unrecognised>(answer))
    return base::fail(Errc::invalid, fmt::format("\"{}\" is no answer to a request for a file; give the text as the "
                                                 "device sent it.",
                                                 base::printable(base::as_bytes(text))));
  const auto part = number ? named_part(**found, *number, answer) : meant_part(**found, answer);
  if (!part) return std::unexpected(part.error());
  const auto written = write_answer(captures, *part, answer, text, patience, now);
  if (!written) return std::unexpected(written.error());
  found = captures.find_capture(request_id);
  if (!found) return std::unexpected(found.error());
  if (!*found) return base::fail(Errc::not_found, fmt::format("Request {} has just gone.", request_id.str()));
  if (!*written)  // somebody else was faster
    return base::fail(Errc::conflict, fmt::format("Part {} of request {} waits for no answer any more.", part->number,
                                                  request_id.str()));
  return **found;
}

}  // namespace capture
