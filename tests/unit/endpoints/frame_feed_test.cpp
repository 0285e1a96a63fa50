#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "server/endpoints/frame_feed.hpp"

namespace endpoints {
namespace {

Picture picture(std::uint8_t number) {
  return {.jpeg = std::make_shared<const base::Bytes>(base::Bytes{number}), .at = base::UtcTime{}, .position = {}};
}

TEST(FrameFeed, ShowsEveryPictureToWhoeverLooksUntilTheHandleGoes) {
  const auto feed = std::make_shared<FrameFeed>();
  EXPECT_FALSE(feed->last());
  std::vector<int> first;
  std::vector<int> second;
  auto one = feed->subscribe([&](const Picture& shown) { first.push_back(shown.jpeg->front()); });
  feed->publish(picture(1));
  const auto two = feed->subscribe([&](const Picture& shown) { second.push_back(shown.jpeg->front()); });
  feed->publish(picture(2));
  one.reset();
  feed->publish(picture(3));
  EXPECT_EQ(first, (std::vector{1, 2}));
  EXPECT_EQ(second, (std::vector{2, 3}));
  EXPECT_EQ(feed->last()->jpeg->front(), 3);
}

TEST(FrameFeed, ALookMayEndItselfAndBeginAnother) {
  const auto feed = std::make_shared<FrameFeed>();
  int ended = 0;
  int begun = 0;
  std::shared_ptr<void> first;
  std::shared_ptr<void> next;
  first = feed->subscribe([&](const Picture&) {
    ++ended;
    next = feed->subscribe([&](const Picture&) { ++begun; });
    first.reset();
  });
  feed->publish(picture(1));
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(begun, 0);  // it came behind that picture
  feed->publish(picture(2));
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(begun, 1);
}

TEST(FrameFeed, TheHandleOutlivesTheFeedsOwner) {
  auto feed = std::make_shared<FrameFeed>();
  auto handle = feed->subscribe([](const Picture&) {});
  feed.reset();
  handle.reset();
}

TEST(FrameFeed, ShowsTheNextPictureOnce) {
  const auto feed = std::make_shared<FrameFeed>();
  feed->publish(picture(1));
  std::vector<int> shown;
  feed->next([&](const Picture& one) { shown.push_back(one.jpeg->front()); });
  feed->publish(picture(2));
  feed->publish(picture(3));
  EXPECT_EQ(shown, std::vector{2});
}

// Whoever waits for a picture hears that none comes by the end of what it gave.
TEST(FrameFeed, OfTooManyThatWaitTheOldestGoesUncalled) {
  const auto feed = std::make_shared<FrameFeed>();
  std::vector<std::size_t> called;
  std::vector<std::size_t> gone;
  const auto wait = [&](std::size_t number) {
    const std::shared_ptr<void> end(nullptr, [&gone, &feed, number](void*) {
      gone.push_back(number);
      (void)feed->last();  // calls from within are answered
    });
    feed->next([&called, number, end](const Picture&) { called.push_back(number); });
  };
  for (std::size_t n = 0; n < FrameFeed::most_waiting + 2; ++n) wait(n);
  EXPECT_EQ(gone, (std::vector<std::size_t>{0, 1}));
  feed->publish(picture(1));
  ASSERT_EQ(called.size(), FrameFeed::most_waiting);
  EXPECT_EQ(called.front(), 2U);
  EXPECT_EQ(called.back(), FrameFeed::most_waiting + 1);
}

TEST(FrameFeed, NoCallIsUnderWayBehindTheEndOfAHandle) {
  const auto feed = std::make_shared<FrameFeed>();
  std::atomic<bool> end = false;
  std::thread publishing([&] {
    while (!end) feed->publish(picture(1));
  });
  for (int n = 0; n < 500; ++n) {
    auto alive = std::make_unique<std::atomic<int>>(0);  // a call behind its end is a use after free
    std::atomic<bool> once = false;
    auto handle = feed->subscribe([&counter = *alive](const Picture&) { ++counter; });
    feed->next([&once](const Picture&) { once = true; });
    while (!once || *alive == 0) std::this_thread::yield();
    handle.reset();
    alive.reset();
  }
  end = true;
  publishing.join();
}

}  // namespace
}  // namespace endpoints
