#include "tests/unit/relay/mavlink/station/world.hpp"

#include <gtest/gtest.h>

#include <iterator>

namespace mavlink::station::test {
namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  std::ranges::move(from, std::back_inserter(to));
}

}  // namespace

void World::take(Actions actions) {
  for (const auto& each : actions.send) send({.from = each.from, .message = each.message, .to_cameras = true});
  append(heard.send, actions.send);
  append(heard.changes, actions.changes);
  append(heard.images, actions.images);
  append(heard.ended, actions.ended);
  append(heard.notes, actions.notes);
}

void World::arrive(const Flying& flying) {
  if (!flying.to_cameras) return say(flying.from, flying.message);
  for (const auto& peer : peers_)
    if (peer->on) peer->hear(flying.message, *this);
}

void World::run(milliseconds duration) {
  const auto end = elapsed_ + duration;
  int idle = 0;  // turns without time passing: a station that wants to be woken all the time is broken
  while (true) {
    const auto wake =
        std::max(elapsed_, elapsed_ + std::chrono::ceil<milliseconds>(*station.next_wake() - now().steady));
    auto next = std::min({end, wake, next_second_});
    if (!flying_.empty()) next = std::min(next, flying_.begin()->first);
    idle = next == elapsed_ ? idle + 1 : 0;
    ASSERT_LT(idle, 20'000) << "the station does not let time pass";
    elapsed_ = next;
    if (elapsed_ >= end) return;
    if (!flying_.empty() && flying_.begin()->first <= elapsed_) {
      arrive(flying_.extract(flying_.begin()).mapped());
    } else if (next_second_ <= elapsed_) {
      next_second_ += seconds(1);
      for (const auto& peer : peers_)
        if (peer->on) peer->each_second(*this);
    } else {
      Actions actions;
      station.wake(now(), actions);
      take(std::move(actions));
    }
  }
}

}  // namespace mavlink::station::test
