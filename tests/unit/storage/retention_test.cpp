// Every rule takes the oldest first, stops where it should, and leaves what is on hold.
#include "storage/keeping/retention.hpp"

#include "tests/unit/storage/keeping_fixture.hpp"

namespace storage {
namespace {

using namespace std::chrono_literals;

class RetentionTest : public KeepingFixture {
 protected:
  // 100 bytes each, the first one oldest, an hour apart.
  std::vector<Media> add_files(int files, base::Imei imei = tests::device()) {
    std::vector<Media> all;
    for (int i = 0; i < files; ++i) all.push_back(add(100h - std::chrono::hours(i), 64, imei));
    return all;
  }
  RetentionReport run(RetentionRules rules, MeasureVolume volume = {}) {
    RetentionReport report;
    const auto done = Retention(keeping(), deletion_, rules, std::move(volume)).run(report, {});
    EXPECT_TRUE(done) << done.error().message;
    return report;
  }
  // "-" for each that is gone, "+" for each that is there.
  std::string states(const std::vector<Media>& all) {
    std::string text;
    for (const Media& media : all) text += is_there(media) ? '+' : is_gone(media) ? '-' : '?';
    return text;
  }
  static std::uint64_t deleted(const RetentionReport& report, Rule rule) {
    return report.deleted[static_cast<std::size_t>(rule)].files;
  }
  static std::uint64_t unreachable(const RetentionReport& report, Rule rule) {
    return report.unreachable[static_cast<std::size_t>(rule)];
  }
  Deletion deletion_{*catalog_, objects_};
};

struct Case {
  std::string name;
  Rule rule;
  RetentionRules rules;
  std::uint64_t volume_used = 0;  // of 1000
  std::vector<std::size_t> held;
  std::string expected;
  std::uint64_t unreachable = 0;
};

// Ten files of 100 bytes of one device.
const std::vector<Case> cases{
    {"no_rule", Rule::age, {}, 1000, {}, "++++++++++"},
    {"age", Rule::age, {.max_age = 97h + 30min}, 0, {}, "---+++++++"},
    {"age_with_holds", Rule::age, {.max_age = 97h + 30min}, 0, {0, 2}, "+-++++++++"},
    {"device_below", Rule::device, {.device_bytes = 1000}, 0, {}, "++++++++++"},
    {"device_above", Rule::device, {.device_bytes = 750}, 0, {}, "---+++++++"},
    {"device_with_holds", Rule::device, {.device_bytes = 750}, 0, {0, 2}, "+-+--+++++"},
    {"device_all_held", Rule::device, {.device_bytes = 50}, 0, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, "++++++++++", 950},
    {"total_below_high", Rule::total, {.total_high = 1000, .total_low = 500}, 0, {}, "++++++++++"},
    {"total_to_low", Rule::total, {.total_high = 999, .total_low = 500}, 0, {}, "-----+++++"},
    {"total_with_holds", Rule::total, {.total_high = 999, .total_low = 500}, 0, {1, 3}, "-+-+---+++"},
    {"total_unreachable", Rule::total, {.total_high = 999, .total_low = 100}, 0, {7, 8, 9}, "-------+++", 200},
    {"volume_below_high", Rule::volume, {.volume_high = 90, .volume_low = 60}, 900, {}, "++++++++++"},
    {"volume_to_low", Rule::volume, {.volume_high = 90, .volume_low = 60}, 950, {}, "----++++++"},
    {"volume_with_holds", Rule::volume, {.volume_high = 90, .volume_low = 60}, 950, {0}, "+----+++++"},
};

class EachRule : public RetentionTest, public testing::WithParamInterface<Case> {};

TEST_P(EachRule, TakesTheOldestAndLeavesWhatIsHeld) {
  const Case& given = GetParam();
  const auto files = add_files(10);
  ASSERT_EQ(files[0].size, 100U);
  for (const std::size_t index : given.held) hold(files[index]);
  const auto report = run(given.rules, [&] { return VolumeUsage{.used = given.volume_used, .capacity = 1000}; });
  EXPECT_EQ(states(files), given.expected);
  EXPECT_EQ(deleted(report, given.rule), std::ranges::count(given.expected, '-'));
  EXPECT_EQ(unreachable(report, given.rule), given.unreachable);
  EXPECT_EQ(count("SELECT count(*) FROM evidence WHERE record LIKE '{\"type\":\"deleted\"%'"),
            std::ranges::count(given.expected, '-'));

  const auto again = run(given.rules, [&] { return VolumeUsage{.used = 0, .capacity = 1000}; });
  EXPECT_EQ(states(files), given.expected) << "once is enough";
  EXPECT_EQ(deleted(again, given.rule), 0U);
}

INSTANTIATE_TEST_SUITE_P(Rules, EachRule, testing::ValuesIn(cases), [](const auto& each) { return each.param.name; });

TEST_F(RetentionTest, ManyFilesOverManyBatches) {
  const auto files = add_files(90);
  hold(files[5]);
  hold(files[40]);
  const auto report = run({.total_high = 2000, .total_low = 1000});
  EXPECT_EQ(deleted(report, Rule::total), 80U);
  EXPECT_EQ(keeping().kept_totals().value().bytes, 1000U);
  EXPECT_TRUE(is_there(files[5]));
  EXPECT_TRUE(is_there(files[40]));
  EXPECT_TRUE(is_there(files.back()));
}

TEST_F(RetentionTest, OldestAcrossDevices) {
  const auto a = add_files(3, tests::device(0));
  const auto b = add_files(3, tests::device(1));
  run({.total_high = 500, .total_low = 400});
  EXPECT_EQ(states(a), "-++");
  EXPECT_EQ(states(b), "-++");
  run({.device_bytes = 100});
  EXPECT_EQ(states(a), "--+");
  EXPECT_EQ(states(b), "--+");
}

TEST_F(RetentionTest, TombstonesSayWhy) {
  const auto files = add_files(2);
  run({.max_age = 99h + 30min});
  EXPECT_EQ(keeping().find_tombstone(files[0].id).value()->reason, "it was older than 99 hours");
}

TEST_F(RetentionTest, AStopEndsItBetweenTwoBatches) {
  const auto files = add_files(90);
  std::stop_source stop;
  objects_.trouble = [&](std::string_view call, std::string_view) {
    if (call == "remove") stop.request_stop();
    return base::Result<>();
  };
  RetentionReport report;
  ASSERT_TRUE(Retention(keeping(), deletion_, {.max_age = 1h}, {}).run(report, stop.get_token()));
  EXPECT_EQ(deleted(report, Rule::age), deletion_batch);
}

TEST_F(RetentionTest, MarksOfAVolume) {
  const VolumeUsage usage{.used = 950, .capacity = 1000};
  EXPECT_EQ(usage.percent(), 95.0);
  EXPECT_EQ(usage.above(90), 50U);
  EXPECT_EQ(usage.above(95), 0U);
  EXPECT_EQ(VolumeUsage{}.above(90), 0U);
  const auto here = measure_volume(folder_.path());
  ASSERT_TRUE(here);
  EXPECT_GT(here->capacity, 0U);
  EXPECT_LE(here->used, here->capacity);
  EXPECT_FALSE(measure_volume("/nowhere/at/all"));
}

}  // namespace
}  // namespace storage
