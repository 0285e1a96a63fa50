// Which bytes belong to which file.
#include "tools/capture/file_table.hpp"

#include <gtest/gtest.h>

#include "tests/unit/tools/capture/made.hpp"

namespace captures::test {
namespace {

FileTable::Announced announced(std::uint32_t size, std::string_view metadata, std::size_t conversation) {
  CameraFile file{.imei = *base::Imei::from_number(356307042441013), .start = {.size = size}};
  file.has_metadata = !metadata.empty();
  file.raw_metadata = bytes_of(metadata);
  return {.file = std::move(file), .conversation = conversation};
}

Time at(int second) {
  return Time{std::chrono::seconds{second}};
}

TEST(FilesUnderWay, GoOnWithTheSameMetadataAndSize) {
  FileTable files;
  const auto first = files.begin(announced(6, "m", 0));
  EXPECT_EQ(files.begin(announced(6, "m", 1)), first);
  EXPECT_NE(files.begin(announced(7, "m", 1)), first);
  EXPECT_NE(files.begin(announced(6, "n", 1)), first);
  files.acknowledge(first, at(1));
  EXPECT_NE(files.begin(announced(6, "m", 2)), first);
}

TEST(FilesUnderWay, WithoutMetadataOnlyInTheirConversation) {
  FileTable files;
  const auto first = files.begin(announced(6, "", 0));
  EXPECT_EQ(files.begin(announced(6, "", 0)), first);
  EXPECT_NE(files.begin(announced(6, "", 1)), first);
}

TEST(FilesUnderWay, OtherBytesAreAnotherFile) {
  FileTable files;
  const auto first = files.begin(announced(6, "m", 0));
  EXPECT_EQ(files.write(first, 0, bytes_of("abc"), 0, at(1)), first);
  EXPECT_EQ(files.write(first, 2, bytes_of("c"), 1, at(2)), first);
  const auto second = files.write(first, 2, bytes_of("Xdef"), 1, at(3));
  EXPECT_NE(second, first);
  EXPECT_EQ(files.begin(announced(6, "m", 2)), second);
  const auto all = std::move(files).finish();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(text(all[0].bytes), "abc");
  EXPECT_EQ(all[0].missing, (std::vector<Range>{{3, 6}}));
  EXPECT_EQ(all[0].conversations, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(all[1].missing, (std::vector<Range>{{0, 2}}));
  EXPECT_EQ(all[1].conversations, std::vector<std::size_t>{1});
}

TEST(FilesUnderWay, NothingIsTakenBehindTheEndOrBeyondTheBounds) {
  FileTable files;
  const auto small = files.begin(announced(6, "m", 0));
  files.write(small, 4, bytes_of("abc"), 0, at(1));
  EXPECT_TRUE(files[small].bytes.empty());
  for (std::uint32_t n = 0; n < 6; ++n) {
    const auto large = files.begin(announced(largest_file - n, "m", 0));
    files.write(large, largest_file - 10, bytes_of("x"), 0, at(1));
  }
  std::uint64_t held = 0;
  for (const CameraFile& file : std::move(files).finish()) held += file.bytes.size();
  EXPECT_LE(held, most_zeros + 10);
  EXPECT_GT(held, most_zeros / 2);
}

TEST(FilesUnderWay, AFileOfPacketsHasItsSizeFromTheLastOne) {
  FileTable files;
  auto packets = announced(2, "m", 0);
  packets.file.in_packets = true;
  const auto file = files.begin(packets);
  files.write(file, 1024, bytes_of("end"), 0, at(1));
  const auto all = std::move(files).finish();
  EXPECT_EQ(all[0].size, 1027U);
  EXPECT_EQ(all[0].missing, (std::vector<Range>{{0, 1024}}));
  EXPECT_FALSE(all[0].complete());
}

}  // namespace
}  // namespace captures::test
