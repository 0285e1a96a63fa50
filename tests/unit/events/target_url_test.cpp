#include "server/events/target_url.hpp"

#include <gmock/gmock.h>

namespace events {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TargetUrl parsed(std::string_view text) {
  auto target = parse_target(text);
  EXPECT_TRUE(target) << text << ": " << target.error().message;
  return target.value_or(TargetUrl{});
}

TEST(TargetUrl, ANatsServer) {
  const TargetUrl target = parsed("nats://nats:4222/dualcam");
  EXPECT_EQ(target.kind, TargetKind::nats);
  EXPECT_EQ(target.name, "nats://nats:4222/dualcam");
  EXPECT_THAT(target.servers, ElementsAre("nats://nats:4222"));
  EXPECT_FALSE(target.tls);
  EXPECT_EQ(target.prefix, "dualcam");
  EXPECT_EQ(target.stream, "dualcam");
  EXPECT_FALSE(target.stream_given);
}

TEST(TargetUrl, ManyServersALoginAndAStream) {
  const TargetUrl target = parsed("tls://fleet:p%40ss%3Aw/or@d@a,b:4223,[::1]:9/fleet.north?stream=EVENTS");
  EXPECT_EQ(target.name, "tls://a:4222,b:4223,[::1]:9/fleet.north") << "no password in it";
  EXPECT_THAT(target.servers, ElementsAre("nats://a:4222", "nats://b:4223", "nats://[::1]:9"));
  EXPECT_TRUE(target.tls);
  EXPECT_EQ(target.user, "fleet");
  EXPECT_EQ(target.password, "p@ss:w/or@d");
  EXPECT_EQ(target.prefix, "fleet.north");
  EXPECT_EQ(target.stream, "EVENTS");
  EXPECT_TRUE(target.stream_given);
  EXPECT_TRUE(parsed("nats+tls://a/p").tls);
  EXPECT_EQ(parsed("nats://a/fleet.north").stream, "fleet_north") << "a stream has no points in its name";
}

TEST(TargetUrl, AWebhook) {
  const TargetUrl target = parsed("https://user:geheim@example.org:8443/hooks/dualcam?key=value");
  EXPECT_EQ(target.kind, TargetKind::webhook);
  EXPECT_EQ(target.name, "https://example.org:8443/hooks/dualcam");
  EXPECT_EQ(target.url, "https://user:geheim@example.org:8443/hooks/dualcam?key=value");
  EXPECT_EQ(parsed("http://127.0.0.1:1").name, "http://127.0.0.1:1/");
}

TEST(TargetUrl, WhatIsNone) {
  const struct {
    const char* text;
    const char* why;
  } rows[] = {{"", "begins with nats://"},
              {"nats", "begins with nats://"},
              {"ftp://h/x", "begins with nats://"},
              {"nats:/h/x", "begins with nats://"},
              {"https://", "a webhook is an URL"},
              {"https://h:99999/", "a webhook is an URL"},
              {"nats://h", "/PREFIX"},
              {"nats://h/", "/PREFIX"},
              {"nats://h/a..b", "/PREFIX"},
              {"nats://h/a.", "/PREFIX"},
              {"nats://h/a.>", "/PREFIX"},
              {"nats://h/a b", "/PREFIX"},
              {"nats:///p", "HOST:PORT"},
              {"nats://h:/p", "HOST:PORT"},
              {"nats://h:0/p", "HOST:PORT"},
              {"nats://h:65536/p", "HOST:PORT"},
              {"nats://h:4222x/p", "HOST:PORT"},
              {"nats://h,,i/p", "HOST:PORT"},
              {"nats://h\xff/p", "HOST:PORT"},
              {"nats://geheim@h/p", "USER:PASSWORD"},
              {"nats://:geheim@h/p", "USER:PASSWORD"},
              {"nats://u:geheim%4@h/p", "USER:PASSWORD"},
              {"nats://u:geheim%zz@h/p", "USER:PASSWORD"},
              {"nats://u:geheim%00@h/p", "USER:PASSWORD"},
              {"nats://u:geheim@h?/p", "/PREFIX"},
              {"nats://h/p?streams=x", "stream=NAME"},
              {"nats://h/p?stream=", "stream=NAME"},
              {"nats://h/p?stream=a.b", "stream=NAME"},
              {"nats://h/p?stream=a&x=y", "stream=NAME"}};
  for (const auto& row : rows) {
    const auto target = parse_target(row.text);
    ASSERT_FALSE(target) << row.text;
    EXPECT_THAT(target.error().message, HasSubstr(row.why)) << row.text;
    EXPECT_THAT(target.error().message, Not(HasSubstr("geheim"))) << row.text;
  }
}

}  // namespace
}  // namespace events
