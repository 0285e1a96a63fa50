// AWS's own examples: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and
// sigv4-query-string-auth.html, …/IAM/latest/UserGuide/create-signed-request.html for the key.
#include "storage/objects/s3_signer.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace storage::s3 {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const Credentials example_keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const std::string no_body = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const Scope scope{"us-east-1"};

base::UtcTime example_time() {
  return base::parse_iso8601("2013-05-24T00:00:00Z").value();
}

Unsigned example(std::string method, std::string path) {
  return {.method = std::move(method),
          .authority = "examplebucket.s3.amazonaws.com",
          .path = std::move(path),
          .payload = no_body};
}

std::string authorization(const Unsigned& request, const Credentials& keys = example_keys) {
  const Headers sent = sign(request, keys, scope, example_time());
  return std::ranges::find(sent, "authorization", &Header::first)->second;
}

TEST(S3Signer, GetObject) {
  Unsigned get = example("GET", "/test.txt");
  get.headers = {{"range", "bytes=0-9"}};
  EXPECT_EQ(authorization(get),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(S3Signer, PutObject) {
  Unsigned put = example("PUT", "/test$file.text");
  put.headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  put.payload = base::to_hex(sha256(base::as_bytes("Welcome to Amazon S3.")));
  EXPECT_THAT(authorization(put),
              EndsWith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(S3Signer, GetBucketLifecycle) {
  Unsigned get = example("GET", "/");
  get.query = {{"lifecycle", ""}};
  EXPECT_THAT(authorization(get),
              EndsWith("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(S3Signer, ListObjectsWhateverTheOrder) {
  Unsigned get = example("GET", "/");
  get.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_THAT(authorization(get),
              EndsWith("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
  EXPECT_EQ(target_of(get), "/?max-keys=2&prefix=J");
}

TEST(S3Signer, PresignedGet) {
  EXPECT_EQ(presign(example("GET", "/test.txt"), example_keys, scope, example_time(), std::chrono::seconds(86400)),
            "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1"
            "%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(S3Signer, PresignedForAWeekAtMost) {
  const auto target = [](std::chrono::seconds span) {
    return presign(example("GET", "/a"), example_keys, scope, example_time(), span);
  };
  EXPECT_THAT(target(std::chrono::hours(24 * 365)), HasSubstr("X-Amz-Expires=604800&"));
  EXPECT_THAT(target(std::chrono::seconds(-5)), HasSubstr("X-Amz-Expires=1&"));
}

TEST(S3Signer, SigningKey) {
  constexpr std::string_view secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  EXPECT_EQ(base::to_hex(signing_key(secret, "20120215", {"us-east-1", "iam"})),
            "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
  EXPECT_EQ(base::to_hex(signing_key(secret, "20150830", {"us-east-1", "iam"})),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

TEST(S3Signer, EscapesEveryByteThatIsNotPlain) {
  EXPECT_EQ(escape("AZaz09-._~", false), "AZaz09-._~");
  EXPECT_EQ(escape("a b+c*:/", false), "a%20b%2Bc%2A%3A%2F");
  EXPECT_EQ(escape("/a/ü%", true), "/a/%C3%BC%25");
}

TEST(S3Signer, CanonicalHeadersLoseTheirBlanks) {
  Unsigned request = example("GET", "/");
  EXPECT_EQ(canonical_request(request, {{"a", "  two   words "}, {"b", ""}}),
            "GET\n/\n\na:two words\nb:\n\na;b\n" + no_body);
}

TEST(S3Signer, ASessionTokenIsSentAndSigned) {
  Credentials temporary = example_keys;
  temporary.session_token = "temporary";
  const Headers sent = sign(example("GET", "/"), temporary, scope, example_time());
  EXPECT_THAT(sent, testing::Contains(Header("x-amz-security-token", "temporary")));
  EXPECT_THAT(authorization(example("GET", "/"), temporary), HasSubstr("x-amz-date;x-amz-security-token,"));
  EXPECT_THAT(presign(example("GET", "/"), temporary, scope, example_time(), std::chrono::seconds(60)),
              HasSubstr("X-Amz-Security-Token=temporary&"));
}

TEST(S3Signer, TheSecretKeyIsSentNowhere) {
  for (const auto& [name, value] : sign(example("GET", "/"), example_keys, scope, example_time()))
    EXPECT_THAT(value, Not(HasSubstr(example_keys.secret_key))) << name;
}

TEST(S3Digest, KnownValues) {
  EXPECT_EQ(base::to_hex(md5(base::as_bytes("abc"))), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(base::to_hex(sha256({})), no_body);
  EXPECT_EQ(to_base64(md5(base::as_bytes("abc"))), "kAFQmDzST7DWlj99KOF/cg==");
  EXPECT_EQ(to_base64({}), "");
  // RFC 4231, test case 2.
  EXPECT_EQ(base::to_hex(hmac_sha256(base::as_bytes("Jefe"), base::as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  DigestStream<Sha256> pieces;
  for (const char* piece : {"Welcome ", "to ", "", "Amazon S3."}) pieces.feed(base::as_bytes(piece));
  EXPECT_EQ(pieces.finish(), sha256(base::as_bytes("Welcome to Amazon S3.")));
}

}  // namespace
}  // namespace storage::s3
