// Transfers, devices, migration and the readiness check, for every catalog.
#include <algorithm>
#include <limits>

#include "tests/conformance/catalog_fixture.hpp"

namespace storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::at;
using tests::device;

class Catalogs : public tests::CatalogTest {
 protected:
  std::vector<base::Uuid> transfer_ids(const TransferQuery& query) {
    const auto page = catalog_->list_transfers(query);
    EXPECT_TRUE(page) << page.error().message;
    std::vector<base::Uuid> found;
    if (page)
      for (const auto& transfer : page->items) found.push_back(transfer.id);
    return found;
  }
};
INSTANTIATE_TEST_SUITE_P(Catalogs, Catalogs, testing::ValuesIn(tests::catalog_implementations()),
                         [](const auto& test) { return test.param.name; });

TEST_P(Catalogs, MigratesOnceOnly) {
  const auto again = catalog_->migrate();
  ASSERT_TRUE(again);
  EXPECT_THAT(*again, IsEmpty());
}

TEST_P(Catalogs, SaysWhatToDoBeforeItIsMigrated) {
  const tests::TempFolder other;
  const auto fresh = open_catalog(GetParam().url(other));
  ASSERT_TRUE(fresh);
  const auto committed = (*fresh)->commit_media(tests::photo());
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, base::Errc::unavailable);
  EXPECT_THAT(committed.error().message, HasSubstr("migrate"));
  EXPECT_FALSE((*fresh)->list_media({}));
  EXPECT_FALSE((*fresh)->find_device(device()));
  EXPECT_FALSE((*fresh)->probe());
  ASSERT_TRUE((*fresh)->migrate());
  EXPECT_TRUE((*fresh)->commit_media(tests::photo())) << "the same object goes on after the migration";
}

TEST_P(Catalogs, GivesBackEveryFieldOfATransfer) {
  Transfer transfer = tests::transfer();
  transfer.node = "node-1";
  transfer.protocol = 6;
  transfer.camera = base::Camera::rear;
  transfer.kind = base::MediaKind::video;
  transfer.name = "/a b.h265";
  transfer.total_bytes = 5'000'000'000;
  transfer.offset_start = 1024;
  transfer.offset = 4'999'999'999;
  transfer.bytes_received = 6'000'000'000;
  transfer.bytes_per_second = 3700.25;
  transfer.stalls = 1;
  transfer.resumes = 2;
  transfer.bad_crcs = 3;
  transfer.salvaged = 4;
  transfer.state = "failed";
  transfer.reason = "the camera aborted: 'no space'";
  transfer.media_id = base::Uuid::v7(at(0));
  ASSERT_TRUE(catalog_->record_transfer(transfer));
  const auto page = catalog_->list_transfers({});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->items.size(), 1U);
  const auto& found = page->items[0];
  EXPECT_EQ(found.id, transfer.id);
  EXPECT_EQ(found.session, transfer.session);
  EXPECT_EQ(found.imei, transfer.imei);
  EXPECT_EQ(found.peer, transfer.peer);
  EXPECT_EQ(found.node, transfer.node);
  EXPECT_EQ(found.protocol, transfer.protocol);
  EXPECT_EQ(found.camera, transfer.camera);
  EXPECT_EQ(found.kind, transfer.kind);
  EXPECT_EQ(found.name, transfer.name);
  EXPECT_EQ(found.started_at, transfer.started_at);
  EXPECT_EQ(found.updated_at, transfer.updated_at);
  EXPECT_EQ(found.total_bytes, transfer.total_bytes);
  EXPECT_EQ(found.offset_start, transfer.offset_start);
  EXPECT_EQ(found.offset, transfer.offset);
  EXPECT_EQ(found.bytes_received, transfer.bytes_received);
  EXPECT_EQ(found.bytes_per_second, transfer.bytes_per_second);
  EXPECT_EQ(found.stalls, transfer.stalls);
  EXPECT_EQ(found.resumes, transfer.resumes);
  EXPECT_EQ(found.bad_crcs, transfer.bad_crcs);
  EXPECT_EQ(found.salvaged, transfer.salvaged);
  EXPECT_EQ(found.state, transfer.state);
  EXPECT_EQ(found.reason, transfer.reason);
  EXPECT_EQ(found.media_id, transfer.media_id);
  EXPECT_FALSE(found.live);
}

TEST_P(Catalogs, ATransferRecordedAgainIsReplaced) {
  Transfer transfer = tests::transfer();
  transfer.state = "interrupted";
  ASSERT_TRUE(catalog_->record_transfer(transfer));
  transfer.state = "stored";
  transfer.stalls = 9;
  ASSERT_TRUE(catalog_->record_transfer(transfer));
  const auto page = catalog_->list_transfers({});
  ASSERT_EQ(page->items.size(), 1U);
  EXPECT_EQ(page->items[0].state, "stored");
  EXPECT_EQ(page->items[0].stalls, 9U);
}

TEST_P(Catalogs, ARateThatIsNoNumberIsNone) {
  for (const double rate : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Transfer transfer = tests::transfer();
    transfer.bytes_per_second = rate;
    ASSERT_TRUE(catalog_->record_transfer(transfer));
  }
  const auto page = catalog_->list_transfers({});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->items.size(), 2U);
  for (const auto& transfer : page->items) EXPECT_EQ(transfer.bytes_per_second, 0);
}

TEST_P(Catalogs, TransfersPageNewestFirstAndFilter) {
  std::vector<Transfer> rows;
  for (int i = 0; i < 24; ++i) {
    Transfer transfer = tests::transfer(device(i % 2 == 0 ? 0 : 1), at(i / 3));
    transfer.state = i % 3 == 0 ? "failed" : "stored";
    ASSERT_TRUE(catalog_->record_transfer(transfer));
    rows.push_back(transfer);
  }
  std::ranges::sort(rows, std::ranges::greater{}, [](const Transfer& t) { return std::pair(t.started_at, t.id); });
  for (unsigned mask = 0; mask < 4; ++mask) {
    TransferQuery query;
    query.limit = 5;
    if (mask & 1) query.imei = device(1);
    if (mask & 2) query.state = "failed";
    std::vector<base::Uuid> expected;
    for (const auto& row : rows)
      if ((!query.imei || row.imei == *query.imei) && (!query.state || row.state == *query.state))
        expected.push_back(row.id);
    std::vector<base::Uuid> walked;
    do {
      const auto page = catalog_->list_transfers(query);
      ASSERT_TRUE(page) << page.error().message;
      for (const auto& transfer : page->items) walked.push_back(transfer.id);
      query.cursor = page->next_cursor;
    } while (!query.cursor.empty());
    EXPECT_EQ(walked, expected) << mask;
  }
}

TEST_P(Catalogs, ADeviceKeepsItsFirstSight) {
  ASSERT_TRUE(catalog_->touch_device(device(), 5, "192.0.2.1:1", at(1000)));
  ASSERT_TRUE(catalog_->touch_device(device(), 6, "192.0.2.2:2", at(2000)));
  const auto devices = catalog_->list_devices();
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 1U);
  const auto& found = devices->at(0);
  EXPECT_EQ(found.imei, device());
  EXPECT_EQ(found.label, "");
  EXPECT_EQ(found.first_seen, at(1000));
  EXPECT_EQ(found.last_seen, at(2000));
  EXPECT_EQ(found.last_peer, "192.0.2.2:2");
  EXPECT_EQ(found.protocol, 6);
  EXPECT_EQ(found.media_count, 0U);
}

TEST_P(Catalogs, ALateTouchDoesNotTurnBackTheClock) {
  ASSERT_TRUE(catalog_->touch_device(device(), 6, "192.0.2.2:2", at(2000)));
  ASSERT_TRUE(catalog_->touch_device(device(), 5, "192.0.2.1:1", at(1000)));
  const auto found = catalog_->list_devices()->at(0);
  EXPECT_EQ(found.last_seen, at(2000));
  EXPECT_EQ(found.last_peer, "192.0.2.2:2");
}

TEST_P(Catalogs, MediaMakeAndCountTheirDevice) {
  ASSERT_TRUE(catalog_->commit_media(tests::photo(device(1), at(500))));
  ASSERT_TRUE(catalog_->commit_media(tests::photo(device(1), at(600))));
  ASSERT_TRUE(catalog_->touch_device(device(0), 5, "192.0.2.1:1", at(1)));
  const auto devices = catalog_->list_devices();
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 2U);
  EXPECT_EQ(devices->at(0).media_count, 0U);
  EXPECT_EQ(devices->at(1).imei, device(1));
  EXPECT_EQ(devices->at(1).media_count, 2U);
  EXPECT_EQ(devices->at(1).first_seen, at(500));
}

TEST_P(Catalogs, FindsADeviceByItsImei) {
  const auto nobody = catalog_->find_device(device(1));
  ASSERT_TRUE(nobody) << nobody.error().message;
  EXPECT_FALSE(*nobody);
  for (unsigned i = 0; i < 3; ++i)
    ASSERT_TRUE(catalog_->touch_device(device(i), static_cast<std::uint16_t>(5 + i), "192.0.2.1:1", at(10 * i)));
  ASSERT_TRUE(catalog_->commit_media(tests::photo(device(1), at(500))));
  const auto found = catalog_->find_device(device(1));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->imei, device(1));
  EXPECT_EQ((*found)->protocol, 6);
  EXPECT_EQ((*found)->first_seen, at(10));
  EXPECT_EQ((*found)->last_seen, at(10));
  EXPECT_EQ((*found)->last_peer, "192.0.2.1:1");
  EXPECT_EQ((*found)->media_count, 1U);
  EXPECT_FALSE(*catalog_->find_device(device(3)));
}

TEST_P(Catalogs, DevicesComeInTheOrderOfTheirImeis) {
  for (const unsigned i : {2U, 0U, 1U}) ASSERT_TRUE(catalog_->touch_device(device(i), 5, "", at(i)));
  const auto devices = catalog_->list_devices();
  ASSERT_TRUE(devices);
  std::vector<base::Imei> imeis;
  for (const auto& each : *devices) imeis.push_back(each.imei);
  EXPECT_THAT(imeis, ElementsAre(device(0), device(1), device(2)));
}

TEST_P(Catalogs, ProbesAndDescribesItself) {
  for (int i = 0; i < 3; ++i) {
    const auto probed = catalog_->probe();
    EXPECT_TRUE(probed) << probed.error().message;
  }
  EXPECT_EQ(catalog_->describe(), GetParam().description(folder_));
}

TEST_P(Catalogs, TwoCatalogsShareNothingButTheirFile) {
  const tests::TempFolder other_folder;
  const auto other = open_catalog(GetParam().url(other_folder));
  ASSERT_TRUE(other);
  ASSERT_TRUE((*other)->migrate());
  ASSERT_TRUE(catalog_->commit_media(tests::photo()));
  EXPECT_THAT((*other)->list_media({})->items, IsEmpty());
}

}  // namespace
}  // namespace storage
