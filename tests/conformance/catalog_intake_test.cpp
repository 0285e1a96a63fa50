// What is taken of a device, and what it has sent lately, for every catalog.
#include "tests/conformance/catalog_fixture.hpp"

namespace storage {
namespace {

using base::IntakeState;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::at;
using tests::device;

constexpr milliseconds part{60'000};

class IntakeStates : public tests::CatalogTest {
 protected:
  void SetUp() override {
    CatalogTest::SetUp();
    ASSERT_NE(catalog_->intakes(), nullptr);
    ASSERT_TRUE(catalog_->touch_device(device(), 5, "192.0.2.1:1", at(0)));
  }
  IntakeReading read(base::UtcTime since, std::uint32_t max_files = 1000, base::Imei imei = device()) {
    auto reading =
        catalog_->intakes()->read_intake({.imei = imei, .since = since, .part = part, .max_files = max_files});
    EXPECT_TRUE(reading) << reading.error().message;
    return reading.value_or(IntakeReading{});
  }
  bool change(IntakeState from, IntakeState to, base::UtcTime since = at(5), base::Imei imei = device()) {
    const auto changed = catalog_->intakes()->change_intake(
        {.imei = imei, .from = from, .to = {.state = to, .since = since, .reason = "it's full"}, .window = part * 60});
    EXPECT_TRUE(changed) << changed.error().message;
    return changed.value_or(false);
  }
  void store(base::UtcTime received, std::uint64_t size, base::Imei imei = device()) {
    Media media = tests::photo(imei, received);
    media.size = size;
    commit(media);
  }
};
INSTANTIATE_TEST_SUITE_P(Catalogs, IntakeStates, testing::ValuesIn(tests::catalog_implementations()),
                         [](const auto& test) { return test.param.name; });

TEST_P(IntakeStates, ADeviceBeginsWithEverything) {
  const auto found = *catalog_->find_device(device());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->intake.state, IntakeState::everything);
  EXPECT_FALSE(found->intake.since);
  EXPECT_EQ(found->intake.reason, "");
  EXPECT_EQ(read(at(0)).state, IntakeState::everything);
  EXPECT_THAT(read(at(0)).arrived, IsEmpty());
  EXPECT_EQ(read(at(0), 10, device(7)).state, IntakeState::everything) << "one that never came";
  EXPECT_THAT(*catalog_->intakes()->limited_devices(10), IsEmpty());
}

TEST_P(IntakeStates, AChangeIsSeenEverywhere) {
  EXPECT_TRUE(change(IntakeState::everything, IntakeState::photos));
  const auto found = *catalog_->find_device(device());
  EXPECT_EQ(found->intake.state, IntakeState::photos);
  EXPECT_EQ(found->intake.since, at(5));
  EXPECT_EQ(found->intake.reason, "it's full");
  EXPECT_EQ(catalog_->list_devices()->at(0).intake.state, IntakeState::photos);
  EXPECT_EQ(read(at(0)).state, IntakeState::photos);
  ASSERT_TRUE(catalog_->touch_device(device(), 6, "192.0.2.2:2", at(9000)));
  commit(tests::photo());
  EXPECT_EQ(read(at(0)).state, IntakeState::photos) << "whatever else happens to the device";
}

TEST_P(IntakeStates, OnlyFromTheStateThatIsThere) {
  EXPECT_FALSE(change(IntakeState::photos, IntakeState::events));
  EXPECT_TRUE(change(IntakeState::everything, IntakeState::events));
  EXPECT_FALSE(change(IntakeState::everything, IntakeState::photos));
  EXPECT_EQ(read(at(0)).state, IntakeState::events);
  EXPECT_FALSE(change(IntakeState::everything, IntakeState::photos, at(5), device(7))) << "no such device";
}

TEST_P(IntakeStates, LimitedDevicesAreFoundByImei) {
  for (unsigned i = 1; i < 5; ++i) ASSERT_TRUE(catalog_->touch_device(device(i), 5, "192.0.2.1:1", at(0)));
  EXPECT_TRUE(change(IntakeState::everything, IntakeState::events, at(5), device(4)));
  EXPECT_TRUE(change(IntakeState::everything, IntakeState::photos, at(5), device(2)));
  EXPECT_TRUE(change(IntakeState::everything, IntakeState::photos, at(5), device(1)));
  EXPECT_TRUE(change(IntakeState::photos, IntakeState::everything, at(6), device(1)));
  const auto limited = *catalog_->intakes()->limited_devices(10);
  ASSERT_EQ(limited.size(), 2U);
  EXPECT_EQ(limited[0].imei, device(2));
  EXPECT_EQ(limited[0].state, IntakeState::photos);
  EXPECT_EQ(limited[1].imei, device(4));
  EXPECT_EQ(limited[1].state, IntakeState::events);
  EXPECT_EQ(catalog_->intakes()->limited_devices(1)->size(), 1U);
}

TEST_P(IntakeStates, FilesAreCountedInPartsOfTime) {
  const base::UtcTime begin{part * 29'833'333};  // of a part
  for (const std::uint64_t size : {1U, 2U}) store(begin, size);
  store(begin + part - milliseconds{1}, 4);
  store(begin + part, 5'000'000'000);
  store(begin - milliseconds{1}, 100);
  store(begin, 1000, device(1));
  auto arrived = read(begin).arrived;
  std::ranges::sort(arrived, {}, &ArrivedFiles::number);
  ASSERT_EQ(arrived.size(), 2U);
  EXPECT_EQ(arrived[0].number, 29'833'333);
  EXPECT_EQ(arrived[0].files, 3U);
  EXPECT_EQ(arrived[0].bytes, 7U);
  EXPECT_EQ(arrived[1].number, 29'833'334);
  EXPECT_EQ(arrived[1].files, 1U);
  EXPECT_EQ(arrived[1].bytes, 5'000'000'000U);
}

TEST_P(IntakeStates, CountingStopsAtTheNewestOnes) {
  for (int i = 0; i < 10; ++i) store(at(i * part.count()), 1);
  const auto arrived = read(at(0), 3).arrived;
  ASSERT_EQ(arrived.size(), 3U);
  for (const ArrivedFiles& each : arrived) EXPECT_GE(each.number, at(7 * part.count()).time_since_epoch() / part);
}

TEST_P(IntakeStates, AreNoUseBeforeTheMigration) {
  const tests::TempFolder other;
  const auto fresh = open_catalog(GetParam().url(other));
  ASSERT_TRUE(fresh);
  const auto limited = (*fresh)->intakes()->limited_devices(1);
  ASSERT_FALSE(limited);
  EXPECT_THAT(limited.error().message, HasSubstr("migrate"));
}

}  // namespace
}  // namespace storage
