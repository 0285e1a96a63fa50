#include "server/relay/trendnet/probe.hpp"

#include <fmt/format.h>

namespace trendnet {

namespace {

// Of the newer cameras' control; without parameters it is an order to do nothing.
Request other_request() {
  return {.method = Method::get, .path = "/cgi/admin/ptctrl.cgi", .body = {}, .content_type = {}};
}

constexpr std::string_view other_models =
    "The camera speaks the newer protocol (that of the TV-IP410 and later), which this program does not: none of its "
    "moves would work.";

}  // namespace

std::optional<Request> Probe::next() const {
  if (verdict_) return std::nullopt;
  return asks_other_ ? other_request() : read_outputs_request(model_);
}

void Probe::answered(const Answer& answer) {
  if (verdict_) return;
  if (asks_other_)
    judge_other(answer);
  else
    judge_own(answer);
}

void Probe::judge_own(const Answer& answer) {
  auto judged = judge(answer, read_outputs_request(model_));
  if (judged.outcome == Outcome::not_spoken) {
    asks_other_ = true;
    return;
  }
  if (judged.outcome != Outcome::done) {
    verdict_ = Verdict{Speaks::unknown, judged.outcome, std::move(judged.text)};
    return;
  }
  // Some devices answer any path with a page of theirs.
  if (const auto outputs = parse_outputs(base::as_text(answer.body)); !outputs)
    verdict_ = Verdict{Speaks::neither, Outcome::refused,
                       "This is no camera of this kind, or not its address: " + outputs.error().message};
  else
    verdict_ = Verdict{Speaks::this_way, Outcome::done, "The camera speaks the protocol of the TV-IP400."};
}

void Probe::judge_other(const Answer& answer) {
  const auto judged = judge(answer, other_request());
  switch (judged.outcome) {
    case Outcome::no_answer:
    case Outcome::failed: verdict_ = Verdict{Speaks::unknown, judged.outcome, judged.text}; return;
    case Outcome::not_spoken:
      verdict_ = Verdict{Speaks::neither, Outcome::not_spoken,
                         "The camera knows neither the requests of the TV-IP400 nor those of the newer ones: it is of "
                         "another make, or not at this address."};
      return;
    default: verdict_ = Verdict{Speaks::another_way, Outcome::not_spoken, std::string(other_models)};
  }
}

}  // namespace trendnet
