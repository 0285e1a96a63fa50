#include "storage/objects/s3_url.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "storage/objects/object_store.hpp"
#include "storage/objects/s3_credentials.hpp"
#include "tests/support/temp_folder.hpp"

namespace storage::s3 {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

TEST(S3Url, ReadsEverything) {
  const auto location = parse_url(
      "s3://fleet-media/node/one/?endpoint=https://store.example:9000&region=eu-north-1&style=host&ca=/etc/ca%20s.pem"
      "&credentials=/run/keys&profile=fleet");
  ASSERT_TRUE(location) << location.error().message;
  EXPECT_EQ(location->bucket, "fleet-media");
  EXPECT_EQ(location->prefix, "node/one/");
  EXPECT_TRUE(location->tls);
  EXPECT_EQ(location->host, "store.example");
  EXPECT_EQ(location->port, 9000);
  EXPECT_EQ(location->region, "eu-north-1");
  EXPECT_EQ(location->style, Style::host);
  EXPECT_EQ(location->ca_file, "/etc/ca s.pem");
  EXPECT_EQ(location->credentials_file, "/run/keys");
  EXPECT_EQ(location->profile, "fleet");
  EXPECT_EQ(location->authority(), "fleet-media.store.example:9000");
  EXPECT_EQ(location->endpoint(), "https://store.example:9000");
  EXPECT_EQ(location->describe(), "s3://fleet-media/node/one/ at https://store.example:9000");
}

TEST(S3Url, HasSensibleDefaults) {
  const auto own = parse_url("s3://abc?endpoint=http://127.0.0.1:80/").value();
  EXPECT_EQ(own.prefix, "");
  EXPECT_FALSE(own.tls);
  EXPECT_EQ(own.style, Style::path);
  EXPECT_EQ(own.region, "us-east-1");
  EXPECT_EQ(own.authority(), "127.0.0.1") << "the usual port is in no Host header";
  EXPECT_EQ(parse_url("s3://abc?endpoint=https%3A%2F%2F%5B::1%5D%3A9000").value().authority(), "[::1]:9000");
  const auto aws = parse_url("s3://abc/p?region=eu-west-3").value();
  EXPECT_EQ(aws.authority(), "abc.s3.eu-west-3.amazonaws.com");
  EXPECT_EQ(parse_url("s3://a.b.c?region=eu-west-3").value().authority(), "s3.eu-west-3.amazonaws.com")
      << "no certificate covers dots";
}

TEST(S3Url, SaysWhatMakesNoSense) {
  const std::map<std::string, std::string> cases{
      {"s3:bucket", "begins with s3://"},
      {"s3://", "name of a bucket"},
      {"s3://ab?endpoint=http://h", "3 to 63"},
      {"s3://Upper?endpoint=http://h", "lower-case"},
      {"s3://a..b?endpoint=http://h", "name of a bucket"},
      {"s3://" + std::string(64, 'a') + "?endpoint=http://h", "name of a bucket"},
      {"s3://abc", "needs endpoint="},
      {"s3://abc?", "needs endpoint="},
      {"s3://abc/a//b?endpoint=http://h", "no prefix"},
      {"s3://abc/a b?endpoint=http://h", "no prefix"},
      {"s3://abc/../x?endpoint=http://h", "no prefix"},
      {"s3://abc?endpoint=h:9000", "must begin with https://"},
      {"s3://abc?endpoint=ftp://h", "must begin with https://"},
      {"s3://abc?endpoint=http://", "no host"},
      {"s3://abc?endpoint=http://h/path", "no host"},
      {"s3://abc?endpoint=http://h:0", "no port"},
      {"s3://abc?endpoint=http://h:65536", "no port"},
      {"s3://abc?endpoint=http://h:9x", "no port"},
      {"s3://abc?endpoint=http://[::1", "no"},
      {"s3://abc?endpoint=http://h%0d%0aX: y", "no value that can be read"},
      {"s3://abc?endpoint=http://h%4", "no value that can be read"},
      {"s3://abc?endpoint=", "no value that can be read"},
      {"s3://abc?endpoint=http://h&endpoint=http://i", "gives 'endpoint' twice"},
      {"s3://abc?endpoint=http://h&style=virtual", "style=path"},
      {"s3://abc?endpoint=http://h&region=a/b", "no region"},
      {"s3://abc?endpoint=http://127.0.0.1:9000&style=host", "use style=path"},
      {"s3://abc?endpoint=http://[::1]:9000&style=host", "use style=path"},
      {"s3://abc?endpoint=http://h&ca=/x", "use https://"},
      {"s3://abc?endpoint=http://h#x", "'#'"},
      {"s3://abc?endpoint=http://h&" + std::string(10'000, 'a'), "8 KiB"},
  };
  for (const auto& [url, words] : cases) {
    const auto location = parse_url(url);
    ASSERT_FALSE(location) << url;
    EXPECT_EQ(location.error().code, base::Errc::invalid);
    EXPECT_THAT(location.error().message, AllOf(HasSubstr(words), EndsWith("."))) << url;
  }
}

TEST(S3Url, NeverRepeatsASecret) {
  for (const std::string url :
       {"s3://AKIA:topsecret@abc?endpoint=http://h", "s3://abc?endpoint=http://AKIA:topsecret@h",
        "s3://abc?endpoint=http://h&secret_key=topsecret", "s3://abc?endpoint=http://h&x=1&access_key=topsecret"}) {
    const auto location = parse_url(url);
    ASSERT_FALSE(location) << url;
    EXPECT_THAT(location.error().message, Not(HasSubstr("topsecret"))) << url;
  }
}

TEST(S3Credentials, ReadsBothKindsOfFiles) {
  const auto plain = parse_credentials("# ours\n access_key = A \r\nsecret_key=S=/+\n", "default", "It");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->access_key, "A");
  EXPECT_EQ(plain->secret_key, "S=/+");
  EXPECT_EQ(plain->session_token, "");
  constexpr std::string_view aws =
      "[default]\naws_access_key_id = A\naws_secret_access_key = S\nregion = x\n\n[ fleet ]\n"
      "aws_access_key_id=B\naws_secret_access_key=T\naws_session_token=U";
  EXPECT_EQ(parse_credentials(aws, "default", "It")->secret_key, "S");
  EXPECT_EQ(parse_credentials(aws, "fleet", "It")->access_key, "B");
  EXPECT_EQ(parse_credentials(aws, "fleet", "It")->session_token, "U");
}

TEST(S3Credentials, SaysWhatIsMissingAndNeverShowsAKey) {
  const std::map<std::string, std::string> cases{
      {"", "no keys for the profile 'default'"},
      {"[other]\naccess_key=A\nsecret_key=topsecret", "no keys for the profile 'default'"},
      {"access_key=topsecret", "only one of the two"},
      {"secret_key=topsecret", "only one of the two"},
      {"topsecret", "a line 1"},
      {"access_key=A\nsecret_key=top secret", "a blank"},
      {"access_key=A\x01\nsecret_key=topsecret", "a blank"},
  };
  for (const auto& [text, words] : cases) {
    const auto found = parse_credentials(text, "default", "The file");
    ASSERT_FALSE(found) << text;
    EXPECT_THAT(found.error().message,
                AllOf(HasSubstr(words), Not(HasSubstr("secret\n")), Not(HasSubstr("topsecret"))));
  }
}

TEST(S3Credentials, TakesOursBeforeThoseOfAws) {
  std::map<std::string, std::string> variables{
      {"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "S"}, {"AWS_SESSION_TOKEN", "T"}};
  const auto get = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  const Location location = parse_url("s3://abc?endpoint=http://h").value();
  EXPECT_EQ(find_credentials(location, get)->session_token, "T");
  variables["DUALCAMD_S3_ACCESS_KEY"] = "B";
  EXPECT_EQ(find_credentials(location, get).error().code, base::Errc::refused) << "half of ours is a mistake";
  variables["DUALCAMD_S3_SECRET"] = "U";
  EXPECT_EQ(find_credentials(location, get)->secret_key, "U");
  EXPECT_EQ(find_credentials(location, get)->session_token, "") << "that one belongs to the others";
  variables.clear();
  EXPECT_THAT(find_credentials(location, get).error().message, HasSubstr("DUALCAMD_S3_ACCESS_KEY"));
}

TEST(S3Credentials, TheFileOfTheUrlIsTheOnlyOne) {
  const tests::TempFolder folder;
  const auto none = [](const char*) -> const char* { return "from-the-environment"; };
  Location location = parse_url("s3://abc?endpoint=http://h&credentials=" + (folder / "keys").string()).value();
  const auto missing = find_credentials(location, none);
  EXPECT_EQ(missing.error().code, base::Errc::refused);
  EXPECT_THAT(missing.error().message, HasSubstr((folder / "keys").string()));
  std::ofstream(folder / "keys") << "access_key = A\nsecret_key = S\n";
  EXPECT_EQ(find_credentials(location, none)->access_key, "A");
  std::ofstream(folder / "keys") << std::string(100'000, '\n');
  EXPECT_THAT(find_credentials(location, none).error().message, HasSubstr("64 KiB"));
}

TEST(S3Url, OpensThroughTheCommonDoor) {
  const tests::TempFolder folder;
  std::ofstream(folder / "keys") << "access_key = AKIA\nsecret_key = topsecret\n";
  const auto store = open_object_store("s3://abc/p?endpoint=http://h&credentials=" + (folder / "keys").string());
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->describe(), "s3://abc/p/ at http://h");
  EXPECT_EQ(open_object_store("s3://abc").error().code, base::Errc::invalid);
}

}  // namespace
}  // namespace storage::s3
