#include <algorithm>
#include <latch>
#include <thread>

#include "server/base/relay_device.hpp"
#include "tests/conformance/catalog_fixture.hpp"

namespace storage {
namespace {

using testing::HasSubstr;
using tests::at;
using tests::device;
using tests::photo;

using CatalogMedia = tests::CatalogTest;
INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogMedia, testing::ValuesIn(tests::catalog_implementations()),
                         [](const auto& test) { return test.param.name; });

void expect_same(const Media& left, const Media& right) {
  EXPECT_EQ(left.id, right.id);
  EXPECT_EQ(left.imei, right.imei);
  EXPECT_EQ(left.camera, right.camera);
  EXPECT_EQ(left.kind, right.kind);
  EXPECT_EQ(left.captured_at, right.captured_at);
  EXPECT_EQ(left.received_at, right.received_at);
  EXPECT_EQ(left.triggered_at, right.triggered_at);
  EXPECT_EQ(left.trigger, right.trigger);
  EXPECT_EQ(left.duration_s, right.duration_s);
  EXPECT_EQ(left.frame_rate, right.frame_rate);
  EXPECT_EQ(left.time_zone_minutes, right.time_zone_minutes);
  EXPECT_EQ(left.latitude, right.latitude);
  EXPECT_EQ(left.longitude, right.longitude);
  EXPECT_EQ(left.driver_name, right.driver_name);
  EXPECT_EQ(left.size, right.size);
  EXPECT_EQ(left.sha256, right.sha256);
  EXPECT_EQ(left.content_type, right.content_type);
  EXPECT_EQ(left.object_key, right.object_key);
  EXPECT_EQ(left.name, right.name);
  EXPECT_EQ(left.declared_size, right.declared_size);
  EXPECT_EQ(left.declared_in_packets, right.declared_in_packets);
  EXPECT_EQ(left.metadata_hex, right.metadata_hex);
  EXPECT_EQ(left.defect, right.defect);
  EXPECT_EQ(left.request_id, right.request_id);
  EXPECT_EQ(left.legal_hold, right.legal_hold);
  EXPECT_EQ(left.source, right.source);
  EXPECT_EQ(left.pan_deg, right.pan_deg);
  EXPECT_EQ(left.tilt_deg, right.tilt_deg);
}

TEST_P(CatalogMedia, GivesBackEveryField) {
  Media media = photo();
  media.camera = base::Camera::dsm;
  media.kind = base::MediaKind::video;
  media.triggered_at = at(-7);
  media.trigger = "crash";
  media.duration_s = 20;
  media.frame_rate = 25;
  media.time_zone_minutes = -210;
  media.latitude = -33.8567844;
  media.longitude = 151.2152967;
  media.driver_name = "Zoë O'Neil \"Z\"; DROP TABLE media";
  media.size = 5'000'000'000;
  media.name = "/sd/2026 11/é.mp4";
  media.declared_size = 4'294'967'295;
  media.declared_in_packets = false;
  media.metadata_hex = "04ff";
  media.defect = "the JPEG does not end with an EOI marker";
  media.request_id = "r-1";
  media.legal_hold = true;
  commit(media);
  const auto found = catalog_->find_media(media.id);
  ASSERT_TRUE(found);
  ASSERT_TRUE(*found);
  expect_same(**found, media);
  const auto listed = catalog_->list_media({});
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->items.size(), 1U);
  expect_same(listed->items[0], media);
}

TEST_P(CatalogMedia, ACameraOfTheRelayIsADeviceWithANameAndAReservedNumber) {
  const base::Imei gate = base::relay_device_number("gate");
  Media media = photo(gate);
  media.camera = base::Camera::relay;
  media.source = "gate";
  media.pan_deg = -12.25;
  media.tilt_deg = 0.1;
  ASSERT_TRUE(catalog_->label_device(gate, "gate"));
  commit(media);
  commit(photo());
  const auto found = catalog_->find_media(media.id).value();
  ASSERT_TRUE(found);
  expect_same(*found, media);
  EXPECT_THAT(ids({.imei = gate}), testing::ElementsAre(media.id));
  EXPECT_THAT(ids({.camera = base::Camera::relay}), testing::ElementsAre(media.id));
  EXPECT_EQ(catalog_->find_device(gate).value()->label, "gate");
  EXPECT_EQ(catalog_->find_device(gate).value()->media_count, 1U);
  EXPECT_EQ(catalog_->list_devices().value().front().imei, gate) << "zeros in front";
}

TEST_P(CatalogMedia, ALabelIsThereBeforeTheDeviceAndReplaced) {
  ASSERT_TRUE(catalog_->label_device(device(), "truck 7"));
  const auto made = catalog_->find_device(device()).value();
  ASSERT_TRUE(made);
  EXPECT_EQ(made->label, "truck 7");
  ASSERT_TRUE(catalog_->touch_device(device(), 5, "192.0.2.1:7", base::utc_now() + std::chrono::seconds(1)));
  ASSERT_TRUE(catalog_->label_device(device(), "truck \"8\""));
  const auto labelled = catalog_->find_device(device()).value();
  EXPECT_EQ(labelled->label, "truck \"8\"");
  EXPECT_EQ(labelled->last_peer, "192.0.2.1:7") << "nothing else is touched";
  EXPECT_EQ(labelled->first_seen, made->first_seen);
}

TEST_P(CatalogMedia, KeepsWhatIsNotKnownUnknown) {
  Media media = photo();
  media.captured_at.reset();
  media.camera = base::Camera::unknown;
  media.kind = base::MediaKind::other;
  media.name.clear();
  commit(media);
  const auto found = catalog_->find_media(media.id);
  ASSERT_TRUE(found);
  ASSERT_TRUE(*found);
  expect_same(**found, media);
}

TEST_P(CatalogMedia, TextsOfADeviceAreAnyBytes) {
  Media media = photo();
  media.camera = base::Camera::unknown;  // so that the name is in the unique key, too
  media.name = std::string("/sd/\xff\xfe\0.jpg", 11);
  media.trigger = "\xc3";
  media.driver_name = "\xed\xa0\x80";
  commit(media);
  const auto found = catalog_->find_stored_file(
      {media.imei, media.name, *media.captured_at, media.declared_size, media.declared_in_packets});
  ASSERT_TRUE(found);
  ASSERT_TRUE(*found);
  expect_same(**found, media);
  Media other = media;
  other.id = base::Uuid::v7(at(0));
  other.name = std::string("/sd/\xff\xfd\0.jpg", 11);
  EXPECT_FALSE(commit(other).duplicate);
  MediaQuery query;
  query.trigger = media.trigger;
  EXPECT_EQ(ids(query).size(), 2U);
}

TEST_P(CatalogMedia, AnUnknownIdIsNothing) {
  const auto found = catalog_->find_media(base::Uuid::v7(at(0)));
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

TEST_P(CatalogMedia, TheSameContentIsOneFile) {
  const Media first = photo();
  Media again = first;
  again.id = base::Uuid::v7(at(10));
  again.object_key = "media/elsewhere";
  again.received_at = at(10);
  EXPECT_FALSE(commit(first).duplicate);
  const auto committed = commit(again);
  EXPECT_TRUE(committed.duplicate);
  EXPECT_EQ(committed.id, first.id);
  EXPECT_EQ(committed.object_key, first.object_key);
  EXPECT_EQ(ids({}), std::vector{first.id});
  EXPECT_EQ(catalog_->list_devices()->at(0).media_count, 1U);
}

TEST_P(CatalogMedia, TheSameContentWithoutATimeIsOneFile) {
  Media first = photo();
  first.captured_at.reset();
  Media again = first;
  again.id = base::Uuid::v7(at(1));
  Media zero = first;  // what a camera without a clock says
  zero.id = base::Uuid::v7(at(2));
  zero.captured_at = base::UtcTime{};
  EXPECT_FALSE(commit(first).duplicate);
  EXPECT_TRUE(commit(again).duplicate);
  EXPECT_TRUE(commit(zero).duplicate);
  EXPECT_EQ(ids({}), std::vector{first.id});
}

TEST_P(CatalogMedia, WhateverDiffersMakesAnotherFile) {
  const Media first = photo();
  commit(first);
  const auto differs = [&](auto change) {
    Media other = first;
    other.id = base::Uuid::v7(at(0));
    change(other);
    const auto committed = commit(other);
    return !committed.duplicate && committed.id == other.id;
  };
  EXPECT_TRUE(differs([](Media& m) { m.captured_at = at(1); }));
  EXPECT_TRUE(differs([](Media& m) { m.captured_at.reset(); }));
  EXPECT_TRUE(differs([](Media& m) { m.imei = device(1); }));
  EXPECT_TRUE(differs([](Media& m) { m.camera = base::Camera::rear; }));
  EXPECT_TRUE(differs([](Media& m) { m.kind = base::MediaKind::video; }));
  EXPECT_TRUE(differs([](Media& m) { m.sha256 = tests::sha256(1'000'000'000'000); }));
  EXPECT_TRUE(differs([](Media& m) { m.camera = base::Camera::unknown, m.name = "/a.jpg"; }));
  EXPECT_TRUE(differs([](Media& m) { m.camera = base::Camera::unknown, m.name = "/b.jpg"; }));
  EXPECT_FALSE(differs([](Media& m) { m.name = "another name of the same class"; }));
}

TEST_P(CatalogMedia, CommittingARowTwiceIsTheSameSuccess) {
  const Media media = photo();
  EXPECT_FALSE(commit(media).duplicate);
  const auto again = commit(media);
  EXPECT_FALSE(again.duplicate);
  EXPECT_EQ(again.id, media.id);
  EXPECT_EQ(again.object_key, media.object_key);
  EXPECT_EQ(ids({}).size(), 1U);
  EXPECT_EQ(catalog_->list_devices()->at(0).media_count, 1U);
}

TEST_P(CatalogMedia, ARowCommittedAgainWithAnotherObjectKeepsTheFirstOne) {
  Media media = photo();  // the server died after the commit, and the next attempt was on another day
  commit(media);
  const auto first = std::exchange(media.object_key, "media/another/day.jpg");
  const auto again = commit(media);
  EXPECT_TRUE(again.duplicate) << "so that the second object is removed";
  EXPECT_EQ(again.id, media.id);
  EXPECT_EQ(again.object_key, first);
}

TEST_P(CatalogMedia, OtherContentUnderAnOldIdIsAConflict) {
  const Media media = photo();
  commit(media);
  Media other = photo();
  other.id = media.id;
  const auto committed = catalog_->commit_media(other);
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, base::Errc::conflict);
  EXPECT_THAT(committed.error().message, HasSubstr(media.id.str()));
  EXPECT_EQ(catalog_->find_media(media.id).value()->sha256, media.sha256);
}

TEST_P(CatalogMedia, RefusesRowsThatMakeNoSense) {
  Media media = photo();
  media.sha256 = "too short";
  EXPECT_EQ(catalog_->commit_media(media).error().code, base::Errc::invalid);
  media = photo();
  media.size = UINT64_MAX;
  EXPECT_EQ(catalog_->commit_media(media).error().code, base::Errc::invalid);
  media = photo();
  media.object_key.clear();
  EXPECT_EQ(catalog_->commit_media(media).error().code, base::Errc::invalid);
  EXPECT_TRUE(ids({}).empty());
  EXPECT_TRUE(catalog_->list_devices()->empty()) << "a refused row must leave nothing behind";
}

TEST_P(CatalogMedia, FindsTheFileADeviceOffersAgain) {
  const Media media = photo();
  commit(media);
  const StoredFileQuery query{media.imei, media.name, *media.captured_at, media.declared_size, true};
  const auto finds = [&](auto change) {
    auto changed = query;
    change(changed);
    const auto found = catalog_->find_stored_file(changed);
    EXPECT_TRUE(found);
    return found && *found && (*found)->id == media.id;
  };
  EXPECT_TRUE(finds([](auto&) {}));
  EXPECT_FALSE(finds([](auto& q) { q.imei = device(1); }));
  EXPECT_FALSE(finds([](auto& q) { q.name = "%photor"; }));
  EXPECT_FALSE(finds([](auto& q) { q.captured_at += std::chrono::milliseconds(1); }));
  EXPECT_FALSE(finds([](auto& q) { q.declared_size += 1; }));
  EXPECT_FALSE(finds([](auto& q) { q.declared_in_packets = false; }));
}

TEST_P(CatalogMedia, AFileWithoutATimeIsNeverTakenForAnother) {
  Media media = photo();
  media.captured_at = base::UtcTime{};
  commit(media);
  const auto found = catalog_->find_stored_file({media.imei, media.name, base::UtcTime{}, media.declared_size, true});
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

TEST_P(CatalogMedia, ManyThreadsLoseNothing) {
  constexpr int threads = 8;
  constexpr int each = 25;
  std::vector<std::vector<base::Uuid>> committed(threads);
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t)
      workers.emplace_back([&, t] {
        for (int i = 0; i < each; ++i) {
          const Media media = photo(device(static_cast<std::uint64_t>(t)), at(i));
          const auto done = catalog_->commit_media(media);
          ASSERT_TRUE(done) << done.error().message;
          // What is acknowledged is seen at once, by everybody.
          const auto found = catalog_->find_media(media.id);
          ASSERT_TRUE(found) << found.error().message;
          ASSERT_TRUE(*found);
          committed[static_cast<std::size_t>(t)].push_back(media.id);
        }
      });
  }
  auto listed =
      ids({.imei = {}, .camera = {}, .kind = {}, .trigger = {}, .from = {}, .to = {}, .limit = 500, .cursor = {}});
  std::vector<base::Uuid> all;
  for (const auto& part : committed) all.insert(all.end(), part.begin(), part.end());
  EXPECT_THAT(listed, testing::UnorderedElementsAreArray(all));
}

TEST_P(CatalogMedia, OneContentFromManyThreadsIsOneFile) {
  constexpr int threads = 8;
  const Media media = photo();
  std::latch start(threads);
  std::atomic<int> originals = 0;
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t)
      workers.emplace_back([&] {
        Media mine = media;
        mine.id = base::Uuid::v7(at(0));
        start.arrive_and_wait();
        const auto done = catalog_->commit_media(mine);
        ASSERT_TRUE(done) << done.error().message;
        originals += done->duplicate ? 0 : 1;
      });
  }
  EXPECT_EQ(originals, 1);
  EXPECT_EQ(ids({}).size(), 1U);
}

TEST_P(CatalogMedia, ARowThatFailsTakesNobodyWithIt) {
  constexpr int threads = 16;
  std::latch start(threads);
  std::atomic<int> stored = 0;
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t)
      workers.emplace_back([&, t] {
        Media media = photo(device(static_cast<std::uint64_t>(t)));
        if (t % 4 == 0) media.sha256 = "bad";
        start.arrive_and_wait();
        const auto done = catalog_->commit_media(media);
        EXPECT_EQ(done.has_value(), t % 4 != 0);
        stored += done ? 1 : 0;
      });
  }
  EXPECT_EQ(stored, 12);
  EXPECT_EQ(ids({}).size(), 12U);
}

}  // namespace
}  // namespace storage
