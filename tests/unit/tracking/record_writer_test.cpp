#include "server/tracking/record_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>

#include "tests/support/eventually.hpp"
#include "tests/unit/tracking/frames.hpp"
#include "tests/unit/tracking/memory_tracking_catalog.hpp"

namespace tracking {
namespace {

using base::UtcTime;
using std::chrono::seconds;
using tests::Said;

const UtcTime t0 = *base::parse_iso8601("2026-11-21T10:00:00Z");

class RecordWriterTest : public testing::Test {
 protected:
  using Answer = std::shared_ptr<std::promise<base::Result<>>>;

  std::future<base::Result<>> submit(const base::Imei& imei, const std::vector<Said>& said) {
    base::Bytes payload = tests::payload(said);
    avl::Records records;
    EXPECT_TRUE(records.decode(avl::Codec::codec8e, payload));
    const auto answer = std::make_shared<std::promise<base::Result<>>>();
    writer_->submit(imei, avl::Codec::codec8e, records, t0 + seconds{60}, [this, answer](base::Result<> outcome) {
      calls_at_answer_ = catalog_.calls();
      answer->set_value(std::move(outcome));
    });
    std::ranges::fill(payload, std::uint8_t{0});  // the connection's buffer is used again at once
    return answer->get_future();
  }
  base::Result<> wait(std::future<base::Result<>> answer) {
    if (answer.wait_for(tests::patience) != std::future_status::ready)
      return base::fail(base::Errc::unavailable, "never answered");
    return answer.get();
  }
  // Nothing happens until let_go(): the writer is at a frame of another device.
  std::future<base::Result<>> hold() {
    catalog_.hold();
    auto first = submit(tests::imei(99), {{.at = t0}});
    EXPECT_TRUE(tests::eventually([this] { return catalog_.held() == 1; }));
    return first;
  }

  tests::MemoryTrackingCatalog catalog_;
  prometheus::Registry registry_;
  std::vector<std::string> calls_at_answer_;  // written before an answer is there
  std::unique_ptr<RecordWriter> writer_ = std::make_unique<RecordWriter>(catalog_, registry_);
};

TEST_F(RecordWriterTest, FramesGatherWhileOneTransactionRuns) {
  auto first = hold();
  std::vector<std::future<base::Result<>>> answers;
  for (std::uint64_t n = 0; n < 20; ++n)
    for (int frame = 0; frame < 2; ++frame)
      answers.push_back(submit(tests::imei(n), {{.at = t0 + seconds{frame}}, {.at = t0 + seconds{frame + 10}}}));
  EXPECT_EQ(answers[0].wait_for(seconds{0}), std::future_status::timeout) << "not durable yet";
  catalog_.let_go();
  EXPECT_TRUE(wait(std::move(first)));
  for (auto& answer : answers) EXPECT_TRUE(wait(std::move(answer)));
  ASSERT_EQ(catalog_.batches().size(), 2U);
  EXPECT_EQ(catalog_.batches()[1].size(), 40U);
  const auto states = catalog_.states_of_batches()[1];
  EXPECT_EQ(states.size(), 20U) << "one for each device";
  for (const storage::DeviceState& state : states) EXPECT_EQ(state.recorded_at, t0 + seconds{11});
  EXPECT_EQ(catalog_.records(), 81U);
}

TEST_F(RecordWriterTest, ATransactionHasABound) {
  auto first = hold();
  std::vector<std::future<base::Result<>>> answers;
  for (int n = 0; n < 1100; ++n) answers.push_back(submit(tests::imei(1), {{.at = t0 + seconds{n}}}));
  catalog_.let_go();
  for (auto& answer : answers) EXPECT_TRUE(wait(std::move(answer)));
  std::vector<std::size_t> sizes;
  for (const auto& batch : catalog_.batches()) sizes.push_back(batch.size());
  EXPECT_THAT(sizes, testing::ElementsAre(1, 512, 512, 76));
}

TEST_F(RecordWriterTest, EventsComeBehindTheRecordsAndBeforeTheAnswer) {
  EXPECT_TRUE(wait(submit(tests::imei(), {{.at = t0, .front = 1}, {.at = t0 + seconds{1}, .sos = 2}})));
  EXPECT_THAT(calls_at_answer_,
              testing::ElementsAre("find_device_state", "append_records", "add_device_event", "add_device_event"));
  const auto events = catalog_.events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, storage::DeviceEventKind::front_camera);
  EXPECT_EQ(events[1].kind, storage::DeviceEventKind::sos);
  EXPECT_EQ(events[1].name, "din2");
  EXPECT_EQ(events[1].value, 2U);
  EXPECT_EQ(events[1].at, t0 + seconds{1});
  EXPECT_EQ(events[1].received_at, t0 + seconds{60});
  ASSERT_TRUE(events[1].place);
  EXPECT_DOUBLE_EQ(events[1].place->longitude, 25.279);
  EXPECT_FALSE(events[1].id.is_nil());
  EXPECT_NE(events[0].id, events[1].id);
}

TEST_F(RecordWriterTest, EventsOfManyDevicesAreEachThereOnce) {
  auto first = hold();
  std::vector<std::future<base::Result<>>> answers;
  for (std::uint64_t n = 0; n < 40; ++n)
    answers.push_back(submit(tests::imei(n), {{.at = t0, .sos = 1}, {.at = t0 + seconds{1}, .sos = 1}}));
  catalog_.let_go();
  for (auto& answer : answers) EXPECT_TRUE(wait(std::move(answer)));
  const auto events = catalog_.events();
  EXPECT_EQ(events.size(), 80U);
  std::map<base::Imei, UtcTime> last;
  for (const storage::DeviceEvent& event : events) {
    EXPECT_LT(last[event.imei], event.at) << "in the order of the device";
    last[event.imei] = event.at;
  }
}

TEST_F(RecordWriterTest, ADeviceIsReadOnceAndAgainWhenItMayHaveBeenElsewhere) {
  catalog_.put_state({.imei = tests::imei(), .recorded_at = t0, .front_camera = storage::Lasting{1, t0 - seconds{9}}});
  EXPECT_TRUE(wait(submit(tests::imei(), {{.at = t0 + seconds{1}, .front = 1}})));
  EXPECT_TRUE(wait(submit(tests::imei(), {{.at = t0 + seconds{2}, .front = 1}})));
  EXPECT_EQ(catalog_.called("find_device_state"), 1U);
  EXPECT_TRUE(catalog_.events().empty()) << "it was so before";
  EXPECT_EQ(catalog_.states_of_batches()[1][0].front_camera->since, t0 - seconds{9});
  // With another node its camera became another one.
  catalog_.put_state(
      {.imei = tests::imei(), .recorded_at = t0 + seconds{5}, .front_camera = storage::Lasting{0, t0 + seconds{4}}});
  writer_->forget(tests::imei());
  EXPECT_TRUE(wait(submit(tests::imei(), {{.at = t0 + seconds{6}, .front = 0}})));
  EXPECT_TRUE(catalog_.events().empty());
  EXPECT_EQ(catalog_.called("find_device_state"), 2U);
}

TEST_F(RecordWriterTest, WhatIsToBeForgottenIsWrittenFirst) {
  auto first = hold();
  auto one = submit(tests::imei(), {{.at = t0, .front = 1}});
  writer_->forget(tests::imei());
  auto other = submit(tests::imei(), {{.at = t0 + seconds{1}, .front = 1}});
  catalog_.let_go();
  EXPECT_TRUE(wait(std::move(one)));
  EXPECT_TRUE(wait(std::move(other)));
  EXPECT_EQ(catalog_.batches().size(), 3U);
  EXPECT_EQ(catalog_.events().size(), 1U);
}

TEST_F(RecordWriterTest, ACatalogThatFailsIsEverybodysError) {
  auto first = hold();
  std::vector<std::future<base::Result<>>> answers;
  for (std::uint64_t n = 0; n < 3; ++n) answers.push_back(submit(tests::imei(n), {{.at = t0, .front = 1}}));
  catalog_.fail("append_records", 2);
  catalog_.let_go();
  for (auto& answer : answers) {
    const auto outcome = wait(std::move(answer));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().message, "The catalog does not answer: append_records.");
  }
  EXPECT_FALSE(wait(std::move(first)));
  EXPECT_EQ(catalog_.called("append_records"), 2U) << "nothing is tried again";
  EXPECT_TRUE(catalog_.events().empty());
  // The trackers send the same again: nothing of it was remembered.
  for (std::uint64_t n = 0; n < 3; ++n) EXPECT_TRUE(wait(submit(tests::imei(n), {{.at = t0, .front = 1}})));
  EXPECT_EQ(catalog_.events().size(), 3U);
}

TEST_F(RecordWriterTest, WithoutTheStateOfADeviceNothingIsStored) {
  catalog_.fail("find_device_state");
  EXPECT_FALSE(wait(submit(tests::imei(), {{.at = t0}})));
  EXPECT_EQ(catalog_.called("append_records"), 0U);
  EXPECT_TRUE(wait(submit(tests::imei(), {{.at = t0}})));
}

TEST_F(RecordWriterTest, AnEventThatCannotBeAddedIsItsDevicesErrorAlone) {
  auto first = hold();
  auto quiet = submit(tests::imei(1), {{.at = t0}});
  auto crashed = submit(tests::imei(2), {{.at = t0, .rear = 1, .sos = 3}});
  catalog_.fail("add_device_event");
  catalog_.let_go();
  EXPECT_TRUE(wait(std::move(quiet)));
  EXPECT_FALSE(wait(std::move(crashed)));
  EXPECT_TRUE(catalog_.events().empty()) << "those behind it wait for their turn";
  EXPECT_TRUE(wait(submit(tests::imei(2), {{.at = t0, .rear = 1, .sos = 3}}))) << "sent again";
  EXPECT_EQ(catalog_.events().size(), 2U);
  EXPECT_EQ(catalog_.records(), 3U) << "records once each";
}

TEST_F(RecordWriterTest, ItsEndWaitsForWhatWasSubmitted) {
  auto first = hold();
  auto second = submit(tests::imei(1), {{.at = t0}});
  auto ending = std::async(std::launch::async, [this] { writer_.reset(); });
  catalog_.let_go();
  EXPECT_TRUE(wait(std::move(first)));
  EXPECT_TRUE(wait(std::move(second)));
  ending.get();
  EXPECT_EQ(catalog_.records(), 2U);
}

// Neither the one whose turn it was nor those behind it are kept waiting, and nothing of theirs is used afterwards.
TEST_F(RecordWriterTest, ItsEndIsBoundedWhileTheCatalogHangs) {
  constexpr std::chrono::milliseconds patience{50};
  writer_ = std::make_unique<RecordWriter>(catalog_, registry_, patience);
  auto gone = std::make_shared<int>();
  const std::weak_ptr<int> state = gone;  // lives as long as the writer's thread
  writer_->on_sos([gone = std::move(gone)] {});
  auto first = hold();
  auto second = submit(tests::imei(1), {{.at = t0}});
  const base::SteadyTime began = base::steady_now();
  writer_.reset();
  const auto took = base::steady_now() - began;
  EXPECT_GE(took, patience);
  EXPECT_LT(took, seconds{5}) << "of a wait that has no end";
  for (auto* const answer : {&first, &second}) {
    ASSERT_EQ(answer->wait_for(seconds{0}), std::future_status::ready);
    EXPECT_EQ(answer->get().error().code, base::Errc::unavailable);
  }
  EXPECT_FALSE(state.expired()) << "it hangs still";
  catalog_.let_go();
  EXPECT_TRUE(tests::eventually([&] { return state.expired(); }));
  EXPECT_EQ(catalog_.called("append_records"), 1U) << "what was answered with an error is not written behind it";
}

TEST_F(RecordWriterTest, SaysWhenAnSosIsThere) {
  std::atomic<unsigned> told = 0;
  std::vector<std::string> before;
  writer_->on_sos([&] {
    before = catalog_.calls();
    ++told;
  });
  EXPECT_TRUE(wait(submit(tests::imei(), {{.at = t0, .front = 1}})));
  EXPECT_EQ(told, 0U) << "a camera's state is none";
  EXPECT_TRUE(wait(submit(tests::imei(), {{.at = t0 + seconds{1}, .sos = 2}, {.at = t0 + seconds{2}, .sos = 3}})));
  EXPECT_EQ(told, 1U) << "once for all that came together";
  EXPECT_EQ(std::ranges::count(before, "add_device_event"), 3) << "those were there then";
  writer_->on_sos(nullptr);
  EXPECT_TRUE(wait(submit(tests::imei(), {{.at = t0 + seconds{3}, .sos = 2}})));
  EXPECT_EQ(told, 1U);
}

}  // namespace
}  // namespace tracking
