// A camera that is recorded, with a store in memory.
#include <gmock/gmock.h>

#include "server/endpoints/trendnet_camera.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/unit/endpoints/fake_host.hpp"
#include "tests/unit/storage/intake_fixture.hpp"

namespace endpoints {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;

using Connection = tests::ScriptedServer::Connection;

std::string part(const base::Bytes& jpeg, std::string_view end = "\r\n\r\n") {
  return "--video boundary--\r\nContent-length: " + std::to_string(jpeg.size()) +
         "\r\nDate: 2007-08-16 14:56:19 IO_00000000_PT_136_046\r\nContent-type: image/jpeg\r\n\r\n" +
         std::string(base::as_text(jpeg)) + std::string(end);
}

// Shows these again and again.
tests::ScriptedServer::Script showing(std::vector<std::string> parts) {
  return [parts = std::move(parts)](Connection& connection) {
    if (!connection.read_head().starts_with("GET /MJPEG.CGI")) {
      connection.send("HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    connection.send("HTTP/1.0 200 OK\r\nContent-type: multipart/x-mixed-replace;boundary=--video boundary--\r\n\r\n");
    for (std::size_t n = 0; connection.send(parts[n % parts.size()]); ++n) connection.pause(5ms);
  };
}

class TrendnetCameraTest : public storage::IntakeFixture {
 protected:
  // So many pictures have come.
  bool wait_frames(const TrendnetCamera& camera, std::uint64_t wanted) {
    return run_until([&] { return figure(camera, "frames") >= wanted; });
  }
  static std::uint64_t figure(const TrendnetCamera& camera, std::string_view name) {
    for (const auto& [figure, value] : camera.health().figures)
      if (figure == name) return value;
    return 0;
  }
  template <class Condition>
  bool run_until(Condition condition) {
    return tests::eventually([&] {
      host.context().restart();
      host.context().run_for(2ms);
      return condition();
    });
  }
  static hub::Command record() { return {.target = "gate", .verb = "record", .parameters = {{"duration", "10m"}}}; }

  FakeHost host;
  MediaWriter writer{intake, host};
  std::vector<hub::Hub::Result> ended;
  Done keep() {
    return [this](hub::Hub::Result result) { ended.push_back(std::move(result)); };
  }
};

TEST_F(TrendnetCameraTest, AnEndKeepsWhatHasBeenRecordedSoFar) {
  const tests::ScriptedServer server(showing({part(small_jpeg(100))}));
  TrendnetCamera camera({.name = "gate", .url = server.url("")}, &writer, host);
  camera.start();
  ASSERT_TRUE(wait_frames(camera, 1));
  camera.run(record(), keep());
  EXPECT_TRUE(camera.is_busy());
  ASSERT_TRUE(wait_frames(camera, figure(camera, "frames") + 5));
  EXPECT_TRUE(ended.empty());
  camera.close();
  ASSERT_TRUE(run_until([&] { return !camera.is_busy(); }));
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].outcome, hub::Outcome::confirmed) << ended[0].reason;
  EXPECT_THAT(ended[0].reason, MatchesRegex("It is stored as [-0-9a-f]*\\."));
  EXPECT_EQ(catalog.rows.size(), 1U);
  camera.close();
  EXPECT_EQ(ended.size(), 1U);
}

TEST_F(TrendnetCameraTest, PicturesThatAreNotInTheVideoAreInTheReason) {
  const base::Bytes no_picture{0xFF, 0xD8, 0x00, 0x01, 0xFF, 0xD9};
  const tests::ScriptedServer server(showing({part(small_jpeg(100)), part(no_picture)}));
  TrendnetCamera camera({.name = "gate", .url = server.url("")}, &writer, host);
  camera.start();
  ASSERT_TRUE(wait_frames(camera, 2));
  camera.run(record(), keep());
  ASSERT_TRUE(wait_frames(camera, figure(camera, "frames") + 9));
  camera.close();
  ASSERT_TRUE(run_until([&] { return !camera.is_busy(); }));
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].outcome, hub::Outcome::confirmed) << ended[0].reason;
  EXPECT_THAT(ended[0].reason, HasSubstr("pictures are left out."));
}

TEST_F(TrendnetCameraTest, ARecordingThatEndsBeforeAPictureCameHasFailed) {
  const tests::ScriptedServer server([](Connection& connection) { connection.wait_for_client_to_leave(); });
  TrendnetCamera camera({.name = "gate", .url = server.url("")}, &writer, host);
  camera.start();
  camera.run(record(), keep());
  EXPECT_TRUE(camera.is_busy());
  camera.close();
  EXPECT_FALSE(camera.is_busy());
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].outcome, hub::Outcome::failed);
  EXPECT_THAT(ended[0].reason, HasSubstr("no picture"));
  expect_nothing_published();
}

TEST_F(TrendnetCameraTest, PartsThatCannotBeReadAreCounted) {
  base::Bytes no_jpeg = small_jpeg(100);
  no_jpeg[0] = 0;
  const tests::ScriptedServer server(showing({part(small_jpeg(100)), part(no_jpeg)}));
  TrendnetCamera camera({.name = "gate", .url = server.url("")}, &writer, host);
  camera.start();
  ASSERT_TRUE(wait_frames(camera, 3));
  EXPECT_GE(host.misreadings["mjpeg"], 2U);
  EXPECT_EQ(host.misreadings["mjpeg"], figure(camera, "bad_frames"));
}

}  // namespace
}  // namespace endpoints
