// What every configured thing of the relay is to the hub: something that hears, something that acts, or both. Endpoints
// belong to the relay's thread; none of their calls blocks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/endpoints/frame_feed.hpp"
#include "server/relay/hub/hub.hpp"

namespace endpoints {

// How an endpoint is, for people: a state, since when, and why.
struct Health {
  enum class State : std::uint8_t { unknown, online, degraded, offline };
  State state = State::unknown;
  std::string reason;  // a sentence
  base::UtcTime since;
  std::optional<base::UtcTime> last_heard;
  struct LastResult {  // of a command
    base::UtcTime at;
    std::string verb;
    hub::Outcome outcome = hub::Outcome::sent;
    std::string reason;
  };
  std::optional<LastResult> last_result;
  hub::Fields details;                                         // what it says of itself: position, state
  std::vector<std::pair<std::string, std::uint64_t>> figures;  // counters since the start
};
std::string_view to_string(Health::State state) noexcept;

using Done = std::function<void(hub::Hub::Result result)>;

class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual const hub::EndpointInfo& info() const noexcept = 0;
  virtual std::string address() const = 0;  // for people: where it is, or where it is heard
  virtual void start() {}
  // Does it; `done` is called once, now or later, on the same thread, unless the endpoint is gone before.
  virtual void run(const hub::Command& command, Done done) = 0;
  virtual Health health() const = 0;
  // The relay ends: nothing new is begun, and what can be saved is; is_busy() until it is.
  virtual void close() {}
  virtual bool is_busy() const { return false; }
  // Its pictures, where it has any. Thread-safe.
  virtual std::shared_ptr<FrameFeed> pictures() const noexcept { return nullptr; }
  // The definition file of a camera that ground stations see here; empty: it has none of that name.
  virtual std::string definition(std::string_view camera) const {
    (void)camera;
    return {};
  }
  // What a datagram would be to it, for a rehearsal. `invalid`: why it is no event.
  virtual base::Result<hub::Event> what_is(base::ByteView datagram, hub::Now now) const;
};

}  // namespace endpoints
