// What a crash or a bad disk left: only what verifies is kept.
#include <gmock/gmock.h>

#include "tests/unit/storage/spool_fixture.hpp"

namespace storage {
namespace {

using base::Errc;
using testing::HasSubstr;

class SpoolDamageTest : public SpoolFixture {};

// ---- Damage: only what verifies is kept.

TEST_F(SpoolDamageTest, ADamagedBlockEndsThePrefixBeforeIt) {
  for (std::size_t block = 0; block < block_count(file); ++block) {
    const auto path = keep(file);
    damage(path, block * block_size + 100);
    Partial partial = acquire();
    EXPECT_EQ(partial.size(), block * block_size);
    EXPECT_TRUE(write_rest(partial, file));
    EXPECT_EQ(*partial.read_from(0), file);
  }
}

TEST_F(SpoolDamageTest, ADamagedRecordEndsThePrefixBeforeIt) {
  for (std::size_t at = 0; at < block_record_size; ++at) {
    const auto sums = sums_of(keep(file));
    damage(sums, header_bytes(sums) + 2 * block_record_size + at);
    Partial partial = acquire();
    EXPECT_EQ(partial.size(), 2 * block_size) << at;
    partial.discard();
  }
}

TEST_F(SpoolDamageTest, AMissingRecordOrDataEndsThePrefix) {
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

TEST_F(SpoolDamageTest, BytesWithoutARecordAreIgnored) {
  const auto path = keep(base::ByteView(file).first(2 * block_size));
  files.set_content(path, file);
  EXPECT_EQ(acquire().size(), 2 * block_size);
}

TEST_F(SpoolDamageTest, ARecordInAnotherPlaceOrOfAnotherFileIsNone) {
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

TEST_F(SpoolDamageTest, NothingStaleJoinsOnBehindAShorterTail) {
  const auto path = keep(file);
  damage(path, block_size + 1);
  {
    Partial partial = acquire();
    ASSERT_EQ(partial.size(), block_size);
    ASSERT_TRUE(partial.append(block_of(file, 1)));
  }
  EXPECT_EQ(acquire().size(), 2 * block_size) << "blocks 2 and 3 are of an earlier upload";
}

TEST_F(SpoolDamageTest, ABlockBeyondTheDeclaredSizeIsNotKept) {
  identity.declared_size = 256;
  const auto path = keep(noise(4 * block_size));
  // The same partial under an identity that allows less, as a bug or a forger would leave it.
  auto sums = files.content(sums_of(path));
  const auto header = decode_header(base::ByteView(sums).first(header_bytes(sums_of(path))));
  auto smaller = *header;
  smaller.identity.declared_size = 80;
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
  identity.declared_size = 80;
  EXPECT_EQ(acquire().size(), block_size);
}

TEST_F(SpoolDamageTest, DamageWhileOpenIsFoundOnReadingBack) {
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

TEST_F(SpoolDamageTest, ADamagedRecordWhileOpenIsFoundOnReadingBack) {
  Partial partial = upload(file);
  const auto sums = sums_of(partial.data_path());
  damage(sums, header_bytes(sums) + block_record_size);
  EXPECT_EQ(partial.read_from(block_size).error().code, Errc::corrupt);
  EXPECT_EQ(partial.size(), block_size);
  EXPECT_EQ(partial.read_from(0)->size(), block_size);
}

TEST_F(SpoolDamageTest, AShortRecordInTheMiddleIsDamage) {
  Partial partial = upload(file);
  const auto sums = sums_of(partial.data_path());
  auto bytes = files.content(sums);
  const auto seed = block_seed(sidecar_seed(base::ByteView(bytes).first(header_bytes(sums))), 1);
  const auto record = encode_record(seed, {.length = 10, .sum = checksum(seed, block_of(file, 1).first(10))});
  std::ranges::copy(record, bytes.begin() + static_cast<std::ptrdiff_t>(header_bytes(sums) + block_record_size));
  files.set_content(sums, bytes);
  EXPECT_EQ(partial.read_from(0).error().code, Errc::corrupt);
}

TEST_F(SpoolDamageTest, AnUnreadableSidecarRemovesThePartialAtTheStart) {
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

TEST_F(SpoolDamageTest, HalfAPartialIsRemovedAtTheStart) {
  for (const bool remove_data : {true, false}) {
    const auto path = keep(file);
    ASSERT_TRUE(files.remove(remove_data ? path : sums_of(path)));
    reopen();
    EXPECT_TRUE(names().empty());
  }
}

TEST_F(SpoolDamageTest, ASidecarUnderAnotherNameIsRemovedAtTheStart) {
  const auto path = keep(file);
  const auto other = directory / (base::Uuid::v7(base::utc_now()).str());
  ASSERT_TRUE(files.rename(path, other.native() + ".part"));
  ASSERT_TRUE(files.rename(sums_of(path), other.native() + ".sums"));
  reopen();
  EXPECT_TRUE(names().empty());
}

TEST_F(SpoolDamageTest, FilesOfOthersAreLeftAlone) {
  files.set_content(directory / "lost+found", {});
  files.set_content(directory / (base::Uuid::v7(base::utc_now()).str() + ".txt"), {});
  files.set_content(directory / (base::Uuid::v7(base::utc_now()).str() + ".probe"), {});
  reopen();
  EXPECT_EQ(names().size(), 2U) << "only the leavings of a probe go";
}

TEST_F(SpoolDamageTest, AnyCutOrFlippedHeaderIsRefused) {
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
TEST_F(SpoolDamageTest, AHeaderThatMakesNoSenseIsRefusedEvenWhenItsChecksumIsRight) {
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

TEST_F(SpoolDamageTest, RecordsSayOnlyLengthsThatBlocksHave) {
  for (const std::uint32_t length : {1U, 1024U, static_cast<std::uint32_t>(block_size)})
    EXPECT_TRUE(decode_record(7, encode_record(7, {.length = length})));
  for (const std::uint32_t length : {0U, static_cast<std::uint32_t>(block_size + 1), UINT32_MAX})
    EXPECT_FALSE(decode_record(7, encode_record(7, {.length = length})));
  const auto record = encode_record(7, {.length = 5});
  EXPECT_FALSE(decode_record(8, record));
  EXPECT_FALSE(decode_record(7, base::ByteView(record).first(23)));
}

}  // namespace
}  // namespace storage
