// What is recorded of single devices: the same on every catalog.
#include "tests/conformance/catalog_fixture.hpp"

namespace tests {
namespace {

using std::chrono::minutes;
using storage::RecordingPolicy;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

class CatalogRecording : public CatalogTest {
 protected:
  storage::RecordingCatalog& recordings() { return *catalog_->recordings(); }
  RecordingPolicy policy(std::uint64_t number, std::string mode, base::UtcTime until) {
    return {.imei = base::Imei::from_number(base::with_luhn_digit(35630704244000 + number)).value(),
            .mode = std::move(mode),
            .until = until};
  }
  const base::UtcTime now = at(1000);
};

TEST_P(CatalogRecording, APolicyHoldsUntilItsTime) {
  const RecordingPolicy first = policy(1, "all", now + minutes{5});
  const RecordingPolicy second = policy(2, "off", now + minutes{10});
  ASSERT_TRUE(recordings().set_policy(second, now));
  ASSERT_TRUE(recordings().set_policy(first, now));
  EXPECT_THAT(recordings().policies(now).value(), ElementsAre(first, second));
  EXPECT_THAT(recordings().policy(first.imei, now).value(), Optional(first));
  EXPECT_THAT(recordings().policies(now + minutes{5}).value(), ElementsAre(second));
  EXPECT_EQ(recordings().policy(first.imei, now + minutes{5}).value(), std::nullopt);
}

TEST_P(CatalogRecording, ANewerOneReplacesIt) {
  ASSERT_TRUE(recordings().set_policy(policy(1, "all", now + minutes{5}), now));
  const RecordingPolicy newer = policy(1, "failed", now + minutes{1});
  ASSERT_TRUE(recordings().set_policy(newer, now));
  EXPECT_THAT(recordings().policies(now).value(), ElementsAre(newer));
}

TEST_P(CatalogRecording, DroppedIsGone) {
  const RecordingPolicy one = policy(1, "all", now + minutes{5});
  ASSERT_TRUE(recordings().set_policy(one, now));
  ASSERT_TRUE(recordings().drop_policy(one.imei));
  ASSERT_TRUE(recordings().drop_policy(one.imei)) << "there is nothing left to drop";
  EXPECT_THAT(recordings().policies(now).value(), IsEmpty());
}

TEST_P(CatalogRecording, WhatIsOverIsForgottenWithTheNext) {
  ASSERT_TRUE(recordings().set_policy(policy(1, "all", now + minutes{1}), now));
  const RecordingPolicy later = policy(2, "all", now + minutes{9});
  ASSERT_TRUE(recordings().set_policy(later, now + minutes{2}));
  EXPECT_THAT(recordings().policies(now).value(), ElementsAre(later)) << "of the first no row is left";
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogRecording, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tests
