// Keeps the log readable in a storm: so many notes a second about events that one rule did not fire for; the others are
// counted, and when that second is over one note has the count.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "server/relay/hub/hub.hpp"

namespace hub {

class QuietNotes {
 public:
  explicit QuietNotes(std::uint32_t most) : most_(most) {}

  // Into `out` at once, or counted. Its id is made when it is told.
  void add(Note note, Now now, const NewId& new_id, std::vector<Note>& out);
  // The count, where its second is over.
  void advance(Now now, const NewId& new_id, std::vector<Note>& out);
  std::optional<base::SteadyTime> next_due() const noexcept;

 private:
  std::uint32_t most_;
  base::SteadyTime began_{};
  std::uint32_t told_ = 0;
  std::uint64_t counted_ = 0;
  Note last_;  // of those counted
};

}  // namespace hub
