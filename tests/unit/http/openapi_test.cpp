// The description of the API says what the routes are, no more and no less.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "server/http/api.hpp"
#include "server/http/assets.hpp"
#include "server/http/capture_json.hpp"
#include "server/http/json.hpp"
#include "server/http/recording_json.hpp"
#include "server/http/relay_json.hpp"
#include "server/http/tracking_json.hpp"
#include "tests/unit/http/fake_jobs.hpp"
#include "tests/unit/http/fakes.hpp"

namespace http {
namespace {

using nlohmann::json;

json description() {
  return json::parse(find_asset("/api/v1/openapi.json")->body);
}

std::set<std::string> names_of(const json& object) {
  std::set<std::string> names;
  for (auto member = object.begin(); member != object.end(); ++member) names.insert(member.key());
  return names;
}

bool is_page(const Route& route) {
  return find_asset(route.pattern) != nullptr && !route.pattern.starts_with("/api");
}

std::string method_of(const Route& route) {
  switch (route.method) {
    case Method::get: return "get";
    case Method::put: return "put";
    case Method::del: return "delete";
    case Method::post: return "post";
  }
  return {};
}

TEST(OpenApi, NamesEveryRouteAndNoOther) {
  std::set<std::string> routed;
  for (const auto& route : routes()) {
    if (!is_page(route)) routed.emplace(route.pattern);
  }
  EXPECT_EQ(names_of(description().at("paths")), routed);
}

TEST(OpenApi, NamesEveryParameterAndNoOther) {
  const auto paths = description().at("paths");
  for (const auto& route : routes()) {
    if (is_page(route)) continue;
    const auto& operation = paths.at(std::string(route.pattern)).at(method_of(route));
    std::set<std::string> in_query;
    std::set<std::string> in_path;
    for (const auto& parameter : operation.value("parameters", json::array())) {
      if (parameter.at("in") == "query") in_query.insert(parameter.at("name"));
      if (parameter.at("in") == "path") in_path.insert('{' + parameter.at("name").get<std::string>() + '}');
    }
    EXPECT_EQ(in_query, std::set<std::string>(route.parameters.begin(), route.parameters.end())) << route.pattern;
    for (const auto& name : in_path) EXPECT_NE(route.pattern.find(name), std::string::npos) << name;
    EXPECT_EQ(in_path.size(), std::ranges::count(route.pattern, '{')) << route.pattern;
  }
}

void expect_references_to_exist(const json& node, const json& whole) {
  if (node.is_object() && node.contains("$ref")) {
    const auto reference = node.at("$ref").get<std::string>();
    ASSERT_TRUE(reference.starts_with("#/")) << reference;
    EXPECT_TRUE(whole.contains(json::json_pointer(reference.substr(1)))) << reference;
  }
  if (node.is_structured()) {
    for (const auto& child : node) expect_references_to_exist(child, whole);
  }
}

TEST(OpenApi, IsWholeInItself) {
  const auto whole = description();
  EXPECT_EQ(whole.at("openapi"), "3.1.0");
  expect_references_to_exist(whole, whole);
  std::set<std::string> ids;
  std::size_t operations = 0;
  for (const auto& path : whole.at("paths"))
    for (const auto& operation : path) {
      ++operations;
      EXPECT_TRUE(ids.insert(operation.at("operationId")).second) << operation;
      const auto& responses = operation.at("responses");
      EXPECT_TRUE(responses.contains("200") || responses.contains("202") || responses.contains("302")) << operation;
    }
  EXPECT_EQ(operations, std::ranges::count_if(routes(), [](const Route& route) { return !is_page(route); }));
}

// The members of a schema are those of the JSON that is sent.
void expect_same_members(const char* schema, const std::string& sent) {
  const auto described = description().at("components").at("schemas").at(schema);
  EXPECT_EQ(names_of(described.at("properties")), names_of(json::parse(sent))) << schema;
}

TEST(OpenApi, DescribesTheMembersThatAreSent) {
  const storage::Transfer transfers[] = {testing::transfer(1, "stored")};
  expect_same_members("Media", media_json(testing::photo(1), {}));
  const recorder::Entry recordings[] = {{.session = "1"}};
  expect_same_members("Recording", json::parse(recordings_json(recordings)).at("items").at(0).dump());
  expect_same_members("RecordingPolicy", recording_policy_json(recorder::Mode::all, {}));
  const auto job = testing::job_of(testing::video(1), storage::JobTask::preview, storage::JobState::running);
  const Making making{MakingState::running, &job};
  expect_same_members("Job", json::parse(jobs_json({&job, 1})).at("items").at(0).dump());
  expect_same_members("BeingMade", making_json(making));
  expect_same_members("Derived", json::parse(media_json(testing::video(1), {{&job, 1}, {}})).at("playback").dump());
  const auto probe = json::parse(probe_json({}, {.frames = 1, .sound_us = 1}));
  expect_same_members("Probe", probe.dump());
  for (const auto* part : {"video", "sound"}) {
    const auto described = description().at("components").at("schemas").at("Probe").at("properties").at(part);
    EXPECT_EQ(names_of(described.at("properties")), names_of(probe.at(part))) << part;
  }
  expect_same_members("Transfer", json::parse(transfer_page_json(transfers, "")).at("items").at(0).dump());
  const storage::Device devices[] = {{.imei = testing::imei(1)}};
  expect_same_members("Device", json::parse(device_page_json(devices, "")).at("items").at(0).dump());
  expect_same_members("DeviceDetails", device_details_json({.device = {.imei = testing::imei(1)}}));
  const storage::Finding findings[] = {{}};
  const auto scrub = json::parse(scrub_json(storage::ScrubRun{}, findings));
  expect_same_members("Scrub", scrub.dump());
  expect_same_members("ScrubRun", scrub.at("run").dump());
  expect_same_members("Finding", scrub.at("findings").at(0).dump());
  expect_same_members("Tombstone", tombstone_json({.imei = testing::imei(1)}));
  expect_same_members("Gone", gone_json({.imei = testing::imei(1)}, "t", "d"));
  expect_same_members("Health", health_json("1", std::chrono::seconds(1), true));
  expect_same_members("Readiness", readiness_json({}, false));
  const storage::CaptureRequest request{.imei = testing::imei(1), .parts = {{.imei = testing::imei(1)}}};
  const auto capture = json::parse(capture_json(request));
  expect_same_members("CaptureRequest", capture.dump());
  expect_same_members("CapturePart", capture.at("parts").at(0).dump());
  const storage::DeviceEvent event{.imei = testing::imei(1)};
  expect_same_members("DeviceEvent", device_event_json(event));
  const tracking::Track track{.points = {{}}};
  expect_same_members("TrackPoint", json::parse(track_json(track)).at("items").at(0).dump());
  expect_same_members("Problem", problem_json(400, "t", "d", "p"));
  expect_same_members("Faults", faults_json(400, "t", "d", "p"));
}

TEST(OpenApi, DescribesTheMembersOfTheRelay) {
  expect_same_members("Trigger", trigger_json({}));
  expect_same_members("Take", take_json({}));
  expect_same_members("TakeDetails", take_details_json({}, {}, true));
  expect_same_members("Camera", camera_json({}, {}));
  expect_same_members("Rules", rules_json({}));
  expect_same_members("Arm", arm_json({}));
  RelayRehearsal rehearsal{.event = RelayEvent{}, .rules = {{.commands = {{}}}}};
  const auto sent = json::parse(rehearsal_json(rehearsal));
  expect_same_members("Rehearsal", sent.dump());
  const auto described = description().at("components").at("schemas").at("Rehearsal").at("properties");
  const auto& rule = described.at("rules").at("items").at("properties");
  EXPECT_EQ(names_of(rule), names_of(sent.at("rules").at(0)));
  EXPECT_EQ(names_of(rule.at("commands").at("items").at("properties")),
            names_of(sent.at("rules").at(0).at("commands").at(0)));
  EXPECT_EQ(names_of(described.at("event").at("oneOf").at(0).at("properties")), names_of(sent.at("event")));
}

}  // namespace
}  // namespace http
