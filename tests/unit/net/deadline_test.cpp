#include "server/net/deadline.hpp"

#include <gtest/gtest.h>

#include <asio/post.hpp>

namespace net {
namespace {

using std::chrono::milliseconds;

struct Owner {
  explicit Owner(asio::io_context& context) : deadline(context, [this] { ++passed; }) {}
  int passed = 0;
  LazyDeadline deadline;
};

class Deadline : public testing::Test {
 protected:
  void set(milliseconds after) { owner_->deadline.set(base::steady_now() + after, owner_); }
  // Until nothing is waited for any more.
  milliseconds run() {
    const auto began = base::steady_now();
    context_.restart();
    context_.run();
    return std::chrono::duration_cast<milliseconds>(base::steady_now() - began);
  }
  asio::io_context context_;
  std::shared_ptr<Owner> owner_ = std::make_shared<Owner>(context_);
};

TEST_F(Deadline, PassesOnceAndNotEarly) {
  const auto before = base::steady_now();
  set(milliseconds{20});
  run();
  EXPECT_GE(base::steady_now() - before, milliseconds{20});
  EXPECT_EQ(owner_->passed, 1);
}

TEST_F(Deadline, MovedLaterPassesLater) {
  set(milliseconds{5});
  set(milliseconds{40});
  EXPECT_GE(run(), milliseconds{30});
  EXPECT_EQ(owner_->passed, 1);
}

TEST_F(Deadline, MovedEarlierPassesEarlier) {
  constexpr std::chrono::hours far{1};
  set(far);
  set(milliseconds{5});
  EXPECT_LT(run(), milliseconds{10'000});
  EXPECT_EQ(owner_->passed, 1);
}

TEST_F(Deadline, InThePastPassesAtOnce) {
  set(milliseconds{-5});
  run();
  EXPECT_EQ(owner_->passed, 1);
}

TEST_F(Deadline, CancelledDoesNotPass) {
  set(milliseconds{5});
  owner_->deadline.cancel();
  run();
  EXPECT_EQ(owner_->passed, 0);
  set(milliseconds{5});  // and may be set anew
  run();
  EXPECT_EQ(owner_->passed, 1);
}

// Passed and cancelled in the same turn of the loop: the handler is on its way already.
TEST_F(Deadline, CancelledWhileTheHandlerIsOnItsWay) {
  set(milliseconds{-1});
  asio::post(context_, [this] {
    owner_->deadline.cancel();
    set(std::chrono::milliseconds{30});
  });
  EXPECT_GE(run(), milliseconds{20});
  EXPECT_EQ(owner_->passed, 1);
}

TEST_F(Deadline, MayBeSetAgainWhenItPasses) {
  struct Ticker : std::enable_shared_from_this<Ticker> {
    explicit Ticker(asio::io_context& context)
        : deadline(context, [this] {
            if (++passed < 3) deadline.set(base::steady_now() + milliseconds{1}, shared_from_this());
          }) {}
    int passed = 0;
    LazyDeadline deadline;
  };
  const auto ticker = std::make_shared<Ticker>(context_);
  ticker->deadline.set(base::steady_now(), ticker);
  run();
  EXPECT_EQ(ticker->passed, 3);
}

TEST_F(Deadline, KeepsItsOwnerWhileItWaitsAndNoLonger) {
  const std::weak_ptr<Owner> watched = owner_;
  set(milliseconds{5});
  owner_.reset();
  EXPECT_FALSE(watched.expired());
  run();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace net
