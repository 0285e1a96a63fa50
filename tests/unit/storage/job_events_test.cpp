// When a file can be played, somebody is told: once, in the order of its device's events.
#include <nlohmann/json.hpp>

#include "tests/unit/storage/catalog_fixture.hpp"

namespace storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

class JobEvents : public tests::SqliteTest {
 protected:
  Media stored() {
    Media media = tests::photo();
    media.content_type = "video/x-ptmf";
    EXPECT_TRUE(catalog_->commit_media(media));
    return media;
  }
  void finish(const Media& media, JobTask task, std::vector<base::Derived> made, JobResult result = {}) {
    const auto taken = catalog_->jobs().take_job("w", 1h).value();
    ASSERT_TRUE(taken);
    ASSERT_EQ(taken->job.task, task);
    for (const auto derived : made)
      result.derived.push_back({.media_id = media.id,
                                .derived = derived,
                                .object_key = fmt::format("derived/{}/{}", media.id.str(), to_string(derived)),
                                .size = 1,
                                .sha256 = tests::sha256(1),
                                .made_at = tests::at(0)});
    ASSERT_TRUE(catalog_->jobs().finish_job(media.id, task, "w", result).value());
  }
  std::vector<std::string> types() { return column("SELECT type FROM outbox ORDER BY sequence"); }

  std::unique_ptr<sqlite::SqliteCatalog> catalog_ = open();
};

TEST_F(JobEvents, OfAPlaybackThatWasEncoded) {
  const Media media = stored();
  finish(media, JobTask::preview, {base::Derived::thumbnail, base::Derived::remux}, {.playback = JobState::queued});
  EXPECT_THAT(types(), ElementsAre("media.stored"));
  finish(media, JobTask::playback, {base::Derived::playback});
  ASSERT_THAT(types(), ElementsAre("media.stored", "media.playable"));
  const auto event = nlohmann::json::parse(column("SELECT payload FROM outbox ORDER BY sequence").at(1));
  EXPECT_EQ(event["id"], column("SELECT id FROM outbox ORDER BY sequence").at(1));
  EXPECT_EQ(event["type"], "media.playable");
  EXPECT_EQ(event["imei"], media.imei.str());
  EXPECT_TRUE(event["time"].is_string());
  EXPECT_EQ(event["media"]["id"], media.id.str());
  EXPECT_EQ(event["media"]["ready"], nlohmann::json({"playback", "remux", "thumbnail"}));
}

TEST_F(JobEvents, OfAPlaybackThatThePreviewFound) {
  const Media media = stored();
  finish(media, JobTask::preview, {base::Derived::playback}, {.playback_done = true});
  EXPECT_THAT(types(), ElementsAre("media.stored", "media.playable"));
}

TEST_F(JobEvents, NoneOfAPictureAlone) {
  const Media media = stored();
  finish(media, JobTask::preview, {base::Derived::thumbnail});
  EXPECT_THAT(types(), ElementsAre("media.stored"));
}

TEST_F(JobEvents, NoSecondOneWhenItIsMadeAgain) {
  const Media media = stored();
  for (int round = 0; round < 2; ++round) {
    finish(media, JobTask::preview, {base::Derived::playback}, {.playback_done = true});
    ASSERT_TRUE(catalog_->jobs().retry_job(media.id, JobTask::preview).value());
  }
  EXPECT_THAT(types(), ElementsAre("media.stored", "media.playable"));
}

// What was stored before there were jobs is shown, too, behind what comes now.
TEST_F(JobEvents, FilesOfBeforeTheMigrationComeLast) {
  const Media old = stored();
  const auto connection = connect();
  ASSERT_TRUE(
      connection->execute("DROP TABLE jobs; DROP TABLE derived; DROP TABLE probes; "
                          "ALTER TABLE scrub_runs DROP COLUMN removed_derived; "
                          "ALTER TABLE scrub_runs DROP COLUMN remade_derived; "
                          "DROP TABLE tracks; DROP TABLE device_states; DROP TABLE device_events; "
                          "DROP TABLE tracker_links; DROP TABLE capture_requests; DROP TABLE capture_parts; "
                          "DROP TABLE capture_files; ALTER TABLE devices DROP COLUMN capture_profile; "
                          "DROP TABLE relay_triggers; DROP TABLE relay_takes; DROP TABLE relay_pending; "
                          "DROP TABLE relay_rules; DROP TABLE relay_arms; DROP TABLE relay_latencies; "
                          "DROP TABLE mavlink_images; DROP TABLE mavlink_numbers; DROP TABLE recording_policies; "
                          "DROP TABLE event_head; DROP TABLE event_targets; DROP INDEX outbox_by_position; "
                          "DROP INDEX outbox_unnumbered; ALTER TABLE outbox DROP COLUMN position; "
                          "ALTER TABLE media DROP COLUMN source; ALTER TABLE media DROP COLUMN pan_deg; "
                          "ALTER TABLE media DROP COLUMN tilt_deg; "
                          "UPDATE media SET received_at = received_at - 1000; "
                          "DELETE FROM schema_migrations WHERE version >= 6"));
  const auto catalog = open();
  Media fresh = tests::photo();
  ASSERT_TRUE(catalog->commit_media(fresh));
  EXPECT_EQ(catalog->jobs().take_job("w", 1h).value()->job.media_id, fresh.id);
  const auto second = catalog->jobs().take_job("w", 1h).value();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->job.media_id, old.id);
  EXPECT_FALSE(second->job.urgent);
  EXPECT_FALSE(catalog->jobs().take_job("w", 1h).value());
}

// Looks that find nothing neither write nor wait for whoever writes.
TEST_F(JobEvents, AnEmptyLookTakesNoLock) {
  const auto commits = catalog_->commits();
  const auto other = connect();
  auto writing = sqlite::Transaction::begin(*other);
  ASSERT_TRUE(writing);
  EXPECT_FALSE(catalog_->jobs().take_job("w", 1h).value());
  EXPECT_EQ(catalog_->commits(), commits);
}

}  // namespace
}  // namespace storage
