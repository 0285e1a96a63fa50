// Events that leave the server: to a real nats-server and to a receiver of webhooks, over trouble of either side.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "tests/e2e/event_fixture.hpp"
#include "tests/support/nats/nats_server.hpp"

namespace e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

class Events : public EventTest {};

TEST_F(Events, EveryFileIsOneEventInOrderAtEveryTarget) {
  tests::NatsServer nats;
  Receiver receiver;
  start(with_secret({"--events", fmt::format("nats://{}/dualcam", nats.address()), "--events", receiver.url()}));
  upload(6);
  ASSERT_TRUE(receiver.wait_stored(6)) << server().log();
  ASSERT_TRUE(tests::eventually([&] { return files_of(nats).size() >= 6; })) << server().log();
  EXPECT_EQ(receiver.files(), files_in_catalog()) << "each once, none out of order";
  EXPECT_EQ(files_of(nats), files_in_catalog());
  const auto events = receiver.events();
  const auto messages = nats.messages("dualcam");
  ASSERT_EQ(messages.size(), events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(messages[i].id, events[i].id) << "the same id everywhere";
    EXPECT_EQ(messages[i].body, events[i].body);
    EXPECT_EQ(messages[i].subject, "dualcam." + events[i].type + "." + events[i].device);
    EXPECT_TRUE(events[i].signed_well) << events[i].signature;
    EXPECT_FALSE(events[i].signed_by("another secret of a stranger"));
  }
  EXPECT_THAT(http_body("/metrics"), HasSubstr("dualcamd_events_published_total{kind=\"nats\"} 6"));
  EXPECT_THAT(http_body("/metrics"), HasSubstr("dualcamd_events_published_total{kind=\"webhook\"} 6"));
  EXPECT_FALSE(server().log_has(secret));
}

TEST_F(Events, AfterAKillNothingIsMissingAndIdsAreTheSame) {
  tests::NatsServer nats;
  Receiver receiver;
  const auto flags =
      with_secret({"--events", fmt::format("nats://{}/dualcam", nats.address()), "--events", receiver.url()});
  start(flags);
  for (unsigned round = 0; round < 3; ++round) {
    upload(4);
    ASSERT_TRUE(receiver.wait_stored(round * 4 + 1)) << "in the middle of it";
    server().kill_hard();
    start(flags);
  }
  upload(1);
  const auto all = files_in_catalog();
  ASSERT_EQ(all.size(), 13U);
  ASSERT_TRUE(tests::eventually([&] { return receiver.first_times().size() >= all.size(); })) << server().log();
  ASSERT_TRUE(tests::eventually([&] { return files_of(nats).size() >= all.size(); })) << server().log();
  EXPECT_EQ(receiver.first_times(), all) << "in order, whatever came again";
  EXPECT_EQ(files_of(nats), all) << "the stream drops what it has";
  for (const auto& [file, ids] : receiver.ids_of_files()) EXPECT_EQ(ids.size(), 1U) << file << " has several ids";
}

TEST_F(Events, ATargetThatWasDownGetsEverythingInOrder) {
  tests::NatsServer nats;
  nats.kill_hard();
  Receiver receiver;
  start(with_secret({"--events", fmt::format("nats://{}/dualcam", nats.address()), "--events", receiver.url()}));
  upload(5);
  ASSERT_TRUE(receiver.wait_stored(5)) << "one that is down holds up no other\n" << server().log();
  ASSERT_TRUE(server().wait_log("events wait"));
  EXPECT_TRUE(tests::eventually([&] {
    return http_body("/metrics").find("dualcamd_events_failures_total{kind=\"nats\"} 0") == std::string::npos;
  }));
  nats.start();
  ASSERT_TRUE(tests::eventually([&] { return files_of(nats).size() >= 5; })) << server().log();
  EXPECT_EQ(files_of(nats), files_in_catalog());
  EXPECT_TRUE(server().wait_log("events leave again"));
}

TEST_F(Events, ARefusedEventComesAgainBeforeAllOthers) {
  Receiver receiver;
  receiver.refuse(2);
  start(with_secret({"--events", receiver.url()}));
  upload(3);
  ASSERT_TRUE(receiver.wait_stored(3)) << server().log();
  EXPECT_EQ(receiver.files(), files_in_catalog());
  const auto attempts = receiver.attempts();
  ASSERT_EQ(attempts.size(), 5U);
  EXPECT_EQ(attempts[0], attempts[1]);
  EXPECT_EQ(attempts[0], attempts[2]) << "under the same id";
}

TEST_F(Events, ATargetThatIsNewGetsWhatIsThere) {
  start();
  upload(3);
  EXPECT_EQ(server().terminate(), 0);
  Receiver receiver;
  start(with_secret({"--events", receiver.url()}));
  upload(1);
  ASSERT_TRUE(receiver.wait_stored(4)) << server().log();
  EXPECT_EQ(receiver.files(), files_in_catalog());
}

TEST_F(Events, AnOrderlyEndLosesNothingAndRepeatsNothing) {
  Receiver receiver;
  const auto flags = with_secret({"--events", receiver.url()});
  start(flags);
  upload(3);
  ASSERT_TRUE(receiver.wait_stored(3)) << server().log();
  EXPECT_EQ(server().terminate(), 0);
  start(flags);
  upload(2);
  ASSERT_TRUE(receiver.wait_stored(5)) << server().log();
  EXPECT_EQ(receiver.files(), files_in_catalog()) << "each once";
}

// ---- What is set up wrong

TEST(EventSettings, AreCheckedAndSecretsAreMasked) {
  tests::TempFolder folder;
  const auto secret_file = (folder / "secret").string();
  std::ofstream(secret_file) << "a secret of made up words\n";
  const auto good = tests::run_dualcamd({"check-config"}, {"DUALCAMD_EVENTS_SECRET_FILE=" + secret_file,
                                                           "DUALCAMD_EVENTS=nats://u:geheim@a:1,b:2/p?stream=S,"
                                                           "https://hooks.example/x"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("events-secret = \"***\""));
  EXPECT_THAT(good.out, HasSubstr("nats://u:***@a:1"));
  EXPECT_THAT(good.out, HasSubstr("https://hooks.example/x"));
  EXPECT_THAT(good.out + good.err, Not(HasSubstr("made up words")));
  EXPECT_THAT(good.out + good.err, Not(HasSubstr("geheim")));

  const struct {
    std::vector<std::string> flags;
    const char* why;
  } rows[] = {{{"--events", "ftp://h/x"}, "--events: a target begins with nats://"},
              {{"--events", "nats://u:geheim@h"}, "/PREFIX"},
              {{"--events", "https://h/x"}, "needs --events-secret"},
              {{"--events", "https://h/x", "--events-secret", "geheim"}, "16 characters"},
              {{"--events", "nats://h/x", "--events", "nats://u:geheim@h:4222/x"}, "named twice"}};
  for (const auto& row : rows) {
    std::vector<std::string> command{"check-config"};
    command.insert(command.end(), row.flags.begin(), row.flags.end());
    const auto bad = tests::run_dualcamd(command);
    EXPECT_EQ(bad.exit_code, 2);
    EXPECT_THAT(bad.err, HasSubstr(row.why));
    EXPECT_THAT(bad.err, Not(HasSubstr("geheim")));
  }
}

}  // namespace
}  // namespace e2e
