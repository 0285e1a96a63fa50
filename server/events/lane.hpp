// Brings one target its events, in their order, one after the other: takes the target's lease, reads what is behind its
// cursor, delivers, moves the cursor on. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "server/base/back_off.hpp"
#include "server/base/clock.hpp"
#include "server/events/figures.hpp"
#include "server/events/target.hpp"
#include "storage/catalog/event_catalog.hpp"

namespace events {

// Another node takes over so long after this one has died.
constexpr std::chrono::seconds lease{25};
static_assert(lease > 2 * longest_delivery);

// Between two looks for events: what one comes late at an idle target.
constexpr std::chrono::milliseconds idle_wait{500};
// Between two looks whether another node's lease is free.
constexpr std::chrono::milliseconds standby_wait{3'000};
constexpr std::chrono::milliseconds first_rest{500};
constexpr std::chrono::milliseconds longest_rest{60'000};
// Read at a time, and at most delivered again after a kill -9.
constexpr std::uint32_t batch = 100;

class Lane {
 public:
  using Clock = std::function<base::SteadyTime()>;

  // Everything given outlives it. `node`: the name of this start, which no other has.
  Lane(storage::EventCatalog& catalog, Target& target, std::string name, std::string node, Figures& figures,
       Clock clock = &base::steady_now);

  // Does what there is to do, and returns how long nothing will be. Ends soon after `stop`. Blocks.
  std::chrono::milliseconds turn(const std::stop_token& stop);

 private:
  base::Result<> hold();
  base::Result<> number_all(const std::stop_token& stop);
  base::Result<> deliver(const std::vector<storage::OutboxEvent>& found, const std::stop_token& stop);
  base::Result<> deliver(const storage::OutboxEvent& event);
  base::Result<> advance();
  void measure();
  std::chrono::milliseconds rest(const base::Error& error);
  void works_again();

  storage::EventCatalog& catalog_;
  Target& target_;
  const std::string name_;
  const std::string node_;
  Figures& figures_;
  const Clock clock_;
  base::BackOff back_off_{first_rest, longest_rest};
  bool troubled_ = false;  // and that was said
  bool held_ = false;
  base::SteadyTime renew_at_{};
  std::int64_t stored_ = 0;    // the cursor in the catalog
  std::int64_t position_ = 0;  // of the last event that was taken
};

}  // namespace events
