// The relay through the API: its cameras, rules, switches, events by hand, and its log.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "server/http/feed_events.hpp"
#include "tests/unit/http/fake_relay.hpp"
#include "tests/unit/http/fixture.hpp"

namespace http::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr std::string_view json_type = "Content-Type: application/json\r\n";

class RelayTest : public ServerTest {
 protected:
  RelayTest() {
    relay = &fake;
    relay_catalog = &log;
    fake.held_cameras = {{.name = "east", .protocol = "edgertronic"},
                         {.name = "gate", .protocol = "trendnet", .acts = true, .live = true, .state = "ready"}};
    fake.held_rules = {.rules = R"([{"name":"pitch"}])", .file_rules = "[]", .version = 7};
  }
  ~RelayTest() override { server.reset(); }

  Answer send(std::string_view method, std::string_view target, std::string_view body, std::string_view more = {}) {
    return request(port(), method, target, fmt::format("{}{}", json_type, more), body);
  }

  FakeRelay fake;
  FakeRelayCatalog log;
};

TEST_F(RelayTest, WithoutARelayItSaysWhatIsMissing) {
  relay = nullptr;
  relay_catalog = nullptr;
  start();
  for (const auto* target :
       {"/api/v1/cameras", "/api/v1/cameras/gate", "/api/v1/cameras/gate/live", "/api/v1/cameras/gate/snapshot",
        "/api/v1/triggers", "/api/v1/takes", "/api/v1/triggers/019aa5f0-0000-7000-8000-000000000001",
        "/api/v1/cameras/gate/definition.xml", "/api/v1/relay/rules",
        "/api/v1/takes/019aa5f0-0000-7000-8000-000000000001", "/api/v1/relay/arms"}) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_THAT(answer.body, HasSubstr("--relay FILE")) << target;
  }
  for (const auto* target : {"/api/v1/triggers", "/api/v1/cameras/gate/commands", "/api/v1/relay/rules/dry-run"})
    EXPECT_THAT(send("POST", target, "{}").body, HasSubstr("--relay FILE")) << target;
  for (const auto* target : {"/api/v1/relay/rules", "/api/v1/relay/arms/global"})
    EXPECT_THAT(send("PUT", target, "{}").body, HasSubstr("--relay FILE")) << target;
}

TEST_F(RelayTest, TheDefinitionFileOfACameraIsXml) {
  start();
  const auto answer = get("/api/v1/cameras/front/definition.xml");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.header("content-type"), "application/xml");
  EXPECT_EQ(answer.header("cache-control"), "no-cache");
  EXPECT_EQ(answer.body, "<mavlinkcamera/>");
  const auto none = get("/api/v1/cameras/gate/definition.xml");
  EXPECT_EQ(none.status, 404);
  EXPECT_EQ(none.header("content-type"), "application/problem+json");
  EXPECT_EQ(send("POST", "/api/v1/cameras/front/definition.xml", "{}").status, 405);
}

TEST_F(RelayTest, CamerasAndHowTheyAre) {
  auto& gate = fake.held_cameras.at(1);
  gate.since = base::utc_now() - 90s;
  gate.last_seen = base::utc_now() - 2s;
  gate.last_result = {.at = *gate.last_seen, .verb = "goto", .outcome = "confirmed"};
  gate.latency_us = 80'000;
  gate.properties = {{"pan", "136"}};
  gate.figures = {{"commands", 12}};
  static constexpr std::array taken{
      hub::Parameter{.name = "mode", .kind = hub::ValueKind::choice, .required = true, .choices = "image video"},
      hub::Parameter{.name = "preset", .kind = hub::ValueKind::number, .highest = 24}};
  gate.verbs = {{.protocol = hub::Protocol::trendnet, .name = "goto", .parameters = taken},
                {.protocol = hub::Protocol::trendnet, .name = "snapshot", .parameters = {}}};
  start();
  const auto list = json::parse(get("/api/v1/cameras").body).at("items");
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list.at(0).at("name"), "east");
  EXPECT_TRUE(list.at(0).at("last_result").is_null());
  const auto one = json::parse(get("/api/v1/cameras/gate").body);
  EXPECT_EQ(one.at("protocol"), "trendnet");
  EXPECT_NEAR(one.at("since_s").get<double>(), 90, 5);
  EXPECT_NEAR(one.at("last_seen_s").get<double>(), 2, 1.9);
  EXPECT_EQ(one.at("last_result").at("outcome"), "confirmed");
  EXPECT_EQ(one.at("latency_us"), 80'000);
  EXPECT_EQ(one.at("properties"), json({{"pan", "136"}}));
  EXPECT_EQ(one.at("figures"), json({{"commands", 12}}));
  EXPECT_EQ(one.at("verbs"), json({"goto", "snapshot"}));
  EXPECT_EQ(one.at("commands"), json::parse(R"([{"verb":"goto","parameters":[
    {"name":"mode","kind":"choice","required":true,"choices":["image","video"],"lowest":null,"highest":null},
    {"name":"preset","kind":"number","required":false,"choices":[],"lowest":0,"highest":24}]},
    {"verb":"snapshot","parameters":[]}])"));
  EXPECT_EQ(get("/api/v1/cameras/other").status, 404);
}

TEST_F(RelayTest, TheListSaysWhetherAllAreReady) {
  start();
  const auto list = [this] { return json::parse(get("/api/v1/cameras").body); };
  EXPECT_EQ(list().at("ready"), true);
  EXPECT_EQ(list().at("not_ready"), json::array());
  // What only hears is not what is fired.
  fake.held_cameras.at(0).state = "offline";
  EXPECT_EQ(list().at("ready"), true);
  fake.held_cameras.at(1).state = "offline";
  fake.held_cameras.at(1).reason = "No answer.";
  fake.held_arms = {{.scope = hub::ArmScope::global, .arm = {.armed = false}},
                    {.scope = hub::ArmScope::rule, .name = "gate", .arm = {.armed = false}},
                    {.scope = hub::ArmScope::target, .name = "gate", .arm = {.armed = false}}};
  EXPECT_EQ(list().at("ready"), false);
  EXPECT_EQ(list().at("not_ready"), json::parse(R"([{"name":null,"reason":"Everything is disarmed."},
    {"name":"gate","reason":"It is disarmed."},{"name":"gate","reason":"No answer."}])"));
  fake.held_arms.clear();
  fake.held_cameras.at(1).state = "degraded";
  fake.held_cameras.at(1).reason.clear();
  EXPECT_EQ(list().at("not_ready"), json::parse(R"([{"name":"gate","reason":"It is degraded."}])"));
}

TEST_F(RelayTest, ACommandIsTakenAndItsRowNamed) {
  start();
  const auto answer = send("POST", "/api/v1/cameras/gate/commands",
                           R"({"verb":"goto","parameters":{"preset":3,"name":"home","fast":true}})");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.header("location"), "/api/v1/triggers/" + fake.row.str());
  EXPECT_EQ(json::parse(answer.body), json({{"id", fake.row.str()}}));
  EXPECT_EQ(fake.asked.target, "gate");
  EXPECT_EQ(fake.asked.verb, "goto");
  const hub::Fields expected{{"fast", "true"}, {"name", "home"}, {"preset", "3"}};
  EXPECT_EQ(fake.asked.parameters, expected);
}

TEST_F(RelayTest, CommandsThatAreNone) {
  start();
  const std::string target = "/api/v1/cameras/gate/commands";
  for (const auto* body : {"", "[]", "{}", R"({"verb":3})", R"({"verb":""})", R"({"verb":"goto","more":1})",
                           R"({"verb":"goto","parameters":{"a":{}}})", R"({"verb":"goto","parameters":[1]})"})
    EXPECT_EQ(send("POST", target, body).status, 400) << body;
  EXPECT_EQ(request(port(), "POST", target, "", R"({"verb":"goto"})").status, 415);
  EXPECT_EQ(send("POST", target, R"({"verb":"goto"})", "Origin: http://elsewhere\r\n").status, 403);
  EXPECT_EQ(send("POST", target, "{\"verb\":\"" + std::string(20'000, 'x') + "\"}").status, 413);
  EXPECT_EQ(fake.asked.calls, 0);
}

TEST_F(RelayTest, WhatTheRelaySaysBecomesAStatus) {
  start();
  const std::pair<base::Errc, int> statuses[] = {{base::Errc::not_found, 404},   {base::Errc::invalid, 400},
                                                 {base::Errc::refused, 409},     {base::Errc::conflict, 409},
                                                 {base::Errc::unavailable, 503}, {base::Errc::exhausted, 503},
                                                 {base::Errc::io, 500}};
  for (const auto& [code, status] : statuses) {
    fake.failure = base::Error{code, "The relay's sentence."};
    const auto answer = send("POST", "/api/v1/cameras/gate/commands", R"({"verb":"goto"})");
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.body.contains("The relay's sentence."), status < 500) << answer.body;
  }
}

TEST_F(RelayTest, RulesAreReplacedByWhoKnowsThem) {
  start();
  const auto before = get("/api/v1/relay/rules");
  EXPECT_EQ(before.header("etag"), "\"7\"");
  EXPECT_EQ(json::parse(before.body).at("rules"), json::parse(R"([{"name":"pitch"}])"));
  EXPECT_EQ(json::parse(before.body).at("version"), 7);

  const std::string rules = R"([{"name":"other"}])";
  EXPECT_EQ(send("PUT", "/api/v1/relay/rules", rules).status, 428);
  EXPECT_EQ(send("PUT", "/api/v1/relay/rules", rules, "If-Match: \"6\"\r\n").status, 412);
  EXPECT_EQ(request(port(), "PUT", "/api/v1/relay/rules", "If-Match: \"7\"\r\n", rules).status, 415);
  EXPECT_EQ(fake.asked.calls, 0);

  const auto after = send("PUT", "/api/v1/relay/rules", rules, "If-Match: \"7\"\r\n");
  EXPECT_EQ(after.status, 200);
  EXPECT_EQ(after.header("etag"), "\"8\"");
  EXPECT_EQ(fake.asked.rules, rules);
  EXPECT_EQ(send("PUT", "/api/v1/relay/rules", rules, "If-Match: \"7\"\r\n").status, 412);
  EXPECT_EQ(send("PUT", "/api/v1/relay/rules", rules, "If-Match: *\r\n").status, 200);
}

TEST_F(RelayTest, ARaceBetweenTwoWritersIsSeen) {
  fake.failure = base::Error{base::Errc::conflict, "Somebody was faster."};
  start();
  EXPECT_EQ(send("PUT", "/api/v1/relay/rules", "[]", "If-Match: \"7\"\r\n").status, 412);
}

TEST_F(RelayTest, EveryFaultOfRulesIsSaid) {
  fake.failure = base::Error{base::Errc::invalid, "Rule \"a\" has no target.\nRule 2 has no name.\n"};
  start();
  const auto answer = send("PUT", "/api/v1/relay/rules", "[{},{}]", "If-Match: \"7\"\r\n");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  EXPECT_EQ(json::parse(answer.body).at("faults"), json({"Rule \"a\" has no target.", "Rule 2 has no name."}));
}

TEST_F(RelayTest, ManyRulesFitAndTooManyDoNot) {
  start();
  const std::string many = "[\"" + std::string(200'000, 'x') + "\"]";
  EXPECT_EQ(send("PUT", "/api/v1/relay/rules", many, "If-Match: \"7\"\r\n").status, 200);
  EXPECT_EQ(fake.asked.rules.size(), many.size());
}

TEST_F(RelayTest, WhatAnEventWouldDo) {
  fake.rehearsal.outcome = "heard";
  fake.rehearsal.rules = {{.name = "pitch", .fires = true, .commands = {{.target = "west", .verb = "trigger"}}}};
  start();
  const std::string target = "/api/v1/relay/rules/dry-run";
  const auto answer = send("POST", target,
                           R"({"event":{"protocol":"shogun","source":"stage","kind":"start","hops":1,"key":"k",)"
                           R"("fields":{"name":"dance","packet_id":33360}}})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::parse(answer.body).at("rules").at(0).at("commands").at(0).at("target"), "west");
  EXPECT_EQ(fake.asked.event.protocol, "shogun");
  EXPECT_EQ(fake.asked.event.source, "stage");
  EXPECT_EQ(fake.asked.event.hops, 1U);
  const hub::Fields expected{{"name", "dance"}, {"packet_id", "33360"}};
  EXPECT_EQ(fake.asked.event.fields, expected);
  EXPECT_FALSE(fake.asked.datagram);

  EXPECT_EQ(send("POST", target, R"({"protocol":"edgertronic","raw":"05 aa 95 44","source":"field"})").status, 200);
  ASSERT_TRUE(fake.asked.datagram);
  EXPECT_EQ(fake.asked.datagram->protocol, "edgertronic");
  EXPECT_EQ(fake.asked.datagram->source, "field");
  EXPECT_EQ(fake.asked.datagram->raw, (base::Bytes{0x05, 0xaa, 0x95, 0x44}));

  for (const auto* body : {"{}", R"({"event":{"kind":"start"}})", R"({"protocol":"shogun"})", R"({"raw":"00"})",
                           R"({"event":{"protocol":"shogun","kind":"start"},"raw":"00"})",
                           R"({"protocol":"shogun","raw":"0"})", R"({"protocol":"shogun","raw":"zz"})"})
    EXPECT_EQ(send("POST", target, body).status, 400) << body;
  EXPECT_EQ(send("POST", target, fmt::format(R"({{"protocol":"shogun","raw":"{:010300}"}})", 0)).status, 400);
}

TEST_F(RelayTest, Switches) {
  fake.held_arms = {{.scope = hub::ArmScope::global, .arm = {.armed = true}},
                    {.scope = hub::ArmScope::rule, .name = "pitch", .arm = {.armed = false, .until = base::utc_now()}}};
  start();
  const auto list = json::parse(get("/api/v1/relay/arms").body).at("items");
  EXPECT_EQ(list.at(0).at("scope"), "global");
  EXPECT_TRUE(list.at(0).at("name").is_null());
  EXPECT_EQ(list.at(1).at("name"), "pitch");
  EXPECT_EQ(list.at(1).at("armed"), false);

  EXPECT_EQ(send("PUT", "/api/v1/relay/arms/global", R"({"armed":false})").status, 200);
  ASSERT_TRUE(fake.asked.arm);
  EXPECT_EQ(fake.asked.arm->scope, hub::ArmScope::global);
  EXPECT_FALSE(fake.asked.arm->arm.armed);
  EXPECT_FALSE(fake.asked.arm->arm.until);

  const auto timed = send("PUT", "/api/v1/relay/arms/target/west%20side", R"({"armed":true,"for_s":60})");
  EXPECT_EQ(timed.status, 200);
  EXPECT_EQ(fake.asked.arm->scope, hub::ArmScope::target);
  EXPECT_EQ(fake.asked.arm->name, "west side");
  ASSERT_TRUE(fake.asked.arm->arm.until);
  EXPECT_GT(*fake.asked.arm->arm.until, base::utc_now() + 50s);
  EXPECT_LE(*fake.asked.arm->arm.until, base::utc_now() + 60s);

  const auto until = base::to_iso8601(base::utc_now() + 1h);
  EXPECT_EQ(send("PUT", "/api/v1/relay/arms/rule/pitch", fmt::format(R"({{"armed":true,"until":"{}"}})", until)).status,
            200);
  EXPECT_EQ(base::to_iso8601(fake.asked.arm->arm.until.value()), until);
}

TEST_F(RelayTest, SwitchesThatAreNone) {
  start();
  EXPECT_EQ(send("PUT", "/api/v1/relay/arms/global/name", R"({"armed":true})").status, 404);
  EXPECT_EQ(send("PUT", "/api/v1/relay/arms/rule", R"({"armed":true})").status, 404);
  EXPECT_EQ(send("PUT", "/api/v1/relay/arms/moon/name", R"({"armed":true})").status, 404);
  for (const auto* body : {"{}", R"({"armed":1})", R"({"armed":true,"for_s":0})", R"({"armed":true,"for_s":9999999})",
                           R"({"armed":true,"until":"2020-01-01"})", R"({"armed":true,"until":"soon"})",
                           R"({"armed":true,"for_s":3,"until":"2030-01-01"})"})
    EXPECT_EQ(send("PUT", "/api/v1/relay/arms/global", body).status, 400) << body;
  EXPECT_FALSE(fake.asked.arm);
  fake.failure = base::Error{base::Errc::not_found, "There is no rule \"x\"."};
  EXPECT_EQ(send("PUT", "/api/v1/relay/arms/rule/x", R"({"armed":true})").status, 404);
}

TEST_F(RelayTest, AnEventByHand) {
  start();
  const auto answer = send("POST", "/api/v1/triggers", R"({"kind":"goal","fields":{"team":"a"},"hops":2,"key":"g1"})");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.header("location"), "/api/v1/triggers/" + fake.row.str());
  EXPECT_EQ(fake.asked.event.protocol, "api");
  EXPECT_EQ(fake.asked.event.source, "api");
  EXPECT_EQ(fake.asked.event.kind, "goal");
  EXPECT_EQ(fake.asked.event.hops, 2U);
  EXPECT_EQ(fake.asked.event.key, "g1");
  for (const auto* body : {"{}", R"({"kind":"goal","protocol":"shogun"})", R"({"kind":"goal","hops":300})"})
    EXPECT_EQ(send("POST", "/api/v1/triggers", body).status, 400) << body;
  EXPECT_EQ(fake.asked.calls, 1);
}

storage::Trigger row(unsigned n) {
  return {.id = base::Uuid::parse(fmt::format("019aa5f0-3333-7000-8000-{:012x}", n)).value(),
          .protocol = "edgertronic",
          .endpoint = "field",
          .kind = "trigger",
          .outcome = "heard",
          .fields = R"({"name":"pitch_27_&T"})",
          .at = testing::at("2026-11-21T10:15:00Z")};
}

TEST_F(RelayTest, TheLogIsAskedAsItIsFiltered) {
  log.triggers = {row(2), row(1)};
  log.next_cursor = "further";
  start();
  const auto page = json::parse(get("/api/v1/triggers").body);
  EXPECT_EQ(page.at("items").size(), 2U);
  EXPECT_EQ(page.at("next_cursor"), "further");
  EXPECT_EQ(page.at("items").at(0).at("fields").at("name"), "pitch_27_&T");
  EXPECT_TRUE(page.at("items").at(0).at("raw").is_null());
  EXPECT_FALSE(log.asked.incoming);
  EXPECT_EQ(log.asked.limit, 50U);

  const auto id = row(1).id;
  EXPECT_EQ(get(fmt::format("/api/v1/triggers?incoming=false&protocol=shogun&endpoint=stage&rule=r&outcome=sent&take={}"
                            "&cause={}&from=2026-11-21&to=2026-11-22&limit=7&cursor=c",
                            id.str(), id.str()))
                .status,
            200);
  EXPECT_EQ(log.asked.incoming, false);
  EXPECT_EQ(log.asked.protocol, "shogun");
  EXPECT_EQ(log.asked.endpoint, "stage");
  EXPECT_EQ(log.asked.rule, "r");
  EXPECT_EQ(log.asked.outcome, "sent");
  EXPECT_EQ(log.asked.take_id, id);
  EXPECT_EQ(log.asked.cause, id);
  EXPECT_EQ(log.asked.from, testing::at("2026-11-21"));
  EXPECT_EQ(log.asked.to, testing::at("2026-11-22"));
  EXPECT_EQ(log.asked.limit, 7U);
  EXPECT_EQ(log.asked.cursor, "c");
  for (const auto* query : {"incoming=maybe", "take=1", "from=2026-11-22&to=2026-11-21", "limit=0", "colour=red"})
    EXPECT_EQ(get(fmt::format("/api/v1/triggers?{}", query)).status, 400) << query;
  log.failure = base::Error{base::Errc::invalid, "no cursor"};
  EXPECT_EQ(get("/api/v1/triggers?cursor=c").status, 400);
  EXPECT_EQ(get("/api/v1/takes?cursor=c").status, 400);
}

TEST_F(RelayTest, ARowOfTheLogHasItsBytes) {
  auto one = row(1);
  one.raw = {0x05, 0xaa, 0x95, 0x44};
  one.cause = row(2).id;
  one.latency_us = 1500;
  log.triggers = {one};
  start();
  const auto found = json::parse(get("/api/v1/triggers/" + one.id.str()).body);
  EXPECT_EQ(found.at("raw"), "05aa9544");
  EXPECT_EQ(found.at("cause"), row(2).id.str());
  EXPECT_EQ(found.at("latency_us"), 1500);
  EXPECT_TRUE(found.at("take_id").is_null());
  EXPECT_EQ(get("/api/v1/triggers/" + row(9).id.str()).status, 404);
  EXPECT_EQ(get("/api/v1/triggers/nine").status, 400);
}

TEST_F(RelayTest, ATakeHasItsTriggers) {
  const storage::RelayTake take{.id = row(5).id, .number = 12, .source = "stage", .name = "dance", .state = "ended"};
  log.takes = {take};
  log.triggers = {row(2), row(1)};
  start();
  EXPECT_EQ(json::parse(get("/api/v1/takes").body).at("items").at(0).at("number"), 12);
  const auto found = json::parse(get("/api/v1/takes/" + take.id.str()).body);
  EXPECT_EQ(found.at("name"), "dance");
  EXPECT_EQ(found.at("triggers").size(), 2U);
  EXPECT_EQ(found.at("complete"), true);
  EXPECT_EQ(log.asked.take_id, take.id);
  log.next_cursor = "more";
  EXPECT_EQ(json::parse(get("/api/v1/takes/" + take.id.str()).body).at("complete"), false);
  EXPECT_EQ(get("/api/v1/takes/" + row(6).id.str()).status, 404);
}

TEST_F(RelayTest, EventsAreTheSameJson) {
  feed = std::make_unique<Feed>();
  auto one = row(1);
  log.triggers = {one};
  start();
  Connection reader(port());
  reader.send_get("/api/v1/events?topics=trigger,arm");
  ASSERT_TRUE(reader.read_head());
  ASSERT_TRUE(reader.read_chunk());
  publish(*feed, one);
  EXPECT_THAT(reader.read_chunk().value(),
              HasSubstr(fmt::format("\nevent: trigger\ndata: {}\n\n", get("/api/v1/triggers/" + one.id.str()).body)));
}

}  // namespace
}  // namespace http::testing
