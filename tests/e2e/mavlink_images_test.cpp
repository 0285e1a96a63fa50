// What ground stations make our cameras take: it is stored before it is told of, and the log of it outlives the server.
#include "tests/e2e/mavlink_fixture.hpp"

namespace e2e {

class MavlinkImages : public Mavlink {
 protected:
  void start_pattern(std::string_view more = {}) {
    start_mavlink(node(R"({ name = "pattern" })", more));
    look();
  }
  void look() {
    ground_.emplace("ground_station.mjs", station({"--no-definition"}));
    wait_known(*ground_);
  }
  tests::Peer& ground() { return *ground_; }
  std::int64_t told(const std::string& json) { return result(*ground_, json); }
  // Takes an image; what the camera tells of it.
  Row shoot() {
    const std::size_t from = ground().lines().size();
    EXPECT_EQ(told(R"({"do": "shoot"})"), 0);
    const auto image = ground().wait_event("image", tests::patience, from);
    EXPECT_TRUE(image);
    return image.value_or(Row("{}"));
  }
  // Indices of the log, as text with spaces.
  std::string indices(int first, int last) {
    const Row said = ground().ask(fmt::format(R"({{"do": "images", "first": {}, "last": {}}})", first, last));
    std::string all;
    for (int n = 0; said.has(fmt::format("indices.{}", n)); ++n)
      all += fmt::format("{}{}", n == 0 ? "" : " ", said.text(fmt::format("indices.{}", n)));
    return all;
  }
  std::string image_count() { return ground().ask(R"({"do": "request", "message": 262})").text("fields.image_count"); }

 private:
  std::optional<tests::Peer> ground_;
};

TEST_F(MavlinkImages, R13AnImageIsToldOfWhenItsFileIsThereAndItsAddressGivesTheVeryBytes) {
  start_pattern();
  const Row image = shoot();
  const auto stored = files();
  ASSERT_EQ(stored.size(), 1U) << "the file is stored by then";
  EXPECT_EQ(image.text("result"), "1");
  EXPECT_EQ(image.text("index"), "0");
  EXPECT_GT(image.number("time_utc"), 1e15) << "in microseconds";
  EXPECT_EQ(image.text("url"), public_url() + "/api/v1/media/" + stored[0].text("id") + "/content");
  EXPECT_EQ(stored[0].text("source"), "pattern");
  EXPECT_EQ(sha256_at(ground(), image.text("url")), stored[0].text("sha256"));
}

TEST_F(MavlinkImages, R09TheLogIsReadByIndexAndRangeAlsoAfterTheServerWasKilled) {
  start_pattern();
  std::vector<std::string> urls;
  for (int n = 0; n < 4; ++n) {
    const Row image = shoot();
    EXPECT_EQ(image.integer("index"), n);
    urls.push_back(image.text("url"));
  }
  server().kill_hard();
  start_mavlink_again();
  look();
  EXPECT_EQ(image_count(), "4");
  EXPECT_EQ(indices(2, 2), "2");
  EXPECT_EQ(indices(1, 2), "1 2");
  EXPECT_EQ(indices(1, -1), "1 2 3");
  EXPECT_EQ(indices(-1, -1), "0 1 2 3");
  EXPECT_EQ(told(R"({"do": "command", "command": 512, "params": [263, 4, 0]})"), 2) << "there is no such image";
  const auto third = ground().wait_for(event_of("image", {{"index", "2"}}));
  ASSERT_TRUE(third);
  EXPECT_EQ(third->text("url"), urls[2]);
  sha256_at(ground(), urls[2]);
  EXPECT_EQ(shoot().text("index"), "4") << "numbers go on";
}

TEST_F(MavlinkImages, R08ANewLogBeginsWhereTheStorageIsFormattedAndNoFileIsRemoved) {
  start_pattern();
  for (const char* const way : {R"({"do": "format", "reset_log": true})", R"({"do": "format"})"}) {
    EXPECT_EQ(shoot().text("index"), "0") << way;
    EXPECT_EQ(image_count(), "1");
    const std::size_t from = ground().lines().size();
    EXPECT_EQ(told(way), 0) << way;
    EXPECT_TRUE(ground().wait_event("storage", tests::patience, from));
    EXPECT_EQ(image_count(), "0") << way;
  }
  EXPECT_EQ(files().size(), 2U);
  EXPECT_EQ(told(R"({"do": "format", "storage": 3})"), 2);
  server().kill_hard();
  start_mavlink_again();
  look();
  EXPECT_EQ(image_count(), "0");
}

TEST_F(MavlinkImages, AVideoBetweenStartAndStopIsStored) {
  start_pattern();
  EXPECT_EQ(told(R"({"do": "record", "frequency": 10})"), 0);
  ASSERT_TRUE(ground().wait_for([](const Row& line) {
    return line.event() == "capture_status" && line.text("video_status") == "1" &&
           line.integer("recording_time_ms") >= 500;
  }));
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(told(R"({"do": "stop_recording"})"), 0);
  EXPECT_TRUE(ground().wait_for(event_of("capture_status", {{"video_status", "0"}})));
  ASSERT_TRUE(tests::eventually([&] { return files().size() == 1; }));
  const Row video = files()[0];
  EXPECT_EQ(video.text("kind"), "video");
  EXPECT_EQ(video.text("source"), "pattern");
  EXPECT_EQ(told(R"({"do": "record"})"), 0) << "and another one";
  EXPECT_EQ(told(R"({"do": "shoot"})"), 0) << "and an image meanwhile";
  EXPECT_TRUE(ground().wait_event("image"));
  EXPECT_EQ(told(R"({"do": "stop_recording"})"), 0);
  EXPECT_TRUE(tests::eventually([&] { return files("kind=video").size() == 2; }));
}

TEST_F(MavlinkImages, R12RangesThatAreAskedForAllAtOnceAreAnsweredAtAPaceOfTheirOwn) {
  constexpr int images = 40;
  constexpr int paced_per_second = 50;
  start_pattern("max_commands_per_second = 1000");
  for (int n = 0; n < images; ++n) shoot();
  const Row flood = ground().ask(R"({"do": "flood", "count": 200})");
  EXPECT_EQ(flood.integer("acks"), 200) << "each is answered";
  EXPECT_GT(flood.integer("images"), 0);
  EXPECT_LE(flood.integer("images"), 2 * paced_per_second) << "and not 200 times all the images";
  EXPECT_EQ(told(R"({"do": "shoot"})"), 0) << "what is wanted meanwhile is done";
  EXPECT_TRUE(ground().wait_for(event_of("image", {{"index", std::to_string(images)}})));
}

}  // namespace e2e
