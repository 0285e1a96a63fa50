#include "server/base/intake_state.hpp"

namespace base {

std::string_view to_string(IntakeState state) noexcept {
  switch (state) {
    case IntakeState::everything: return "everything";
    case IntakeState::photos: return "photos";
    case IntakeState::events: return "events";
  }
  return "unknown";
}

std::optional<IntakeState> parse_intake_state(std::string_view text) noexcept {
  for (const IntakeState state : {IntakeState::everything, IntakeState::photos, IntakeState::events})
    if (to_string(state) == text) return state;
  return std::nullopt;
}

}  // namespace base
