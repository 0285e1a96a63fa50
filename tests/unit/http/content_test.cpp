// GET /api/v1/media/{id}/content, from files (sendfile) and through readers alike.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/unit/http/fixture.hpp"

namespace http::testing {
namespace {

using ::testing::HasSubstr;

enum class Kept { in_files, behind_readers };

class ContentTest : public ServerTest, public ::testing::WithParamInterface<Kept> {
 protected:
  void SetUp() override {
    if (GetParam() == Kept::in_files) keep_objects_in_files();
    start();
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, ContentTest, ::testing::Values(Kept::in_files, Kept::behind_readers),
                         [](const auto& made) { return made.param == Kept::in_files ? "Files" : "Readers"; });

TEST_P(ContentTest, GivesTheBytesAndTheirHeaders) {
  const auto bytes = pattern(1000);
  const auto media = add(photo(1), bytes);
  const auto answer = get(content_path(media));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, bytes);
  EXPECT_EQ(answer.header("content-type"), "image/jpeg");
  EXPECT_EQ(answer.header("etag"), '"' + media.sha256 + '"');
  EXPECT_EQ(answer.header("accept-ranges"), "bytes");
  EXPECT_EQ(answer.header("cache-control"), "private, max-age=31536000, immutable");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.header("content-disposition"),
            "inline; filename=\"" + imei(0).str() + "-front-photo-20261121T101456Z-00000001.jpg\"");
  EXPECT_THAT(answer.header("content-security-policy"), HasSubstr("sandbox"));
}

TEST_P(ContentTest, SizesAroundThePieces) {
  unsigned n = 0;
  for (const std::size_t size : {1UL, 262'143UL, 262'144UL, 262'145UL, 524'288UL, 3'000'001UL}) {
    const auto bytes = pattern(size);
    const auto media = add(photo(++n), bytes);
    const auto answer = get(content_path(media));
    EXPECT_TRUE(answer.whole) << size;
    EXPECT_TRUE(answer.body == bytes) << size;
  }
}

TEST_P(ContentTest, AnEmptyFileIsServedToo) {
  const auto media = add(photo(1), "");
  const auto answer = get(content_path(media));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-length"), "0");
  EXPECT_EQ(get(content_path(media), "Range: bytes=0-\r\n").status, 416);
  EXPECT_EQ(get(content_path(media), "Range: bytes=-1\r\n").status, 200);
}

TEST_P(ContentTest, Ranges) {
  const auto bytes = pattern(1'000'000);
  const auto media = add(photo(1), bytes);
  struct Case {
    const char* range;
    std::size_t offset;
    std::size_t length;
  };
  const Case cases[] = {{"bytes=0-0", 0, 1},           {"bytes=0-999999", 0, 1'000'000},
                        {"bytes=999999-", 999'999, 1}, {"bytes=262143-262144", 262'143, 2},
                        {"bytes=-1", 999'999, 1},      {"bytes=-2000000", 0, 1'000'000},
                        {"bytes=500-", 500, 999'500},  {"bytes=100-9999999", 100, 999'900}};
  for (const auto& [range, offset, length] : cases) {
    const auto answer = get(content_path(media), std::string("Range: ") + range + "\r\n");
    EXPECT_EQ(answer.status, 206) << range;
    EXPECT_TRUE(answer.body == bytes.substr(offset, length)) << range;
    EXPECT_EQ(answer.header("content-range"),
              "bytes " + std::to_string(offset) + '-' + std::to_string(offset + length - 1) + "/1000000");
    EXPECT_EQ(answer.header("content-length"), std::to_string(length));
    EXPECT_EQ(answer.header("etag"), '"' + media.sha256 + '"');
  }
  for (const auto* range : {"bytes=1000000-", "bytes=-0", "bytes=2000000-3000000"}) {
    const auto answer = get(content_path(media), std::string("Range: ") + range + "\r\n");
    EXPECT_EQ(answer.status, 416) << range;
    EXPECT_EQ(answer.header("content-range"), "bytes */1000000");
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  }
  for (const auto* range : {"bytes=0-1,5-6", "lines=1-2", "bytes=9-3", "nonsense"}) {
    const auto answer = get(content_path(media), std::string("Range: ") + range + "\r\n");
    EXPECT_EQ(answer.status, 200) << range;
    EXPECT_EQ(answer.body.size(), bytes.size()) << range;
    EXPECT_EQ(answer.header("content-range"), "") << range;
  }
}

TEST_P(ContentTest, Conditions) {
  const auto media = add(photo(1), pattern(100));
  const auto tag = '"' + media.sha256 + '"';
  const auto status = [&](const std::string& headers) { return get(content_path(media), headers).status; };
  EXPECT_EQ(status("If-None-Match: " + tag + "\r\n"), 304);
  EXPECT_EQ(status("If-None-Match: W/" + tag + ", \"x\"\r\n"), 304);
  EXPECT_EQ(status("If-None-Match: *\r\n"), 304);
  EXPECT_EQ(status("If-None-Match: \"x\"\r\n"), 200);
  EXPECT_EQ(status("If-None-Match: " + tag + "\r\nRange: bytes=0-1\r\n"), 304);
  EXPECT_EQ(status("If-Match: " + tag + "\r\n"), 200);
  EXPECT_EQ(status("If-Match: \"x\"\r\n"), 412);
  EXPECT_EQ(status("Range: bytes=0-1\r\nIf-Range: " + tag + "\r\n"), 206);
  EXPECT_EQ(status("Range: bytes=0-1\r\nIf-Range: \"x\"\r\n"), 200);
  EXPECT_EQ(status("Range: bytes=0-1\r\nIf-Range: Sat, 21 Nov 2026 10:00:00 GMT\r\n"), 200);

  const auto known = get(content_path(media), "If-None-Match: " + tag + "\r\n");
  EXPECT_EQ(known.header("etag"), tag);
  EXPECT_EQ(known.header("content-length"), "100");  // of the answer it stands for
  EXPECT_EQ(known.header("cache-control"), "private, max-age=31536000, immutable");
}

TEST_P(ContentTest, HeadHasTheLengthAndIgnoresRanges) {
  const auto media = add(photo(1), pattern(1000));
  const auto head = request(port(), "HEAD", content_path(media), "Range: bytes=0-1\r\n");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "1000");
  EXPECT_EQ(head.header("accept-ranges"), "bytes");
  EXPECT_EQ(head.body, "");
}

TEST_P(ContentTest, ManyOnOneConnection) {
  const auto bytes = pattern(700'000);
  const auto media = add(photo(1), bytes);
  Connection connection(port());
  for (int i = 0; i < 5; ++i) {
    connection.send_get(content_path(media));
    const auto answer = connection.read_answer();
    ASSERT_TRUE(answer) << i;
    EXPECT_TRUE(answer->body == bytes) << i;
    EXPECT_EQ(answer->header("connection"), "keep-alive");
  }
}

TEST_P(ContentTest, NothingOfTheDeviceGetsIntoHeaders) {
  auto media = photo(1);
  media.kind = base::MediaKind::video;
  media.name = "x\"\r\nSet-Cookie: a=b\r\n/../%photof";
  media.content_type = "text/html\r\nX: y";
  media.object_key = "media/odd.ht\"ml";
  media = add(media, "<script>");
  const auto answer = get(content_path(media));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "application/octet-stream");
  EXPECT_EQ(answer.header("content-disposition"),
            "attachment; filename=\"" + imei(0).str() + "-front-video-20261121T101456Z-00000001.bin\"");
  EXPECT_EQ(answer.header("set-cookie"), "");
}

TEST_P(ContentTest, WebPagesAreNeverShown) {
  auto media = photo(1);
  media.content_type = "text/html";
  media = add(media, "<script>alert(1)</script>");
  EXPECT_THAT(get(content_path(media)).header("content-disposition"), ::testing::StartsWith("attachment"));
}

TEST_P(ContentTest, AnObjectThatIsMissingOrHasAnotherSizeIs500) {
  auto missing = photo(1);
  catalog.media.push_back(missing);
  EXPECT_EQ(get(content_path(missing)).status, 500);
  auto other = add(photo(2), pattern(100));
  catalog.media.back().size = 99;
  const auto answer = get(content_path(other));
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
}

class FilesTest : public ServerTest {};

TEST_F(FilesTest, OnlyPlainFilesAreOpened) {
  keep_objects_in_files();
  start();
  const auto media = add(photo(1), pattern(100));
  const auto path = store.directory / media.object_key;
  std::filesystem::rename(path, store.directory / "elsewhere");
  std::filesystem::create_symlink(store.directory / "elsewhere", path);
  EXPECT_EQ(get(content_path(media)).status, 500);
}

class ReadersTest : public ServerTest {};

TEST_F(ReadersTest, AReadThatFailsMidwayBreaksTheConnection) {
  start();
  const auto media = add(photo(1), pattern(2'000'000));
  store.fail_reads_from = 600'000;
  Connection connection(port());
  connection.send_get(content_path(media));
  const auto answer = connection.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_FALSE(answer->whole);  // the client sees that it has not got everything
  EXPECT_TRUE(connection.ended());
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(ReadersTest, AClientThatDoesNotReadHoldsBackTheReading) {
  start();
  const auto media = add(photo(1), pattern(50'000'000));
  Connection connection(port(), 16 * 1024);
  connection.send_get(content_path(media));
  std::string got = connection.read_some(100);
  ASSERT_FALSE(got.empty());
  // What is read ahead is bounded by the piece in hand and the buffers of the two sockets, whatever the file has: all
  // the other requests this server answers meanwhile do not move it on.
  for (int i = 0; i < 200; ++i) ASSERT_EQ(get("/healthz").status, 200);
  EXPECT_LT(store.bytes_read, 8'000'000U);
  connection.reset();
  while (store.open_readers > 0) ASSERT_EQ(get("/healthz").status, 200);
}

}  // namespace
}  // namespace http::testing
