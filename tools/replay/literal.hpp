// One recorded connection, sent again byte for byte: nothing of the device goes out before everything has come that the
// recorded server had said before, and not before its time. SANS-IO; whoever owns it says what the server's frames are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/replay/imei_patches.hpp"
#include "tools/replay/pace.hpp"
#include "tools/replay/server_frames.hpp"

namespace replay {

class Literal {
 public:
  // All borrowed. `expected`: what the server is waited for, ascending.
  Literal(const captures::Conversation& conversation, const Patches& patches, std::vector<ServerFrame> expected,
          const Pace& pace, Time now);

  // send, wait or close. After `close` it is over. A wait may end in give_up().
  Step poll(Time now, base::Bytes& out);
  // The next frame that is expected; nullptr: none is.
  const ServerFrame* expected() const;
  void heard(Time now);  // the expected one, or what stands for it
  // Why the server was waited for in vain; empty: it was not.
  const std::string& gave_up() const noexcept { return gave_up_; }
  // The server closed: true where nothing of the recording is left but ends.
  bool ends_here() const;
  // What the device would do next, in words, for reports.
  std::string next_words() const;

 private:
  const captures::Event& event() const { return conversation_.events[event_]; }
  bool done() const noexcept { return event_ >= conversation_.events.size(); }
  std::chrono::microseconds gap() const;
  void next(Time now);
  Step await_server(Time now);
  Step await_end(Time now);

  const captures::Conversation& conversation_;
  const Patches& patches_;
  std::vector<ServerFrame> expected_;
  const Pace& pace_;
  std::size_t event_ = 0;
  std::size_t heard_ = 0;  // of expected_
  Time anchor_;            // when what was before event_ happened
  Time heard_at_;
  std::string gave_up_;
};

}  // namespace replay
