// dualcam trigger against an API that answers what the test says.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <mutex>

#include "tests/support/temp_folder.hpp"
#include "tests/unit/storage/s3_fake_server.hpp"
#include "tools/trigger/remote.hpp"

namespace trigger {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Server = tests::S3FakeServer;

class TriggerRemote : public testing::Test {
 protected:
  template <class Options>
  Outcome run(Outcome (*command)(const Options&), Options options) {
    options.server.access.api = server_.endpoint();
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const Outcome outcome = command(options);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return outcome;
  }
  Server::Request last() {
    const std::scoped_lock lock(mutex_);
    return last_;
  }

  std::vector<std::string> answers_;  // one after the other, the last one from then on
  std::string out_, err_;

 private:
  std::mutex mutex_;
  std::size_t next_ = 0;
  Server::Request last_;
  Server server_{[this](const Server::Request& request) {
    const std::scoped_lock lock(mutex_);
    last_ = request;
    return answers_[std::min(next_++, answers_.size() - 1)];
  }};
};

const std::string row =
    R"({"id":"r","incoming":false,"at":"2026-11-21T12:00:00.123Z","protocol":"trendnet","endpoint":"gate",)"
    R"("kind":"goto","rule":null,"reason":null,"fields":{"pan":"100"},"latency_us":1500,"outcome":")";

TEST_F(TriggerRemote, SendWaitsForItsRow) {
  answers_ = {Server::with_status("202 Accepted", "", R"({"id":"r"})"), Server::with_status("404 Not Found", "", "{}"),
              Server::ok("", row + "pending\"}"), Server::ok("", row + "confirmed\"}")};
  EXPECT_EQ(run(run_send, SendOptions{.target = "gate", .verb = "goto", .wait = true}), Outcome::good) << err_;
  EXPECT_EQ(out_, "12:00:00.123  done   confirmed     gate            goto pan=100  1.5 ms\n");
  EXPECT_THAT(last().head, StartsWith("GET /api/v1/triggers/r "));
}

TEST_F(TriggerRemote, WhatDidNotGoWellIsBad) {
  answers_ = {Server::with_status("202 Accepted", "", R"({"id":"r"})"), Server::ok("", row + "failed\"}")};
  EXPECT_EQ(run(run_send, SendOptions{.target = "gate", .verb = "goto", .wait = true}), Outcome::bad);
}

TEST_F(TriggerRemote, CommandsCarryTheirParameters) {
  answers_ = {Server::with_status("202 Accepted", "", R"({"id":"r"})")};
  EXPECT_EQ(run(run_send, SendOptions{.target = "a b", .verb = "goto", .parameters = {"pan=1", "t=x=y"}}),
            Outcome::good);
  EXPECT_THAT(last().head, StartsWith("POST /api/v1/cameras/a%20b/commands "));
  EXPECT_EQ(last().body, R"({"verb":"goto","parameters":{"pan":"1","t":"x=y"}})");
  EXPECT_EQ(run(run_send, SendOptions{.target = "a", .verb = "goto", .parameters = {"pan"}}), Outcome::unusable);
  EXPECT_THAT(err_, HasSubstr("\"pan\" is no key=value"));
}

TEST_F(TriggerRemote, RulesReplaceThoseThatWereRead) {
  const tests::TempFolder folder;
  std::ofstream(folder / "rules.json") << "[]";
  const std::string rules = R"({"version":3,"changed_at":null,"rules":[],"file_rules":[{"name":"pitch"}]})";
  answers_ = {Server::ok("ETag: \"3\"\r\n", rules), Server::ok("", rules)};
  EXPECT_EQ(run(run_rules, RulesOptions{.put = folder / "rules.json"}), Outcome::good) << err_;
  EXPECT_THAT(last().head, StartsWith("PUT /api/v1/relay/rules "));
  EXPECT_TRUE(last().has("If-Match: \"3\"")) << last().head;
  EXPECT_EQ(last().body, "[]");
  EXPECT_THAT(out_, HasSubstr("  pitch  "));
}

TEST_F(TriggerRemote, SwitchesFlipBack) {
  answers_ = {Server::ok("", R"({"scope":"target","name":"gate","armed":false,"until":"2026-11-21T12:10:00.000Z"})")};
  EXPECT_EQ(run(run_arm, ArmOptions{.armed = false, .scope = "target", .name = "gate", .length = "10m"}),
            Outcome::good);
  EXPECT_THAT(last().head, StartsWith("PUT /api/v1/relay/arms/target/gate "));
  EXPECT_EQ(last().body, R"({"armed":false,"for_s":600})");
  EXPECT_EQ(out_, "target gate is disarmed until 2026-11-21T12:10:00.000Z.\n");
}

TEST_F(TriggerRemote, FaultsAreToldOneByOne) {
  answers_ = {Server::with_status("400 Bad Request", "", R"({"detail":"No.","faults":["One.","Two."]})")};
  EXPECT_EQ(run(run_cameras, CamerasOptions{}), Outcome::bad);
  EXPECT_EQ(err_, "dualcam trigger: No.\n  One.\n  Two.\n");
}

}  // namespace
}  // namespace trigger
