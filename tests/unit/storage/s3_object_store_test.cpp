// Stores that are not as good as they should be: without conditional PUT, with damaged content, with lost answers.
// What a good store does is tested on a real one.
#include "storage/objects/s3_object_store.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "storage/objects/s3_digest.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/storage/s3_fake_server.hpp"

namespace storage {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Server = tests::S3FakeServer;

std::string error_xml(const std::string& code) {
  return "<Error><Code>" + code + "</Code></Error>";
}

class S3Faulty : public testing::Test {
 protected:
  std::unique_ptr<S3ObjectStore> open(const Server& server, std::uint64_t threshold = 1 << 20) {
    s3::Options options;
    options.limits.retry.first_wait = options.limits.retry.first_throttled_wait = 1ms;
    options.limits.multipart_threshold = options.limits.part_size = threshold;
    options.limits.http.stall_limit = 200ms;
    return S3ObjectStore::open_at(s3::parse_url("s3://media/p?endpoint=" + server.endpoint()).value(),
                                  {"key", "secret", ""}, options)
        .value();
  }

  LocalFile source(const std::string& content) {
    std::ofstream(folder_ / "source", std::ios::binary) << content;
    return {folder_ / "source", content.size(), base::to_hex(s3::sha256(base::as_bytes(content))), "image/jpeg"};
  }

  static std::string etag_of(std::string_view content) {
    return "ETag: \"" + base::to_hex(s3::md5(base::as_bytes(content))) + "\"\r\n";
  }
  static std::string head_of(std::string_view content) {
    return "HTTP/1.1 200 OK\r\n" + etag_of(content) + "Content-Length: " + std::to_string(content.size()) +
           "\r\nx-amz-meta-sha256: " + base::to_hex(s3::sha256(base::as_bytes(content))) + "\r\n\r\n";
  }

  tests::TempFolder folder_;
};

TEST_F(S3Faulty, AnnouncesWhatItSends) {
  std::string head;
  Server server([&](const Server::Request& request) {
    head = request.head;
    return Server::ok(etag_of(request.body));
  });
  ASSERT_TRUE(open(server)->put("a/b.jpg", source("picture")));
  EXPECT_THAT(head, StartsWith("PUT /media/p/a/b.jpg HTTP/1.1"));
  for (const std::string line : {"content-type: image/jpeg\r\n", "if-none-match: *\r\n", "Content-Length: 7\r\n"})
    EXPECT_THAT(head, HasSubstr(line));
  EXPECT_THAT(head, HasSubstr("content-md5: " + s3::to_base64(s3::md5(base::as_bytes("picture"))) + "\r\n"));
  const std::string digest = base::to_hex(s3::sha256(base::as_bytes("picture")));
  EXPECT_THAT(head, HasSubstr("x-amz-content-sha256: " + digest + "\r\n"));
  EXPECT_THAT(head, HasSubstr("x-amz-meta-sha256: " + digest + "\r\n"));
}

TEST_F(S3Faulty, AStoreWithoutConditionalPutIsAskedFirst) {
  std::map<std::string, std::string> objects;
  Server server([&](const Server::Request& request) -> std::string {
    const std::string path = request.head.substr(request.head.find(' ') + 1).substr(0, 9);
    if (request.has("if-none-match")) return Server::with_status("501 No", {}, error_xml("NotImplemented"));
    if (request.is("GET")) return Server::ok({}, "<ListBucketResult/>");
    if (request.is("HEAD")) return objects.contains(path) ? head_of(objects[path]) : Server::with_status("404 No");
    objects[path] = request.body;
    return Server::ok(etag_of(request.body));
  });
  const auto store = open(server);
  ASSERT_TRUE(store->put("a", source("x")));
  EXPECT_THAT(server.request_lines(),
              ElementsAre("PUT /media/p/a", "HEAD /media/p/a", StartsWith("GET /media?"), "PUT /media/p/a"));
  ASSERT_TRUE(store->put("b", source("x")));
  EXPECT_EQ(server.request_lines()[4], "HEAD /media/p/b") << "it is remembered";
  EXPECT_TRUE(store->put("b", source("x")));
  EXPECT_EQ(store->put("b", source("y")).error().code, base::Errc::conflict);
}

TEST_F(S3Faulty, DamagedContentIsRemovedAndNoSuccess) {
  Server server([](const Server::Request& request) {
    return request.is("DELETE") ? Server::with_status("204 Gone") : Server::ok(etag_of("other bytes"));
  });
  const auto put = open(server)->put("a", source("picture"));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, base::Errc::unavailable);
  EXPECT_THAT(put.error().message, HasSubstr("other bytes"));
  EXPECT_THAT(server.request_lines(), ElementsAre("PUT /media/p/a", "DELETE /media/p/a"));
}

TEST_F(S3Faulty, AnEtagThatIsNoChecksumIsNoProof) {
  std::string stored = "picture";
  const std::string encrypted = "x-amz-server-side-encryption: aws:kms\r\n";
  Server server([&](const Server::Request& request) {
    if (request.is("HEAD")) return head_of(stored).insert(17, encrypted);
    return Server::ok("ETag: \"0123456789abcdef0123456789abcdef\"\r\n" + encrypted);
  });
  EXPECT_TRUE(open(server)->put("a", source("picture")));
  EXPECT_THAT(server.request_lines(), ElementsAre("PUT /media/p/a", "HEAD /media/p/a"));
  stored = "cut";
  EXPECT_EQ(open(server)->put("a", source("picture")).error().code, base::Errc::conflict);
}

TEST_F(S3Faulty, ALostAnswerIsAskedFor) {
  bool stored = false;
  Server server([&](const Server::Request& request) -> std::string {
    if (request.is("HEAD")) return head_of("picture");
    if (std::exchange(stored, true)) return Server::with_status("412 There", {}, error_xml("PreconditionFailed"));
    return std::string(1, Server::hang_up);
  });
  EXPECT_TRUE(open(server)->put("a", source("picture")));
}

TEST_F(S3Faulty, StumblesAreRepeatedAndSlowDownIsObeyed) {
  int asked = 0;
  Server server([&](const Server::Request& request) -> std::string {
    switch (++asked) {
      case 1: return Server::with_status("500 Oops", {}, error_xml("InternalError"));
      case 2: return Server::with_status("503 Slow", {}, error_xml("SlowDown"));
      case 3: return "";
      default: return Server::ok(etag_of(request.body));
    }
  });
  EXPECT_TRUE(open(server)->put("a", source("picture")));
  EXPECT_EQ(asked, 4);
}

TEST_F(S3Faulty, DamagedOnItsWayIsNotTheFilesFault) {
  Server server([](const Server::Request&) { return Server::with_status("400 No", {}, error_xml("BadDigest")); });
  EXPECT_EQ(open(server)->put("a", source("picture")).error().code, base::Errc::unavailable);
}

// ---- In parts.

struct Parts {
  std::string end = "<CompleteMultipartUploadResult><ETag>ETAG</ETag></CompleteMultipartUploadResult>";
  bool damages_a_part = false;
  bool there = false;
  base::Bytes digests;

  std::string operator()(const Server::Request& request) {
    if (request.is("HEAD")) return there ? head : Server::with_status("404 No");
    if (request.is("GET")) return Server::ok({}, "<ListBucketResult/>");
    if (request.is("DELETE")) return Server::with_status("204 Gone");
    if (request.is("POST") && request.has("uploads="))
      return Server::ok({}, "<InitiateMultipartUploadResult><UploadId>u/1</UploadId></InitiateMultipartUploadResult>");
    if (request.is("PUT")) {
      const auto digest = s3::md5(base::as_bytes(damages_a_part ? "other" : request.body));
      digests.insert(digests.end(), digest.begin(), digest.end());
      return Server::ok("ETag: \"" + base::to_hex(digest) + "\"\r\n");
    }
    there = true;
    std::string body = end;
    if (const auto at = body.find("ETAG"); at != std::string::npos)
      body.replace(at, 4, base::to_hex(s3::md5(digests)) + "-3");
    return Server::ok({}, body);
  }
  std::string head;
};

TEST_F(S3Faulty, PartsAreProvedAndPutTogether) {
  Parts parts;
  Server server(std::ref(parts));
  EXPECT_TRUE(open(server, 4)->put("a", source("0123456789")));
  EXPECT_THAT(server.request_lines(),
              ElementsAre("HEAD /media/p/a", StartsWith("GET /media?"), "POST /media/p/a?uploads=",
                          "PUT /media/p/a?partNumber=1&uploadId=u%2F1", "PUT /media/p/a?partNumber=2&uploadId=u%2F1",
                          "PUT /media/p/a?partNumber=3&uploadId=u%2F1", "POST /media/p/a?uploadId=u%2F1"));
}

TEST_F(S3Faulty, ADamagedPartEndsTheUpload) {
  Parts parts{.damages_a_part = true};
  Server server(std::ref(parts));
  EXPECT_EQ(open(server, 4)->put("a", source("0123456789")).error().code, base::Errc::unavailable);
  EXPECT_EQ(server.request_lines().back(), "DELETE /media/p/a?uploadId=u%2F1");
}

TEST_F(S3Faulty, PartsThatAreMissingInTheWholeAreNoSuccess) {
  Parts parts{.end =
                  "<CompleteMultipartUploadResult><ETag>0123456789abcdef0123456789abcdef-2</ETag>"
                  "</CompleteMultipartUploadResult>"};
  Server server(std::ref(parts));
  EXPECT_EQ(open(server, 4)->put("a", source("0123456789")).error().code, base::Errc::unavailable);
  EXPECT_THAT(server.request_lines(), Contains("DELETE /media/p/a")) << "it must not be found by the next put";
}

TEST_F(S3Faulty, AFailureBehindStatus200IsAFailure) {
  Parts parts{.end = error_xml("InvalidPart")};
  Server server(std::ref(parts));
  EXPECT_FALSE(open(server, 4)->put("a", source("0123456789")));
  EXPECT_EQ(server.request_lines().back(), "DELETE /media/p/a?uploadId=u%2F1");
}

TEST_F(S3Faulty, AnUploadThatIsGoneWasCompletedBefore) {
  Parts parts{.end = error_xml("NoSuchUpload"), .head = head_of("0123456789")};
  Server server(std::ref(parts));
  EXPECT_TRUE(open(server, 4)->put("a", source("0123456789"))) << "the first answer was lost, the object is there";
}

// ---- Reading.

TEST_F(S3Faulty, ABrokenReadGoesOnWhereItWas) {
  const std::string content = "0123456789";
  Server server([&](const Server::Request& request) -> std::string {
    if (request.is("HEAD")) return head_of(content);
    const auto range = request.head.find("range: bytes=");
    const std::size_t from = std::stoul(request.head.substr(range + 13));
    // Three bytes of it, then the line is cut.
    return "HTTP/1.1 206 Part\r\nContent-Range: bytes " + std::to_string(from) +
           "-9/10\r\nContent-Length: " + std::to_string(10 - from) + "\r\n\r\n" + content.substr(from, 3) +
           Server::hang_up;
  });
  const auto store = open(server);
  const auto reader = store->open("a");
  ASSERT_TRUE(reader);
  base::Bytes bytes(10);
  const auto read = (*reader)->read_at(0, bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(base::as_text(bytes), content);
  EXPECT_EQ(server.request_lines().size(), 5U) << "HEAD and four pieces";
}

TEST_F(S3Faulty, AnObjectThatWasReplacedIsNotReadOn) {
  Server server([&](const Server::Request& request) {
    EXPECT_TRUE(request.is("HEAD") || request.has("if-match: \""));
    return request.is("HEAD") ? head_of("0123456789")
                              : Server::with_status("412 Other", {}, error_xml("PreconditionFailed"));
  });
  const auto store = open(server);
  const auto reader = store->open("a");
  base::Bytes bytes(10);
  EXPECT_EQ((*reader)->read_at(0, bytes).error().code, base::Errc::conflict);
}

TEST_F(S3Faulty, AStoreThatIgnoresRangesIsNotBelieved) {
  Server server([&](const Server::Request& request) {
    return request.is("HEAD") ? head_of("0123456789") : Server::ok({}, "0123456789");
  });
  s3::Options options;
  options.limits.retry.max_attempts = 2;
  const auto store =
      S3ObjectStore::open_at(s3::parse_url("s3://media?endpoint=" + server.endpoint()).value(), {"k", "s", ""}, options)
          .value();
  const auto reader = store->open("a");
  base::Bytes bytes(5);
  EXPECT_TRUE((*reader)->read_at(0, bytes)) << "from the beginning it is the same";
  EXPECT_EQ((*reader)->read_at(3, bytes).error().code, base::Errc::unavailable);
}

TEST_F(S3Faulty, AListThatTurnsInCirclesEnds) {
  Server server([](const Server::Request&) {
    return Server::ok({},
                      "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t"
                      "</NextContinuationToken><Contents><Key>p/a</Key><LastModified>2026-11-21T10:15:00.000Z</"
                      "LastModified><Size>1</Size></Contents>"
                      "</ListBucketResult>");
  });
  const auto listed = open(server)->list("", [](const ObjectInfo&) { return true; });
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, base::Errc::unavailable);
}

TEST_F(S3Faulty, AnEndpointThatIsNoS3IsSaidSo) {
  Server server(
      [](const Server::Request&) { return Server::ok("Content-Type: text/html\r\n", "<html>Welcome</html>"); });
  const auto store = open(server);
  EXPECT_THAT(store->probe().error().message, HasSubstr("other bytes"));
  EXPECT_THAT(store->list("", [](const ObjectInfo&) { return true; }).error().message, HasSubstr("is it an S3 store"));
}

}  // namespace
}  // namespace storage
