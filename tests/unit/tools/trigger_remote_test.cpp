// dualcam trigger against an API that answers what the test says.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <mutex>
#include <set>

#include "tests/support/temp_folder.hpp"
#include "tests/unit/storage/s3_fake_server.hpp"
#include "tools/trigger/remote.hpp"

namespace trigger {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Server = tests::S3FakeServer;

class TriggerRemote : public testing::Test {
 protected:
  template <class Options>
  Outcome run(Outcome (*command)(const Options&), Options options) {
    if (options.server.access.api == http::Access{}.api) options.server.access.api = server_.endpoint();
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

TEST_F(TriggerRemote, ListIsALineForEachRow) {
  answers_ = {Server::ok("", R"({"items":[)" + row +
                                 R"(confirmed"},{"incoming":true,"at":"2026-11-21T11:59:59.000Z",)"
                                 R"("protocol":"shogun","endpoint":null,"kind":"start",)"
                                 R"("rule":"roll","reason":"Nobody listens.","fields":{"a":1},)"
                                 R"("outcome":"refused"}],"next_cursor":null})")};
  EXPECT_EQ(run(run_list, ListOptions{}), Outcome::good) << err_;
  EXPECT_EQ(out_,
            "12:00:00.123  done   confirmed     gate            goto pan=100  1.5 ms\n"
            "11:59:59.000  heard  refused       shogun          start a=1  (rule roll)  Nobody listens.\n");
  EXPECT_THAT(last().head, StartsWith("GET /api/v1/triggers?limit=20 "));
}

TEST_F(TriggerRemote, ListOfNothingSaysSo) {
  answers_ = {Server::ok("", R"({"items":[]})")};
  EXPECT_EQ(run(run_list, ListOptions{}), Outcome::good);
  EXPECT_EQ(out_, "Nothing was heard or done that fits.\n");
  EXPECT_EQ(run(run_list, ListOptions{.server = {.json = true}}), Outcome::good);
  EXPECT_EQ(out_, "{\"items\":[]}\n");
}

TEST_F(TriggerRemote, ListAsksForWhatFits) {
  answers_ = {Server::ok("", R"({"items":[]})")};
  run(run_list, ListOptions{.outgoing = true,
                            .protocol = "trendnet",
                            .endpoint = "a b",
                            .rule = "r",
                            .outcome = "failed",
                            .take = "t",
                            .cause = "c",
                            .from = "2026-11-21T12:00:00Z",
                            .to = "2026-11-21T13:00:00+01:00",
                            .limit = 5});
  EXPECT_THAT(last().head, StartsWith("GET /api/v1/triggers?limit=5&incoming=false&protocol=trendnet&endpoint=a%20b&"
                                      "rule=r&outcome=failed&take=t&cause=c&from=2026-11-21T12%3A00%3A00Z&"
                                      "to=2026-11-21T13%3A00%3A00%2B01%3A00 "));
  run(run_list, ListOptions{.incoming = true});
  EXPECT_THAT(last().head, StartsWith("GET /api/v1/triggers?limit=20&incoming=true "));
  EXPECT_EQ(run(run_list, ListOptions{.incoming = true, .outgoing = true}), Outcome::unusable);
  EXPECT_THAT(err_, HasSubstr("--in and --out leave nothing"));
}

TEST_F(TriggerRemote, EventsAreGivenToTheRules) {
  answers_ = {Server::with_status("202 Accepted", "", R"({"id":"e1"})")};
  EXPECT_EQ(run(run_event, EventOptions{.kind = "shot", .fields = {"name=pitch_12", "note="}, .key = "k"}),
            Outcome::good);
  EXPECT_THAT(last().head, StartsWith("POST /api/v1/triggers "));
  EXPECT_EQ(last().body, R"({"kind":"shot","key":"k","fields":{"name":"pitch_12","note":""}})");
  EXPECT_EQ(out_, "Taken; dualcam trigger list --cause e1 shows what it did.\n");
  EXPECT_EQ(run(run_event, EventOptions{.server = {.json = true}, .kind = "shot"}), Outcome::good);
  EXPECT_EQ(last().body, R"({"kind":"shot","fields":{}})");
  EXPECT_EQ(out_, "{\"id\":\"e1\"}\n");
}

TEST_F(TriggerRemote, EventsWithFieldsThatMakeNoSenseAreNotSent) {
  answers_ = {Server::ok()};
  EXPECT_EQ(run(run_event, EventOptions{.kind = "shot", .fields = {"=x"}}), Outcome::unusable);
  EXPECT_EQ(run(run_event, EventOptions{.kind = "shot", .fields = {"a=1", "a=2"}}), Outcome::unusable);
  EXPECT_THAT(err_, HasSubstr("\"a\" is there twice"));
  EXPECT_EQ(last().head, "") << "the server was not asked";
}

TEST_F(TriggerRemote, ThatAllAreReadyIsAnExitCode) {
  const std::string none = R"({"items":[],"ready":true,"not_ready":[]})";
  const std::string away = R"({"items":[],"ready":false,"not_ready":[{"name":"gate","reason":"It is offline."}]})";
  answers_ = {Server::ok("", none), Server::ok("", away), Server::ok("", away)};
  EXPECT_EQ(run(run_cameras, CamerasOptions{.ready = true}), Outcome::good) << err_;
  EXPECT_THAT(out_, HasSubstr("All that can be fired are armed and ready.\n"));
  EXPECT_EQ(run(run_cameras, CamerasOptions{.ready = true}), Outcome::bad);
  EXPECT_THAT(out_, HasSubstr("Not ready: gate: It is offline.\n"));
  EXPECT_EQ(run(run_cameras, CamerasOptions{}), Outcome::good);
}

TEST_F(TriggerRemote, CamerasAreATable) {
  answers_ = {Server::ok("",
                         R"({"items":[{"name":"west","protocol":"edgertronic","state":"ready","since_s":90,)"
                         R"("last_seen_s":7200,"last_result":{"verb":"trigger","outcome":"confirmed"},"reason":null},)"
                         R"({"name":"gate","protocol":"trendnet","state":"away","since_s":300000,)"
                         R"("last_seen_s":null,"last_result":null,"reason":"No answer."}],"ready":false,)"
                         R"("not_ready":[{"name":null,"reason":"Everything is disarmed."},)"
                         R"({"name":"gate","reason":"No answer."}]})")};
  EXPECT_EQ(run(run_cameras, CamerasOptions{}), Outcome::good) << err_;
  EXPECT_THAT(last().head, StartsWith("GET /api/v1/cameras "));
  EXPECT_EQ(out_,
            "NAME              PROTOCOL     STATE             FOR      SEEN  LAST                  REASON\n"
            "west              edgertronic  ready            90 s       2 h  trigger confirmed     \n"
            "gate              trendnet     away              3 d     never  -                     No answer.\n"
            "Not ready: Everything is disarmed.\n"
            "Not ready: gate: No answer.\n");
}

TEST_F(TriggerRemote, ADryRunSaysWhatARuleWouldDo) {
  answers_ = {Server::ok("", R"({"protocol":"edgertronic"})"),
              Server::ok("", R"({"event":{"protocol":"edgertronic","source":"west","kind":"trigger",)"
                             R"("fields":{"name":"pitch"}},"outcome":"heard","reason":null,"rules":[)"
                             R"({"rule":"roll","fires":true,"commands":[{"due_at":"2026-11-21T12:00:00.123Z",)"
                             R"("target":"stage","verb":"start","parameters":{"name":"pitch"}}]},)"
                             R"({"rule":"other","fires":false,"reason":"It is disarmed.","commands":[]}]})")};
  EXPECT_EQ(run(run_dry_run, DryRunOptions{.hex = "05 aa 95 44", .endpoint = "west"}), Outcome::good) << err_;
  EXPECT_EQ(out_,
            "trigger of edgertronic west: name=pitch\nheard\n"
            "Rule roll fires:\n  12:00:00.123  stage start name=pitch\n"
            "Rule other does not fire: It is disarmed.\n");
  EXPECT_THAT(last().head, StartsWith("POST /api/v1/relay/rules/dry-run "));
  EXPECT_EQ(last().body, R"({"source":"west","protocol":"edgertronic","raw":"05aa9544"})");
}

TEST_F(TriggerRemote, ADryRunOfWhatNobodyTakesSaysWhy) {
  answers_ = {Server::ok("", R"({"event":null,"outcome":"refused","reason":"It is no trigger.","rules":[]})")};
  EXPECT_EQ(run(run_dry_run, DryRunOptions{.hex = "00", .protocol = "shogun"}), Outcome::good) << err_;
  EXPECT_EQ(out_, "refused: It is no trigger.\nNo rule matches.\n");
  EXPECT_EQ(last().body, R"({"protocol":"shogun","raw":"00"})");
}

TEST_F(TriggerRemote, ADryRunNeedsADatagramAndAListener) {
  EXPECT_EQ(run(run_dry_run, DryRunOptions{.hex = "00"}), Outcome::unusable);
  EXPECT_THAT(err_, HasSubstr("Who would hear it?"));
  EXPECT_EQ(run(run_dry_run, DryRunOptions{.hex = "0", .protocol = "shogun"}), Outcome::unusable);
  EXPECT_THAT(err_, HasSubstr("--hex is pairs of hexadecimal digits"));
  answers_ = {Server::with_status("404 Not Found", "", R"({"detail":"There is no camera \"moon\"."})")};
  EXPECT_EQ(run(run_dry_run, DryRunOptions{.hex = "00", .endpoint = "moon"}), Outcome::bad);
  EXPECT_EQ(err_, "dualcam trigger: There is no camera \"moon\".\n");
}

// Each of the commands that ask the server, for what they have in common.
class EveryTriggerCommand : public TriggerRemote {
 protected:
  std::vector<Outcome> outcomes(const ServerOptions& server = {}) {
    std::vector<Outcome> all;
    const auto take = [&](Outcome outcome) {
      all.push_back(outcome);
      sentences_.insert(err_);
      EXPECT_EQ(out_, "");
    };
    take(run(run_list, ListOptions{.server = server}));
    take(run(run_event, EventOptions{.server = server, .kind = "shot"}));
    take(run(run_send, SendOptions{.server = server, .target = "gate", .verb = "goto"}));
    take(run(run_dry_run, DryRunOptions{.server = server, .hex = "00", .protocol = "shogun"}));
    take(run(run_cameras, CamerasOptions{.server = server}));
    take(run(run_arm, ArmOptions{.server = server}));
    take(run(run_rules, RulesOptions{.server = server}));
    return all;
  }
  std::set<std::string> sentences_;
};

TEST_F(EveryTriggerCommand, SaysThatAServerIsNotThere) {
  EXPECT_THAT(outcomes({.access = {.api = "http://127.0.0.1:1"}}), Each(Outcome::unusable));
  EXPECT_THAT(sentences_, Each(HasSubstr("http://127.0.0.1:1/api/v1/")));
}

TEST_F(EveryTriggerCommand, AsksForATokenWhereThereIsNone) {
  answers_ = {Server::with_status("401 Unauthorized", "", R"({"detail":"Who are you?"})")};
  EXPECT_THAT(outcomes(), Each(Outcome::bad));
  EXPECT_THAT(sentences_,
              ElementsAre("dualcam trigger: Who are you? Give a token of the API with --api-token-file.\n"));
}

TEST_F(EveryTriggerCommand, HasNoUseForATokenThatCannotBeRead) {
  EXPECT_THAT(outcomes({.access = {.token_file = "/nowhere/token"}}), Each(Outcome::unusable));
  EXPECT_THAT(sentences_, ElementsAre("dualcam trigger: No token can be read from /nowhere/token; it stands in the "
                                      "first line.\n"));
}

TEST_F(EveryTriggerCommand, SaysThatThereIsNoRelay) {
  answers_ = {Server::with_status("404 Not Found", "", R"({"detail":"This server relays nothing."})")};
  EXPECT_THAT(outcomes(), Each(Outcome::bad));
  EXPECT_THAT(sentences_, ElementsAre("dualcam trigger: This server relays nothing.\n"));
}

TEST_F(EveryTriggerCommand, TellsTroubleOfTheServerFromItsRefusals) {
  answers_ = {Server::with_status("503 Service Unavailable", "", "<html>\x1b")};
  EXPECT_THAT(outcomes(), Each(Outcome::unusable));
  EXPECT_THAT(sentences_, ElementsAre("dualcam trigger: The server answered 503: <html>\\x1b\n"));
}

TEST_F(EveryTriggerCommand, DoesNotTakeAnythingForAnAnswer) {
  answers_ = {Server::ok("", "{}"), Server::ok("", "no JSON")};
  EXPECT_THAT(outcomes(), Each(Outcome::unusable));
  EXPECT_THAT(sentences_, Each(HasSubstr("The server's answer is not what its API promises")));
}

}  // namespace
}  // namespace trigger
