// What ground stations make our cameras take: it is stored before it is told of, and the log of it outlives the
// server; on clean air and on lossy air.
#include <algorithm>

#include "tests/e2e/mavlink_fixture.hpp"

namespace e2e {

class MavlinkImages : public MavlinkAir {
 protected:
  void start_pattern(std::string_view more = {}) {
    start_mavlink(node(R"({ name = "pattern" })", more));
    look();
  }
  void look() {
    ground_.emplace("ground_station.mjs", over_air({"--no-definition"}));
    meet(*ground_);
  }
  tests::Peer& ground() { return *ground_; }
  std::int64_t told(const std::string& json) { return MavlinkAir::told(*ground_, json); }
  // Takes an image; what the camera tells of it. A number of its own: commands that are sent again take none.
  Row shoot() {
    const std::size_t from = ground().lines().size();
    EXPECT_EQ(told(fmt::format(R"({{"do": "shoot", "sequence": {}}})", ++shots_)), 0);
    const auto image = ground().wait_for(sent("CAMERA_IMAGE_CAPTURED"), tests::patience, from);
    EXPECT_TRUE(image);
    return image.value_or(Row("{}"));
  }
  // Indices of the log, as text with spaces.
  static std::string indices_of(const Row& said) {
    std::string all;
    for (int n = 0; said.has(fmt::format("indices.{}", n)); ++n)
      all += fmt::format("{}{}", n == 0 ? "" : " ", said.text(fmt::format("indices.{}", n)));
    return all;
  }
  void expect_indices(int first, int last, const std::string& wanted) {
    answer(ground(), fmt::format(R"({{"do": "images", "first": {}, "last": {}}})", first, last),
           [&](const Row& said) { return indices_of(said) == wanted; });
  }

 private:
  std::optional<tests::Peer> ground_;
  int shots_ = 0;
};

TEST_P(MavlinkImages, R13AnImageIsToldOfWhenItsFileIsThereAndItsAddressGivesTheVeryBytes) {
  start_pattern();
  const Row image = shoot();
  const auto stored = files();
  ASSERT_EQ(stored.size(), 1U) << "the file is stored by then";
  EXPECT_EQ(image.text("fields.capture_result"), "1");
  EXPECT_EQ(image.text("fields.image_index"), "0");
  EXPECT_GT(image.number("fields.time_utc"), 1e15) << "in microseconds";
  EXPECT_TRUE(knows_images(ground(), 1));
  const auto known = newest(ground(), "image");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->text("url"), public_url() + "/api/v1/media/" + stored[0].text("id") + "/content");
  EXPECT_EQ(image.text("fields.file_url"), known->text("url"));
  EXPECT_EQ(stored[0].text("source"), "pattern");
  EXPECT_EQ(sha256_at(ground(), known->text("url")), stored[0].text("sha256"));
}

TEST_P(MavlinkImages, R09TheLogIsReadByIndexAndRangeAlsoAfterTheServerWasKilled) {
  start_pattern();
  std::vector<std::string> urls;
  for (int n = 0; n < 4; ++n) {
    const Row image = shoot();
    EXPECT_EQ(image.integer("fields.image_index"), n);
    urls.push_back(image.text("fields.file_url"));
  }
  server().kill_hard();
  start_mavlink_again();
  look();
  EXPECT_EQ(taken(ground()), 4);
  expect_indices(2, 2, "2");
  expect_indices(1, 2, "1 2");
  expect_indices(1, -1, "1 2 3");
  expect_indices(-1, -1, "0 1 2 3");
  EXPECT_EQ(told(R"({"do": "command", "command": 512, "params": [263, 4, 0]})"), 2) << "there is no such image";
  const auto third = ground().wait_for(event_of("image", {{"index", "2"}}));
  ASSERT_TRUE(third);
  EXPECT_EQ(third->text("url"), urls[2]);
  sha256_at(ground(), urls[2]);
  EXPECT_EQ(shoot().text("fields.image_index"), "4") << "numbers go on";
}

TEST_P(MavlinkImages, R08ANewLogBeginsWhereTheStorageIsFormattedAndNoFileIsRemoved) {
  start_pattern();
  for (const char* const way : {R"({"do": "format", "reset_log": true})", R"({"do": "format"})"}) {
    EXPECT_EQ(shoot().text("fields.image_index"), "0") << way;
    EXPECT_EQ(taken(ground()), 1);
    const std::size_t from = ground().lines().size();
    EXPECT_EQ(told(way), 0) << way;
    EXPECT_TRUE(ground().wait_for(sent("STORAGE_INFORMATION"), tests::patience, from));
    EXPECT_EQ(taken(ground()), 0) << way;
  }
  EXPECT_EQ(files().size(), 2U);
  EXPECT_EQ(told(R"({"do": "format", "storage": 3})"), 2);
  server().kill_hard();
  start_mavlink_again();
  look();
  EXPECT_EQ(taken(ground()), 0);
}

TEST_P(MavlinkImages, AVideoBetweenStartAndStopIsStored) {
  start_pattern();
  EXPECT_EQ(told(R"({"do": "record", "frequency": 10})"), 0);
  ASSERT_TRUE(ground().wait_for([](const Row& line) {
    return line.event() == "capture_status" && line.text("video_status") == "1" &&
           line.integer("recording_time_ms") >= 500;
  }));
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(told(R"({"do": "stop_recording"})"), 0);
  EXPECT_TRUE(ground().wait_for(sent("CAMERA_CAPTURE_STATUS", {{"fields.video_status", "0"}})));
  ASSERT_TRUE(tests::eventually([&] { return files().size() == 1; }));
  const Row video = files()[0];
  EXPECT_EQ(video.text("kind"), "video");
  EXPECT_EQ(video.text("source"), "pattern");
  EXPECT_EQ(told(R"({"do": "record"})"), 0) << "and another one";
  shoot();  // and an image meanwhile
  EXPECT_EQ(told(R"({"do": "stop_recording"})"), 0);
  EXPECT_TRUE(tests::eventually([&] { return files("kind=video").size() == 2; }));
}

TEST_P(MavlinkImages, R12RangesThatAreAskedForAllAtOnceAreAnsweredAtAPaceOfTheirOwn) {
  constexpr int images = 40;
  constexpr int paced_per_second = 50;
  constexpr std::size_t asked = 200;
  start_pattern("max_commands_per_second = 1000");
  for (int n = 0; n < images; ++n) shoot();
  const std::size_t from = ground().lines().size();
  const auto since = [&](const tests::Peer::Predicate& wanted) {
    const auto& lines = ground().lines();
    return static_cast<std::size_t>(
        std::count_if(lines.begin() + static_cast<std::ptrdiff_t>(from), lines.end(), wanted));
  };
  const Row flood = ground().ask(fmt::format(R"({{"do": "flood", "count": {}}})", asked));
  const std::size_t lost = since(event_of("lost", {{"direction", "out"}, {"name", "COMMAND_LONG"}}));
  EXPECT_EQ(lost > 0, lossy());
  EXPECT_TRUE(tests::eventually([&] { return since(sent("COMMAND_ACK")) == asked - lost; })) << "each is answered";
  EXPECT_GT(flood.integer("images"), 0);
  EXPECT_LE(flood.integer("images"), 2 * paced_per_second) << "and not 200 times all the images";
  EXPECT_EQ(told(R"({"do": "shoot", "sequence": 999})"), 0) << "what is wanted meanwhile is done";
  EXPECT_TRUE(ground().wait_for(sent("CAMERA_IMAGE_CAPTURED", {{"fields.image_index", std::to_string(images)}})));
}

MAVLINK_BOTH_AIRS(MavlinkImages);

}  // namespace e2e
