// What the server's core says today to what a device sent in a recording, beside what the recorded server said.
#pragma once

#include <string>
#include <vector>

#include "tools/capture/conversation.hpp"
#include "tools/replay/offline.hpp"

namespace replay {

struct Difference {
  std::chrono::microseconds at{};  // from the conversation's first event; of the recording where it is in it
  std::string recorded;            // in words; empty: the recorded server said nothing here
  std::string today;               // empty: today's says nothing here
};

struct DiffResult {
  std::size_t conversation = 0;  // its number, from 1
  std::size_t equal = 0;         // frames
  std::vector<Difference> differences;
  // What is different and says nothing: frames that the recorded server cannot have brought out, or whose place in the
  // capture is missing.
  std::vector<Difference> remarks;
};

// Frames are put side by side by their order; times are not compared. Behind a first difference the recorded device did
// not know of it, so what follows may be a consequence.
DiffResult diff(const captures::Conversation& conversation, const OfflineResult& today);

}  // namespace replay
