// A deletion that ends anywhere is brought to its end later, and never takes what it should not.
#include "storage/keeping/deletion.hpp"

#include "tests/unit/storage/keeping_fixture.hpp"

namespace storage {
namespace {

using namespace std::chrono_literals;

class DeletionTest : public KeepingFixture {
 protected:
  base::Result<Deleted> remove(std::initializer_list<Media> media, std::string_view reason = "of a test") {
    std::vector<KeptFile> files;
    for (const Media& each : media) files.push_back(file(each));
    return deletion_.remove(files, reason);
  }
  Deletion deletion_{*catalog_, objects_};
};

TEST_F(DeletionTest, RowObjectEventAndEvidence) {
  const Media first = add(1h);
  const Media second = add(1h, 100, tests::device(1));
  const Media other = add(1h);
  const auto deleted = remove({first, second}, "it was old").value();
  EXPECT_EQ(deleted.files, 2U);
  EXPECT_EQ(deleted.bytes, first.size + second.size);
  EXPECT_TRUE(is_gone(first));
  EXPECT_TRUE(is_gone(second));
  EXPECT_TRUE(is_there(other));
  EXPECT_EQ(count("SELECT count(*) FROM outbox WHERE type = 'media.deleted' AND payload LIKE '%it was old%'"), 2);
  EXPECT_EQ(count("SELECT count(*) FROM evidence WHERE media_id = '" + first.id.str() +
                  "' AND record LIKE '{\"type\":\"deleted\"%it was old%'"),
            1);
  EXPECT_EQ(count("SELECT chain_length FROM devices WHERE imei = " + std::to_string(first.imei.number())), 3);
}

TEST_F(DeletionTest, HeldFilesStay) {
  const Media media = add(1h);
  const auto before = file(media);
  hold(media);
  EXPECT_EQ(deletion_.remove(std::vector{before}, "r").value().files, 0U);
  EXPECT_TRUE(is_there(media));
}

TEST_F(DeletionTest, AStoreThatIsDownIsNoError) {
  const Media first = add(1h);
  const Media second = add(1h);
  objects_.trouble = [&](std::string_view call, std::string_view key) -> base::Result<> {
    if (call == "remove" && key == first.object_key) return base::fail(base::Errc::unavailable, "The store is down.");
    return {};
  };
  EXPECT_EQ(remove({first, second}).value().files, 2U);
  EXPECT_FALSE(is_stored(first));
  EXPECT_TRUE(objects_.has(first.object_key));
  EXPECT_TRUE(is_gone(second)) << "one that cannot be removed does not hold up others";
  EXPECT_FALSE(deletion_.finish({}));
  objects_.trouble = [](std::string_view, std::string_view) { return base::Result<>(); };
  EXPECT_EQ(deletion_.finish({}).value(), 1U);
  EXPECT_TRUE(is_gone(first));
  EXPECT_EQ(deletion_.finish({}).value(), 0U);
}

TEST_F(DeletionTest, ACrashBeforeTheObject) {
  const Media media = add(1h);
  ASSERT_TRUE(keeping().delete_media(media.imei, std::vector{media.id}, "r", base::utc_now()));
  EXPECT_EQ(deletion_.finish({}).value(), 1U);
  EXPECT_TRUE(is_gone(media));
}

TEST_F(DeletionTest, ACrashBehindTheObject) {
  const Media media = add(1h);
  ASSERT_TRUE(keeping().delete_media(media.imei, std::vector{media.id}, "r", base::utc_now()));
  ASSERT_TRUE(objects_.remove(media.object_key));
  EXPECT_EQ(deletion_.finish({}).value(), 1U);
  EXPECT_TRUE(is_gone(media));
}

TEST_F(DeletionTest, AKeyThatWasTakenAgainIsNotRemoved) {
  const Media media = add(1h);
  ASSERT_TRUE(keeping().delete_media(media.imei, std::vector{media.id}, "r", base::utc_now()));
  Media fresh = media;
  fresh.id = base::Uuid::v7(base::utc_now());
  ASSERT_TRUE(catalog_->commit_media(fresh));
  EXPECT_EQ(deletion_.finish({}).value(), 0U);
  EXPECT_TRUE(is_there(fresh));
}

TEST_F(DeletionTest, WhatWasMadeOfAFileGoesWithIt) {
  const Media media = add(1h);
  const auto thumbnail = add_derived(media, base::Derived::thumbnail, 1h);
  const auto remux = add_derived(media, base::Derived::remux, 1h);
  const Media other = add(1h);
  const auto kept = add_derived(other, base::Derived::thumbnail, 1h);
  const auto deleted = remove({media}).value();
  EXPECT_EQ(deleted.files, 1U);
  EXPECT_EQ(deleted.bytes, media.size) << "originals are what is counted";
  EXPECT_TRUE(is_gone(media));
  EXPECT_FALSE(objects_.has(thumbnail.object_key));
  EXPECT_FALSE(objects_.has(remux.object_key));
  EXPECT_EQ(catalog_->jobs().derived_of(media.id).value().size(), 0U);
  EXPECT_TRUE(is_there(other));
  EXPECT_TRUE(objects_.has(kept.object_key));
}

TEST_F(DeletionTest, ADerivedObjectThatStaysIsNotForgotten) {
  const Media media = add(1h);
  const auto thumbnail = add_derived(media, base::Derived::thumbnail, 1h);
  objects_.trouble = [&](std::string_view call, std::string_view key) -> base::Result<> {
    if (call == "remove" && key == thumbnail.object_key)
      return base::fail(base::Errc::unavailable, "The store is down.");
    return {};
  };
  EXPECT_EQ(remove({media}).value().files, 1U);
  EXPECT_FALSE(deletion_.finish({}));
  EXPECT_FALSE(keeping().find_tombstone(media.id).value()->object_removed);
  EXPECT_EQ(catalog_->jobs().derived_of(media.id).value().size(), 1U);
  objects_.trouble = [](std::string_view, std::string_view) { return base::Result<>(); };
  EXPECT_EQ(deletion_.finish({}).value(), 1U);
  EXPECT_TRUE(is_gone(media));
  EXPECT_FALSE(objects_.has(thumbnail.object_key));
}

TEST_F(DeletionTest, AnObjectThatIsTheFileItselfIsRemovedOnce) {
  const Media media = add(1h);
  auto& jobs = catalog_->jobs();
  ASSERT_TRUE(jobs.take_job("w", 1h).value());
  ASSERT_TRUE(jobs.finish_job(media.id, JobTask::preview, "w",
                              {.derived = {{.media_id = media.id,
                                            .derived = base::Derived::playback,
                                            .object_key = media.object_key,
                                            .size = media.size,
                                            .sha256 = media.sha256,
                                            .made_at = base::utc_now()}},
                               .playback_done = true})
                  .value());
  int removals = 0;
  objects_.trouble = [&](std::string_view call, std::string_view) {
    removals += call == "remove" ? 1 : 0;
    return base::Result<>();
  };
  EXPECT_EQ(remove({media}).value().files, 1U);
  EXPECT_EQ(removals, 1);
  EXPECT_TRUE(is_gone(media));
}

TEST_F(DeletionTest, FinishGoesOverEveryPage) {
  std::vector<Media> all;
  for (int i = 0; i < 250; ++i) all.push_back(add(1h));
  for (const Media& media : all)
    ASSERT_TRUE(keeping().delete_media(media.imei, std::vector{media.id}, "r", base::utc_now()));
  EXPECT_EQ(deletion_.finish({}).value(), 250U);
  EXPECT_TRUE(objects_.objects.empty());
}

}  // namespace
}  // namespace storage
