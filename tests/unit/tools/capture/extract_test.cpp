// Files of a capture in a folder: names, what stands beside them, what is never overwritten.
#include "tools/capture/extract.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/unit/tools/capture/session_run.hpp"

namespace captures::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Extract : public ::testing::Test {
 protected:
  Extract() : folder_(::testing::TempDir() + "extract-XXXXXX") { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
  ~Extract() override { std::filesystem::remove_all(folder_); }

  std::string contents(const std::string& name) const {
    std::ifstream in(folder_ + "/" + name, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return std::move(all).str();
  }
  nlohmann::json beside(const std::string& name) const { return nlohmann::json::parse(contents(name + ".json")); }
  std::size_t entries() const {
    const std::filesystem::directory_iterator all(folder_);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
  ExtractSummary extracted(const ExtractOptions& options = {}) const {
    const auto summary = extract(capture_, files_, folder_, options);
    if (!summary) ADD_FAILURE() << summary.error().message;
    return summary.value_or(ExtractSummary{});
  }
  // One session with two photos of a camera, or a capture that lacks packets of it.
  void record(sim::Dialect dialect, std::size_t lost = 0) {
    SessionRun run({.imei = 356307042441013, .dialect = dialect}, sim::FaultOptions::none(),
                   {.photos = 2, .videos = 0, .first_capture_ms = 1'700'000'000'000});
    ASSERT_TRUE(run.run());
    sent_ = run.acknowledged;
    auto packets = packets_of(run.said, 1400, 1);
    if (lost > 0) packets.erase(packets.begin() + static_cast<std::ptrdiff_t>(lost));
    auto raw = in_time(std::move(packets));
    for (Raw& packet : raw) packet.micros += 1'700'000'000'000'000;  // 2023-11-14T22:13:20Z
    capture_ = capture_of(pcap(raw));
    files_ = camera_files(capture_);
  }

  std::string folder_;
  Capture capture_;
  std::vector<CameraFile> files_;
  std::vector<base::Bytes> sent_;
};

TEST_F(Extract, WholeFilesAndWhatStandsBesideThem) {
  record(sim::Dialect::identifiers);
  const ExtractSummary summary = extracted();
  ASSERT_THAT(summary.written, SizeIs(2));
  EXPECT_EQ(summary.written[0].name, "356307042441013-photof-20231114T221321.jpg");
  EXPECT_EQ(summary.written[1].name, "356307042441013-photor-20231114T221321.jpg");
  EXPECT_EQ(entries(), 4U);
  EXPECT_EQ(contents(summary.written[0].name), text(sent_[0]));
  const auto json = beside(summary.written[0].name);
  EXPECT_EQ(json["complete"], true);
  EXPECT_EQ(json["acknowledged"], true);
  EXPECT_EQ(json["imei"], "356307042441013");
  EXPECT_EQ(json["class"], "photof");
  EXPECT_EQ(json["content_type"], "image/jpeg");
  EXPECT_EQ(json["size"], sent_[0].size());
  EXPECT_EQ(json["announced_in"], "packets");
  EXPECT_EQ(json["missing"], nlohmann::json::array());
  EXPECT_EQ(json["sha256"].get<std::string>().size(), 64U);
  EXPECT_FALSE(json.contains("defect"));
  EXPECT_EQ(json["metadata"]["captured"].get<std::string>().substr(0, 4), "2023");
  ASSERT_EQ(json["sessions"].size(), 1U);
  EXPECT_EQ(json["sessions"][0]["device"], "192.0.2.1:40001");
}

TEST_F(Extract, OneThatIsNotWholeNeverLooksLikeIt) {
  record(sim::Dialect::identifiers, 20);
  const ExtractSummary summary = extracted();
  ASSERT_THAT(summary.written, SizeIs(2));
  EXPECT_EQ(summary.written[0].name, "356307042441013-photof-20231114T221321.jpg.incomplete");
  EXPECT_FALSE(summary.written[0].complete);
  const auto json = beside(summary.written[0].name);
  EXPECT_EQ(json["complete"], false);
  EXPECT_TRUE(json["size"].is_null());
  ASSERT_EQ(json["missing"].size(), 1U);
  EXPECT_EQ(json["missing"][0][0], contents(summary.written[0].name).size());
  EXPECT_GT(json["sessions"][0]["missing_bytes"], 1000);
}

TEST_F(Extract, OnlyWholeOnesWhereOnlyTheyAreAskedFor) {
  record(sim::Dialect::identifiers, 20);
  const ExtractSummary summary = extracted({.incomplete = false});
  ASSERT_THAT(summary.written, SizeIs(1));
  EXPECT_TRUE(summary.written[0].complete);
  EXPECT_EQ(summary.left_out, 1U);
  EXPECT_EQ(entries(), 2U);
}

TEST_F(Extract, NothingIsOverwrittenUnlessTold) {
  record(sim::Dialect::identifiers);
  const std::string name = "356307042441013-photof-20231114T221321.jpg";
  std::ofstream(folder_ + "/" + name) << "mine";
  const ExtractSummary kept = extracted();
  EXPECT_THAT(kept.existing, ElementsAre(name));
  EXPECT_THAT(kept.written, SizeIs(1));
  EXPECT_EQ(contents(name), "mine");
  const ExtractSummary over = extracted({.overwrite = true});
  EXPECT_THAT(over.existing, IsEmpty());
  EXPECT_THAT(over.written, SizeIs(2));
  EXPECT_EQ(contents(name), text(sent_[0]));
  EXPECT_EQ(entries(), 4U);
}

TEST_F(Extract, TwoOfOneSecondAreNumberedAndALinkIsNotFollowed) {
  record(sim::Dialect::paths);
  const std::string first = "356307042441013-path-20231114T221321.jpg";
  std::ofstream(folder_ + "/elsewhere") << "mine";
  std::filesystem::create_symlink(folder_ + "/elsewhere", folder_ + "/" + first);
  const ExtractSummary summary = extracted({.overwrite = true});
  ASSERT_THAT(summary.written, SizeIs(2));
  EXPECT_EQ(summary.written[0].name, first);
  EXPECT_EQ(summary.written[1].name, "356307042441013-path-20231114T221321-2.jpg");
  EXPECT_EQ(contents("elsewhere"), "mine");
  EXPECT_EQ(contents(first), text(sent_[0]));
  const auto json = beside(first);
  EXPECT_FALSE(json["path"].get<std::string>().empty());
  EXPECT_EQ(json["announced_in"], "bytes");
}

TEST_F(Extract, WithoutABytePromisesAreNotFiles) {
  record(sim::Dialect::enhanced);
  for (CameraFile& file : files_) file.bytes.clear();
  const ExtractSummary summary = extracted();
  EXPECT_THAT(summary.written, IsEmpty());
  EXPECT_EQ(summary.empty, 2U);
}

TEST_F(Extract, AFolderThatCannotBeMadeIsSaid) {
  const auto summary = extract(capture_, files_, folder_ + "/none/below");
  ASSERT_FALSE(summary.has_value());
  EXPECT_NE(summary.error().message.find(folder_ + "/none/below"), std::string::npos);
}

}  // namespace
}  // namespace captures::test
