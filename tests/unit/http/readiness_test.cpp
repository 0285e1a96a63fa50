#include "server/http/readiness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

#include "tests/unit/http/fakes.hpp"

namespace http {
namespace {

using namespace std::chrono_literals;
using http::testing::Gate;

std::future<ReadinessReport> ask(Readiness& readiness) {
  auto answer = std::make_shared<std::promise<ReadinessReport>>();
  auto future = answer->get_future();
  readiness.ask([answer](const ReadinessReport& report) { answer->set_value(report); });
  return future;
}

ReadinessReport asked(Readiness& readiness) {
  auto answer = ask(readiness);
  EXPECT_EQ(answer.wait_for(10s), std::future_status::ready);
  return answer.get();
}

Probe good(std::string name) {
  return {std::move(name), []() -> base::Result<> { return {}; }};
}

TEST(Readiness, ReportsEveryProbeInOrder) {
  Readiness readiness({good("catalog"),
                       {"objects", []() -> base::Result<> { return base::fail(base::Errc::io, "The disk is full."); }}},
                      5s, 0ms);
  const auto report = asked(readiness);
  EXPECT_FALSE(report.ok());
  ASSERT_EQ(report.checks.size(), 2U);
  EXPECT_EQ(report.checks[0].name, "catalog");
  EXPECT_TRUE(report.checks[0].ok);
  EXPECT_EQ(report.checks[1].name, "objects");
  EXPECT_FALSE(report.checks[1].ok);
  EXPECT_EQ(report.checks[1].reason, "The disk is full.");
}

TEST(Readiness, WithoutProbesIsReady) {
  Readiness readiness({}, 5s, 0ms);
  EXPECT_TRUE(asked(readiness).ok());
}

TEST(Readiness, ManyAskersShareOneRound) {
  Gate gate;
  gate.close();
  std::atomic<int> runs = 0;
  Readiness readiness({{"slow",
                        [&]() -> base::Result<> {
                          ++runs;
                          gate.pass();
                          return {};
                        }}},
                      10s, 1h);
  std::vector<std::future<ReadinessReport>> answers;
  answers.reserve(100);
  for (int i = 0; i < 50; ++i) answers.push_back(ask(readiness));
  ASSERT_TRUE(gate.wait_for_waiting(1));
  for (int i = 0; i < 50; ++i) answers.push_back(ask(readiness));
  gate.open();
  for (auto& answer : answers) EXPECT_TRUE(answer.get().ok());
  EXPECT_TRUE(asked(readiness).ok());  // from memory
  EXPECT_EQ(runs, 1);
}

TEST(Readiness, AfterTheCacheTimeItLooksAgain) {
  std::atomic<int> runs = 0;
  Readiness readiness({{"counted",
                        [&]() -> base::Result<> {
                          ++runs;
                          return {};
                        }}},
                      10s, 0ms);
  asked(readiness);
  asked(readiness);
  EXPECT_EQ(runs, 2);
}

TEST(Readiness, AHangingProbeIsReportedAndNotStartedTwice) {
  Gate gate;
  gate.close();
  std::atomic<int> runs = 0;
  Readiness readiness({good("fine"),
                       {"hung",
                        [&]() -> base::Result<> {
                          ++runs;
                          gate.pass();
                          return {};
                        }}},
                      30ms, 0ms);
  for (int i = 0; i < 3; ++i) {
    const auto report = asked(readiness);
    EXPECT_TRUE(report.checks.at(0).ok);
    EXPECT_FALSE(report.checks.at(1).ok);
    EXPECT_THAT(report.checks.at(1).reason, ::testing::HasSubstr("timed out"));
  }
  EXPECT_EQ(runs, 1);
  gate.open();
  while (!asked(readiness).ok()) {
  }
  EXPECT_GE(runs, 1);
}

TEST(Readiness, StopDropsAskersAndLeavesAHangingProbeBehind) {
  auto gate = std::make_shared<Gate>();
  auto ended = std::make_shared<std::promise<void>>();
  gate->close();
  auto readiness = std::make_unique<Readiness>(std::vector<Probe>{{"hung",
                                                                   [gate, ended]() -> base::Result<> {
                                                                     gate->pass();
                                                                     ended->set_value();
                                                                     return {};
                                                                   }}},
                                               10s, 0ms);
  auto answer = ask(*readiness);
  ASSERT_TRUE(gate->wait_for_waiting(1));
  EXPECT_FALSE(readiness->stop(20ms));
  EXPECT_THROW(answer.get(), std::future_error);  // dropped, and not left waiting
  readiness.reset();
  gate->open();
  EXPECT_EQ(ended->get_future().wait_for(10s), std::future_status::ready);
}

}  // namespace
}  // namespace http
