// Capture requests, tracks and device events over HTTP, on a real catalog.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "server/http/server.hpp"
#include "storage/objects/memory_object_store.hpp"
#include "tests/unit/http/client.hpp"
#include "tests/unit/http/fake_jobs.hpp"
#include "tests/unit/http/fakes.hpp"

namespace http {
namespace {

using nlohmann::json;
using storage::CaptureState;
using testing::Answer;
using ::testing::HasSubstr;

constexpr std::string_view as_json = "Content-Type: application/json\r\n";

class CaptureTest : public ::testing::Test {
 protected:
  CaptureTest() {
    EXPECT_TRUE(catalog_->migrate());
    sources_.capturing.added = [this] { ++added_; };
    restart();
  }
  void restart() {
    server_.reset();
    server_ = std::move(*Server::start({.port = 0}, sources_));
  }

  Answer request(std::string_view method, const std::string& target, std::string_view body = {},
                 std::string_view headers = as_json) {
    return testing::request(server_->port(), method, target, headers, body);
  }
  Answer wish(const std::string& body) { return request("POST", device_ + "/capture-requests", body); }
  static json parsed(const Answer& answer) { return json::parse(answer.body, nullptr, false); }
  static std::string path_of(const json& capture) {
    return "/api/v1/capture-requests/" + capture.at("id").get<std::string>();
  }
  storage::DeviceEvent sos(const base::Imei& imei, std::string_view at) {
    storage::DeviceEvent event{.id = base::Uuid::v7(testing::at(at)),
                               .imei = imei,
                               .at = testing::at(at),
                               .received_at = testing::at(at),
                               .value = 3,
                               .name = "crash",
                               .place = storage::Place{.latitude = 54.6872, .longitude = 25.2797, .speed_kmh = 61}};
    EXPECT_TRUE(catalog_->tracking().add_device_event(event).value());
    return event;
  }
  // A part's way to an end, as the dispatcher and the cameras' side write it.
  std::vector<storage::CapturePart> take(storage::CaptureChannel channel) {
    return catalog_->captures().take_captures(channel, "node", 10, patience_, base::utc_now()).value();
  }

  std::unique_ptr<storage::Catalog> catalog_ = storage::open_catalog("sqlite::memory:").value();
  storage::MemoryObjectStore objects_;
  testing::FakeJobs jobs_;
  int added_ = 0;
  Sources sources_{.catalog = *catalog_, .objects = objects_, .jobs = jobs_, .version = "1"};
  std::unique_ptr<Server> server_;
  const base::Imei imei_ = testing::imei(0);
  const std::string device_ = "/api/v1/devices/" + imei_.str();
  const storage::CapturePatience patience_;
  const std::string a_clip_ = R"({"kind":"video","cameras":["front"],"at":"2026-11-20T10:00:00Z","duration_s":10})";
};

TEST_F(CaptureTest, AClipIsAskedForAndShown) {
  const auto answer = wish(a_clip_);
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(added_, 1) << "the dispatcher is told";
  const json made = parsed(answer);
  EXPECT_EQ(answer.header("location"), path_of(made));
  EXPECT_EQ(made.at("state"), "queued");
  EXPECT_EQ(made.at("imei"), imei_.str());
  EXPECT_EQ(made.at("from"), "2026-11-20T10:00:00.000Z");
  EXPECT_EQ(made.at("duration_s"), 10);
  EXPECT_EQ(made.at("channel"), "avl");
  EXPECT_EQ(made.at("origin"), "api");
  EXPECT_EQ(made.at("matched_by"), "inference");
  ASSERT_EQ(made.at("parts").size(), 1U);
  const json& part = made.at("parts")[0];
  EXPECT_EQ(part.at("command"), "camreq:0,1,1795168800,10");
  EXPECT_EQ(part.at("files"), json::parse(R"([{"camera":"front","media_id":null}])"));
  EXPECT_EQ(part.at("attempts"), 0);
  EXPECT_EQ(parsed(request("GET", path_of(made))), made);

  const auto again = wish(a_clip_);
  EXPECT_EQ(again.status, 200) << "the same clip is asked for once";
  EXPECT_EQ(parsed(again), made);
  const json list = parsed(request("GET", "/api/v1/capture-requests?state=queued&imei=" + imei_.str()));
  EXPECT_EQ(list.at("items"), json::array({made}));
  EXPECT_EQ(list.at("next_cursor"), nullptr);
}

TEST_F(CaptureTest, ALongWishIsSeveralParts) {
  const json made =
      parsed(wish(R"({"kind":"video","cameras":["front","rear"],"at":"2026-11-20T10:00:00Z","duration_s":70})"));
  ASSERT_EQ(made.at("parts").size(), 3U);
  int seconds = 0;
  for (const json& part : made.at("parts")) {
    EXPECT_LE(part.at("duration_s"), 30);
    EXPECT_EQ(part.at("files").size(), 2U);
    seconds += part.at("duration_s").get<int>();
  }
  EXPECT_EQ(seconds, 70);
}

TEST_F(CaptureTest, AroundAnEventOrATime) {
  const auto event = sos(imei_, "2026-11-20T10:00:07.400Z");
  const json made = parsed(wish(R"({"kind":"video","cameras":["front"],"around":{"event":")" + event.id.str() +
                                R"("},"before_s":8,"after_s":4})"));
  EXPECT_EQ(made.at("event_id"), event.id.str());
  EXPECT_EQ(made.at("from"), "2026-11-20T09:59:59.000Z");
  EXPECT_GE(made.at("duration_s"), 12);
  const json timed = parsed(wish(R"({"kind":"video","cameras":["rear"],"around":{"time":"2026-11-20T10:00:00Z"}})"));
  EXPECT_EQ(timed.at("from"), "2026-11-20T09:59:55.000Z");
  EXPECT_EQ(timed.at("duration_s"), 10);
  const auto foreign = sos(testing::imei(1), "2026-11-20T10:00:00Z");
  const auto refused = wish(R"({"kind":"video","cameras":["front"],"around":{"event":")" + foreign.id.str() + R"("}})");
  EXPECT_EQ(refused.status, 400) << "another device's event";
  EXPECT_EQ(parsed(refused).at("parameter"), "around");
}

TEST_F(CaptureTest, WishesThatCannotBe) {
  const std::pair<const char*, const char*> cases[] = {
      {R"([])", "JSON object"},
      {R"({)", "JSON object"},
      {R"({"kind":"video"})", "Name one camera"},
      {R"({"kind":"song","cameras":["front"]})", "photo or video"},
      {R"({"kind":"photo","cameras":["left"]})", "Cameras are"},
      {R"({"kind":"photo","cameras":["unknown"]})", "Cameras are"},
      {R"({"kind":"photo","cameras":["front","dsm"]})", "Only front and rear"},
      {R"({"kind":"photo","cameras":["front"],"resolution":5})", "Resolutions are"},
      {R"({"kind":"photo","cameras":["front"],"colour":1})", "not known here"},
      {R"({"kind":"photo","cameras":["front"],"deadline_s":1})", "deadline_s"},
      {R"({"kind":"photo","cameras":["front"],"deadline_s":-1})", "whole number"},
      {R"({"kind":"photo","cameras":["front"],"channel":"pigeon"})", "avl, webhook or sms"},
      {R"({"kind":"photo","cameras":["front"],"around":{"time":"2026-11-20T10:00:00Z"}})", "only a video"},
      {R"({"kind":"video","cameras":["front"],"at":"soon","duration_s":1})", "ISO 8601"},
      {R"({"kind":"video","cameras":["front"],"around":{}})", "either"},
      {R"({"kind":"video","cameras":["front"],"around":{"time":"2026-11-20T10:00:00Z"},"duration_s":3})", "say one"},
      {R"({"kind":"video","cameras":["front"],"at":"2026-11-20T10:00:00Z","duration_s":1,"before_s":3})", "around"},
      {R"({"kind":"video","cameras":["front"],"around":{"event":"x"}})", "UUID"},
      {R"({"kind":"video","cameras":["front"]})", ""},
      {R"({"kind":"video","cameras":["front"],"at":"2026-11-20T10:00:00Z","duration_s":601})", ""},
      {R"({"kind":"video","cameras":["front"],"at":"2099-11-20T10:00:00Z","duration_s":1})", ""},
      {R"({"kind":"video","cameras":["dash"],"at":"2026-11-20T10:00:00Z","duration_s":1})", ""},
  };
  for (const auto& [body, says] : cases) {
    const auto answer = wish(body);
    EXPECT_EQ(answer.status, 400) << body << answer.body;
    EXPECT_THAT(parsed(answer).value("detail", ""), HasSubstr(says)) << body;
  }
  EXPECT_EQ(request("POST", device_ + "/capture-requests", a_clip_, "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(request("POST", "/api/v1/devices/123/capture-requests", a_clip_).status, 400);
  EXPECT_EQ(added_, 0);
}

TEST_F(CaptureTest, CancelledAndNeverThere) {
  const json made = parsed(wish(a_clip_));
  const auto cancelled = request("DELETE", path_of(made));
  EXPECT_EQ(cancelled.status, 200);
  EXPECT_EQ(parsed(cancelled).at("state"), "cancelled");
  EXPECT_EQ(request("DELETE", path_of(made)).status, 200) << "again";
  const std::string never = "/api/v1/capture-requests/" + base::Uuid::v7(base::utc_now()).str();
  for (const char* method : {"GET", "DELETE"}) {
    EXPECT_EQ(request(method, never).status, 404);
    EXPECT_EQ(request(method, "/api/v1/capture-requests/7").status, 400);
  }
  EXPECT_EQ(request("GET", "/api/v1/capture-requests?state=lost").status, 400);
  EXPECT_EQ(request("GET", "/api/v1/capture-requests?cursor=made-up").status, 400);
}

TEST_F(CaptureTest, ABackendTellsTheReply) {
  std::vector<std::string> told;
  sources_.capturing.channel = storage::CaptureChannel::webhook;
  sources_.capturing.reply = [&](const base::Uuid& id, std::optional<std::uint32_t> part,
                                 std::string_view text) -> base::Result<storage::CaptureRequest> {
    told.push_back(std::string(text) + (part ? std::to_string(*part) : ""));
    if (text == "late") return base::fail(base::Errc::conflict, "It has been answered.");
    if (text == "odd") return base::fail(base::Errc::invalid, "That is no answer.");
    auto found = catalog_->captures().find_capture(id).value();
    if (!found) return base::fail(base::Errc::not_found, "There is none.");
    return *found;
  };
  restart();
  const json made = parsed(wish(a_clip_));
  EXPECT_EQ(made.at("channel"), "webhook");
  EXPECT_EQ(take(storage::CaptureChannel::webhook).size(), 1U);
  EXPECT_EQ(request("POST", path_of(made) + "/reply", R"({"text":"good","part":0})").status, 200);
  EXPECT_EQ(request("POST", path_of(made) + "/reply", R"({"text":"late"})").status, 409);
  EXPECT_EQ(request("POST", path_of(made) + "/reply", R"({"text":"odd"})").status, 400);
  EXPECT_EQ(request("POST", path_of(made) + "/reply", R"({"text":""})").status, 400);
  EXPECT_EQ(request("POST", path_of(made) + "/reply", R"({"part":0})").status, 400);
  EXPECT_EQ(request("POST", path_of(made) + "/reply", R"({"text":"x"})", "").status, 415);
  const std::string never = "/api/v1/capture-requests/" + base::Uuid::v7(base::utc_now()).str();
  EXPECT_EQ(request("POST", never + "/reply", R"({"text":"x"})").status, 404);
  EXPECT_EQ(told, (std::vector<std::string>{"good0", "late", "odd", "x"}));
}

TEST_F(CaptureTest, RepliesAreTakenWhereThereIsADispatcherOnly) {
  const json made = parsed(wish(a_clip_));
  EXPECT_EQ(request("POST", path_of(made) + "/reply", R"({"text":"x"})").status, 503);
}

TEST_F(CaptureTest, AResolutionNeedsTheAddressOfThisServer) {
  const std::string small = R"({"kind":"photo","cameras":["front"],"resolution":1})";
  EXPECT_EQ(wish(small).status, 400);
  sources_.capturing.camera_address = avl::Destination{"cams.example.com", 7700};
  restart();
  const auto answer = wish(small);
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(parsed(answer).at("parts")[0].at("command"), "camreq:1,1,cams.example.com,7700,1");
}

TEST_F(CaptureTest, AProfileDecidesTheCommand) {
  ASSERT_EQ(wish(a_clip_).status, 201);
  const auto set = request("PUT", device_ + "/capture-profile", R"({"profile":"icam:2"})");
  EXPECT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(parsed(set).at("capture_profile"), "icam:2");
  const json made = parsed(wish(R"({"kind":"video","cameras":["front"],"at":"2026-11-20T11:00:00Z","duration_s":10})"));
  EXPECT_THAT(made.at("parts")[0].at("command").get<std::string>(), HasSubstr("icam_req:2,2,"));
  EXPECT_EQ(request("PUT", device_ + "/capture-profile", R"({"profile":"magic"})").status, 400);
  EXPECT_EQ(parsed(request("PUT", device_ + "/capture-profile", R"({"profile":""})")).at("capture_profile"), "classic");
}

TEST_F(CaptureTest, DeviceEventsAreListed) {
  const auto first = sos(imei_, "2026-11-20T10:00:00Z");
  const auto second = sos(imei_, "2026-11-20T11:00:00Z");
  sos(testing::imei(1), "2026-11-20T12:00:00Z");
  const json page = parsed(request("GET", "/api/v1/device-events?limit=1&kind=sos&imei=" + imei_.str()));
  ASSERT_EQ(page.at("items").size(), 1U);
  EXPECT_EQ(page.at("items")[0].at("id"), second.id.str());
  EXPECT_EQ(page.at("items")[0].at("name"), "crash");
  EXPECT_DOUBLE_EQ(page.at("items")[0].at("latitude"), 54.6872);
  const json rest = parsed(request("GET", "/api/v1/device-events?limit=1&kind=sos&imei=" + imei_.str() +
                                              "&cursor=" + page.at("next_cursor").get<std::string>()));
  EXPECT_EQ(rest.at("items")[0].at("id"), first.id.str());
  EXPECT_EQ(parsed(request("GET", "/api/v1/device-events/" + first.id.str())), rest.at("items")[0]);
  EXPECT_EQ(request("GET", "/api/v1/device-events/" + base::Uuid::v7(base::utc_now()).str()).status, 404);
  EXPECT_EQ(request("GET", "/api/v1/device-events?kind=song").status, 400);
  EXPECT_EQ(request("GET", "/api/v1/device-events?from=2026-11-20&to=2026-11-19").status, 400);
}

TEST_F(CaptureTest, ADeviceSaysHowItIs) {
  const base::UtcTime at = testing::at("2026-11-20T10:00:00Z");
  ASSERT_TRUE(catalog_->tracking().open_link(
      {.imei = imei_, .node = "garage", .session = "s1", .peer = "192.0.2.1:4000", .since = at}));
  json device = parsed(request("GET", device_));
  EXPECT_EQ(device.at("state"), nullptr);
  EXPECT_EQ(device.at("link").at("peer"), "192.0.2.1:4000");
  const storage::DeviceState state{.imei = imei_,
                                   .recorded_at = at,
                                   .received_at = at,
                                   .place = storage::Place{.latitude = 54.5, .longitude = 25.5},
                                   .place_at = at,
                                   .ignition = storage::Lasting{1, at},
                                   .front_camera = storage::Lasting{1, at}};
  ASSERT_TRUE(catalog_->tracking().append_records({}, std::vector{state}));
  device = parsed(request("GET", device_));
  EXPECT_EQ(device.at("state").at("ignition").at("on"), true);
  EXPECT_EQ(device.at("state").at("front_camera").at("state"), "no_card");
  EXPECT_EQ(device.at("state").at("rear_camera"), nullptr);
  EXPECT_DOUBLE_EQ(device.at("state").at("place").at("latitude"), 54.5);
  ASSERT_TRUE(catalog_->tracking().close_link(imei_, "s1"));
  EXPECT_EQ(parsed(request("GET", device_)).at("link"), nullptr);
}

TEST_F(CaptureTest, TracksAreBounded) {
  EXPECT_EQ(parsed(request("GET", device_ + "/track")), json::parse(R"({"items":[],"complete":true})"));
  EXPECT_EQ(request("GET", device_ + "/track?from=2026-11-20&to=2026-11-19").status, 400);
  EXPECT_EQ(request("GET", device_ + "/track?limit=10001").status, 400);
  EXPECT_EQ(request("GET", "/api/v1/devices/1/track").status, 400);
}

}  // namespace
}  // namespace http
