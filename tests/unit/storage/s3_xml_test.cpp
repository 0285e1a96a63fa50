#include "storage/objects/s3_xml.hpp"

#include <gmock/gmock.h>

namespace storage::s3 {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string contents(const std::string& key, const std::string& size) {
  return "<Contents><Key>" + key + "</Key><LastModified>2026-11-21T10:15:00.000Z</LastModified><Size>" + size +
         "</Size></Contents>";
}

std::string listing(const std::string& inside) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult "
         "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>" +
         inside + "</ListBucketResult>";
}

TEST(S3Xml, ReadsAPageOfAList) {
  const auto page = parse_list_page(listing("<IsTruncated>true</IsTruncated>" + contents("a/b", "0") +
                                            contents("a &amp; &#252;", "18446744073709551615") +
                                            "<NextContinuationToken>1/x==</NextContinuationToken>"));
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_THAT(page->objects, SizeIs(2));
  EXPECT_EQ(page->objects[0].key, "a/b");
  EXPECT_EQ(page->objects[1].key, "a & \xC3\xBC");
  EXPECT_EQ(page->objects[1].size, 18446744073709551615ULL);
  EXPECT_EQ(page->next, "1/x==");
}

TEST(S3Xml, TheLastPageHasNoNext) {
  const auto page =
      parse_list_page(listing("<IsTruncated>false</IsTruncated><NextContinuationToken>stale</NextContinuationToken>"));
  ASSERT_TRUE(page);
  EXPECT_THAT(page->objects, IsEmpty());
  EXPECT_EQ(page->next, "");
}

TEST(S3Xml, ReadsUnfinishedUploads) {
  const std::string upload =
      "<Upload><Key>p/a</Key><UploadId>2~x</UploadId><Initiated>2026-11-21T10:15:00.000Z</Initiated></Upload>";
  const auto list = [](const std::string& inside) {
    return "<ListMultipartUploadsResult><Bucket>b</Bucket>" + inside + "</ListMultipartUploadsResult>";
  };
  const auto uploads = parse_uploads(list(upload + upload));
  ASSERT_TRUE(uploads) << uploads.error().message;
  ASSERT_THAT(*uploads, SizeIs(2));
  EXPECT_EQ(uploads->front().key, "p/a");
  EXPECT_EQ(uploads->front().id, "2~x");
  EXPECT_EQ(uploads->front().begun, base::parse_iso8601("2026-11-21T10:15:00Z"));
  EXPECT_THAT(parse_uploads(list("")).value(), IsEmpty());
  for (const std::string& bad : {std::string(), std::string("<html/>"), list("<Upload/>"),
                                 list("<Upload><Key>p</Key><UploadId>x</UploadId></Upload>")})
    EXPECT_FALSE(parse_uploads(bad)) << bad;
}

TEST(S3Xml, RefusesWhatIsNoList) {
  std::string many;
  for (int i = 0; i < 1001; ++i) many += contents("k" + std::to_string(i), "1");
  const std::string good = "<IsTruncated>false</IsTruncated>";
  for (const std::string& bad :
       {std::string(), std::string("<html><body>Welcome</body></html>"), std::string("{}"), std::string("\0\0\0", 3),
        listing(""), listing("<IsTruncated>maybe</IsTruncated>"), listing("<IsTruncated>true</IsTruncated>"),
        listing("<IsTruncated>true</IsTruncated><NextContinuationToken/>"),
        listing("<IsTruncated>true</IsTruncated><NextContinuationToken>" + std::string(5000, 'x') +
                "</NextContinuationToken>"),
        listing(good + contents("", "1")), listing(good + contents("a", "")), listing(good + contents("a", "-1")),
        listing(good + contents("a", "1x")), listing(good + contents("a", "18446744073709551616")),
        listing(good + contents(std::string(1025, 'k'), "1")), listing(good + many), listing(good).substr(0, 100),
        listing(good) + std::string(max_document_size, ' ')}) {
    const auto page = parse_list_page(bad);
    ASSERT_FALSE(page) << bad.substr(0, 300);
    EXPECT_EQ(page.error().code, base::Errc::unavailable);
  }
}

TEST(S3Xml, SurvivesWhatIsMadeToHurt) {
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "<a>";
  EXPECT_FALSE(parse_list_page(deep));
  for (int i = 0; i < 200'000; ++i) deep += "</a>";
  EXPECT_FALSE(parse_list_page(deep));
  const std::string laughs =
      "<!DOCTYPE Error [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
      "<Error><Code>Teapot</Code><Message>&b;&f;</Message></Error>";
  EXPECT_EQ(parse_error(laughs).message, "&b;&f;") << "no entity of its own is known";
}

TEST(S3Xml, ReadsErrors) {
  const auto error = parse_error(
      "<?xml version=\"1.0\"?><Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong</Message>"
      "<Region>eu-west-1</Region></Error>");
  EXPECT_EQ(error.code, "AuthorizationHeaderMalformed");
  EXPECT_EQ(error.message, "the region is wrong");
  EXPECT_EQ(error.region, "eu-west-1");
}

TEST(S3Xml, AnErrorOfSomebodyElseIsEmpty) {
  for (const std::string_view text :
       {"", "<html/>", "Service Unavailable", "<Error>", "<Errors><Code>x</Code></Errors>"})
    EXPECT_EQ(parse_error(text).code, "") << text;
}

TEST(S3Xml, ErrorsAreSafeToPrint) {
  const auto error = parse_error("<Error><Code>" + std::string(1000, 'C') + "</Code><Message>a&#27;[31m&#10;" +
                                 std::string(10'000, 'm') + "</Message></Error>");
  EXPECT_LE(error.code.size(), 70U);
  EXPECT_LE(error.message.size(), 310U);
  EXPECT_THAT(error.message, HasSubstr("\\x1b"));
}

TEST(S3Xml, ReadsTheEndsOfAnUpload) {
  EXPECT_EQ(parse_upload_id("<InitiateMultipartUploadResult><UploadId>2~abc</UploadId></InitiateMultipartUploadResult>")
                .value(),
            "2~abc");
  EXPECT_FALSE(parse_upload_id("<InitiateMultipartUploadResult/>"));
  EXPECT_FALSE(parse_upload_id("<Error/>"));
  EXPECT_EQ(parse_completed("<CompleteMultipartUploadResult><ETag>&quot;abc-2&quot;</ETag>"
                            "</CompleteMultipartUploadResult>")
                .value(),
            "abc-2");
  EXPECT_EQ(parse_completed("<CompleteMultipartUploadResult><ETag/></CompleteMultipartUploadResult>").value(), "");
  EXPECT_FALSE(parse_completed("<html/>"));
  EXPECT_FALSE(parse_completed("<Error><Code>InternalError</Code></Error>"));
}

TEST(S3Xml, WritesTheListOfParts) {
  EXPECT_EQ(completion_document({{1, "\"a\""}, {2, "<&>"}}),
            "<?xml version=\"1.0\"?><CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part>"
            "<Part><PartNumber>2</PartNumber><ETag>&lt;&amp;&gt;</ETag></Part></CompleteMultipartUpload>");
}

}  // namespace
}  // namespace storage::s3
