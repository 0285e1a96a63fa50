// What a store behind a network can do to us, on a real one: large files in parts, other clients' objects, a gateway
// that is killed, a disk that stands still.
#include <curl/curl.h>
#include <gmock/gmock.h>

#include <fstream>
#include <random>
#include <thread>

#include "storage/objects/s3_digest.hpp"
#include "tests/conformance/s3/s3_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temp_folder.hpp"

namespace storage {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::size_t mebibyte = 1024 * 1024;

class S3Store : public testing::Test {
 protected:
  void SetUp() override { reopen({}); }

  void reopen(const s3::Options& options) {
    auto opened = tests::open_s3(location_, options);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  LocalFile source(base::ByteView content) {
    const auto path = folder_ / ("source-" + std::to_string(++sources_));
    std::ofstream(path, std::ios::binary) << base::as_text(content);
    return {path, content.size(), base::to_hex(s3::sha256(content)), "video/mp4"};
  }

  static base::Bytes random_bytes(std::size_t size) {
    std::mt19937_64 generator(size);
    base::Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(generator());
    return bytes;
  }

  base::Bytes read_back(std::string_view key) {
    const auto reader = store_->open(key);
    EXPECT_TRUE(reader) << reader.error().message;
    if (!reader) return {};
    base::Bytes bytes((*reader)->size());
    const auto read = (*reader)->read_at(0, bytes);
    EXPECT_TRUE(read) << read.error().message;
    return bytes;
  }

  std::size_t unfinished_uploads() {
    const auto client = s3::Client::create(location_, tests::s3_service().credentials(), {}).value();
    const auto answer = client->call({.method = "GET", .query = {{"uploads", ""}, {"prefix", location_.prefix}}},
                                     client->deadline(20s));
    EXPECT_TRUE(answer.ok());
    std::size_t count = 0;
    for (auto at = answer.reply.body.find("<Upload>"); at != std::string::npos;
         at = answer.reply.body.find("<Upload>", at + 1))
      ++count;
    return count;
  }

  static s3::Options small_parts() {
    s3::Options options;
    options.limits.multipart_threshold = 5 * mebibyte;
    options.limits.part_size = 5 * mebibyte;
    return options;
  }

  tests::TempFolder folder_;
  s3::Location location_ = tests::s3_location();
  std::unique_ptr<S3ObjectStore> store_;
  int sources_ = 0;
};

TEST_F(S3Store, LargeFilesGoInParts) {
  reopen(small_parts());
  const auto bytes = random_bytes(11 * mebibyte + 17);
  const auto file = source(bytes);
  const auto put = store_->put("large", file);
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_EQ(read_back("large"), bytes);
  EXPECT_TRUE(store_->put("large", file)) << "again";
  EXPECT_EQ(store_->put("large", source(random_bytes(12 * mebibyte))).error().code, base::Errc::conflict);
  EXPECT_EQ(unfinished_uploads(), 0U);
}

TEST_F(S3Store, OnePartLessThanAWholeIsStillParts) {
  reopen(small_parts());
  const auto bytes = random_bytes(10 * mebibyte);
  ASSERT_TRUE(store_->put("even", source(bytes)));
  EXPECT_EQ(read_back("even"), bytes);
}

TEST_F(S3Store, AFileThatChangedIsNeverStored) {
  for (const bool parts : {false, true}) {
    reopen(parts ? small_parts() : s3::Options{});
    auto file = source(random_bytes(6 * mebibyte));
    {
      std::fstream change(file.path, std::ios::in | std::ios::out | std::ios::binary);
      change.seekp(5 * mebibyte);
      change.put('!').put('?');
    }
    const auto put = store_->put("changed", file);
    ASSERT_FALSE(put) << parts;
    EXPECT_EQ(put.error().code, base::Errc::corrupt) << put.error().message;
    EXPECT_THAT(put.error().message, HasSubstr("SHA-256"));
    EXPECT_EQ(store_->stat("changed").error().code, base::Errc::not_found);
    EXPECT_EQ(unfinished_uploads(), 0U);
  }
}

TEST_F(S3Store, AFileThatShrinksWhileItIsSentIsNeverStored) {
  const auto file = source(random_bytes(4 * mebibyte));
  // Shrunk as soon as the request has its turn: the store asks for it by "100 Continue".
  std::jthread shrink([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::filesystem::resize_file(file.path, 3 * mebibyte);
  });
  const auto put = store_->put("shrunk", file);
  ASSERT_FALSE(put);
  EXPECT_THAT(put.error().code, testing::AnyOf(base::Errc::corrupt, base::Errc::invalid)) << put.error().message;
  EXPECT_EQ(store_->stat("shrunk").error().code, base::Errc::not_found);
}

TEST_F(S3Store, ReadsForwardsBackwardsAndInJumps) {
  const auto bytes = random_bytes(3 * mebibyte + 5);
  ASSERT_TRUE(store_->put("a", source(bytes)));
  const auto reader = store_->open("a");
  ASSERT_TRUE(reader);
  ASSERT_EQ((*reader)->size(), bytes.size());
  const auto expect_at = [&](std::size_t offset, std::size_t size) {
    base::Bytes part(size);
    const auto read = (*reader)->read_at(offset, part);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(*read, std::min(size, bytes.size() - offset));
    EXPECT_TRUE(std::equal(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(*read),
                           bytes.begin() + static_cast<std::ptrdiff_t>(offset)));
  };
  for (std::size_t at = 0; at < bytes.size(); at += 100'000) expect_at(at, 100'000);
  expect_at(1, 10);
  expect_at(2 * mebibyte, 2 * mebibyte);
  expect_at(bytes.size() - 1, 10);
  expect_at(0, bytes.size());
}

TEST_F(S3Store, AReaderThatIsAbandonedHoldsUpNobody) {
  s3::Options options;
  options.limits.http.max_downloads = 1;
  reopen(options);
  const auto bytes = random_bytes(8 * mebibyte);
  ASSERT_TRUE(store_->put("a", source(bytes)));
  for (int i = 0; i < 5; ++i) {
    const auto reader = store_->open("a");
    base::Bytes some(1000);
    ASSERT_TRUE((*reader)->read_at(0, some));
  }
  EXPECT_EQ(read_back("a"), bytes);
}

TEST_F(S3Store, AReaderThatPausesGivesItsConnectionBackAndGoesOn) {
  s3::Options options;
  options.limits.http.idle_limit = 100ms;
  options.limits.http.max_downloads = 1;
  reopen(options);
  const auto bytes = random_bytes(8 * mebibyte);
  ASSERT_TRUE(store_->put("a", source(bytes)));
  const auto slow = store_->open("a");
  base::Bytes all(bytes.size());
  ASSERT_TRUE((*slow)->read_at(0, std::span(all).first(mebibyte)));
  EXPECT_EQ(read_back("a"), bytes) << "while the slow one waits";
  ASSERT_TRUE((*slow)->read_at(mebibyte, std::span(all).subspan(mebibyte)));
  EXPECT_EQ(all, bytes);
}

TEST_F(S3Store, ListsManyPages) {
  // More than one page of a thousand.
  constexpr int count = 1'050;
  const auto file = source(base::as_bytes("x"));
  {
    std::vector<std::jthread> workers;
    std::atomic<int> next = 0;
    for (int t = 0; t < 8; ++t)
      workers.emplace_back([&] {
        for (int i = next++; i < count; i = next++) EXPECT_TRUE(store_->put("k/" + std::to_string(100'000 + i), file));
      });
  }
  std::vector<std::string> keys;
  ASSERT_TRUE(store_->list("k/", [&](const ObjectInfo& object) {
    keys.push_back(object.key);
    return true;
  }));
  EXPECT_EQ(keys.size(), std::size_t{count});
  EXPECT_TRUE(std::ranges::is_sorted(keys));
}

TEST_F(S3Store, ForeignObjectsAreNotListedAndNotMistaken) {
  const auto client = s3::Client::create(location_, tests::s3_service().credentials(), {}).value();
  const auto deadline = client->deadline(20s);
  for (const std::string key : {"with blank", "per%cent", "plus+&=?#", "\xC3\xBC", "a//b", "~tmp/x", "<xml>", "\x01"})
    EXPECT_TRUE(client->call({.method = "PUT", .object = key, .body = s3::memory_body("")}, deadline).ok()) << key;
  EXPECT_TRUE(client->call({.method = "PUT", .object = "ours", .body = s3::memory_body("")}, deadline).ok());
  std::vector<std::string> keys;
  const auto listed = store_->list("", [&](const ObjectInfo& object) {
    keys.push_back(object.key);
    return true;
  });
  EXPECT_TRUE(listed) << listed.error().message;
  EXPECT_THAT(keys, ElementsAre("ours"));
  EXPECT_EQ(store_->put("ours", source({})).error().code, base::Errc::conflict) << "nobody vouches for its bytes";
}

TEST_F(S3Store, APresignedAddressIsReadByAnybody) {
  ASSERT_TRUE(store_->put("dir/photo.jpg", source(base::as_bytes("picture"))));
  const auto url = store_->presigned_url("dir/photo.jpg", 60s);
  ASSERT_TRUE(url);
  const auto http = s3::Http::create({}).value();
  const auto reply = http->perform({.method = "GET", .url = *url, .deadline = base::steady_now() + 20s});
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.body, "picture");
  EXPECT_EQ(*reply.header("content-type"), "video/mp4");
  auto forged = *url;
  forged.back() = forged.back() == '0' ? '1' : '0';
  EXPECT_EQ(http->perform({.method = "GET", .url = forged, .deadline = base::steady_now() + 20s}).status, 403);
  EXPECT_FALSE(store_->presigned_url("../x", 60s));
}

// ---- What is wrong, in words.

TEST_F(S3Store, SaysWhatIsWrongWithTheKeys) {
  auto keys = tests::s3_service().credentials();
  keys.access_key = "nobody";
  auto probed = S3ObjectStore::open_at(location_, keys).value()->probe();
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, base::Errc::refused);
  EXPECT_THAT(probed.error().message, AllOf(HasSubstr("access key"), HasSubstr(location_.endpoint())));
  keys = tests::s3_service().credentials();
  keys.secret_key = "not-it-at-all";
  probed = S3ObjectStore::open_at(location_, keys).value()->probe();
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, base::Errc::refused);
  EXPECT_THAT(probed.error().message, AllOf(HasSubstr("secret key"), Not(HasSubstr("not-it-at-all"))));
}

TEST_F(S3Store, SaysThatTheBucketIsMissing) {
  auto location = location_;
  location.bucket = "no-such-bucket";
  const auto store = tests::open_s3(location).value();
  for (const auto& error :
       {store->probe().error(), store->stat("a").error(), store->open("a").error(), store->put("a", source({})).error(),
        store->remove("a").error(), store->list("", [](const ObjectInfo&) { return true; }).error()}) {
    EXPECT_EQ(error.code, base::Errc::invalid) << error.message;
    EXPECT_THAT(error.message, HasSubstr("no bucket 'no-such-bucket'"));
  }
}

TEST_F(S3Store, SaysHowWrongTheClockIs) {
  s3::Options options;
  options.clock = [] { return base::utc_now() + 2h; };
  reopen(options);
  const auto probed = store_->probe();
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, base::Errc::refused);
  EXPECT_THAT(probed.error().message, testing::ContainsRegex("clock is 1(19|20) minutes ahead of"));
}

TEST_F(S3Store, SaysThatTheCertificateIsNotTrusted) {
  auto location = s3::parse_url("s3://dualcam-tests/?endpoint=" + tests::s3_service().tls_endpoint()).value();
  const auto probed = tests::open_s3(location).value()->probe();
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, base::Errc::refused);
  EXPECT_THAT(probed.error().message, AllOf(HasSubstr("certificate"), HasSubstr("ca=FILE")));
}

// ---- Leftovers.

TEST_F(S3Store, LeftoversOfTrialsAndBrokenUploadsAreRemovedOnceTheyAreOld) {
  const auto client = s3::Client::create(location_, tests::s3_service().credentials(), {}).value();
  const auto text = std::string("trial");
  const auto digest = base::to_hex(s3::sha256(base::as_bytes(text)));
  ASSERT_TRUE(store_->put("media/a", source(random_bytes(1000))));
  ASSERT_TRUE(client
                  ->call({.method = "PUT", .object = "~probe/x", .payload = digest, .body = s3::memory_body(text)},
                         client->deadline(20s))
                  .ok());
  ASSERT_TRUE(
      client->call({.method = "POST", .object = "media/b", .query = {{"uploads", ""}}}, client->deadline(20s)).ok());
  ASSERT_EQ(unfinished_uploads(), 1U);
  EXPECT_EQ(store_->remove_leftovers(base::utc_now() - std::chrono::hours(1)).value(), 0U);
  EXPECT_EQ(store_->remove_leftovers(base::utc_now() + std::chrono::hours(1)).value(), 2U);
  EXPECT_EQ(unfinished_uploads(), 0U);
  EXPECT_FALSE(client->call({.method = "GET", .object = "~probe/x"}, client->deadline(20s)).ok());
  EXPECT_EQ(read_back("media/a").size(), 1000U);
}

// ---- Outages.

TEST_F(S3Store, AGatewayThatIsKilledAndComesBackCostsTimeAlone) {
  reopen(small_parts());
  const auto bytes = random_bytes(40 * mebibyte);
  const auto file = source(bytes);
  base::Result<> put;
  std::jthread upload([&] { put = store_->put("large", file); });
  ASSERT_TRUE(tests::eventually([&] { return unfinished_uploads() == 1; }));
  tests::s3_service().kill_gateway();
  tests::s3_service().start_gateway();
  upload.join();
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_EQ(read_back("large"), bytes);
  // The answer to its begin may have been lost with the gateway: nobody knows that upload's id.
  EXPECT_LE(unfinished_uploads(), 1U);
}

TEST_F(S3Store, AReadGoesOnBehindAKilledGateway) {
  const auto bytes = random_bytes(24 * mebibyte);
  s3::Options options;
  options.limits.multipart_threshold = 64 * mebibyte;
  reopen(options);
  ASSERT_TRUE(store_->put("a", source(bytes)));
  const auto reader = store_->open("a");
  ASSERT_TRUE(reader);
  base::Bytes all(bytes.size());
  ASSERT_TRUE((*reader)->read_at(0, std::span(all).first(mebibyte)));
  tests::s3_service().kill_gateway();
  tests::s3_service().start_gateway();
  const auto rest = (*reader)->read_at(mebibyte, std::span(all).subspan(mebibyte));
  ASSERT_TRUE(rest) << rest.error().message;
  EXPECT_TRUE(all == bytes);
}

TEST_F(S3Store, AGatewayThatIsGoneIsUnavailable) {
  s3::Options options;
  options.limits.short_operation = options.limits.put = options.limits.probe = 300ms;
  reopen(options);
  tests::s3_service().kill_gateway();
  EXPECT_EQ(store_->put("a", source({})).error().code, base::Errc::unavailable);
  EXPECT_EQ(store_->stat("a").error().code, base::Errc::unavailable);
  const auto probed = store_->probe();
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, base::Errc::unavailable);
  EXPECT_THAT(probed.error().message, HasSubstr("cannot be reached"));
  tests::s3_service().start_gateway();
  EXPECT_TRUE(store_->put("a", source({}))) << "the same store, by itself";
}

TEST_F(S3Store, ADiskThatStandsStillCostsADeadlineAndNothingElse) {
  s3::Options options;
  options.limits.short_operation = options.limits.put = 1s;
  reopen(options);
  ASSERT_TRUE(store_->put("before", source(base::as_bytes("x"))));
  const auto file = source(base::as_bytes("stands still"));
  tests::s3_service().freeze_disk();
  const auto begun = base::steady_now();
  const auto put = store_->put("a", file);
  const auto took = base::steady_now() - begun;
  const auto listed = store_->list("", [](const ObjectInfo&) { return true; });
  tests::s3_service().thaw_disk();
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, base::Errc::unavailable);
  EXPECT_THAT(put.error().message, HasSubstr("did not answer in time"));
  EXPECT_LT(took, 10s) << "it ended by its deadline";
  EXPECT_EQ(listed.error().code, base::Errc::unavailable);
  // What became of it in the store is unknown; repeated, it is stored.
  reopen({});
  const auto again = store_->put("a", file);
  EXPECT_TRUE(again) << again.error().message;
  EXPECT_EQ(base::as_text(read_back("a")), "stands still");
}

}  // namespace
}  // namespace storage
