// Recordings and policies over HTTP, on a real catalog and a real recorder.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <nlohmann/json.hpp>

#include "server/http/server.hpp"
#include "server/recorder/recorder.hpp"
#include "storage/objects/memory_object_store.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/http/client.hpp"
#include "tests/unit/http/fake_jobs.hpp"
#include "tests/unit/http/fakes.hpp"

namespace http {
namespace {

using nlohmann::json;
using testing::Answer;
using ::testing::StartsWith;

constexpr std::string_view as_json = "Content-Type: application/json\r\n";
constexpr pcapng::Peers peers{.device = {{{192, 0, 2, 7}, false}, 41000}, .server = {{{192, 0, 2, 1}, false}, 7700}};

class RecordingTest : public ::testing::Test {
 protected:
  RecordingTest() {
    EXPECT_TRUE(catalog_->migrate());
    start(recorder_.get());
  }
  void start(recorder::Recorder* recorder) {
    server_.reset();
    server_ = std::move(*Server::start(
        {.port = 0}, {.catalog = *catalog_, .objects = objects_, .jobs = jobs_, .version = "1", .recorder = recorder}));
  }
  Answer request(std::string_view method, const std::string& target, std::string_view body = {},
                 std::string_view headers = as_json) {
    return testing::request(server_->port(), method, target, headers, body);
  }
  static json parsed(const Answer& answer) { return json::parse(answer.body, nullptr, false); }
  // A session of the `index`-th device.
  std::unique_ptr<recorder::Recording> record(unsigned index) {
    auto recording = recorder_->begin(recorder::Kind::camera, fmt::format("s{}", index), peers);
    recording->received(base::as_bytes("what a camera sends"));
    recording->identified(testing::imei(index));
    return recording;
  }
  void settle() { ASSERT_TRUE(recorder_->flush(std::chrono::seconds{20})); }

  tests::TempFolder folder_;
  prometheus::Registry registry_;
  std::unique_ptr<recorder::Recorder> recorder_ = std::move(*recorder::Recorder::open(
      {.mode = recorder::Mode::all, .folder = folder_ / "recordings", .node = "n1"}, registry_));
  std::unique_ptr<storage::Catalog> catalog_ = storage::open_catalog("sqlite::memory:").value();
  storage::MemoryObjectStore objects_;
  testing::FakeJobs jobs_;
  std::unique_ptr<Server> server_;
  const base::Imei imei_ = testing::imei(1);
  const std::string policy_ = "/api/v1/devices/" + imei_.str() + "/recording";
};

TEST_F(RecordingTest, RecordingsAreListedReadAndRemoved) {
  record(1)->end(pcapng::TcpConversation::End::by_device, "done");
  settle();
  // Which one is newer is told by the millisecond.
  const base::UtcTime before = base::utc_now();
  ASSERT_TRUE(tests::eventually([&] { return base::utc_now() > before; }));
  const auto goes_on = record(2);
  settle();
  const json items = parsed(request("GET", "/api/v1/recordings")).at("items");
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].at("outcome"), "recording");
  EXPECT_EQ(items[1].at("outcome"), "ok");
  EXPECT_EQ(items[1].at("session"), "s1");
  EXPECT_EQ(items[1].at("peer"), "192.0.2.7:41000");
  EXPECT_EQ(items[1].at("reason"), "done");
  const json of_one = parsed(request("GET", "/api/v1/recordings?imei=" + imei_.str())).at("items");
  ASSERT_EQ(of_one.size(), 1U);
  EXPECT_EQ(of_one[0], items[1]);
  EXPECT_EQ(parsed(request("GET", "/api/v1/recordings?limit=1")).at("items").size(), 1U);

  const std::string target = "/api/v1/recordings/" + items[1].at("id").get<std::string>();
  const auto file = request("GET", target);
  EXPECT_EQ(file.status, 200);
  EXPECT_EQ(file.header("content-type"), "application/x-pcapng");
  EXPECT_THAT(file.header("content-disposition"), StartsWith("attachment; filename=\"camera-"));
  EXPECT_EQ(file.body.size(), items[1].at("size"));
  EXPECT_THAT(file.body, StartsWith("\n\r\r\n"));
  EXPECT_EQ(request("DELETE", target).status, 200);
  EXPECT_EQ(request("GET", target).status, 404);
  EXPECT_EQ(request("DELETE", target).status, 404);
  const std::string live = "/api/v1/recordings/" + items[0].at("id").get<std::string>();
  EXPECT_EQ(request("GET", live).status, 200) << "as far as it goes";
  EXPECT_EQ(request("DELETE", live).status, 409);
  EXPECT_EQ(request("GET", "/api/v1/recordings/mask.key").status, 400);
  EXPECT_EQ(request("DELETE", "/api/v1/recordings/x").status, 400);
  EXPECT_EQ(request("GET", "/api/v1/recordings?imei=7").status, 400);
}

TEST_F(RecordingTest, APolicyHoldsAtOnceAndUntilItsTime) {
  EXPECT_EQ(parsed(request("GET", policy_)), (json{{"record", "all"}, {"until", nullptr}}));
  const auto set = request("PUT", policy_, R"({"record":"off"})");
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(parsed(set).at("record"), "off");
  const auto until = base::parse_iso8601(parsed(set).at("until").get<std::string>());
  ASSERT_TRUE(until);
  EXPECT_GT(*until, base::utc_now() + std::chrono::hours{23});
  EXPECT_EQ(recorder_->mode_for(imei_), recorder::Mode::off);
  EXPECT_EQ(recorder_->mode_for(testing::imei(2)), recorder::Mode::all);
  const std::string soon = base::to_iso8601(base::utc_now() + std::chrono::hours{1});
  const json changed = parsed(request("PUT", policy_, fmt::format(R"({{"record":"failed","until":"{}"}})", soon)));
  EXPECT_EQ(changed, (json{{"record", "failed"}, {"until", soon}}));
  EXPECT_EQ(parsed(request("GET", policy_)), changed);
  EXPECT_EQ(parsed(request("DELETE", policy_)), (json{{"record", "all"}, {"until", nullptr}}));
  EXPECT_EQ(recorder_->mode_for(imei_), recorder::Mode::all);
}

TEST_F(RecordingTest, WhatMakesNoSenseIsRefused) {
  const std::string past = base::to_iso8601(base::utc_now() - std::chrono::hours{1});
  const std::string far = base::to_iso8601(base::utc_now() + std::chrono::hours{24 * 31});
  for (const std::string& body :
       {std::string("{}"), std::string(R"({"record":"some"})"), std::string(R"({"record":"all","for":1})"),
        fmt::format(R"({{"record":"all","until":"{}"}})", past), fmt::format(R"({{"record":"all","until":"{}"}})", far),
        std::string(R"({"record":"all","until":"tomorrow"})")})
    EXPECT_EQ(request("PUT", policy_, body).status, 400) << body;
  EXPECT_EQ(request("PUT", policy_, R"({"record":"all"})", "Content-Type: text/plain\r\n").status, 415);
  for (const char* method : {"GET", "PUT", "DELETE"})
    EXPECT_EQ(request(method, "/api/v1/devices/356307042441014/recording", R"({"record":"all"})").status, 400);
}

TEST_F(RecordingTest, WithoutARecorderThereIsNone) {
  start(nullptr);
  const std::string one = "/api/v1/recordings/" + base::Uuid::v7(base::utc_now()).str();
  EXPECT_EQ(request("GET", "/api/v1/recordings").status, 404);
  EXPECT_EQ(request("GET", one).status, 404);
  EXPECT_EQ(request("DELETE", one).status, 404);
  EXPECT_EQ(request("GET", policy_).status, 404);
  EXPECT_EQ(request("DELETE", policy_).status, 404);
  EXPECT_EQ(request("PUT", policy_, R"({"record":"all"})").status, 404);
}

}  // namespace
}  // namespace http
