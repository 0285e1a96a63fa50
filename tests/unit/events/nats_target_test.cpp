// Events into a real nats-server.
#include "server/events/nats_target.hpp"

#include <gmock/gmock.h>

#include "tests/support/certificate.hpp"
#include "tests/support/nats/nats_server.hpp"

namespace events {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Message message(const std::string& id, const std::string& device = "356307042441013") {
  return {.id = id, .type = "media.stored", .device = device, .body = R"({"id":")" + id + R"("})"};
}

std::unique_ptr<Target> target_at(const std::string& url, const std::string& ca_file = {}) {
  const auto target = parse_target(url);
  EXPECT_TRUE(target) << target.error().message;
  return open_nats(*target, ca_file, "a test");
}

std::string refusal(Target& target, const Message& given = message("1")) {
  const auto done = target.deliver(given);
  EXPECT_FALSE(done);
  return done ? "" : done.error().message;
}

TEST(NatsTarget, MakesItsStreamAndFillsItInOrder) {
  tests::NatsServer server;
  const auto target = target_at("nats://" + server.address() + "/fleet.north");
  for (const char* id : {"1", "2", "3"}) {
    const auto done = target->deliver(message(id));
    ASSERT_TRUE(done) << done.error().message;
  }
  const auto all = server.messages("fleet_north");
  ASSERT_THAT(all, SizeIs(3));
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].subject, "fleet.north.media.stored.356307042441013");
    EXPECT_EQ(all[i].id, std::to_string(i + 1));
    EXPECT_EQ(all[i].body, R"({"id":")" + std::to_string(i + 1) + R"("})");
  }
}

TEST(NatsTarget, TheSameIdAgainIsTakenOnce) {
  tests::NatsServer server;
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(target_at("nats://" + server.address() + "/fleet")->deliver(message("1")));
  EXPECT_THAT(server.messages("fleet"), SizeIs(1));
}

TEST(NatsTarget, ConnectsAgainByItself) {
  tests::NatsServer server;
  const auto target = target_at("nats://" + server.address() + "/fleet");
  ASSERT_TRUE(target->deliver(message("1")));
  server.kill_hard();
  EXPECT_THAT(refusal(*target, message("2")), HasSubstr(server.address()));
  EXPECT_THAT(refusal(*target, message("2")), HasSubstr("does not answer"));
  server.start();
  const auto done = target->deliver(message("2"));
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_THAT(server.messages("fleet"), SizeIs(2));
}

TEST(NatsTarget, TakesAnotherServerOfTheListWhenTheFirstIsDown) {
  tests::NatsServer down;
  down.kill_hard();
  tests::NatsServer up;
  const auto target = target_at("nats://" + down.address() + "," + up.address() + "/fleet");
  const auto done = target->deliver(message("1"));
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_THAT(up.messages("fleet"), SizeIs(1));
}

TEST(NatsTarget, FillsAStreamThatSomebodyElseMade) {
  tests::NatsServer server;
  server.make_stream("EVENTS", "fleet.>");
  EXPECT_TRUE(target_at("nats://" + server.address() + "/fleet")->deliver(message("1"))) << "whatever it is called";
  EXPECT_TRUE(target_at("nats://" + server.address() + "/fleet?stream=EVENTS")->deliver(message("2")));
  EXPECT_THAT(server.messages("EVENTS"), SizeIs(2));
  EXPECT_THAT(refusal(*target_at("nats://" + server.address() + "/fleet?stream=OTHER")),
              HasSubstr("another stream than OTHER"));
}

TEST(NatsTarget, AStreamOfItsNameWithOtherSubjectsIsNotTouched) {
  tests::NatsServer server;
  server.make_stream("fleet", "something.else");
  EXPECT_THAT(refusal(*target_at("nats://" + server.address() + "/fleet")),
              HasSubstr("has a stream fleet that does not take the subjects fleet.>"));
}

TEST(NatsTarget, WithoutJetStreamItSaysSo) {
  tests::NatsServer server("", false);
  EXPECT_THAT(refusal(*target_at("nats://" + server.address() + "/fleet")), HasSubstr("JetStream"));
}

TEST(NatsTarget, LogsInAndSaysNoPassword) {
  tests::NatsServer server(R"(authorization { users = [ { user: fleet, password: "geheim" } ] })");
  const auto good = target_at("nats://fleet:geheim@" + server.address() + "/fleet");
  const auto done = good->deliver(message("1"));
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_THAT(server.messages("fleet", "fleet:geheim@"), SizeIs(1));
  for (const char* login : {"", "fleet:geheimnis@", "other:geheim@"}) {
    const auto why = refusal(*target_at(std::string("nats://") + login + server.address() + "/fleet"));
    EXPECT_THAT(why, HasSubstr("uthoriz"));
    EXPECT_THAT(why, Not(HasSubstr("geheim")));
  }
}

TEST(NatsTarget, WhoMayNotMakeTheStreamIsToldWhatToDo) {
  tests::NatsServer server(R"(authorization { users = [
    { user: fleet, password: "geheim", permissions: { publish: ["fleet.>"], subscribe: ["_INBOX.>"] } } ] })");
  EXPECT_THAT(refusal(*target_at("nats://fleet:geheim@" + server.address() + "/fleet")),
              HasSubstr("$JS.API.STREAM.CREATE.fleet"));
}

TEST(NatsTarget, WithTlsItKnowsWhomItTalksTo) {
  const tests::TempFolder folder;
  const auto tls = [](const tests::CertificateFiles& files) {
    return "tls { cert_file: \"" + files.chain + "\", key_file: \"" + files.key + "\" }";
  };
  const auto at = [](const tests::NatsServer& server) { return "localhost:" + std::to_string(server.port()); };
  const auto good = tests::make_certificate(folder.path(), "good", "localhost");
  const auto other = tests::make_certificate(folder.path(), "other", "another.example");
  tests::NatsServer server(tls(good));
  const auto done = target_at("tls://" + at(server) + "/fleet", good.chain)->deliver(message("1"));
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_NE(refusal(*target_at("tls://" + at(server) + "/fleet")), "") << "nobody vouches for it";
  EXPECT_NE(refusal(*target_at("tls://" + at(server) + "/fleet", other.chain)), "") << "somebody else does";
  EXPECT_NE(refusal(*target_at("nats://" + at(server) + "/fleet")), "") << "it wants TLS";
  tests::NatsServer stranger(tls(other));
  EXPECT_NE(refusal(*target_at("tls://" + at(stranger) + "/fleet", other.chain)), "") << "another's name";
  tests::NatsServer open;
  EXPECT_NE(refusal(*target_at("tls://" + at(open) + "/fleet", good.chain)), "") << "it has no TLS";
}

TEST(NatsTarget, ACancelledOneDeliversNothing) {
  tests::NatsServer server;
  const auto target = target_at("nats://" + server.address() + "/fleet");
  target->cancel();
  EXPECT_FALSE(target->deliver(message("1")));
  EXPECT_THAT(server.messages("fleet"), IsEmpty());
}

}  // namespace
}  // namespace events
