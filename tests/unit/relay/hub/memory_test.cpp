// What the hub remembers: keys, limits, latencies.
#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <set>

#include "server/relay/hub/latencies.hpp"
#include "server/relay/hub/limits.hpp"
#include "server/relay/hub/quiet_notes.hpp"
#include "server/relay/hub/seen.hpp"
#include "tests/unit/relay/hub/world.hpp"

namespace hub {
namespace {

base::SteadyTime at(milliseconds time) {
  return base::SteadyTime{} + seconds{1000} + time;
}

TEST(Seen, RemembersPerProtocolUntilItExpires) {
  Seen seen(100);
  EXPECT_TRUE(seen.remember(Protocol::shogun, "33360", at(seconds{30}), at({})));
  EXPECT_FALSE(seen.remember(Protocol::shogun, "33360", at(seconds{90}), at(seconds{29}))) << "and is not longer kept";
  EXPECT_TRUE(seen.contains(Protocol::shogun, "33360", at(milliseconds{29'999})));
  EXPECT_FALSE(seen.contains(Protocol::edgertronic, "33360", at({})));
  EXPECT_FALSE(seen.contains(Protocol::shogun, "33360", at(seconds{30})));
  EXPECT_TRUE(seen.remember(Protocol::shogun, "33360", at(seconds{60}), at(seconds{30})));
  EXPECT_EQ(seen.size(), 1U);
}

// Beside a model that is a plain list.
TEST(Seen, IsWhatAListWouldBe) {
  constexpr std::size_t most = 300;
  Seen seen(most);
  struct Entry {
    std::string key;
    base::SteadyTime expires;
  };
  std::deque<Entry> model;
  std::mt19937 random(7);
  base::SteadyTime now = at({});
  for (int round = 0; round < 100'000; ++round) {
    now += milliseconds{random() % 4};
    const std::string key = std::to_string(random() % 700);
    const auto live = [&](const Entry& entry) { return entry.key == key && entry.expires > now; };
    const bool known = std::ranges::any_of(model, live);
    ASSERT_EQ(seen.contains(Protocol::api, key, now), known) << round;
    const base::SteadyTime expires = now + milliseconds{500};
    ASSERT_EQ(seen.remember(Protocol::api, key, expires, now), !known) << round;
    if (!known) model.push_back({key, expires});
    while (!model.empty() && (model.size() > most || model.front().expires <= now)) model.pop_front();
    ASSERT_LE(seen.size(), most);
  }
}

TEST(SlidingWindow, NeverMoreThanSoManyWithinAnyPeriod) {
  SlidingWindow window({3, seconds{1}});
  std::mt19937 random(3);
  std::deque<base::SteadyTime> added;
  base::SteadyTime now = at({});
  for (int round = 0; round < 10'000; ++round) {
    now += milliseconds{random() % 300};
    const auto recent = std::ranges::count_if(added, [&](base::SteadyTime time) { return now - time < seconds{1}; });
    ASSERT_EQ(window.has_room(now), recent < 3);
    ASSERT_EQ(window.has_room(now, 2), recent + 2 < 3);
    if (recent >= 3) continue;
    window.add(now);
    added.push_back(now);
  }
  EXPECT_TRUE(SlidingWindow({0, seconds{1}}).has_room(now, 1000)) << "no cap";
}

TEST(Latencies, FollowAChangeAndAreBounded) {
  Latencies latencies;
  EXPECT_FALSE(latencies.of("west"));
  latencies.measured("west", milliseconds{10});
  latencies.measured("west", milliseconds{20});
  EXPECT_EQ(latencies.of("west")->mean, milliseconds{15});
  for (int n = 0; n < 200; ++n) latencies.measured("west", milliseconds{100});
  EXPECT_NEAR(static_cast<double>(latencies.of("west")->mean.count()), 100'000, 100);
  EXPECT_EQ(latencies.of("west")->measured, 202U);
  latencies.set("east", std::chrono::hours{1}, 0);
  EXPECT_EQ(latencies.of("east")->mean, Latencies::longest);
  latencies.set("east", microseconds{-5}, 3);
  EXPECT_EQ(latencies.of("east")->mean.count(), 0);
}

TEST(QuietNotes, TellAFewAndCountTheRest) {
  QuietNotes quiet(3);
  std::uint64_t ids = 0;
  const NewId new_id = [&ids](base::UtcTime) { return numbered_id(++ids); };
  std::vector<Note> told;
  const auto add = [&](milliseconds time, std::string reason) {
    Note note;
    note.reason = std::move(reason);
    quiet.add(std::move(note), {at(time), {}}, new_id, told);
  };
  for (int n = 0; n < 10; ++n) add(milliseconds{n}, "one " + std::to_string(n));
  EXPECT_EQ(told.size(), 3U);
  EXPECT_EQ(quiet.next_due(), at(seconds{1}));
  quiet.advance({at(milliseconds{999}), {}}, new_id, told);
  EXPECT_EQ(told.size(), 3U);
  add(milliseconds{1500}, "next");
  ASSERT_EQ(told.size(), 5U);
  EXPECT_EQ(told[3].reason, "7 more within a second, the last one: one 9");
  EXPECT_EQ(told[4].reason, "next");
  EXPECT_FALSE(quiet.next_due());
  EXPECT_EQ(ids, 5U);
}

}  // namespace
}  // namespace hub
