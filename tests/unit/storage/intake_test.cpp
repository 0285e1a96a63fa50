#include "storage/intake.hpp"

#include <gmock/gmock.h>

#include <cerrno>

#include "tests/unit/storage/arrival.hpp"
#include "tests/unit/storage/intake_fakes.hpp"
#include "tests/unit/storage/memory_file_system.hpp"
#include "tests/unit/storage/temp_dir.hpp"

namespace storage {
namespace {

using base::Bytes;
using base::ByteView;
using base::Errc;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class IntakeTest : public testing::Test {
 protected:
  IntakeTest() { EXPECT_TRUE(make_directories(files, "/objects")); }

  using Outcome = base::Result<std::variant<Published, NotWhole>>;

  Kept open() { return std::move(*intake.open(identity)); }
  Partial upload(ByteView bytes) {
    auto kept = open();
    EXPECT_TRUE(kept.partial);
    EXPECT_TRUE(write_rest(*kept.partial, bytes));
    return std::move(*kept.partial);
  }
  // Closes the connection in the middle.
  void keep(ByteView bytes) { static_cast<void>(upload(bytes)); }
  Outcome publish(ByteView bytes) { return intake.publish(upload(bytes), arrival_of(identity, bytes.size())); }
  Media stored(ByteView bytes) {
    auto outcome = publish(bytes);
    EXPECT_TRUE(outcome && std::holds_alternative<Published>(*outcome));
    return std::get<Published>(*outcome).media;
  }
  Bytes object(std::string_view key) {
    const auto reader = *objects.open(key);
    Bytes bytes(reader->size());
    for (std::size_t done = 0; done < bytes.size();) done += *reader->read_at(done, std::span(bytes).subspan(done));
    return bytes;
  }
  void expect_dropped() { EXPECT_EQ(spool->usage().partials, 0U); }
  void expect_kept(std::uint64_t bytes) {
    EXPECT_EQ(spool->usage().partials, 1U);
    EXPECT_EQ(spool->usage().bytes, bytes);
  }
  void expect_nothing_published() {
    EXPECT_THAT(objects.keys(), IsEmpty());
    EXPECT_THAT(catalog.rows, IsEmpty());
  }

  MemoryFileSystem files;
  std::unique_ptr<Spool> spool = std::move(*Spool::open("/spool", files));
  LinkingObjects objects{files};
  ListCatalog catalog;
  Intake intake{*spool, objects, catalog};
  const Bytes file = noise(40'000);
  FileIdentity identity = packets_identity(file.size());
};

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

// ---- What is kept of an announced file.

TEST_F(IntakeTest, NothingIsKeptOfANewFile) {
  const Kept kept = open();
  ASSERT_TRUE(kept.partial);
  EXPECT_FALSE(kept.stored);
  EXPECT_FALSE(kept.overlap);
  EXPECT_EQ(kept.size, 0U);
}

TEST_F(IntakeTest, APartialIsResumedWithOnePacketOfOverlap) {
  keep(ByteView(file).first(20 * 1024));
  const Kept kept = open();
  EXPECT_EQ(kept.size, 20U * 1024);
  ASSERT_TRUE(kept.overlap);
  EXPECT_EQ(kept.overlap->offset, 19U * 1024);
  EXPECT_EQ(kept.overlap->bytes, Bytes(file.begin() + 19 * 1024, file.begin() + 20 * 1024));
}

TEST_F(IntakeTest, APartialIsTrimmedToWholePackets) {
  for (const std::size_t size : {1024U, 1025U, 2047U, 16U * 1024, 16U * 1024 + 1, 40'000U}) {
    keep(ByteView(file).first(size));
    Kept kept = open();
    EXPECT_EQ(kept.size, size / 1024 * 1024);
    EXPECT_EQ(kept.partial->size(), kept.size);
    EXPECT_EQ(kept.overlap->offset + kept.overlap->bytes.size(), kept.size);
    kept.partial->discard();
  }
}

TEST_F(IntakeTest, LessThanAPacketIsStartedOver) {
  keep(ByteView(file).first(1023));
  const Kept kept = open();
  EXPECT_EQ(kept.size, 0U);
  EXPECT_EQ(kept.partial->size(), 0U);
  EXPECT_FALSE(kept.overlap);
  EXPECT_EQ(spool->usage().partials, 1U);
}

TEST_F(IntakeTest, AFileOfBytesThatIsCompleteIsNotTrimmed) {
  for (const std::size_t size : {700U, 1500U, 16U * 1024 + 10, 40'000U}) {
    identity = bytes_identity(size);
    keep(ByteView(file).first(size));
    Kept kept = open();
    EXPECT_EQ(kept.size, size);
    EXPECT_EQ(kept.overlap->offset, size < 1024 ? 0 : (size - 1024) / 1024 * 1024);
    EXPECT_EQ(kept.overlap->bytes, Bytes(file.begin() + static_cast<std::ptrdiff_t>(kept.overlap->offset),
                                         file.begin() + static_cast<std::ptrdiff_t>(size)));
    kept.partial->discard();
  }
  identity = bytes_identity(40'000);
  keep(ByteView(file).first(39'999));
  EXPECT_EQ(open().size, 39'999U / 1024 * 1024);
}

TEST_F(IntakeTest, TheOverlapGoesBackToDistinctiveBytes) {
  // Bytes of one value behind distinctive ones: the overlap must reach back to the latter.
  for (std::size_t blank = 0; blank < 16; ++blank) {
    auto padded = noise(20 * 1024);
    std::fill(padded.end() - static_cast<std::ptrdiff_t>(blank * 1024), padded.end(), std::uint8_t{0});
    keep(padded);
    Kept kept = open();
    ASSERT_TRUE(kept.overlap) << blank;
    EXPECT_EQ(kept.overlap->offset, (20 - blank - 1) * 1024) << blank;
    EXPECT_LE(kept.overlap->bytes.size(), block_size);
    kept.partial->discard();
  }
}

TEST_F(IntakeTest, WithoutADistinctiveOverlapNothingIsProven) {
  auto padded = noise(20 * 1024);
  std::fill(padded.end() - static_cast<std::ptrdiff_t>(block_size), padded.end(), std::uint8_t{0});
  keep(padded);
  const Kept kept = open();
  EXPECT_EQ(kept.size, 0U);
  EXPECT_FALSE(kept.overlap);
  EXPECT_EQ(kept.partial->size(), 0U);
}

TEST_F(IntakeTest, ThirtyTwoValuesAreDistinctive) {
  for (const int values : {31, 32}) {
    Bytes bytes(1024);
    for (std::size_t at = 0; at < bytes.size(); ++at)
      bytes[at] = static_cast<std::uint8_t>(at % static_cast<std::size_t>(values));
    keep(bytes);
    Kept kept = open();
    EXPECT_EQ(kept.overlap.has_value(), values == 32);
    kept.partial->discard();
  }
}

TEST_F(IntakeTest, TroubleOfTheSpoolIsReported) {
  files.fail_from(0, ENOSPC);
  EXPECT_EQ(intake.open(identity).error().code, Errc::exhausted);
  EXPECT_EQ(intake.fresh(identity).error().code, Errc::exhausted);
  files.count_operations();
  keep(ByteView(file).first(20'000));
  files.count_operations();
  ASSERT_TRUE(intake.open(identity));
  const auto operations = files.operations();
  for (std::uint64_t number = 0; number < operations; ++number) {
    files.fail_operation(number, EMFILE);
    static_cast<void>(intake.open(identity));
  }
  files.count_operations();
  EXPECT_EQ(open().partial->identity(), identity) << "and gets over it";
}

// ---- Files a device offers again although they are stored.

TEST_F(IntakeTest, AStoredFileIsFoundAgainWithItsShortLastPacket) {
  for (const std::size_t size : {1024U, 1500U, 40'000U, 16U * 1024 + 1}) {
    identity = packets_identity(size, static_cast<std::int64_t>(size));
    const auto bytes = ByteView(file).first(size);
    const Media media = stored(bytes);
    const Kept kept = open();
    ASSERT_TRUE(kept.stored);
    EXPECT_FALSE(kept.partial);
    EXPECT_EQ(kept.stored->id, media.id);
    EXPECT_EQ(kept.size, size);
    EXPECT_EQ(kept.overlap->offset, (size - 1024) / 1024 * 1024);
    EXPECT_EQ(kept.overlap->bytes,
              Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(kept.overlap->offset), bytes.end()));
    expect_dropped();
  }
}

TEST_F(IntakeTest, ASmallStoredFileProvesItselfWithAllOfIt) {
  const auto small = ByteView(file).first(300);
  stored(small);
  const Kept kept = open();
  ASSERT_TRUE(kept.stored);
  EXPECT_EQ(kept.overlap->offset, 0U);
  EXPECT_EQ(kept.overlap->bytes, Bytes(small.begin(), small.end()));
}

TEST_F(IntakeTest, AStoredFileThatProvesNothingIsFetchedAgain) {
  stored(Bytes(5000, 7));
  EXPECT_TRUE(open().partial);
}

TEST_F(IntakeTest, KeptBytesComeBeforeTheCatalog) {
  stored(file);
  Partial partial = std::move(*intake.fresh(identity));
  ASSERT_TRUE(partial.write_block(0, block_of(file, 0)));
  {
    const Partial closing = std::move(partial);
  }
  EXPECT_EQ(open().size, block_size);
}

TEST_F(IntakeTest, WithoutATimeOfCaptureTheCatalogIsNotAsked) {
  identity.captured_ms = 0;
  EXPECT_TRUE(open().partial);
  EXPECT_EQ(catalog.finds, 0);
}

TEST_F(IntakeTest, ALostOrDamagedObjectIsFetchedAgain) {
  const Media media = stored(file);
  objects.fail_next("read", Errc::not_found);  // it ends before its size
  EXPECT_TRUE(open().partial);
  objects.fail_next("read", Errc::corrupt);
  EXPECT_TRUE(open().partial);
  catalog.rows[0].size = 5;
  EXPECT_TRUE(open().partial) << "another size";
  catalog.rows[0].size = 0;
  EXPECT_TRUE(open().partial) << "an empty file proves nothing";
  catalog.rows[0].size = file.size();
  ASSERT_TRUE(objects.remove(media.object_key));
  EXPECT_TRUE(open().partial);
}

TEST_F(IntakeTest, ADeadStoreOrCatalogIsAnErrorAndNotANewFile) {
  stored(file);
  catalog.fail_next("find", Errc::unavailable);
  EXPECT_EQ(intake.open(identity).error().code, Errc::unavailable);
  objects.fail_next("open", Errc::unavailable);
  EXPECT_EQ(intake.open(identity).error().code, Errc::unavailable);
  objects.fail_next("read", Errc::unavailable);
  EXPECT_EQ(intake.open(identity).error().code, Errc::unavailable);
  EXPECT_TRUE(open().stored);
}

// ---- Starting over.

TEST_F(IntakeTest, FreshIsEmptyWhateverIsKept) {
  keep(file);
  EXPECT_EQ(intake.fresh(identity)->size(), 0U);
  EXPECT_EQ(spool->usage().partials, 1U);
  EXPECT_EQ(intake.fresh(identity)->size(), 0U);
  const auto started_over = intake.start_over(upload(file));
  EXPECT_EQ(started_over->size(), 0U);
  EXPECT_EQ(spool->usage().partials, 1U);
}

TEST_F(IntakeTest, FreshLeavesAnObjectMadeFromTheKeptBytesAlone) {
  catalog.fail_next("commit", Errc::unavailable);
  EXPECT_FALSE(publish(file));
  Partial partial = std::move(*intake.fresh(identity));
  ASSERT_TRUE(write_rest(partial, noise(file.size(), 2)));
  EXPECT_EQ(object(objects.keys().at(0)), file);
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

  auto kept = *intake.open(identity);
  ASSERT_TRUE(write_rest(*kept.partial, ByteView(file).first(30'000)));
  kept.partial.reset();
  kept = *intake.open(identity);
  EXPECT_EQ(kept.size, 30'000U / 1024 * 1024);
  ASSERT_TRUE(write_rest(*kept.partial, file));
  const auto published = intake.publish(std::move(*kept.partial), arrival_of(identity, file.size()));
  ASSERT_TRUE(published) << published.error().message;
  const Media media = std::get<Published>(*published).media;
  EXPECT_EQ(media.kind, base::MediaKind::photo);
  EXPECT_EQ(objects->stat(media.object_key)->size, file.size());
  EXPECT_EQ((*catalog->find_media(media.id))->sha256, media.sha256);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "spool"));

  const auto again = *intake.open(identity);
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
