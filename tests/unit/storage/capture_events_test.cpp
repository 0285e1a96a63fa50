// What the world is told of trackers and of capture requests, in the order in which it became true; and that a catalog
// of before there were any goes on.
#include <nlohmann/json.hpp>

#include "storage/catalog/migrator.hpp"
#include "storage/catalog/sqlite_migration_target.hpp"
#include "tests/unit/storage/catalog_fixture.hpp"

namespace storage {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using tests::at;
using tests::device;

class CaptureEvents : public tests::SqliteTest {
 protected:
  static CaptureRequest request() {
    CaptureRequest request{.id = base::Uuid::v7(at(0)),
                           .imei = device(),
                           .kind = base::MediaKind::video,
                           .from = at(-60'000),
                           .duration_s = 10,
                           .origin = "api",
                           .created_at = at(0),
                           .deadline = at(3'600'000)};
    request.parts.push_back({.id = base::Uuid::v7(at(0)),
                             .request_id = request.id,
                             .imei = device(),
                             .kind = request.kind,
                             .files = {{base::Camera::front, {}}},
                             .from = request.from,
                             .duration_s = 10});
    return request;
  }
  static Media video() {
    Media media = tests::photo();
    media.kind = base::MediaKind::video;
    media.captured_at = at(-60'000);
    media.duration_s = 10;
    return media;
  }
  void send(sqlite::SqliteCatalog& catalog, const CaptureRequest& each) {
    ASSERT_TRUE(catalog.captures().add_capture(each));
    ASSERT_TRUE(catalog.tracking().open_link({.imei = device(), .node = "n", .session = "s"}));
    ASSERT_EQ(catalog.captures().take_captures("n", 9, patience_, at(1)).value().size(), 1U);
  }
  std::vector<json> events() {
    std::vector<json> all;
    for (const auto& payload : column("SELECT payload FROM outbox ORDER BY sequence"))
      all.push_back(json::parse(payload));
    return all;
  }
  const CapturePatience patience_;
};

TEST_F(CaptureEvents, TellTheWholeWayOfAPart) {
  const auto catalog = open();
  auto& captures = catalog->captures();
  const auto asked = request();
  const base::Uuid part = asked.parts[0].id;
  send(*catalog, asked);
  ASSERT_TRUE(captures.capture_accepted(part, "Yes", patience_, at(2)).value());
  ASSERT_TRUE(captures.camera_connected(device(), patience_, at(3)));
  ASSERT_TRUE(captures.camera_connected(device(), patience_, at(3)));
  const Media media = video();
  const OfferedFile file{
      .imei = device(), .camera = media.camera, .kind = media.kind, .captured_at = media.captured_at, .seen_at = at(4)};
  ASSERT_EQ(captures.capture_begins(file, patience_, at(4)).value(), part);
  for (const std::uint32_t percent : {10U, 50U, 90U})
    ASSERT_TRUE(captures.capture_progress(part, percent, patience_, at(5)));
  ASSERT_TRUE(captures.capture_interrupted(part, "The connection broke.", patience_, at(6)));
  ASSERT_EQ(catalog->commit_media(media)->request_id, asked.id.str());
  ASSERT_TRUE(catalog->commit_media(media));
  std::vector<std::string> steps;
  for (const auto& event : events())
    if (event["type"] == "capture.changed") {
      const auto& capture = event["capture"];
      EXPECT_EQ(event["imei"], device().str());
      EXPECT_TRUE(event["time"].is_string());
      EXPECT_EQ(capture["request_id"], asked.id.str());
      EXPECT_EQ(capture["part"], 0);
      EXPECT_EQ(capture["percent"].is_null(), capture["state"] != "transferring");
      EXPECT_EQ(capture["media_ids"], capture["state"] == "stored" ? json{media.id.str()} : json::array());
      steps.push_back(fmt::format("{}: {}{}", capture["was"].dump(), capture["state"].get<std::string>(),
                                  capture["reason"].is_null() ? "" : " " + capture["reason"].get<std::string>()));
    } else {
      EXPECT_EQ(event["type"], "media.stored");
      EXPECT_EQ(event["media"]["request_id"], asked.id.str());
      steps.push_back("the file");
    }
  EXPECT_THAT(steps, ElementsAre("null: queued", "\"queued\": sent", "\"sent\": accepted", "\"accepted\": connecting",
                                 "\"connecting\": transferring", "\"transferring\": accepted The connection broke.",
                                 "the file", "\"accepted\": stored"));
}

TEST_F(CaptureEvents, ADeviceEventIsTold) {
  const auto catalog = open();
  DeviceEvent event{.id = base::Uuid::v7(at(0)),
                    .imei = device(),
                    .kind = DeviceEventKind::sos,
                    .at = at(0),
                    .received_at = at(1),
                    .value = 3,
                    .name = "crash",
                    .place = Place{.latitude = 1.5, .longitude = -2, .altitude_m = 3, .satellites = 4}};
  ASSERT_TRUE(catalog->tracking().add_device_event(event).value());
  ASSERT_FALSE(catalog->tracking().add_device_event(event).value());
  event.id = base::Uuid::v7(at(0));
  event.at = at(9);
  event.place.reset();
  ASSERT_TRUE(catalog->tracking().add_device_event(event).value());
  const auto all = events();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["type"], "device.event");
  EXPECT_EQ(all[0]["imei"], device().str());
  EXPECT_EQ(all[0]["event"]["kind"], "sos");
  EXPECT_EQ(all[0]["event"]["value"], 3);
  EXPECT_EQ(all[0]["event"]["name"], "crash");
  EXPECT_EQ(all[0]["event"]["place"]["latitude"], 1.5);
  EXPECT_EQ(all[0]["event"]["place"]["satellites"], 4);
  EXPECT_TRUE(all[1]["event"]["place"].is_null());
}

// Looks that find nothing neither write nor wait for whoever writes.
TEST_F(CaptureEvents, AnEmptyLookTakesNoLock) {
  const auto catalog = open();
  ASSERT_TRUE(catalog->touch_device(device(), 5, "", at(0)));
  const auto commits = catalog->commits();
  const auto other = connect();
  auto writing = sqlite::Transaction::begin(*other);
  ASSERT_TRUE(writing);
  auto& captures = catalog->captures();
  EXPECT_TRUE(captures.take_captures("n", 9, patience_, at(0)).value().empty());
  EXPECT_EQ(captures.settle_captures(patience_, at(0), 9).value(), 0U);
  EXPECT_TRUE(captures.camera_connected(device(), patience_, at(0)));
  EXPECT_FALSE(
      captures
          .capture_begins(
              {.imei = device(), .camera = base::Camera::front, .kind = base::MediaKind::photo, .seen_at = at(0)},
              patience_, at(0))
          .value());
  EXPECT_TRUE(catalog->tracking().close_links_of("n"));
  EXPECT_EQ(catalog->commits(), commits);
}

// The schema of before the trackers' link, with a device and a file in it.
TEST_F(CaptureEvents, ACatalogOfBeforeGoesOn) {
  const Media media = video();
  {
    const auto connection = connect();
    sqlite::SqliteMigrationTarget target(*connection, "sqlite:test");
    ASSERT_TRUE(migrate(target, sqlite_migrations().first(6)));
    ASSERT_TRUE(connection->execute(fmt::format(
        "INSERT INTO devices (imei, first_seen, last_seen, media_count, stored_bytes) VALUES ({0}, 1, 2, 1, 12345); "
        "INSERT INTO media (id, imei, camera, kind, class, captured_at, received_at, taken_at, trigger, driver_name, "
        "size, sha256, content_type, object_key, name, declared_size, declared_in_packets, metadata_hex, defect, "
        "request_id, legal_hold) VALUES ('{1}', {0}, 'front', 'video', 'front/video', {2}, 5, {2}, '', '', 12345, "
        "'{3}', 'video/x-ptmf', 'k', '%videof', 13, 1, '', '', '', 0)",
        device().number(), media.id.str(), media.captured_at->time_since_epoch().count(), media.sha256)));
  }
  const auto catalog = sqlite::SqliteCatalog::open(location());
  ASSERT_TRUE(catalog);
  const auto applied = (*catalog)->migrate();
  ASSERT_TRUE(applied) << applied.error().message;
  ASSERT_EQ(applied->size(), 6U);
  EXPECT_EQ(applied->at(0).name, "tracking");
  EXPECT_EQ(applied->at(1).name, "captures");
  EXPECT_EQ(applied->at(2).name, "relay");
  EXPECT_EQ(applied->at(3).name, "mavlink");
  EXPECT_EQ((*catalog)->find_device(device()).value()->media_count, 1U);
  EXPECT_EQ((*catalog)->captures().capture_profile(device()).value(), "");
  const auto asked = request();
  send(**catalog, asked);
  Media again = media;
  again.id = base::Uuid::v7(at(0));
  const auto done = (*catalog)->commit_media(again);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->id, media.id) << "it was there already";
  EXPECT_EQ(done->request_id, asked.id.str());
  EXPECT_EQ((*catalog)->captures().find_capture(asked.id).value()->state, CaptureState::stored);
}

}  // namespace
}  // namespace storage
