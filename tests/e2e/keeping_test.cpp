// Rules delete, holds keep, the API tells: with a real server and cameras.
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/fixture.hpp"
#include "tests/unit/http/client.hpp"

namespace e2e {
namespace {

using nlohmann::json;

class Keeping : public EndToEnd {
 protected:
  http::testing::Answer request(std::string_view method, const std::string& target, std::string_view headers = {},
                                std::string_view body = {}) {
    return http::testing::request(server().port("http"), method, target, headers, body);
  }
  // Of the newest file.
  std::string item(std::uint64_t imei) {
    const auto page = json::parse(http_body("/api/v1/media?limit=1&imei=" + std::to_string(imei)));
    return "/api/v1/media/" + page.at("items").at(0).at("id").get<std::string>();
  }
  void hold(const std::string& item) {
    const auto held = request("PUT", item + "/hold", "Content-Type: application/json\r\n", R"({"reason":"case 7"})");
    ASSERT_EQ(held.status, 200) << held.body;
  }
  bool becomes(const std::string& item, int status) {
    return tests::eventually([&] { return http_status(item) == status; });
  }
  // Uploads so many, and gives their addresses in that order.
  std::vector<std::string> upload(std::uint64_t device, unsigned files, std::size_t bytes = 20'000) {
    std::vector<std::string> items;
    for (unsigned i = 0; i < files; ++i) {
      EXPECT_TRUE(WireCamera(server(), device).upload(make_file(100 + i, bytes)));
      items.push_back(item(device));
    }
    return items;
  }
};

TEST_F(Keeping, NothingIsDeletedUnlessSomebodySaysSo) {
  start({"--retention-interval", "50ms"});
  const auto items = upload(imei(1), 3);
  ASSERT_TRUE(tests::eventually([&] {
    return http_body("/metrics").find("dualcamd_chore_runs_total{chore=\"retention\",outcome=\"done\"}") !=
           std::string::npos;
  }));
  for (const auto& each : items) EXPECT_EQ(http_status(each), 200);
}

TEST_F(Keeping, AgeAndAHold) {
  start();
  const auto items = upload(imei(1), 3);
  hold(items[1]);
  start({"--keep-for", "1s", "--retention-interval", "100ms"});
  EXPECT_TRUE(becomes(items[0], 410));
  EXPECT_TRUE(becomes(items[2], 410));
  EXPECT_EQ(http_status(items[1] + "/content"), 200);
  EXPECT_EQ(request("DELETE", items[1]).status, 409);
  const auto gone = json::parse(http_body(items[0]));
  EXPECT_EQ(gone.at("reason"), "it was older than 1 seconds");
  EXPECT_TRUE(server().wait_log("files deleted by a rule of retention"));

  ASSERT_EQ(request("DELETE", items[1] + "/hold").status, 200);
  EXPECT_TRUE(becomes(items[1], 410));
  EXPECT_TRUE(stored(imei(1)).empty());
}

TEST_F(Keeping, TotalDownToTheLowMark) {
  start();
  const auto items = upload(imei(1), 6);
  hold(items[0]);
  start({"--keep-total-high", "100KB", "--keep-total-low", "60KB", "--retention-interval", "100ms"});
  EXPECT_TRUE(becomes(items[3], 410));
  EXPECT_EQ(http_status(items[0]), 200) << "held";
  EXPECT_EQ(http_status(items[1]), 410);
  EXPECT_EQ(http_status(items[2]), 410);
  EXPECT_EQ(http_status(items[4]), 200);
  EXPECT_EQ(http_status(items[5]), 200);
  const auto device = json::parse(http_body("/api/v1/devices/" + std::to_string(imei(1))));
  EXPECT_EQ(device.at("media_count"), 3);
}

TEST_F(Keeping, WhenOnlyHeldFilesAreLeftItIsSaidOnce) {
  start();
  for (const auto& each : upload(imei(1), 2)) hold(each);
  start({"--keep-per-device", "10KB", "--retention-interval", "50ms"});
  EXPECT_TRUE(server().wait_log("a rule of retention cannot be kept"));
  ASSERT_TRUE(tests::eventually([&] {
    return http_body("/metrics").find("dualcamd_retention_unreachable_bytes{rule=\"device\"} 30000") !=
           std::string::npos;
  }));
  EXPECT_EQ(http_status("/readyz"), 200);
  EXPECT_EQ(stored(imei(1)).size(), 2U);
}

TEST_F(Keeping, DeletedOverTheApiAndScrubbed) {
  start();
  const auto items = upload(imei(1), 3);
  EXPECT_EQ(request("DELETE", items[1]).status, 200);
  EXPECT_EQ(http_status(items[1] + "/content"), 410);
  EXPECT_EQ(stored(imei(1)).size(), 2U);
  ASSERT_TRUE(tests::eventually([&] {
    const auto scrub = json::parse(http_body("/api/v1/scrub"));
    return scrub.at("run").is_object() && scrub.at("run").at("state") == "complete";
  }));
  EXPECT_TRUE(json::parse(http_body("/api/v1/scrub")).at("findings").empty());
}

TEST_F(Keeping, ScrubByHand) {
  if (!backend_.empty()) GTEST_SKIP() << "reaches into the folder of the objects";
  start({"--scrub-interval", "0s"});
  upload(imei(1), 2);
  const std::vector<std::string> command{"scrub", "--json", "--rehash-all", "--data-dir", data_dir_.string()};
  EXPECT_EQ(tests::run_dualcamd(command).exit_code, 1) << "the server has the directory";
  EXPECT_EQ(server().terminate(), 0);
  const auto whole = tests::run_dualcamd(command);
  EXPECT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_EQ(json::parse(whole.out).at("run").at("hashed_files"), 2);

  for (const auto& entry : std::filesystem::recursive_directory_iterator(data_dir_ / "objects" / "media"))
    if (entry.is_regular_file()) {
      std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_all);
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(100).put('\xAA').put('\x55');
      break;
    }
  const auto damaged = tests::run_dualcamd(command);
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_EQ(json::parse(damaged.out).at("findings").at(0).at("kind"), "damaged");
}

}  // namespace
}  // namespace e2e
