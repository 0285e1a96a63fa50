// What is asked of one camera, one question at a time: what it is, then its settings, storages, status and streams.
// Programs differ in which questions they know: REQUEST_MESSAGE first, then the older commands, in turns.
#pragma once

#include <array>
#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/base/clock.hpp"
#include "server/relay/mavlink/station/camera.hpp"
#include "server/relay/mavlink/station/settings.hpp"

namespace mavlink::station {

enum class Topic : std::uint8_t { information, settings, storage, status, streams };  // in the order they are asked
inline constexpr std::size_t topics = 5;

struct Question {
  Topic topic = Topic::information;
  bool old_way = false;    // the command from before REQUEST_MESSAGE
  std::uint8_t index = 0;  // of a storage or stream; 0: all
};
CommandLong command_of(const Question& question, const Key& key);

// How the command of a question ended.
enum class Reply : std::uint8_t {
  accepted,  // the message comes, or should
  unknown,   // DENIED or UNSUPPORTED: not this way
  failed,    // for the moment
  silence,
};

class Inquiries {
 public:
  explicit Inquiries(const Timing& timing) : timing_(timing) {}

  // With what it is; the rest follows. Both return the command that is not needed any more, or 0.
  CommandId begin(base::SteadyTime now);
  CommandId stop();
  void has_streams(base::SteadyTime now);       // asked for once since begin()
  void want(Topic topic, base::SteadyTime at);  // or earlier, if it is due before; nothing if it is not to be had

  // What to ask now; then asked() or put_off().
  std::optional<Question> next(base::SteadyTime now);
  void asked(CommandId id);
  void put_off(base::SteadyTime now);
  void replied(CommandId id, Reply reply, base::SteadyTime now);

  // The message came, asked for or not. Returns the command that needs no acknowledgement any more, or 0.
  CommandId heard(Topic topic, std::uint8_t index, std::uint8_t count, base::SteadyTime now);

  std::optional<base::SteadyTime> next_wake() const;

 private:
  struct State {
    std::optional<base::SteadyTime> due;
    int attempt = 0;  // failed ones since it was wanted
    bool refused_new = false, refused_old = false;
    bool old_first = false;  // what was answered last time
    std::uint8_t count = 0;  // of storages or streams, as the camera says
    std::bitset<256> have;   // of them
  };
  enum class Phase : std::uint8_t { none, asking, listening };

  State& state(Topic topic) { return states_.at(static_cast<std::size_t>(topic)); }
  static bool old_way(const State& state);
  static std::uint8_t index_of(const State& state, Topic topic);
  static bool complete(const State& state, Topic topic);
  void want_the_rest(base::SteadyTime now);
  void try_again(base::SteadyTime now, Reply reply);
  std::chrono::milliseconds pause(int attempt) const;

  Timing timing_;
  std::array<State, topics> states_;
  Phase phase_ = Phase::none;
  Topic topic_ = Topic::information;  // under way, unless none
  bool asked_old_ = false;            // of it
  CommandId id_ = 0;
  base::SteadyTime deadline_;  // of listening
  bool rest_wanted_ = false, streams_wanted_ = false;
};

}  // namespace mavlink::station
