// Outcomes as words, and what Decisions forget.
#include <array>

#include "server/relay/hub/hub.hpp"
#include "server/relay/hub/words.hpp"

namespace hub {

namespace {
constexpr std::array<std::string_view, 15> outcomes{"heard",   "duplicate",  "echo",      "refused",     "armed_only",
                                                    "pending", "sent",       "confirmed", "unconfirmed", "ignored",
                                                    "failed",  "suppressed", "disarmed",  "expired",     "dry_run"};
}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
  return word_of(outcomes, outcome);
}

std::optional<Outcome> parse_outcome(std::string_view text) noexcept {
  return value_of<Outcome>(outcomes, text);
}

void Decisions::clear() noexcept {
  fire.clear();
  schedule.clear();
  settled.clear();
  notes.clear();
  takes.clear();
}

bool Decisions::empty() const noexcept {
  return fire.empty() && schedule.empty() && settled.empty() && notes.empty() && takes.empty();
}

}  // namespace hub
