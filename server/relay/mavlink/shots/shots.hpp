// Makes one shot of all that MAVLink systems say about it. An autopilot tells three or four times that it takes one
// picture, cameras tell again of pictures they told of before, and commands whose answer was lost come twice: each of
// these would fire somebody's cameras. No clock, no thread, nothing is due at any time.
//
// Signs are of one shot when they are of one system and of cameras that may be the same, and
//   are keyed alike: the same sender's same CAMERA_TRIGGER.seq, param4 or image index; or
//   repeat a command, as the sender says (`confirmation`), within `repeat_window`; or
//   come within `merge_window` of the first one, and the shot has none of that channel and sender yet. With keys a
//   second one of them is the next shot; without it is a repetition. A fact confirms what was asked for within
//   `confirm_window`, as slow cameras take seconds; shots are confirmed in the order they were asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "server/base/now.hpp"
#include "server/relay/mavlink/shots/boot_clock.hpp"
#include "server/relay/mavlink/shots/image_log.hpp"
#include "server/relay/mavlink/shots/shot.hpp"
#include "server/relay/mavlink/shots/sign.hpp"

namespace mavlink::shots {

struct Options {
  std::chrono::milliseconds merge_window{500};
  std::chrono::milliseconds confirm_window{5'000};
  std::chrono::milliseconds repeat_window{10'000};
  std::vector<Address> own;  // components of this program: what they say is no news
};

struct Actions {
  std::vector<Shot> shots;
};

struct Figures {
  std::uint64_t shots = 0;     // begun by others
  std::uint64_t signs = 0;     // that were told of
  std::uint64_t repeated = 0;  // not told: told before
  std::uint64_t refused = 0;   // commands and triggers of those that may not command
};

class Shots {
 public:
  explicit Shots(Options options);

  // Everything that comes in, also what others say to each other. Commands and triggers of those that may not command
  // are nothing; what cameras say they did is taken from everybody, see Shot::may_command.
  void hear(const Received& received, base::Now now, Actions& actions);
  // What we send: our commands make no events, and what answers to them is `ours` and never `first`.
  void sent(const Outgoing& outgoing, base::Now now);

  const Figures& figures() const noexcept { return figures_; }

  static constexpr std::size_t most_remembered = 512;  // shots; the oldest goes

 private:
  struct Mark {
    Channel channel;
    Address from;
    Camera camera;
    std::optional<std::uint32_t> key;
    std::array<float, 7> params;
  };
  struct Told {
    Kind kind;
    std::uint8_t system;
    Camera camera;
  };
  struct Open {
    std::uint64_t id = 0;
    Kind family = Kind::command;  // command: images
    std::uint8_t system = 0;
    Camera camera;
    base::SteadyTime begun;
    bool asked = false;  // by a command or a trigger, not only told of
    bool ours = false;
    bool is_series = false;  // asked for with a command of ours for many images
    bool over = false;       // a recording whose opposite was told
    std::vector<Mark> marks;
    std::vector<Told> told;
  };

  struct Series {  // images that we asked for with one command
    std::uint8_t system = 0;
    Camera camera;
    std::optional<std::uint32_t> left;  // nothing: until it is stopped
    std::optional<base::SteadyTime> until;
  };

  bool note_series(const Outgoing& outgoing, base::SteadyTime now);  // whether it begins one
  bool is_of_our_series(const Sign& sign, base::SteadyTime now);
  void merge(Sign sign, bool ours, base::Now now, Actions& actions);
  bool is_old_image(const Received& received, const CameraImageCaptured& captured, base::Now now);
  Open* find_same(const Sign& sign);
  Open* find_lacking(const Sign& sign, base::SteadyTime now);
  Open* find_repeated(const Sign& sign, base::SteadyTime now);
  Open& begin(const Sign& sign, bool ours, base::SteadyTime now);
  void forget(base::SteadyTime now);

  const Options options_;
  BootClocks clocks_;
  ImageLog images_;
  std::deque<Open> open_;  // oldest first
  std::deque<Series> series_;
  std::uint64_t last_id_ = 0;
  Figures figures_;
};

}  // namespace mavlink::shots
