#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/unit/http/fixture.hpp"

namespace http::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TransfersTest : public ServerTest {
 protected:
  json get_json(const std::string& target) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json::parse(answer.body);
  }

  static std::vector<std::string> sessions(const json& page) {
    std::vector<std::string> names;
    for (const auto& item : page.at("items")) names.push_back(item.at("session"));
    return names;
  }

  // Every page from `target` on, as sessions; each page at most `limit` long.
  std::vector<std::vector<std::string>> pages(const std::string& target) {
    std::vector<std::vector<std::string>> all;
    std::string cursor;
    do {
      const auto page = get_json(target + (cursor.empty() ? "" : "&cursor=" + cursor));
      all.push_back(sessions(page));
      cursor = page.at("next_cursor").is_null() ? "" : page.at("next_cursor").get<std::string>();
    } while (!cursor.empty() && all.size() < 20);
    return all;
  }
};

TEST_F(TransfersTest, ALiveOneTellsHowFarAndHowLong) {
  auto one = transfer(1, "receiving");
  one.total_bytes = 30'000;
  one.offset = 10'000;
  one.offset_start = 4'000;
  one.bytes_received = 6'100;
  one.bytes_per_second = 3'000.4;
  one.stalls = 1;
  one.resumes = 2;
  one.bad_crcs = 3;
  one.salvaged = 4;
  one.reason = "waiting for the camera";
  one.peer = "10.0.0.1:1234";
  one.protocol = 6;
  live = {one};
  start();
  const auto item = get_json("/api/v1/transfers").at("items").at(0);
  EXPECT_EQ(item.at("live"), true);
  EXPECT_EQ(item.at("percent"), 33.3);
  EXPECT_EQ(item.at("eta_s"), 7);  // 20,000 at 3,000.4 a second, rounded up
  EXPECT_EQ(item.at("offset"), 10'000);
  EXPECT_EQ(item.at("offset_start"), 4'000);
  EXPECT_EQ(item.at("total_bytes"), 30'000);
  EXPECT_EQ(item.at("bytes_received"), 6'100);
  EXPECT_EQ(item.at("bytes_per_second"), 3'000);
  EXPECT_EQ(item.at("stalls"), 1);
  EXPECT_EQ(item.at("resumes"), 2);
  EXPECT_EQ(item.at("bad_crcs"), 3);
  EXPECT_EQ(item.at("salvaged"), 4);
  EXPECT_EQ(item.at("reason"), "waiting for the camera");
  EXPECT_EQ(item.at("peer"), "10.0.0.1:1234");
  EXPECT_EQ(item.at("protocol"), 6);
  EXPECT_EQ(item.at("state"), "receiving");
  EXPECT_EQ(item.at("camera"), "rear");
  EXPECT_EQ(item.at("kind"), "video");
  EXPECT_EQ(item.at("started_at"), "2026-11-21T10:00:01.000Z");
  EXPECT_EQ(item.at("updated_at"), "2026-11-21T10:00:02.000Z");
  EXPECT_EQ(item.at("media_id"), nullptr);
}

TEST_F(TransfersTest, WhatCannotBeKnownIsNull) {
  auto unknown = transfer(1, "requesting");
  auto still = transfer(2, "receiving");
  still.total_bytes = 100;
  auto endless = transfer(3, "receiving");
  endless.total_bytes = UINT64_MAX;
  endless.bytes_per_second = 0.001;
  auto beyond = transfer(4, "receiving");  // the bound of the packet dialect was too low for what came
  beyond.total_bytes = 100;
  beyond.offset = 101;
  beyond.bytes_per_second = 5;
  live = {unknown, still, endless, beyond};
  auto ended = transfer(0, "stored");
  ended.total_bytes = 2048;
  ended.offset = 1500;
  ended.bytes_per_second = 10;
  ended.media_id = photo(1).id;
  catalog.transfers = {ended};
  start();
  const auto items = get_json("/api/v1/transfers").at("items");
  EXPECT_EQ(items[0].at("percent"), 100.0);
  EXPECT_EQ(items[0].at("eta_s"), nullptr);
  EXPECT_EQ(items[1].at("eta_s"), nullptr);
  EXPECT_EQ(items[2].at("percent"), 0.0);
  EXPECT_EQ(items[2].at("eta_s"), nullptr);
  EXPECT_EQ(items[3].at("percent"), nullptr);
  EXPECT_EQ(items[3].at("name"), nullptr);
  EXPECT_EQ(items[4].at("percent"), 100.0);  // shorter than its bound, and whole
  EXPECT_EQ(items[4].at("eta_s"), nullptr);
  EXPECT_EQ(items[4].at("live"), false);
  EXPECT_EQ(items[4].at("media_id"), photo(1).id.str());
}

TEST_F(TransfersTest, LiveOnesComeFirstAndPagesMissNothing) {
  for (unsigned n : {12U, 15U, 11U, 14U, 13U}) live.push_back(transfer(n, "receiving"));
  for (unsigned n : {5U, 4U, 3U, 2U}) catalog.transfers.push_back(transfer(n, "stored"));
  start();
  EXPECT_THAT(sessions(get_json("/api/v1/transfers")),
              ElementsAre("s15", "s14", "s13", "s12", "s11", "s5", "s4", "s3", "s2"));
  EXPECT_THAT(pages("/api/v1/transfers?limit=2"),
              ElementsAre(ElementsAre("s15", "s14"), ElementsAre("s13", "s12"), ElementsAre("s11", "s5"),
                          ElementsAre("s4", "s3"), ElementsAre("s2")));
  EXPECT_THAT(pages("/api/v1/transfers?limit=5"),
              ElementsAre(ElementsAre("s15", "s14", "s13", "s12", "s11"), ElementsAre("s5", "s4", "s3", "s2")));
  EXPECT_THAT(pages("/api/v1/transfers?limit=9").size(), 1U);
}

TEST_F(TransfersTest, FiltersHoldForLiveOnesAndReachTheCatalog) {
  live = {transfer(1, "receiving"), transfer(2, "requesting"), transfer(4, "receiving")};
  start();
  EXPECT_THAT(sessions(get_json("/api/v1/transfers?imei=" + imei(1).str())), ElementsAre("s4", "s1"));
  EXPECT_EQ(catalog.last_transfer_query().imei, imei(1));
  EXPECT_THAT(sessions(get_json("/api/v1/transfers?state=requesting")), ElementsAre("s2"));
  EXPECT_EQ(catalog.last_transfer_query().state, "requesting");
  EXPECT_THAT(sessions(get_json("/api/v1/transfers?state=failed")), IsEmpty());
}

TEST_F(TransfersTest, OneThatEndedMeanwhileIsListedOnce) {
  live = {transfer(1, "finishing")};
  catalog.transfers = {transfer(1, "stored"), transfer(0, "failed")};
  start();
  const auto page = get_json("/api/v1/transfers");
  EXPECT_THAT(sessions(page), ElementsAre("s1", "s0"));
  EXPECT_EQ(page.at("items")[0].at("state"), "stored") << "the newest that is known of it";
  EXPECT_EQ(page.at("items")[0].at("live"), false);
}

TEST_F(TransfersTest, OneThatEndedAndIsNotYetRecordedIsShownWithItsEnd) {
  auto ended = transfer(1, "interrupted");
  ended.total_bytes = 100;
  ended.offset = 50;
  ended.bytes_per_second = 10;
  live = {ended, transfer(2, "receiving")};
  start();
  const auto page = get_json("/api/v1/transfers");
  EXPECT_THAT(sessions(page), ElementsAre("s2", "s1"));
  EXPECT_EQ(page.at("items")[1].at("live"), false);
  EXPECT_EQ(page.at("items")[1].at("state"), "interrupted");
  EXPECT_EQ(page.at("items")[1].at("eta_s"), nullptr);
  EXPECT_THAT(sessions(get_json("/api/v1/transfers?state=interrupted")), ElementsAre("s1"));
}

TEST_F(TransfersTest, BadValuesNameTheirParameter) {
  live = {transfer(1, "receiving")};
  start();
  for (const auto* cursor : {"nonsense", "live.", "live.1", "live.1.", "live.x.019aa5f0-0000-7000-8000-000000000001",
                             "live.-1.019aa5f0-0000-7000-8000-000000000001", "ended.nonsense", "c1"}) {
    const auto answer = get(std::string("/api/v1/transfers?cursor=") + cursor);
    EXPECT_EQ(answer.status, 400) << cursor;
    EXPECT_EQ(json::parse(answer.body).at("parameter"), "cursor") << cursor;
  }
  EXPECT_EQ(json::parse(get("/api/v1/transfers?state=asleep").body).at("parameter"), "state");
  EXPECT_EQ(json::parse(get("/api/v1/transfers?imei=1").body).at("parameter"), "imei");
}

class DevicesTest : public TransfersTest {
 protected:
  void SetUp() override {
    for (unsigned n : {1U, 2U, 3U}) {
      storage::Device device{.imei = imei(n)};
      device.label = n == 1 ? "Van 1" : "";
      device.first_seen = at("2026-11-01T00:00:00Z");
      device.last_seen = at("2026-11-21T10:00:00Z");
      device.last_peer = "10.0.0.1:5000";
      device.protocol = 5;
      device.media_count = n;
      if (n == 2) device.intake = {base::IntakeState::photos, at("2026-11-21T09:00:00Z"), "700 files came"};
      catalog.devices.push_back(device);
    }
    start();
  }
};

TEST_F(DevicesTest, AreListedByImeiInPages) {
  auto page = get_json("/api/v1/devices?limit=2");
  ASSERT_EQ(page.at("items").size(), 2U);
  EXPECT_EQ(page.at("items")[0].at("imei"), imei(1).str());
  EXPECT_EQ(page.at("items")[1].at("imei"), imei(2).str());
  page = get_json("/api/v1/devices?limit=2&cursor=" + page.at("next_cursor").get<std::string>());
  ASSERT_EQ(page.at("items").size(), 1U);
  EXPECT_EQ(page.at("items")[0].at("imei"), imei(3).str());
  EXPECT_EQ(page.at("next_cursor"), nullptr);
}

TEST_F(DevicesTest, OneDevice) {
  EXPECT_EQ(get("/api/v1/devices/" + imei(1).str()).body,
            R"({"imei":")" + imei(1).str() +
                R"(","label":"Van 1","first_seen":"2026-11-01T00:00:00.000Z",)"
                R"("last_seen":"2026-11-21T10:00:00.000Z","last_peer":"10.0.0.1:5000","protocol":5,"media_count":1,)"
                R"("intake":{"state":"everything","since":null,"reason":null},)"
                R"("capture_profile":"classic","link":null,"state":null})");
  EXPECT_EQ(
      get_json("/api/v1/devices/" + imei(2).str()).at("intake"),
      nlohmann::json::parse(R"({"state":"photos","since":"2026-11-21T09:00:00.000Z","reason":"700 files came"})"));
  EXPECT_EQ(get("/api/v1/devices/" + imei(9).str()).status, 404);
  EXPECT_EQ(get("/api/v1/devices/356307042441014").status, 400);
  EXPECT_EQ(get("/api/v1/devices?cursor=x").status, 400);
}

}  // namespace
}  // namespace http::testing
