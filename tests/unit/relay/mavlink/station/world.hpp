// A station and scripted cameras on a network of our own making, with a virtual clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "server/relay/mavlink/station/station.hpp"

namespace mavlink::station::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

class World;

// A component of others. What it sends goes through World::to_station().
class Peer {
 public:
  explicit Peer(Address at) : address(at) {}
  virtual ~Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual void hear(const Message& message, World& world) = 0;
  virtual void each_second(World& world) = 0;

  Address address;
  bool on = true;
};

class World {
 public:
  explicit World(const Settings& settings = {}) : station(settings) {}

  template <class P, class... Args>
  P& add(Args&&... args) {
    auto peer = std::make_unique<P>(std::forward<Args>(args)...);
    auto& added = *peer;
    peers_.push_back(std::move(peer));
    return added;
  }

  base::Now now() const {
    return {base::SteadyTime(std::chrono::hours(100)) + elapsed_,
            base::UtcTime(std::chrono::hours(24 * 365 * 50)) + elapsed_};
  }
  std::uint32_t boot_ms() const { return 100'000U + static_cast<std::uint32_t>(elapsed_.count()); }
  std::uint64_t unix_usec() const { return static_cast<std::uint64_t>(now().utc.time_since_epoch().count()) * 1000; }

  void to_station(Address from, const Message& message) { send({.from = from, .message = message}); }
  // Without the network between.
  void say(Address from, const Message& message) {
    Actions actions;
    station.hear({.from = from, .peer = {}, .message = message}, now(), actions);
    take(std::move(actions));
  }

  void run(milliseconds duration);
  base::Result<CommandId> tell(const Key& key, const Order& order) {
    Actions actions;
    auto id = station.tell(key, order, now(), actions);
    take(std::move(actions));
    return id;
  }
  base::Result<> cancel(CommandId id) {
    Actions actions;
    auto done = station.cancel(id, now(), actions);
    take(std::move(actions));
    return done;
  }

  std::size_t changes_of(Change change) const {
    return static_cast<std::size_t>(
        std::ranges::count(heard.changes, change, [](const CameraChange& each) { return each.change; }));
  }
  const EndedCommand* ended(CommandId id) const {
    const auto found = std::ranges::find(heard.ended, id, [](const EndedCommand& each) { return each.id; });
    return found == heard.ended.end() ? nullptr : &*found;
  }
  // Messages of a type that the station sent.
  template <class M>
  std::vector<M> sent() const {
    std::vector<M> all;
    for (const auto& each : heard.send)
      if (const auto* message = std::get_if<M>(&each.message)) all.push_back(*message);
    return all;
  }
  std::vector<CommandLong> commands(std::uint16_t number) const {
    auto all = sent<CommandLong>();
    std::erase_if(all, [&](const CommandLong& each) { return each.command != number; });
    return all;
  }

  Station station;
  Actions heard;  // all that ever came out
  std::function<bool(const Message&, bool to_station)> lost = [](const Message&, bool) { return false; };
  std::vector<milliseconds> copies{milliseconds(5)};  // when each copy of a message arrives

 private:
  struct Flying {
    Address from;
    Message message;
    bool to_cameras = false;
  };

  void send(const Flying& flying) {
    for (const auto& delay : copies)
      if (!lost(flying.message, !flying.to_cameras)) flying_.emplace(elapsed_ + delay, flying);
  }
  void take(Actions actions);
  void arrive(const Flying& flying);

  milliseconds elapsed_{0};
  milliseconds next_second_{0};
  std::multimap<milliseconds, Flying> flying_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

}  // namespace mavlink::station::test
