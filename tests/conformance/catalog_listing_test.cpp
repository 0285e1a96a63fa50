#include <algorithm>

#include "tests/conformance/catalog_fixture.hpp"

namespace storage {
namespace {

using testing::ElementsAre;
using tests::at;
using tests::device;
using tests::photo;

class CatalogListing : public tests::CatalogTest {
 protected:
  base::Uuid add(auto change) {
    Media media = photo(device(), at(next_ += 1000));
    change(media);
    return commit(media).id;
  }

  // Follows the cursors to the end.
  std::vector<base::Uuid> walk(MediaQuery query) {
    std::vector<base::Uuid> all;
    do {
      const auto page = catalog_->list_media(query);
      EXPECT_TRUE(page) << page.error().message;
      if (!page) break;
      EXPECT_LE(page->items.size(), query.limit);
      for (const auto& media : page->items) all.push_back(media.id);
      query.cursor = page->next_cursor;
    } while (!query.cursor.empty());
    return all;
  }

  std::int64_t next_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogListing, testing::ValuesIn(tests::catalog_implementations()),
                         [](const auto& test) { return test.param.name; });

TEST_P(CatalogListing, AnEmptyCatalogIsOneEmptyPage) {
  const auto page = catalog_->list_media({});
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->items.empty());
  EXPECT_EQ(page->next_cursor, "");
}

TEST_P(CatalogListing, NewestFirstThenById) {
  std::vector<Media> rows;
  for (int i = 0; i < 30; ++i) rows.push_back(photo(device(), at(i % 4)));  // many of one millisecond
  for (const auto& media : rows) commit(media);
  std::ranges::sort(rows, std::ranges::greater{}, [](const Media& m) { return std::pair(m.received_at, m.id); });
  std::vector<base::Uuid> expected;
  for (const auto& media : rows) expected.push_back(media.id);
  for (const std::uint32_t limit : {1U, 7U, 10U, 29U, 30U, 31U, 500U}) {
    MediaQuery query;
    query.limit = limit;
    EXPECT_EQ(walk(query), expected) << limit;
  }
}

TEST_P(CatalogListing, APageThatEndsWithTheLastItemHasNoNext) {
  for (int i = 0; i < 3; ++i) add([](Media&) {});
  MediaQuery query;
  query.limit = 3;
  EXPECT_EQ(catalog_->list_media(query)->next_cursor, "");
  query.limit = 2;
  EXPECT_NE(catalog_->list_media(query)->next_cursor, "");
}

TEST_P(CatalogListing, ArrivalsBetweenPagesDisturbNothing) {
  const auto first = add([](Media&) {});
  const auto second = add([](Media&) {});
  const auto third = add([](Media&) {});
  MediaQuery query;
  query.limit = 2;
  const auto page = catalog_->list_media(query);
  ASSERT_THAT(ids(query), ElementsAre(third, second));
  add([](Media&) {});
  query.cursor = page->next_cursor;
  EXPECT_THAT(ids(query), ElementsAre(first));
}

TEST_P(CatalogListing, EachFilterAlone) {
  const auto plain = add([](Media&) {});
  const auto other_device = add([](Media& m) { m.imei = device(1); });
  const auto rear = add([](Media& m) { m.camera = base::Camera::rear; });
  const auto video = add([](Media& m) { m.kind = base::MediaKind::video; });
  const auto crash = add([](Media& m) { m.trigger = "crash"; });
  MediaQuery query;
  query.imei = device(1);
  EXPECT_THAT(ids(query), ElementsAre(other_device));
  query = {};
  query.camera = base::Camera::rear;
  EXPECT_THAT(ids(query), ElementsAre(rear));
  query = {};
  query.kind = base::MediaKind::video;
  EXPECT_THAT(ids(query), ElementsAre(video));
  query = {};
  query.trigger = "crash";
  EXPECT_THAT(ids(query), ElementsAre(crash));
  query.trigger = "";
  EXPECT_THAT(ids(query), ElementsAre(video, rear, other_device, plain));
  query.trigger = "tow";
  EXPECT_TRUE(ids(query).empty());
}

TEST_P(CatalogListing, TheTimeIsThatOfCaptureOrElseOfArrival) {
  const auto captured = add([](Media& m) { m.captured_at = at(-5000), m.received_at = at(9000); });
  const auto without = add([](Media& m) { m.captured_at.reset(), m.received_at = at(8000); });
  MediaQuery query;
  query.from = at(-5000);
  query.to = at(-4999);
  EXPECT_THAT(ids(query), ElementsAre(captured)) << "from is inclusive";
  query.from = at(-6000);
  query.to = at(-5000);
  EXPECT_TRUE(ids(query).empty()) << "to is exclusive";
  query.from = at(8000);
  query.to.reset();
  EXPECT_THAT(ids(query), ElementsAre(without));
  query.from.reset();
  query.to = at(8001);
  EXPECT_THAT(ids(query), ElementsAre(captured, without)) << "the order stays that of arrival";
}

TEST_P(CatalogListing, AllCombinationsOfFiltersPageLikeAPlainLoop) {
  std::vector<Media> rows;
  for (int i = 0; i < 96; ++i) {
    Media media = photo(device(i % 2 == 0 ? 0 : 1), at(i / 3 * 1000));
    media.camera = i % 3 == 0 ? base::Camera::front : base::Camera::rear;
    media.kind = i % 4 < 2 ? base::MediaKind::photo : base::MediaKind::video;
    media.trigger = i % 5 < 3 ? "din1" : "crash";
    if (i % 7 == 0) media.captured_at.reset();
    commit(media);
    rows.push_back(media);
  }
  std::ranges::sort(rows, std::ranges::greater{}, [](const Media& m) { return std::pair(m.received_at, m.id); });
  for (unsigned mask = 0; mask < 64; ++mask) {
    MediaQuery query;
    query.limit = 5;
    if (mask & 1) query.imei = device(1);
    if (mask & 2) query.camera = base::Camera::rear;
    if (mask & 4) query.kind = base::MediaKind::photo;
    if (mask & 8) query.trigger = "din1";
    if (mask & 16) query.from = at(-25'000);
    if (mask & 32) query.to = at(3'000);
    std::vector<base::Uuid> expected;
    for (const auto& m : rows) {
      const auto taken = m.captured_at.value_or(m.received_at);
      if ((!query.imei || m.imei == *query.imei) && (!query.camera || m.camera == *query.camera) &&
          (!query.kind || m.kind == *query.kind) && (!query.trigger || m.trigger == *query.trigger) &&
          (!query.from || taken >= *query.from) && (!query.to || taken < *query.to))
        expected.push_back(m.id);
    }
    ASSERT_FALSE(expected.empty()) << mask;
    EXPECT_EQ(walk(query), expected) << mask;
  }
}

TEST_P(CatalogListing, ForeignCursorsAreInvalid) {
  for (int i = 0; i < 3; ++i) {
    add([](Media&) {});
    ASSERT_TRUE(catalog_->record_transfer(tests::transfer(device(), at(i))));
  }
  MediaQuery query;
  query.limit = 1;
  const std::string cursor = catalog_->list_media(query)->next_cursor;
  std::string changed = cursor;
  changed[3] = changed[3] == '0' ? '1' : '0';
  TransferQuery transfers;
  transfers.limit = 1;
  const auto other = catalog_->list_transfers(transfers)->next_cursor;
  for (const std::string& bad : {std::string("x"), std::string("50"), cursor + "00", cursor.substr(2), changed, other,
                                 std::string(cursor.size(), '0'), std::string(1'000'000, 'f')}) {
    query.cursor = bad;
    const auto page = catalog_->list_media(query);
    ASSERT_FALSE(page) << bad.substr(0, 100);
    EXPECT_EQ(page.error().code, base::Errc::invalid);
  }
  transfers.cursor = cursor;
  EXPECT_EQ(catalog_->list_transfers(transfers).error().code, base::Errc::invalid);
}

TEST_P(CatalogListing, LimitsOutOfRangeAreInvalid) {
  MediaQuery query;
  TransferQuery transfers;
  for (const std::uint32_t limit : {0U, 501U, 4'294'967'295U}) {
    query.limit = transfers.limit = limit;
    EXPECT_EQ(catalog_->list_media(query).error().code, base::Errc::invalid) << limit;
    EXPECT_EQ(catalog_->list_transfers(transfers).error().code, base::Errc::invalid) << limit;
  }
}

}  // namespace
}  // namespace storage
