#include "storage/intake.hpp"

#include <gmock/gmock.h>

#include <cerrno>

#include "tests/unit/storage/intake_fixture.hpp"
#include "tests/unit/storage/temp_dir.hpp"

namespace storage {
namespace {

using base::Bytes;
using base::ByteView;
using base::Errc;
using testing::ElementsAre;
using testing::IsEmpty;

class IntakeTest : public IntakeFixture {};

// ---- Publishing.

TEST_F(IntakeTest, PublishesAFileWholeAndCatalogued) {
  const auto partial_id = open().partial->id();
  const Media media = stored(file);
  EXPECT_EQ(media.id, partial_id);
  EXPECT_EQ(media.size, file.size());
  EXPECT_EQ(media.content_type, "application/octet-stream");
  EXPECT_EQ(media.object_key, "media/356307042441013/2026/12/31/" + media.id.str() + ".bin");
  EXPECT_EQ(media.kind, base::MediaKind::other);
  EXPECT_EQ(media.camera, base::Camera::front) << "what the session knew stays";
  EXPECT_EQ(media.defect, "");
  EXPECT_EQ(object(media.object_key), file);
  EXPECT_EQ(objects.last_put().size, file.size());
  EXPECT_EQ(objects.last_put().sha256, media.sha256);
  EXPECT_EQ(objects.last_put().content_type, media.content_type);
  ASSERT_EQ(catalog.rows.size(), 1U);
  EXPECT_EQ(catalog.rows[0].object_key, media.object_key);
  EXPECT_EQ(catalog.rows[0].sha256, media.sha256);
  expect_dropped();
}

TEST_F(IntakeTest, TheHashIsSha256) {
  const std::string text = "{}";
  EXPECT_EQ(stored(base::as_bytes(text)).sha256, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
}

TEST_F(IntakeTest, BytesDecideWhatAFileIs) {
  Bytes ptmf;
  append_ptmf_record(ptmf, {.type = 'I'}, noise(100));
  const auto mp4 = *base::from_hex("0000000c 66747970 00000000 00000008 6d6f6f76");
  const auto annexb = *base::from_hex("00000001 4001 0c01");
  const std::string json = "{\"a\":1}";
  struct Case {
    ByteView file;
    std::string type, extension;
    base::MediaKind kind;
  };
  const auto jpeg = small_jpeg();
  std::int64_t time = 1;
  for (const auto& expected : {Case{jpeg, "image/jpeg", ".jpg", base::MediaKind::photo},
                               Case{ptmf, "video/x-ptmf", ".ptmf", base::MediaKind::video},
                               Case{mp4, "video/mp4", ".mp4", base::MediaKind::video},
                               Case{annexb, "video/h265", ".h265", base::MediaKind::video},
                               Case{base::as_bytes(json), "application/json", ".json", base::MediaKind::other}}) {
    identity.captured_ms = ++time;
    const Media media = stored(expected.file);
    EXPECT_EQ(media.content_type, expected.type);
    EXPECT_THAT(media.object_key, testing::EndsWith(expected.extension));
    EXPECT_EQ(media.kind, expected.kind);
  }
}

TEST_F(IntakeTest, TheClassADeviceGaveStays) {
  auto arrival = arrival_of(identity, 300);
  arrival.media.kind = base::MediaKind::video;
  const auto jpeg = small_jpeg(300);
  arrival.expected_bytes = jpeg.size();
  const auto outcome = intake.publish(upload(jpeg), arrival);
  EXPECT_EQ(std::get<Published>(*outcome).media.kind, base::MediaKind::video);
  EXPECT_EQ(std::get<Published>(*outcome).media.content_type, "image/jpeg");
}

TEST_F(IntakeTest, AFileThatIsNotWholeIsFetchedAgain) {
  auto broken = small_jpeg(20'000);
  broken.back() = 0;
  auto outcome = publish(broken);
  ASSERT_TRUE(outcome);
  auto& not_whole = std::get<NotWhole>(*outcome);
  EXPECT_EQ(not_whole.defect, "The JPEG does not end with an EOI marker.");
  EXPECT_EQ(not_whole.fresh.size(), 0U);
  EXPECT_EQ(not_whole.fresh.identity(), identity);
  expect_nothing_published();

  // The very same bytes: that is what the camera holds.
  ASSERT_TRUE(write_rest(not_whole.fresh, broken));
  outcome = intake.publish(std::move(not_whole.fresh), arrival_of(identity, broken.size()));
  const Media media = std::get<Published>(*outcome).media;
  EXPECT_EQ(media.defect, "The JPEG does not end with an EOI marker.");
  EXPECT_EQ(object(media.object_key), broken);
}

TEST_F(IntakeTest, ARejectedUploadIsRememberedAcrossConnections) {
  auto broken = small_jpeg(2000);
  broken.back() = 0;
  ASSERT_TRUE(std::holds_alternative<NotWhole>(*publish(broken)));
  auto other = broken;
  other[100] ^= 1;
  ASSERT_TRUE(std::holds_alternative<NotWhole>(*publish(other))) << "not the bytes of the first time";
  ASSERT_TRUE(std::holds_alternative<NotWhole>(*publish(broken)));
  EXPECT_NE(stored(broken).defect, "");
}

TEST_F(IntakeTest, AWholeFileAfterARejectedOneHasNoDefect) {
  auto broken = small_jpeg(2000);
  broken.back() = 0;
  ASSERT_TRUE(std::holds_alternative<NotWhole>(*publish(broken)));
  EXPECT_EQ(stored(small_jpeg(2000)).defect, "");
}

TEST_F(IntakeTest, AnotherSizeThanPromisedIsDropped) {
  for (const std::uint64_t promised : {file.size() - 1, file.size() + 1}) {
    const auto outcome = intake.publish(upload(file), arrival_of(identity, promised));
    EXPECT_EQ(outcome.error().code, Errc::corrupt);
    expect_dropped();
    expect_nothing_published();
  }
}

TEST_F(IntakeTest, BytesThatDoNotReadBackAreDropped) {
  Partial partial = upload(file);
  auto bytes = files.content(partial.data_path());
  bytes[20'000] ^= 1;
  files.set_content(partial.data_path(), bytes);
  EXPECT_EQ(intake.publish(std::move(partial), arrival_of(identity, file.size())).error().code, Errc::corrupt);
  expect_dropped();
  expect_nothing_published();
}

TEST_F(IntakeTest, AFailedReadLeavesThePartial) {
  Partial partial = upload(file);
  files.fail_operation(0, EIO);
  EXPECT_EQ(intake.publish(std::move(partial), arrival_of(identity, file.size())).error().code, Errc::io);
  expect_kept(file.size());
  expect_nothing_published();
}

// Invariant I7.
TEST_F(IntakeTest, AFailedSyncDropsThePartialAndIsNeverRetried) {
  Partial partial = upload(file);
  const auto id = partial.id();
  files.fail_next_sync();
  EXPECT_EQ(intake.publish(std::move(partial), arrival_of(identity, file.size())).error().code, Errc::corrupt);
  expect_dropped();
  expect_nothing_published();
  EXPECT_NE(stored(file).id, id);
}

TEST_F(IntakeTest, AFailedSyncInTheStoreDropsThePartialToo) {
  objects.fail_next("put", Errc::corrupt);
  EXPECT_EQ(publish(file).error().code, Errc::corrupt);
  expect_dropped();
}

TEST_F(IntakeTest, AnotherFileUnderTheSameKeyLetsTheFileComeUnderANewOne) {
  objects.fail_next("put", Errc::conflict);
  EXPECT_EQ(publish(file).error().code, Errc::corrupt);
  expect_dropped();
}

TEST_F(IntakeTest, ADeadStoreLeavesThePartialForLater) {
  objects.fail_next("put", Errc::unavailable);
  EXPECT_EQ(publish(file).error().code, Errc::unavailable);
  expect_kept(file.size());
  expect_nothing_published();
  EXPECT_EQ(object(stored(file).object_key), file);
  expect_dropped();
}

TEST_F(IntakeTest, ADeadCatalogLeavesThePartialForLater) {
  catalog.fail_next("commit", Errc::unavailable);
  EXPECT_EQ(publish(file).error().code, Errc::unavailable);
  expect_kept(file.size());
  EXPECT_THAT(catalog.rows, IsEmpty());
  // The object is there, and the partial sealed: the end of the file comes again all the same.
  const Media media = stored(file);
  EXPECT_THAT(objects.keys(), ElementsAre(media.object_key)) << "publishing twice is one object";
  EXPECT_EQ(object(media.object_key), file);
  expect_dropped();
}

TEST_F(IntakeTest, ACommitWhoseAnswerWasLostIsNotUndone) {
  catalog.fail_next("answer", Errc::unavailable);
  EXPECT_FALSE(publish(file));
  const auto outcome = publish(file);
  EXPECT_TRUE(std::get<Published>(*outcome).duplicate);
  const Media& media = std::get<Published>(*outcome).media;
  EXPECT_EQ(media.id, catalog.rows[0].id);
  EXPECT_THAT(objects.keys(), ElementsAre(media.object_key));
  EXPECT_EQ(object(media.object_key), file);
  expect_dropped();
}

class DuplicateTest : public IntakeTest {
 protected:
  DuplicateTest() : first(stored(file)) {}

  Outcome publish_again() {
    Partial partial = std::move(*intake.fresh(identity));
    EXPECT_TRUE(write_rest(partial, file));
    return intake.publish(std::move(partial), arrival_of(identity, file.size()));
  }
  const Media first;
};

TEST_F(DuplicateTest, TheOlderObjectStands) {
  const auto outcome = publish_again();
  EXPECT_TRUE(std::get<Published>(*outcome).duplicate);
  EXPECT_EQ(std::get<Published>(*outcome).media.id, first.id);
  EXPECT_EQ(std::get<Published>(*outcome).media.object_key, first.object_key);
  EXPECT_THAT(objects.keys(), ElementsAre(first.object_key));
  expect_dropped();
}

TEST_F(DuplicateTest, ALostObjectIsPutBack) {
  ASSERT_TRUE(objects.remove(first.object_key));
  EXPECT_TRUE(publish_again());
  EXPECT_THAT(objects.keys(), ElementsAre(first.object_key));
  EXPECT_EQ(object(first.object_key), file);
}

TEST_F(DuplicateTest, ALostObjectThatCannotBePutBackIsNotAcknowledged) {
  ASSERT_TRUE(objects.remove(first.object_key));
  Partial partial = std::move(*intake.fresh(identity));
  ASSERT_TRUE(write_rest(partial, file));
  files.count_operations();
  ASSERT_TRUE(intake.publish(std::move(partial), arrival_of(identity, file.size())));
  const auto operations = files.operations();

  // The same again, with each operation of the end failing: the row is never acknowledged without its object.
  for (auto number = operations - 6; number < operations; ++number) {
    ASSERT_TRUE(objects.remove(first.object_key));
    partial = std::move(*intake.fresh(identity));
    ASSERT_TRUE(write_rest(partial, file));
    files.fail_operation(number, EIO);
    const auto outcome = intake.publish(std::move(partial), arrival_of(identity, file.size()));
    files.count_operations();
    if (outcome) {
      EXPECT_TRUE(objects.stat(first.object_key)) << number;
    }
    EXPECT_TRUE(publish_again()) << number;
    EXPECT_EQ(object(first.object_key), file) << number;
    for (const auto& key : objects.keys())
      if (key != first.object_key) {
        ASSERT_TRUE(objects.remove(key));
      }
  }
}

TEST_F(DuplicateTest, AStoreThatCannotSayIsNotTrusted) {
  objects.fail_next("stat", Errc::unavailable);
  EXPECT_EQ(publish_again().error().code, Errc::unavailable);
  expect_kept(file.size());
}

TEST_F(DuplicateTest, ASecondCopyThatCannotBeRemovedIsNoTrouble) {
  objects.fail_next("remove", Errc::unavailable);
  EXPECT_TRUE(publish_again());
  EXPECT_EQ(objects.keys().size(), 2U);
  expect_dropped();
}

TEST_F(IntakeTest, SaysWhenAFileWasTheLastOneOfARequest) {
  const base::UtcTime asked{std::chrono::seconds{7}};
  std::vector<base::UtcTime> told;
  Intake telling(*spool, objects, catalog, nullptr, {},
                 {.answered = [&](const AnsweredRequest& request) { told.push_back(request.created_at); }});
  catalog.answers = AnsweredRequest{.created_at = asked};
  catalog.fail_next("commit", Errc::unavailable);
  EXPECT_FALSE(telling.publish(upload(file), arrival_of(identity, file.size())));
  EXPECT_TRUE(told.empty()) << "not stored";
  ASSERT_TRUE(telling.publish(upload(file), arrival_of(identity, file.size())));
  EXPECT_EQ(told, std::vector{asked});
  identity.name = "another";
  ASSERT_TRUE(telling.publish(upload(file), arrival_of(identity, file.size())));
  EXPECT_EQ(told, std::vector{asked}) << "not every file is";
}

// ---- With the real parts on the real disk.

TEST(IntakeOnDisk, StoresAFileThatIsFoundAgain) {
  const TempDir folder;
  const auto spool = *Spool::open(folder.path() / "spool");
  const auto objects = *open_object_store("file:" + (folder.path() / "objects").string());
  const auto catalog = *open_catalog("sqlite:" + (folder.path() / "catalog.db").string());
  ASSERT_TRUE(catalog->migrate());
  Intake intake(*spool, *objects, *catalog);
  const auto file = small_jpeg(50'000);
  const auto identity = packets_identity(file.size());

  auto kept = *intake.open(identity, intake.look_for(identity));
  ASSERT_TRUE(write_rest(*kept.partial, ByteView(file).first(30'000)));
  kept.partial.reset();
  kept = *intake.open(identity, intake.look_for(identity));
  EXPECT_EQ(kept.size, 30'000U / 1024 * 1024);
  ASSERT_TRUE(write_rest(*kept.partial, file));
  const auto published = intake.publish(std::move(*kept.partial), arrival_of(identity, file.size()));
  ASSERT_TRUE(published) << published.error().message;
  const Media media = std::get<Published>(*published).media;
  EXPECT_EQ(media.kind, base::MediaKind::photo);
  EXPECT_EQ(objects->stat(media.object_key)->size, file.size());
  EXPECT_EQ((*catalog->find_media(media.id))->sha256, media.sha256);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "spool"));

  const auto again = *intake.open(identity, intake.look_for(identity));
  ASSERT_TRUE(again.stored);
  EXPECT_EQ(again.stored->id, media.id);
  EXPECT_EQ(again.overlap->bytes.size(), file.size() - again.overlap->offset);

  // And a device that sends it all again gets one object, not two.
  Partial repeated = std::move(*intake.fresh(identity));
  ASSERT_TRUE(write_rest(repeated, file));
  const auto duplicate = intake.publish(std::move(repeated), arrival_of(identity, file.size()));
  ASSERT_TRUE(duplicate) << duplicate.error().message;
  EXPECT_TRUE(std::get<Published>(*duplicate).duplicate);
  EXPECT_EQ(std::get<Published>(*duplicate).media.id, media.id);
  int count = 0;
  ASSERT_TRUE(objects->list("", [&](const ObjectInfo&) { return ++count > 0; }));
  EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace storage
