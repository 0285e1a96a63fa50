// What happens, told at once to everybody who reads /api/v1/events (server-sent events). The last events are kept for
// readers that come again after their connection broke: everybody reads out of that ring, so that a thousand readers
// cost no more memory than one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/threads.hpp"
#include "server/http/message.hpp"

namespace http {

enum class Topic : std::uint8_t { trigger, take, camera, arm, capture, media };
constexpr std::size_t topic_count = 6;
std::string_view to_string(Topic topic) noexcept;
std::optional<Topic> parse_topic(std::string_view text) noexcept;

// A set of topics, one bit each.
using Topics = std::uint32_t;
constexpr Topics bit_of(Topic topic) noexcept {
  return Topics{1} << static_cast<unsigned>(topic);
}
constexpr Topics all_topics = (Topics{1} << topic_count) - 1;

struct FeedLimits {
  // Kept for those that come again: some minutes of a busy relay, within some megabytes whatever events are like.
  std::size_t events = 4096;
  std::size_t bytes = 8 * 1024 * 1024;
};

class Feed {
 public:
  explicit Feed(FeedLimits limits = {});
  ~Feed();  // its readers end; those of a server must be gone by then or end with it
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // From any thread; costs a copy and wakes one thread, whoever reads. `json` is one JSON value.
  void publish(Topic topic, std::string_view json);

  struct Wish {
    Topics topics = all_topics;
    std::optional<std::string> after;  // the id of the last event the reader has; nothing: it wants what comes
  };
  // The body of an answer with the type text/event-stream. Events the reader should have had and the ring has no more
  // are told as an event `gap`, before what there is. A reader that does not keep up is told so and let go, while the
  // ring still has what it misses.
  std::shared_ptr<LiveSource> read(const Wish& wish) const;

  std::size_t readers() const;  // for tests

 private:
  struct State;
  class Reader;
  static void distribute(State& state);
  std::shared_ptr<State> state_;
  base::ThreadGroup thread_;
};

// Whether it is an id of an event, of this start of the server or another.
bool is_event_id(std::string_view text) noexcept;

}  // namespace http
