#include "storage/spool/spool.hpp"

#include <gmock/gmock.h>

#include <cerrno>
#include <thread>

#include "storage/spool/spool_core.hpp"
#include "tests/unit/storage/memory_file_system.hpp"
#include "tests/unit/storage/temp_dir.hpp"
#include "tests/unit/storage/upload.hpp"

namespace storage {
namespace {

using base::Errc;
using testing::HasSubstr;

constexpr std::size_t three_blocks_and_a_bit = 3 * block_size + 5000;

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() { reopen(); }

  void reopen() {
    spool.reset();
    spool = std::move(*Spool::open(directory, files));
  }
  Partial acquire() { return std::move(*spool->acquire(identity)); }
  Partial upload(base::ByteView bytes) {
    Partial partial = acquire();
    EXPECT_TRUE(write_rest(partial, bytes));
    return partial;
  }
  // Uploads, closes, and says which files that made.
  std::filesystem::path keep(base::ByteView bytes) { return upload(bytes).data_path(); }
  static std::filesystem::path sums_of(std::filesystem::path data) { return data.replace_extension(".sums"); }
  void damage(const std::filesystem::path& path, std::size_t at) {
    auto bytes = files.content(path);
    bytes.at(at) ^= 0x40;
    files.set_content(path, bytes);
  }
  std::size_t header_bytes(const std::filesystem::path& sums) const { return *header_size(files.content(sums)); }
  std::vector<std::string> names() { return *files.list(directory); }

  MemoryFileSystem files;
  const std::filesystem::path directory = "/data/spool";
  const base::Bytes file = noise(three_blocks_and_a_bit);
  FileIdentity identity = packets_identity(file.size());
  std::unique_ptr<Spool> spool;
};

// ---- Keeping and finding again.

TEST_F(SpoolTest, KeepsAFileAcrossAReopenedSpool) {
  const auto id = upload(file).id();
  reopen();
  const Partial again = acquire();
  EXPECT_EQ(again.id(), id);
  EXPECT_EQ(again.size(), file.size());
  EXPECT_EQ(*again.read_from(0), file);
  EXPECT_EQ(again.identity(), identity);
  EXPECT_EQ(again.rejected_sha256(), "");
}

TEST_F(SpoolTest, KeepsAFileAcrossTwoConnections) {
  {
    EXPECT_TRUE(acquire().write_block(0, block_of(file, 0)));
  }
  Partial partial = acquire();
  EXPECT_EQ(partial.size(), block_size);
  EXPECT_TRUE(write_rest(partial, file));
  EXPECT_EQ(*partial.read_from(0), file);
}

TEST_F(SpoolTest, ATailGrowsFromAnyLength) {
  for (std::size_t first = 0; first <= block_size; first += 1024) {
    Partial partial = std::move(*spool->start_over(acquire()));
    if (first > 0) {
      ASSERT_TRUE(partial.write_block(0, base::ByteView(file).first(first)));
    }
    ASSERT_TRUE(write_rest(partial, file)) << first;
    EXPECT_EQ(*partial.read_from(0), file) << first;
  }
}

TEST_F(SpoolTest, EveryMemberOfTheIdentityCounts) {
  keep(file);
  const auto differs = [&](auto change) {
    FileIdentity other = identity;
    change(other);
    EXPECT_EQ(spool->acquire(other)->size(), 0U);
  };
  differs([](FileIdentity& other) { other.imei = *base::Imei::from_number(base::with_luhn_digit(35630704244102)); });
  differs([](FileIdentity& other) { other.name = "%photor"; });
  differs([](FileIdentity& other) { ++other.declared_size; });
  differs([](FileIdentity& other) { other.unit = SizeUnit::bytes; });
  differs([](FileIdentity& other) { other.declared_crc = 1; });
  differs([](FileIdentity& other) { ++*other.captured_ms; });
  differs([](FileIdentity& other) { other.metadata = "atem"; });
  EXPECT_EQ(acquire().size(), file.size());
}

TEST_F(SpoolTest, IdentityMembersSurviveTheDisk) {
  identity.name = std::string("a\0\xff\"../b", 9);
  identity.metadata = std::string(max_identity_text, '\x80');
  identity.captured_ms = -1;
  identity.declared_crc = 0xbeef;
  keep(file);
  reopen();
  EXPECT_EQ(acquire().identity(), identity);
  EXPECT_EQ(acquire().size(), file.size());
}

TEST_F(SpoolTest, AnIdentityThatIsTooLongIsRefusedAndLeavesNothing) {
  identity.metadata = std::string(max_identity_text + 1, 'x');
  EXPECT_EQ(spool->acquire(identity).error().code, Errc::invalid);
  identity.metadata.clear();
  identity.name = std::string(max_identity_text + 1, 'x');
  EXPECT_EQ(spool->acquire(identity).error().code, Errc::invalid);
  EXPECT_EQ(spool->usage().partials, 0U);
  EXPECT_TRUE(names().empty());
}

TEST_F(SpoolTest, WithoutATimeOfCaptureNothingIsEverResumed) {
  for (const auto& time : {std::optional<std::int64_t>(), std::optional<std::int64_t>(0)}) {
    identity.captured_ms = time;
    const Partial open = upload(file);
    EXPECT_EQ(acquire().size(), 0U);
  }
  EXPECT_TRUE(names().empty()) << "nobody can ask for them again";
}

TEST_F(SpoolTest, AFileThatCannotBeResumedIsRemovedAtTheNextStart) {
  identity.captured_ms.reset();
  {
    const Partial open = upload(file);
    files.fail_from(0, EIO);  // killed here, as far as the disk can tell
  }
  files.count_operations();
  EXPECT_EQ(names().size(), 2U);
  reopen();
  EXPECT_TRUE(names().empty());
}

TEST_F(SpoolTest, AnOpenPartialIsNotGivenTwice) {
  const Partial open = upload(file);
  const Partial second = acquire();
  EXPECT_NE(second.id(), open.id());
  EXPECT_EQ(second.size(), 0U);
}

TEST_F(SpoolTest, OfDuplicatesTheLongestStays) {
  for (const std::size_t longest : {0U, 1U, 2U}) {
    std::vector<Partial> partials;
    for (std::size_t number = 0; number < 3; ++number) {
      partials.push_back(acquire());
      const std::size_t bytes = number == longest ? 3000 : 2000;
      ASSERT_TRUE(partials.back().write_block(0, base::ByteView(file).first(bytes)));
    }
    const auto id = partials[longest].id();
    partials.clear();
    Partial kept = acquire();
    EXPECT_EQ(kept.id(), id);
    EXPECT_EQ(kept.size(), 3000U);
    EXPECT_EQ(spool->usage().partials, 1U);
    EXPECT_EQ(names().size(), 2U);
    kept.discard();
  }
}

TEST_F(SpoolTest, OfEquallyLongDuplicatesTheNewestStays) {
  auto older = std::optional(acquire());
  auto newer = std::optional(acquire());
  const auto first = std::max(older->id(), newer->id());
  older.reset();
  newer.reset();
  EXPECT_EQ(acquire().id(), first);
}

// ---- Damage: only what verifies is kept.

TEST_F(SpoolTest, ADamagedBlockEndsThePrefixBeforeIt) {
  for (std::size_t block = 0; block < block_count(file); ++block) {
    const auto path = keep(file);
    damage(path, block * block_size + 100);
    Partial partial = acquire();
    EXPECT_EQ(partial.size(), block * block_size);
    EXPECT_TRUE(write_rest(partial, file));
    EXPECT_EQ(*partial.read_from(0), file);
  }
}

TEST_F(SpoolTest, ADamagedRecordEndsThePrefixBeforeIt) {
  for (std::size_t at = 0; at < block_record_size; ++at) {
    const auto sums = sums_of(keep(file));
    damage(sums, header_bytes(sums) + 2 * block_record_size + at);
    Partial partial = acquire();
    EXPECT_EQ(partial.size(), 2 * block_size) << at;
    partial.discard();
  }
}

TEST_F(SpoolTest, AMissingRecordOrDataEndsThePrefix) {
  const auto path = keep(file);
  auto bytes = files.content(path);
  bytes.resize(2 * block_size + 10);
  files.set_content(path, bytes);
  EXPECT_EQ(acquire().size(), 2 * block_size);
  auto sums = files.content(sums_of(path));
  sums.resize(header_bytes(sums_of(path)) + block_record_size + 7);
  files.set_content(sums_of(path), sums);
  EXPECT_EQ(acquire().size(), block_size);
}

TEST_F(SpoolTest, BytesWithoutARecordAreIgnored) {
  const auto path = keep(base::ByteView(file).first(2 * block_size));
  files.set_content(path, file);
  EXPECT_EQ(acquire().size(), 2 * block_size);
}

TEST_F(SpoolTest, ARecordInAnotherPlaceOrOfAnotherFileIsNone) {
  const auto path = keep(file);
  const auto sums = sums_of(path);
  const auto at = header_bytes(sums);
  auto bytes = files.content(sums);
  auto data = files.content(path);
  // The second block and its record again as the third.
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at + block_record_size), block_record_size,
              bytes.begin() + static_cast<std::ptrdiff_t>(at + 2 * block_record_size));
  std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(block_size), block_size,
              data.begin() + static_cast<std::ptrdiff_t>(2 * block_size));
  files.set_content(sums, bytes);
  files.set_content(path, data);
  EXPECT_EQ(acquire().size(), 2 * block_size);

  // The blocks and records of another partial of the very same identity.
  Partial other = std::move(*spool->start_over(acquire()));
  const auto other_sums = sums_of(other.data_path());
  auto mixed = files.content(other_sums);
  mixed.insert(mixed.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end());
  files.set_content(other_sums, mixed);
  files.set_content(other.data_path(), file);
  {
    const Partial closing = std::move(other);
  }
  EXPECT_EQ(acquire().size(), 0U);
}

TEST_F(SpoolTest, NothingStaleJoinsOnBehindAShorterTail) {
  const auto path = keep(file);
  damage(path, block_size + 1);
  {
    Partial partial = acquire();
    ASSERT_EQ(partial.size(), block_size);
    ASSERT_TRUE(partial.write_block(1, block_of(file, 1)));
  }
  EXPECT_EQ(acquire().size(), 2 * block_size) << "blocks 2 and 3 are of an earlier upload";
}

TEST_F(SpoolTest, ABlockBeyondTheDeclaredSizeIsNotKept) {
  identity.declared_size = 64;
  const auto path = keep(noise(64 * 1024));
  // The same partial under an identity that allows less, as a bug or a forger would leave it.
  auto sums = files.content(sums_of(path));
  const auto header = decode_header(base::ByteView(sums).first(header_bytes(sums_of(path))));
  auto smaller = *header;
  smaller.identity.declared_size = 20;
  const auto encoded = *encode_header(smaller);
  ASSERT_EQ(encoded.size(), header_bytes(sums_of(path)));
  base::Bytes forged = encoded;
  const auto bytes = files.content(path);
  for (std::uint64_t index = 0; index < 4; ++index) {
    const auto seed = block_seed(sidecar_seed(encoded), index);
    const auto record = encode_record(seed, {.length = block_size, .sum = checksum(seed, block_of(bytes, index))});
    forged.insert(forged.end(), record.begin(), record.end());
  }
  files.set_content(sums_of(path), forged);
  reopen();
  identity.declared_size = 20;
  EXPECT_EQ(acquire().size(), block_size);
}

TEST_F(SpoolTest, DamageWhileOpenIsFoundOnReadingBack) {
  Partial partial = upload(file);
  damage(partial.data_path(), block_size + 1);
  std::vector<std::size_t> seen;
  const auto read = partial.for_each_block([&](base::ByteView block) { seen.push_back(block.size()); });
  EXPECT_EQ(read.error().code, Errc::corrupt);
  EXPECT_THAT(read.error().message, HasSubstr("Block 1"));
  EXPECT_EQ(seen, std::vector{block_size});
  EXPECT_EQ(partial.size(), block_size) << "the partial ends before the bad block";
  EXPECT_TRUE(write_rest(partial, file));
  EXPECT_EQ(*partial.read_from(0), file);
}

TEST_F(SpoolTest, ADamagedRecordWhileOpenIsFoundOnReadingBack) {
  Partial partial = upload(file);
  const auto sums = sums_of(partial.data_path());
  damage(sums, header_bytes(sums) + block_record_size);
  EXPECT_EQ(partial.read_from(block_size).error().code, Errc::corrupt);
  EXPECT_EQ(partial.size(), block_size);
  EXPECT_EQ(partial.read_from(0)->size(), block_size);
}

TEST_F(SpoolTest, AShortRecordInTheMiddleIsDamage) {
  Partial partial = upload(file);
  const auto sums = sums_of(partial.data_path());
  auto bytes = files.content(sums);
  const auto seed = block_seed(sidecar_seed(base::ByteView(bytes).first(header_bytes(sums))), 1);
  const auto record = encode_record(seed, {.length = 10, .sum = checksum(seed, block_of(file, 1).first(10))});
  std::ranges::copy(record, bytes.begin() + static_cast<std::ptrdiff_t>(header_bytes(sums) + block_record_size));
  files.set_content(sums, bytes);
  EXPECT_EQ(partial.read_from(0).error().code, Errc::corrupt);
}

TEST_F(SpoolTest, AnUnreadableSidecarRemovesThePartialAtTheStart) {
  const auto sums = sums_of(keep(file));
  const auto header = header_bytes(sums);
  for (const std::size_t at : {std::size_t{0}, std::size_t{6}, std::size_t{8}, std::size_t{20}, header - 1}) {
    const auto path = keep(file);
    damage(sums_of(path), at);
    reopen();
    EXPECT_EQ(spool->usage().partials, 0U) << at;
    EXPECT_TRUE(names().empty()) << at;
  }
}

TEST_F(SpoolTest, HalfAPartialIsRemovedAtTheStart) {
  for (const bool remove_data : {true, false}) {
    const auto path = keep(file);
    ASSERT_TRUE(files.remove(remove_data ? path : sums_of(path)));
    reopen();
    EXPECT_TRUE(names().empty());
  }
}

TEST_F(SpoolTest, ASidecarUnderAnotherNameIsRemovedAtTheStart) {
  const auto path = keep(file);
  const auto other = directory / (base::Uuid::v7(base::utc_now()).str());
  ASSERT_TRUE(files.rename(path, other.native() + ".part"));
  ASSERT_TRUE(files.rename(sums_of(path), other.native() + ".sums"));
  reopen();
  EXPECT_TRUE(names().empty());
}

TEST_F(SpoolTest, FilesOfOthersAreLeftAlone) {
  files.set_content(directory / "lost+found", {});
  files.set_content(directory / (base::Uuid::v7(base::utc_now()).str() + ".txt"), {});
  files.set_content(directory / (base::Uuid::v7(base::utc_now()).str() + ".probe"), {});
  reopen();
  EXPECT_EQ(names().size(), 2U) << "only the leavings of a probe go";
}

TEST_F(SpoolTest, AnyCutOrFlippedHeaderIsRefused) {
  const auto encoded = *encode_header({.id = base::Uuid::v7(base::utc_now()), .identity = identity});
  ASSERT_TRUE(decode_header(encoded));
  for (std::size_t size = 0; size < encoded.size(); ++size)
    EXPECT_FALSE(decode_header(base::ByteView(encoded).first(size)));
  for (std::size_t bit = 0; bit < encoded.size() * 8; ++bit) {
    auto flipped = encoded;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(decode_header(flipped)) << bit;
  }
}

// A header whose checksum is right but whose content makes no sense: a forgery, or a bug of ours.
TEST_F(SpoolTest, AHeaderThatMakesNoSenseIsRefusedEvenWhenItsChecksumIsRight) {
  const SidecarHeader header{.id = base::Uuid::v7(base::utc_now()), .identity = identity};
  const auto forge = [&](auto change) {
    auto bytes = *encode_header(header);
    bytes.resize(bytes.size() - sizeof(Checksum));
    change(bytes);
    base::store_le(bytes.data() + 8, static_cast<std::uint32_t>(bytes.size() + sizeof(Checksum)));
    const auto sum = checksum(0, bytes);
    bytes.insert(bytes.end(), sum.begin(), sum.end());
    return decode_header(bytes).has_value();
  };
  constexpr std::size_t id_length = 12, id_text = 16, imei = 52, unit = 64, name_length = 76;
  EXPECT_TRUE(forge([](base::Bytes&) {}));
  EXPECT_FALSE(forge([](base::Bytes& bytes) { bytes[id_length] = 35; }));
  EXPECT_FALSE(forge([](base::Bytes& bytes) { bytes[id_text] = 'x'; }));
  EXPECT_FALSE(forge([](base::Bytes& bytes) { bytes[imei] ^= 1; })) << "the check digit of the IMEI";
  EXPECT_FALSE(forge([](base::Bytes& bytes) { bytes[unit] = 2; }));
  EXPECT_FALSE(forge([](base::Bytes& bytes) { bytes[name_length + 1] = 0xff; })) << "longer than the header";
  EXPECT_FALSE(forge([](base::Bytes& bytes) { bytes[name_length + 3] = 0xff; })) << "4 GiB";
  EXPECT_FALSE(forge([](base::Bytes& bytes) { bytes.push_back(0); }));
  EXPECT_FALSE(forge([](base::Bytes& bytes) { bytes.resize(imei + 3); }));
  EXPECT_FALSE(forge([](base::Bytes& bytes) { bytes.resize(12); }));
}

TEST_F(SpoolTest, RecordsSayOnlyLengthsThatBlocksHave) {
  for (const std::uint32_t length : {1U, 1024U, static_cast<std::uint32_t>(block_size)})
    EXPECT_TRUE(decode_record(7, encode_record(7, {.length = length})));
  for (const std::uint32_t length : {0U, static_cast<std::uint32_t>(block_size + 1), UINT32_MAX})
    EXPECT_FALSE(decode_record(7, encode_record(7, {.length = length})));
  const auto record = encode_record(7, {.length = 5});
  EXPECT_FALSE(decode_record(8, record));
  EXPECT_FALSE(decode_record(7, base::ByteView(record).first(23)));
}

// ---- Writing.

TEST_F(SpoolTest, OnlyTheNextBlockOrALongerTailIsWritten) {
  Partial partial = acquire();
  EXPECT_EQ(partial.write_block(1, block_of(file, 1)).error().code, Errc::invalid);
  EXPECT_EQ(partial.write_block(0, {}).error().code, Errc::invalid);
  EXPECT_EQ(partial.write_block(0, base::ByteView(file).first(block_size + 1)).error().code, Errc::invalid);
  ASSERT_TRUE(partial.write_block(0, base::ByteView(file).first(3000)));
  EXPECT_EQ(partial.write_block(0, base::ByteView(file).first(2999)).error().code, Errc::invalid);
  EXPECT_EQ(partial.write_block(1, block_of(file, 1)).error().code, Errc::invalid);
  EXPECT_TRUE(partial.write_block(0, base::ByteView(file).first(3000)));
  EXPECT_TRUE(partial.write_block(0, block_of(file, 0)));
  EXPECT_EQ(partial.write_block(0, block_of(file, 0)).error().code, Errc::invalid);
  EXPECT_EQ(partial.size(), block_size);
}

TEST_F(SpoolTest, ATailWithOtherFirstBytesIsNotTheSameFile) {
  Partial partial = acquire();
  ASSERT_TRUE(partial.write_block(0, base::ByteView(file).first(3000)));
  auto other = file;
  other[2999] ^= 1;
  EXPECT_EQ(partial.write_block(0, base::ByteView(other).first(4000)).error().code, Errc::corrupt);
  EXPECT_EQ(*partial.read_from(0), base::Bytes(file.begin(), file.begin() + 3000));
}

TEST_F(SpoolTest, NothingIsWrittenBeyondTheDeclaredSize) {
  identity = bytes_identity(5000);
  Partial partial = acquire();
  EXPECT_EQ(partial.write_block(0, base::ByteView(file).first(5001)).error().code, Errc::invalid);
  EXPECT_TRUE(partial.write_block(0, base::ByteView(file).first(5000)));
}

TEST_F(SpoolTest, ReadsFromAnywhere) {
  const Partial partial = upload(file);
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, block_size - 1, block_size, block_size + 1,
                                   3 * block_size + 4999, file.size()}) {
    const base::Bytes expected(file.begin() + static_cast<std::ptrdiff_t>(offset), file.end());
    EXPECT_EQ(*partial.read_from(offset), expected) << offset;
  }
  EXPECT_EQ(partial.read_from(file.size() + 1).error().code, Errc::invalid);
}

TEST_F(SpoolTest, TrimForgetsTheEnd) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1024}, block_size, block_size + 1024, 3 * block_size,
                                 3 * block_size + 4096, file.size()}) {
    Partial partial = upload(file);
    ASSERT_TRUE(partial.trim(size)) << size;
    EXPECT_EQ(partial.size(), size);
    EXPECT_EQ(*partial.read_from(0), base::Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_EQ(spool->usage().bytes, size);
    EXPECT_EQ(partial.trim(size + 1).error().code, Errc::invalid);
    ASSERT_TRUE(write_rest(partial, file));
    EXPECT_EQ(*partial.read_from(0), file);
    partial.discard();
  }
}

TEST_F(SpoolTest, WhatWasTrimmedMayBeWrittenWithOtherBytes) {
  auto other = file;
  other.back() ^= 1;
  Partial partial = upload(file);
  ASSERT_TRUE(partial.trim(file.size() - 904));
  ASSERT_TRUE(write_rest(partial, other));
  EXPECT_EQ(*partial.read_from(0), other);
  auto contradicting = file;
  contradicting[3 * block_size] ^= 1;
  ASSERT_TRUE(partial.trim(file.size() - 904));
  EXPECT_EQ(write_rest(partial, contradicting).error().code, Errc::corrupt);
}

TEST_F(SpoolTest, TrimFindsDamage) {
  Partial partial = upload(file);
  damage(partial.data_path(), block_size + 1);
  EXPECT_EQ(partial.trim(block_size + 1024).error().code, Errc::corrupt);
}

// ---- Sealed files: part of the object store already.

class SealedSpoolTest : public SpoolTest {
 protected:
  SealedSpoolTest() {
    const auto path = keep(file);
    EXPECT_TRUE(files.link(path, "/data/object"));
  }
  void expect_object_untouched() const { EXPECT_EQ(files.content("/data/object"), file); }
};

TEST_F(SealedSpoolTest, MayBeReadAndPublishedAgain) {
  Partial partial = acquire();
  EXPECT_EQ(*partial.read_from(0), file);
  EXPECT_TRUE(partial.sync());
}

TEST_F(SealedSpoolTest, TakesItsOwnBytesAgainWithoutWriting) {
  Partial partial = acquire();
  ASSERT_TRUE(partial.trim(3 * block_size + 4096));
  EXPECT_TRUE(write_rest(partial, file));
  EXPECT_EQ(*partial.read_from(0), file);
  expect_object_untouched();
}

TEST_F(SealedSpoolTest, RefusesOtherBytes) {
  Partial partial = acquire();
  ASSERT_TRUE(partial.trim(3 * block_size + 4096));
  auto other = file;
  other.back() ^= 1;
  EXPECT_EQ(write_rest(partial, other).error().code, Errc::corrupt);
  auto longer = file;
  longer.push_back(1);
  EXPECT_EQ(write_rest(partial, longer).error().code, Errc::corrupt);
  expect_object_untouched();
}

TEST_F(SealedSpoolTest, IsRecognisedAlsoWhenItIsLinkedWhileOpen) {
  Partial partial = std::move(*spool->start_over(acquire()));
  ASSERT_TRUE(partial.write_block(0, block_of(file, 0)));
  ASSERT_TRUE(files.link(partial.data_path(), "/data/other"));
  EXPECT_EQ(partial.write_block(1, block_of(file, 1)).error().code, Errc::corrupt);
  EXPECT_EQ(files.content("/data/other").size(), block_size);
}

TEST_F(SealedSpoolTest, StartingOverAndRemovalLeaveTheObjectAlone) {
  Partial fresh = std::move(*spool->start_over(acquire()));
  EXPECT_EQ(fresh.size(), 0U);
  EXPECT_TRUE(write_rest(fresh, noise(file.size(), 2)));
  expect_object_untouched();
}

TEST_F(SealedSpoolTest, OneThatDoesNotVerifyIsReplaced) {
  const auto id = acquire().id();
  const auto sums = sums_of(directory / (id.str() + ".part"));
  damage(sums, header_bytes(sums) + block_record_size);
  EXPECT_NE(acquire().id(), id);
  EXPECT_EQ(names().size(), 2U);
  EXPECT_EQ(spool->usage().partials, 1U);
  EXPECT_EQ(spool->usage().bytes, 0U);
  expect_object_untouched();
}

TEST_F(SealedSpoolTest, AFailedComparisonIsAnError) {
  Partial partial = acquire();
  ASSERT_TRUE(partial.trim(3 * block_size + 4096));
  files.fail_operation(1, EIO);  // after the look at the links
  EXPECT_EQ(write_rest(partial, file).error().code, Errc::io);
}

// ---- Starting over, discarding, bounds.

TEST_F(SpoolTest, StartOverRemembersTheRejectedUpload) {
  const std::string sha(64, 'a');
  {
    const Partial fresh = std::move(*spool->start_over(upload(file), sha));
    EXPECT_EQ(fresh.size(), 0U);
    EXPECT_EQ(fresh.rejected_sha256(), sha);
  }
  reopen();
  Partial again = acquire();
  EXPECT_EQ(again.rejected_sha256(), sha);
  EXPECT_EQ(spool->start_over(std::move(again))->rejected_sha256(), sha);
  EXPECT_EQ(names().size(), 2U);
}

TEST_F(SpoolTest, StartOverFailsRatherThanLeaveUntrustedBytesBehind) {
  Partial partial = upload(file);
  files.fail_operation(0, EROFS);
  EXPECT_EQ(spool->start_over(std::move(partial)).error().os_error, EROFS);
}

TEST_F(SpoolTest, DiscardRemovesBothFilesOnce) {
  Partial partial = upload(file);
  partial.discard();
  partial.discard();
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(spool->usage().partials, 0U);
  EXPECT_EQ(spool->usage().bytes, 0U);
  EXPECT_EQ(partial.size(), 0U);
  EXPECT_EQ(partial.write_block(0, block_of(file, 0)).error().code, Errc::invalid);
  EXPECT_EQ(acquire().size(), 0U);
  Partial moved_from = acquire();
  const Partial moved_to = std::move(moved_from);
  moved_from.discard();  // NOLINT(bugprone-use-after-move): documented as harmless
}

TEST_F(SpoolTest, ADiscardThatFailsIsForgottenAllTheSame) {
  Partial partial = upload(file);
  const auto id = partial.id();
  files.fail_from(0, EIO);
  partial.discard();
  files.count_operations();
  EXPECT_NE(acquire().id(), id);
}

TEST_F(SpoolTest, ADeviceKeepsABoundedNumberOfFilesAndTheOldestGoes) {
  std::vector<base::Uuid> ids;
  for (std::size_t number = 0; number < max_partials_per_device; ++number) {
    identity.captured_ms = static_cast<std::int64_t>(1000 + number);
    ids.push_back(upload(base::ByteView(file).first(1024)).id());
  }
  const auto oldest = std::ranges::min(ids);
  identity.captured_ms = 1;
  const Partial one_more = acquire();
  EXPECT_EQ(spool->usage().partials, max_partials_per_device);
  EXPECT_EQ(files.status(directory / (oldest.str() + ".part")).error().code, Errc::not_found);
  EXPECT_EQ(files.status(directory / (oldest.str() + ".sums")).error().code, Errc::not_found);
  EXPECT_EQ(names().size(), 2 * max_partials_per_device);

  // Another device is not concerned.
  identity.imei = *base::Imei::from_number(base::with_luhn_digit(35630704244102));
  const Partial of_another = acquire();
  EXPECT_EQ(spool->usage().partials, max_partials_per_device + 1);
}

TEST_F(SpoolTest, OpenFilesNeverMakeRoom) {
  std::vector<Partial> open;
  for (std::size_t number = 0; number < max_partials_per_device; ++number) open.push_back(acquire());
  EXPECT_EQ(spool->acquire(identity).error().code, Errc::exhausted);
  open.pop_back();
  EXPECT_TRUE(spool->acquire(identity));
}

TEST_F(SpoolTest, ExpireRemovesWhatIsOldAndNotOpen) {
  const auto day = base::UtcTime(std::chrono::days(20'000));
  files.set_clock(day);
  keep(file);
  identity.captured_ms = 7;
  const Partial open = upload(file);
  files.set_clock(day + std::chrono::hours(2));
  identity.captured_ms = 8;
  keep(file);
  EXPECT_EQ(spool->expire(day), 0U);
  EXPECT_EQ(spool->expire(day + std::chrono::hours(1)), 1U);
  EXPECT_EQ(spool->usage().partials, 2U);
  EXPECT_EQ(names().size(), 4U);
  EXPECT_EQ(spool->expire(day + std::chrono::hours(3)), 1U);
  EXPECT_EQ(*open.read_from(0), file);
}

TEST_F(SpoolTest, ExpireLeavesTheLastOfADeviceCountedRight) {
  keep(file);
  EXPECT_EQ(spool->expire(base::UtcTime::max()), 1U);
  EXPECT_EQ(spool->usage().partials, 0U);
  EXPECT_EQ(spool->usage().bytes, 0U);
  EXPECT_EQ(acquire().size(), 0U);
}

TEST_F(SpoolTest, AFileThatCannotBeLookedAtDoesNotExpire) {
  keep(file);
  files.fail_from(0, EIO);
  EXPECT_EQ(spool->expire(base::UtcTime::max()), 0U);
}

TEST_F(SpoolTest, UsageCountsPartialsAndBytes) {
  keep(file);
  EXPECT_EQ(spool->usage().bytes, file.size());
  reopen();
  EXPECT_EQ(spool->usage().partials, 1U);
  EXPECT_EQ(spool->usage().bytes, file.size());
  identity.captured_ms = 9;
  const Partial open = upload(base::ByteView(file).first(2000));
  EXPECT_EQ(spool->usage().partials, 2U);
  EXPECT_EQ(spool->usage().bytes, file.size() + 2000);
}

TEST_F(SpoolTest, DescriptorsAreBounded) {
  std::vector<Partial> open;
  const std::size_t count = max_partials_kept_open + 20;
  for (std::size_t number = 0; number < count; ++number) {
    identity.imei = *base::Imei::from_number(base::with_luhn_digit(35630704000000 + number / 50));
    open.push_back(acquire());
  }
  EXPECT_EQ(files.open_files(), 2 * static_cast<std::size_t>(max_partials_kept_open));
  Partial& last = open.back();
  EXPECT_TRUE(write_rest(last, file));
  EXPECT_EQ(*last.read_from(0), file);
  EXPECT_TRUE(last.sync());
  EXPECT_EQ(files.open_files(), 2 * static_cast<std::size_t>(max_partials_kept_open));
  files.fail_from(0, EMFILE);
  EXPECT_EQ(last.write_block(3, block_of(file, 3)).error().code, Errc::exhausted);
  EXPECT_EQ(last.read_from(0).error().code, Errc::exhausted);
  EXPECT_EQ(last.sync().error().code, Errc::exhausted);
  files.fail_operation(1, EMFILE);
  EXPECT_EQ(last.sync().error().code, Errc::exhausted) << "the second of its two files";
  files.count_operations();
  open.erase(open.begin(), open.begin() + 30);
  identity.captured_ms = 3;
  open.push_back(acquire());
  EXPECT_EQ(files.open_files(), 2 * static_cast<std::size_t>(max_partials_kept_open - 29));
}

// ---- Trouble with the disk.

TEST_F(SpoolTest, AFailedWriteChangesNothing) {
  for (const int os_error : {ENOSPC, EIO, EROFS}) {
    Partial partial = acquire();
    ASSERT_TRUE(partial.trim(0));
    ASSERT_TRUE(partial.write_block(0, base::ByteView(file).first(2000)));
    for (std::uint64_t number = 0; number < 3; ++number) {
      files.fail_operation(number, os_error);
      EXPECT_EQ(partial.write_block(0, block_of(file, 0)).error().os_error, os_error);
      EXPECT_EQ(partial.size(), 2000U);
    }
    files.count_operations();
    EXPECT_EQ(*partial.read_from(0), base::Bytes(file.begin(), file.begin() + 2000));
    EXPECT_TRUE(write_rest(partial, file)) << "space is back";
    EXPECT_EQ(*partial.read_from(0), file);
  }
}

TEST_F(SpoolTest, APartialThatCannotBeMadeLeavesNothing) {
  for (const int os_error : {ENOSPC, EIO, EROFS, EMFILE}) {
    for (std::uint64_t number = 0; number < 3; ++number) {
      files.fail_operation(number, os_error);
      EXPECT_EQ(spool->acquire(identity).error().os_error, os_error);
      files.count_operations();
      EXPECT_TRUE(names().empty()) << number;
      EXPECT_EQ(spool->usage().partials, 0U);
    }
  }
}

TEST_F(SpoolTest, TroubleOnOpeningCostsNoBytes) {
  keep(file);
  for (const int os_error : {EMFILE, EROFS, EACCES}) {
    for (std::uint64_t number = 0; number < 3; ++number) {
      files.fail_operation(number, os_error);
      EXPECT_EQ(spool->acquire(identity).error().os_error, os_error) << number;
    }
  }
  files.count_operations();
  EXPECT_EQ(acquire().size(), file.size());
  EXPECT_EQ(spool->usage().bytes, file.size());
}

TEST_F(SpoolTest, ABadSpotOfTheDiskCostsWhatLiesBehindIt) {
  keep(file);
  files.fail_operation(3 + 2 + 2 * 2 + 1, EIO);  // two opens and a look, the header in two reads, two blocks, a record
  EXPECT_EQ(acquire().size(), 2 * block_size);
  files.fail_operation(3, EIO);  // the header itself
  const Partial fresh = acquire();
  EXPECT_EQ(fresh.size(), 0U);
  EXPECT_EQ(names().size(), 2U);
}

TEST_F(SpoolTest, AFailedReadBackIsAnError) {
  const Partial partial = upload(file);
  files.fail_operation(1, EIO);
  EXPECT_EQ(partial.read_from(0).error().code, Errc::io);
  EXPECT_EQ(partial.size(), file.size());
}

TEST_F(SpoolTest, AFailedSyncIsCorrupt) {
  Partial partial = upload(file);
  files.fail_next_sync();
  EXPECT_EQ(partial.sync().error().code, Errc::corrupt);
}

TEST_F(SpoolTest, OpenReportsEveryTrouble) {
  keep(file);
  spool.reset();
  const auto leave_a_probe = [&] {
    files.count_operations();
    files.set_content(directory / (base::Uuid::v7(base::utc_now()).str() + ".probe"), {});
  };
  leave_a_probe();
  ASSERT_TRUE(Spool::open(directory, files));
  const auto operations = files.operations();
  for (std::uint64_t number = 0; number < operations; ++number) {
    leave_a_probe();
    files.fail_operation(number, EMFILE);
    const auto opened = Spool::open(directory, files);
    ASSERT_FALSE(opened) << number;
    EXPECT_EQ(opened.error().os_error, EMFILE);
  }
  files.count_operations();
  reopen();
  EXPECT_EQ(acquire().size(), file.size()) << "trouble throws no file away";
}

TEST_F(SpoolTest, AWorthlessPartialThatCannotBeRemovedIsNeverUsed) {
  damage(sums_of(keep(file)), 0);
  files.count_operations();
  files.fail_from(5, EROFS);  // behind look at and sync of the directory, the list, open and read of the sidecar
  reopen();
  EXPECT_EQ(spool->usage().partials, 0U);
  files.count_operations();
  EXPECT_EQ(names().size(), 2U);
  EXPECT_EQ(acquire().size(), 0U);
}

TEST_F(SpoolTest, ProbeFindsEveryTroubleAndLeavesNothing) {
  EXPECT_TRUE(spool->probe());
  EXPECT_TRUE(names().empty());
  files.count_operations();
  ASSERT_TRUE(spool->probe());
  const auto operations = files.operations();
  for (std::uint64_t number = 0; number < operations; ++number) {
    files.fail_operation(number, ENOSPC);
    EXPECT_FALSE(spool->probe()) << number;
  }
  files.count_operations();
  EXPECT_EQ(names().size(), 1U) << "the one whose removal failed";
  reopen();
  EXPECT_TRUE(names().empty());
}

// ---- The real disk, and threads.

TEST(SpoolOnDisk, KeepsAFileAcrossAReopenedSpool) {
  const TempDir folder;
  const auto file = noise(three_blocks_and_a_bit);
  const auto identity = packets_identity(file.size());
  {
    const auto spool = *Spool::open(folder.path() / "a" / "spool");
    EXPECT_TRUE(spool->probe());
    Partial partial = std::move(*spool->acquire(identity));
    ASSERT_TRUE(write_rest(partial, file));
    EXPECT_TRUE(partial.sync());
  }
  const auto spool = *Spool::open(folder.path() / "a" / "spool");
  Partial partial = std::move(*spool->acquire(identity));
  EXPECT_EQ(*partial.read_from(0), file);
  std::filesystem::create_hard_link(partial.data_path(), folder.path() / "object");
  ASSERT_TRUE(partial.trim(3 * block_size));
  auto other = file;
  other.back() ^= 1;
  EXPECT_EQ(write_rest(partial, other).error().code, Errc::corrupt);
  partial.discard();
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "a" / "spool"));
  EXPECT_EQ(std::filesystem::file_size(folder.path() / "object"), file.size());
  EXPECT_EQ(spool->expire(base::utc_now() + std::chrono::hours(1)), 0U);
}

TEST(SpoolOnDisk, ManyThreadsUploadAtOnce) {
  const TempDir folder;
  const auto spool = *Spool::open(folder.path());
  std::vector<std::thread> threads;
  std::atomic<int> whole{0};
  for (unsigned number = 0; number < 8; ++number) {
    threads.emplace_back([&, number] {
      const auto file = noise(three_blocks_and_a_bit, number);
      for (int round = 0; round < 10; ++round) {
        const auto identity = packets_identity(file.size(), 1 + number + 100 * round);
        {
          Partial first = std::move(*spool->acquire(identity));
          static_cast<void>(first.write_block(0, block_of(file, 0)));
        }
        Partial partial = std::move(*spool->acquire(identity));
        if (partial.size() == block_size && write_rest(partial, file) && *partial.read_from(0) == file) ++whole;
        static_cast<void>(spool->usage());
        static_cast<void>(spool->expire(base::UtcTime{}));
        partial.discard();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(whole, 80);
  EXPECT_EQ(spool->usage().partials, 0U);
  EXPECT_EQ(spool->usage().bytes, 0U);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace storage
