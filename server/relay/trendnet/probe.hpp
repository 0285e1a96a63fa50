// Asks a camera which way it is spoken to: this one, or that of the TV-IP410 and later, which share no request. Moves
// nothing. Sans-IO: send next(), give its answer to answered(), until verdict() says something.
#pragma once

#include <optional>
#include <string>

#include "server/relay/trendnet/answer.hpp"

namespace trendnet {

class Probe {
 public:
  enum class Speaks : std::uint8_t {
    this_way,
    another_way,  // the newer one
    neither,
    unknown,  // it did not say: no answer, or not without credentials
  };
  struct Verdict {
    Speaks speaks = Speaks::unknown;
    Outcome outcome = Outcome::no_answer;  // of the answer that decided
    std::string text;                      // one sentence, with what to do
  };

  explicit Probe(const Model& model) : model_(model) {}
  // The same one until it is answered; nothing behind the verdict.
  std::optional<Request> next() const;
  void answered(const Answer& answer);
  const std::optional<Verdict>& verdict() const noexcept { return verdict_; }

 private:
  void judge_own(const Answer& answer);
  void judge_other(const Answer& answer);
  Model model_;
  bool asks_other_ = false;
  std::optional<Verdict> verdict_;
};

}  // namespace trendnet
