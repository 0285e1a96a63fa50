#include "server/relay/trendnet/answer.hpp"

#include <fmt/format.h>

namespace trendnet {

namespace {

Outcome outcome_of(int status) noexcept {
  switch (status) {
    case 0: return Outcome::no_answer;
    case 401:
    case 403: return Outcome::unauthorized;
    case 404:
    case 405:
    case 501: return Outcome::not_spoken;
    default: break;
  }
  if (status >= 200 && status < 400) return Outcome::done;
  return status >= 400 && status < 500 ? Outcome::refused : Outcome::failed;
}

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::done: return "done";
    case Outcome::unauthorized: return "unauthorized";
    case Outcome::not_spoken: return "not spoken";
    case Outcome::refused: return "refused";
    case Outcome::failed: return "failed";
    case Outcome::no_answer: return "no answer";
    case Outcome::expired: return "expired";
    case Outcome::replaced: return "replaced";
    case Outcome::dropped: break;
  }
  return "dropped";
}

Verdict judge(const Answer& answer, const Request& request) {
  const Outcome outcome = outcome_of(answer.status);
  const auto asked = fmt::format("{} to {} {}", answer.status, to_string(request.method), request.path);
  switch (outcome) {
    case Outcome::done: return {outcome, fmt::format("The camera answered {}.", asked)};
    case Outcome::unauthorized:
      return {outcome,
              fmt::format("The camera answered {}: it wants another name and password than it was given.", asked)};
    case Outcome::not_spoken:
      return {
          outcome,
          fmt::format("The camera answered {}: it does not know such a request. It may be of another model.", asked)};
    case Outcome::refused: return {outcome, fmt::format("The camera refused: it answered {}.", asked)};
    case Outcome::no_answer:
      return {outcome, answer.trouble.empty()
                           ? fmt::format("The camera did not answer {} {}.", to_string(request.method), request.path)
                           : answer.trouble};
    default: return {Outcome::failed, fmt::format("The camera is in trouble: it answered {}.", asked)};
  }
}

bool is_whole_jpeg(base::ByteView bytes) noexcept {
  constexpr std::size_t least = 4;
  return bytes.size() >= least && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[bytes.size() - 2] == 0xff &&
         bytes.back() == 0xd9;
}

}  // namespace trendnet
