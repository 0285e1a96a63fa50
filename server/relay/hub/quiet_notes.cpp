#include "server/relay/hub/quiet_notes.hpp"

#include <fmt/format.h>

#include <utility>

namespace hub {

namespace {
constexpr std::chrono::seconds period{1};
}  // namespace

void QuietNotes::add(Note note, Now now, const NewId& new_id, std::vector<Note>& out) {
  advance(now, new_id, out);
  if (counted_ == 0 && now.steady - began_ >= period) {
    began_ = now.steady;
    told_ = 0;
  }
  if (told_ >= most_) {
    ++counted_;
    last_ = std::move(note);
    return;
  }
  ++told_;
  note.id = new_id(now.utc);
  out.push_back(std::move(note));
}

void QuietNotes::advance(Now now, const NewId& new_id, std::vector<Note>& out) {
  const auto due = next_due();
  if (!due || now.steady < *due) return;
  last_.id = new_id(now.utc);
  last_.reason = fmt::format("{} more within a second, the last one: {}", std::exchange(counted_, 0), last_.reason);
  out.push_back(std::exchange(last_, {}));
}

std::optional<base::SteadyTime> QuietNotes::next_due() const noexcept {
  return counted_ == 0 ? std::nullopt : std::optional<base::SteadyTime>(began_ + period);
}

}  // namespace hub
