// Deleting and holding over HTTP, on a real catalog.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "server/http/server.hpp"
#include "storage/objects/memory_object_store.hpp"
#include "tests/unit/http/client.hpp"
#include "tests/unit/http/fake_jobs.hpp"
#include "tests/unit/http/fakes.hpp"

namespace http {
namespace {

using nlohmann::json;
using testing::Answer;

constexpr std::string_view as_json = "Content-Type: application/json\r\n";

class KeepingTest : public ::testing::Test {
 protected:
  KeepingTest() {
    EXPECT_TRUE(catalog_->migrate());
    server_ = std::move(
        *Server::start({.port = 0}, {.catalog = *catalog_, .objects = objects_, .jobs = jobs_, .version = "1"}));
    EXPECT_TRUE(catalog_->commit_media(media_));
  }

  Answer request(std::string_view method, const std::string& target, std::string_view headers = {},
                 std::string_view body = {}) {
    return testing::request(server_->port(), method, target, headers, body);
  }
  Answer put_hold(std::string_view body, std::string_view headers = as_json) {
    return request("PUT", item_ + "/hold", headers, body);
  }
  static json parsed(const Answer& answer) { return json::parse(answer.body, nullptr, false); }

  std::unique_ptr<storage::Catalog> catalog_ = storage::open_catalog("sqlite::memory:").value();
  storage::MemoryObjectStore objects_;
  testing::FakeJobs jobs_;
  std::unique_ptr<Server> server_;
  const storage::Media media_ = testing::photo(1);
  const std::string item_ = "/api/v1/media/" + media_.id.str();
};

TEST_F(KeepingTest, ADeletedItemIsGone) {
  ASSERT_EQ(request("GET", item_).status, 200);
  const auto deleted = request("DELETE", item_);
  EXPECT_EQ(deleted.status, 200);
  EXPECT_EQ(parsed(deleted).at("reason"), "it was asked for over the API");
  EXPECT_EQ(parsed(deleted).at("sha256"), media_.sha256);
  for (const std::string& target : {item_, item_ + "/content"}) {
    const auto gone = request("GET", target);
    EXPECT_EQ(gone.status, 410);
    EXPECT_EQ(gone.header("content-type"), "application/problem+json");
    EXPECT_EQ(parsed(gone).at("status"), 410);
    EXPECT_EQ(parsed(gone).at("id"), media_.id.str());
    EXPECT_EQ(parsed(gone).at("reason"), "it was asked for over the API");
    EXPECT_NE(parsed(gone).at("detail").get<std::string>().find("was deleted at 20"), std::string::npos);
    EXPECT_TRUE(base::parse_iso8601(parsed(gone).at("deleted_at").get<std::string>()));
  }
  EXPECT_EQ(request("DELETE", item_).body, deleted.body) << "again";
  EXPECT_EQ(put_hold(R"({"reason":"x"})").status, 410);
  EXPECT_EQ(request("DELETE", item_ + "/hold").status, 410);
}

TEST_F(KeepingTest, WhatNeverWas) {
  const std::string other = "/api/v1/media/" + testing::photo(2).id.str();
  EXPECT_EQ(request("DELETE", other).status, 404);
  EXPECT_EQ(request("DELETE", other + "/hold").status, 404);
  EXPECT_EQ(request("PUT", other + "/hold", as_json, R"({"reason":"x"})").status, 404);
  EXPECT_EQ(request("DELETE", "/api/v1/media/7").status, 400);
  EXPECT_EQ(request("PUT", "/api/v1/media/7/hold", as_json, R"({"reason":"x"})").status, 400);
}

TEST_F(KeepingTest, AHoldIsShownAndKeepsTheItem) {
  EXPECT_EQ(parsed(request("GET", item_)).at("legal_hold"), false);
  const auto held = put_hold(R"({"reason":"case 7: \"collision\""})");
  ASSERT_EQ(held.status, 200) << held.body;
  EXPECT_EQ(parsed(held).at("legal_hold"), true);
  EXPECT_EQ(parsed(held).at("hold_reason"), "case 7: \"collision\"");
  EXPECT_TRUE(base::parse_iso8601(parsed(held).at("held_at").get<std::string>()));
  EXPECT_EQ(put_hold(R"({"reason":"case 7: \"collision\""})").body, held.body) << "again";

  const auto refused = request("DELETE", item_);
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(parsed(refused).at("detail").get<std::string>().find("on hold since 20"), std::string::npos);
  EXPECT_EQ(request("GET", item_).status, 200);

  const auto released = request("DELETE", item_ + "/hold");
  EXPECT_EQ(released.status, 200);
  EXPECT_EQ(parsed(released).at("legal_hold"), false);
  EXPECT_EQ(parsed(released).at("hold_reason"), nullptr);
  EXPECT_EQ(request("DELETE", item_ + "/hold").body, released.body) << "again";
  EXPECT_EQ(request("DELETE", item_).status, 200);
}

TEST_F(KeepingTest, BadHolds) {
  for (const std::string& body :
       {std::string("{}"), std::string(R"({"reason":7})"), std::string(R"({"reason":""})"),
        std::string(R"({"reason":"  "})"), std::string("reason"), std::string(R"(["reason"])"),
        std::string(R"({"reason":"x")"), R"({"reason":")" + std::string(501, 'x') + R"("})", std::string(10'000, '['),
        std::string(R"({"reason":[[[["x"]]]]})")})
    EXPECT_EQ(put_hold(body).status, 400) << body.substr(0, 40);
  EXPECT_EQ(put_hold("").status, 400);
  EXPECT_EQ(parsed(request("GET", item_)).at("legal_hold"), false);
}

// A page of another site can send neither: a browser asks with OPTIONS first, and is not allowed. What it sends unasked
// (GET, HEAD, POST; plain text and forms) changes nothing.
TEST_F(KeepingTest, NothingChangesAcrossOrigins) {
  constexpr std::string_view ask = "Origin: https://elsewhere.example\r\nAccess-Control-Request-Method: DELETE\r\n";
  for (const std::string& target : {item_, item_ + "/hold"}) {
    const auto answer = request("OPTIONS", target, ask);
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.header("access-control-allow-origin"), "");
    EXPECT_EQ(answer.header("access-control-allow-methods"), "");
    EXPECT_EQ(request("POST", target, "Content-Type: text/plain\r\n", R"({"reason":"x"})").status, 405);
  }
  EXPECT_EQ(put_hold(R"({"reason":"x"})", "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(put_hold(R"({"reason":"x"})", "").status, 415);
  EXPECT_EQ(parsed(request("GET", item_)).at("legal_hold"), false);
}

TEST_F(KeepingTest, AllowNamesTheMethodsOfTheAddress) {
  EXPECT_EQ(request("PATCH", item_).header("allow"), "GET, HEAD, DELETE");
  EXPECT_EQ(request("GET", item_ + "/hold").header("allow"), "PUT, DELETE");
  EXPECT_EQ(request("DELETE", item_ + "/content").header("allow"), "GET, HEAD");
  EXPECT_EQ(request("DELETE", "/api/v1/media").header("allow"), "GET, HEAD");
}

TEST_F(KeepingTest, OfAHoldAndADeletionOneWins) {
  for (unsigned round = 10; round < 30; ++round) {
    const auto media = testing::photo(round);
    auto unlike = media;
    unlike.sha256 = base::to_hex(base::as_bytes(media.id.str().substr(4)));
    ASSERT_TRUE(catalog_->commit_media(unlike));
    const std::string item = "/api/v1/media/" + media.id.str();
    int held = 0;
    std::thread holder([&] { held = request("PUT", item + "/hold", as_json, R"({"reason":"x"})").status; });
    const int deleted = request("DELETE", item).status;
    holder.join();
    EXPECT_TRUE((held == 200 && deleted == 409) || (held == 410 && deleted == 200)) << held << " " << deleted;
    EXPECT_EQ(request("GET", item).status, held);
  }
}

TEST_F(KeepingTest, TheScrub) {
  EXPECT_EQ(request("GET", "/api/v1/scrub").body, R"({"run":null,"findings":[]})");
  storage::ScrubRun run{.id = media_.id, .node = "n", .started_at = media_.received_at, .state = "complete"};
  run.missing = 1;
  ASSERT_TRUE(catalog_->keeping().record_run(run));
  ASSERT_TRUE(catalog_->keeping().note_finding({.kind = storage::FindingKind::missing,
                                                .object_key = media_.object_key,
                                                .media_id = media_.id,
                                                .imei = media_.imei,
                                                .detail = "The object store has no such object.",
                                                .first_seen = media_.received_at,
                                                .last_seen = media_.received_at},
                                               run.id));
  const auto told = parsed(request("GET", "/api/v1/scrub"));
  EXPECT_EQ(told.at("run").at("missing"), 1);
  EXPECT_EQ(told.at("run").at("state"), "complete");
  EXPECT_EQ(told.at("findings").at(0).at("kind"), "missing");
  EXPECT_EQ(told.at("findings").at(0).at("media_id"), media_.id.str());
}

}  // namespace
}  // namespace http
