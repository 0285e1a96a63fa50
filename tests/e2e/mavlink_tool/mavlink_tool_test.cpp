// `dualcam mavlink` as a person runs it, against cameras of tests/e2e/peers/mavlink.
#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "tests/support/child_process.hpp"
#include "tests/support/peer.hpp"

namespace e2e {
namespace {

using testing::HasSubstr;
using tests::Peer;

struct Ran {
  int exit_code = -1;
  std::string out;  // both streams, of every run of the test
};

class MavlinkTool : public testing::Test {
 protected:
  std::unique_ptr<tests::ChildProcess> start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {DUALCAM_BINARY, "mavlink"});
    return std::make_unique<tests::ChildProcess>(arguments, log_);
  }
  Ran run(std::vector<std::string> arguments) {
    const auto program = start(std::move(arguments));
    const auto code = program->wait_exit(tests::patience);
    return {code.value_or(-1000), printed()};
  }
  std::string printed() const {
    std::stringstream text;
    text << std::ifstream(log_).rdbuf();
    return text.str();
  }

  const tests::TempFolder folder_;
  const std::filesystem::path log_ = folder_ / "printed";
};

std::string to(const Peer& camera) {
  return "127.0.0.1:" + std::to_string(camera.port());
}

TEST_F(MavlinkTool, ListShowsEachCamera) {
  const Peer cameras("camera.mjs", {"--cameras", "2", "--vendor", "Acme"});
  const Ran ran = run({"list", "--to", to(cameras), "--wait", "3s"});
  EXPECT_EQ(ran.exit_code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("1/100   Acme Camera 100"));
  EXPECT_THAT(ran.out, HasSubstr("1/101   Acme Camera 101"));
}

TEST_F(MavlinkTool, ShootTakesEachImageThatWasAskedFor) {
  Peer camera("camera.mjs");
  const Ran ran = run({"shoot", "--to", to(camera), "--count", "2"});
  EXPECT_EQ(ran.exit_code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("image 0: taken "));
  EXPECT_THAT(ran.out, HasSubstr("image 1: taken "));
  EXPECT_THAT(ran.out, HasSubstr("http://127.0.0.1:80/100/1.jpg"));
  EXPECT_TRUE(camera.wait_count("image", 2));
}

TEST_F(MavlinkTool, ShootHasASeriesTaken) {
  Peer camera("camera.mjs");
  const Ran ran = run({"shoot", "--to", to(camera), "--count", "3", "--interval", "100ms"});
  EXPECT_EQ(ran.exit_code, 0) << ran.out;
  EXPECT_TRUE(camera.wait_for([](const tests::PeerLine& line) {
    return line.event() == "image" && line.text("cause") == "series" && line.integer("index") == 2;
  }));
}

TEST_F(MavlinkTool, ShootRecordsWithTheCameraThatWasNamed) {
  Peer cameras("camera.mjs", {"--cameras", "2"});
  const Ran ran = run({"shoot", "--to", to(cameras), "--camera", "1/101", "--video", "100ms", "--json"});
  EXPECT_EQ(ran.exit_code, 0) << ran.out;
  const auto begun = cameras.wait_event("recording");
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->integer("component"), 101);
  EXPECT_TRUE(cameras.wait_for([](const tests::PeerLine& line) { return line.text("on") == "false"; }));
}

TEST_F(MavlinkTool, ShootIsToldOfAFailure) {
  Peer camera("camera.mjs");
  camera.ask(R"({"do": "fail", "count": 1})");
  const Ran ran = run({"shoot", "--to", to(camera)});
  EXPECT_EQ(ran.exit_code, 1) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("the camera did not take it"));
}

TEST_F(MavlinkTool, ShootFetchesAnImageWhoseMessageWasLost) {
  Peer camera("camera.mjs");
  camera.ask(R"({"do": "drop", "message": "CAMERA_IMAGE_CAPTURED"})");
  const Ran ran = run({"shoot", "--to", to(camera)});
  EXPECT_EQ(ran.exit_code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("image 0: taken "));
}

TEST_F(MavlinkTool, CamerasOfOtherProgramsAreShotToo) {
  for (const std::string style : {"server", "good"}) {
    const Peer camera("camera.mjs", {"--style", style});
    const Ran ran = run({"shoot", "--to", to(camera)});
    EXPECT_EQ(ran.exit_code, 0) << style << ": " << ran.out;
  }
}

TEST_F(MavlinkTool, SignedCamerasWantTheKey) {
  const Peer camera("camera.mjs", {"--key", "correct horse"});
  std::ofstream(folder_ / "key") << "correct horse\n";
  const Ran unsigned_one = run({"shoot", "--to", to(camera)});
  EXPECT_EQ(unsigned_one.exit_code, 1) << "it hears nothing that is not signed";
  EXPECT_THAT(unsigned_one.out, HasSubstr("--key-file is for that"));
  const Ran ran = run({"shoot", "--to", to(camera), "--key-file", (folder_ / "key").string()});
  EXPECT_EQ(ran.exit_code, 0) << ran.out;
}

TEST_F(MavlinkTool, WatchShowsTrafficUntilCtrlC) {
  ::signal(SIGINT, SIG_DFL);  // programs that a shell started in the background have it ignored, and so their children
  const Peer camera("camera.mjs");
  const auto watch = start({"watch", "--to", to(camera)});
  ASSERT_TRUE(tests::eventually([&] { return printed().contains("1/100  HEARTBEAT"); })) << printed();
  watch->signal(SIGINT);
  EXPECT_EQ(watch->wait_exit(tests::patience), 0);
  EXPECT_THAT(printed(), HasSubstr("\ncomponent"));
}

TEST_F(MavlinkTool, WatchEndsAfterSoManyAndWhenNobodyTakesWhatItPrints) {
  const Peer camera("camera.mjs");
  EXPECT_EQ(run({"watch", "--to", to(camera), "--message", "HEARTBEAT", "--count", "2", "--json"}).exit_code, 0);
  tests::ChildProcess full(
      {"sh", "-c", std::string("exec '") + DUALCAM_BINARY + "' mavlink watch --to " + to(camera) + " > /dev/full"},
      log_);
  EXPECT_EQ(full.wait_exit(tests::patience), 2);
}

}  // namespace
}  // namespace e2e
