// dualcam mavlink shoot, list and watch, with a camera on the loopback.
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "server/relay/mavlink/wire/enums.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/tools/mavlink/scripted_camera.hpp"
#include "tools/mavlink/commands.hpp"

namespace mavlink::tool {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

struct Ran {
  Outcome outcome;
  std::string out, err;
  std::vector<json> lines() const {
    std::vector<json> all;
    std::istringstream text(out);
    for (std::string line; std::getline(text, line);) all.push_back(json::parse(line));
    return all;
  }
};
template <class Options>
Ran run(Outcome (*command)(const Options&), const Options& options) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const Outcome outcome = command(options);
  return {outcome, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

// Once: after the run, a signal would end the test.
class CtrlC {
 public:
  void operator()() const {
    if (!pressed_->test_and_set()) kill(getpid(), SIGINT);
  }

 private:
  std::shared_ptr<std::atomic_flag> pressed_ = std::make_shared<std::atomic_flag>();
};

ShootOptions shoot_at(const ScriptedCamera& camera) {
  return {.link = {.to = camera.to()}};
}

TEST(MavlinkShoot, TakesAnImageAndSaysWhereItIs) {
  const ScriptedCamera camera(take_it);
  const Ran ran = run(run_shoot, shoot_at(camera));
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("1/100  Acme Snap\n"));
  EXPECT_THAT(ran.out, HasSubstr("): accepted after "));
  EXPECT_THAT(ran.out, HasSubstr(": taken at 48.1371530, 11.5761240, 0.0 m  http://127.0.0.1/snap.jpg\n"));
}

TEST(MavlinkShoot, TakesSoManyOneAfterTheOther) {
  const ScriptedCamera camera(take_it);
  ShootOptions options = shoot_at(camera);
  options.camera = "1/100";
  options.count = 3;
  options.json = true;
  const Ran ran = run(run_shoot, options);
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  std::vector<std::string> events;
  for (const json& line : ran.lines()) events.push_back(line["event"]);
  EXPECT_THAT(events, testing::ElementsAre("found", "answer", "image", "answer", "image", "answer", "image"));
  EXPECT_EQ(std::ranges::count(camera.commands(), command::image_start_capture), 3);
}

TEST(MavlinkShoot, HasTheCameraTakeASeries) {
  const ScriptedCamera camera(take_it);
  ShootOptions options = shoot_at(camera);
  options.count = 3;
  options.interval = "1s";
  options.json = true;
  const Ran ran = run(run_shoot, options);
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  EXPECT_EQ(ran.lines().size(), 5U) << ran.out;
  EXPECT_EQ(std::ranges::count(camera.commands(), command::image_start_capture), 1);
}

TEST(MavlinkShoot, RecordsForSoLong) {
  const ScriptedCamera camera(take_it);
  ShootOptions options = shoot_at(camera);
  options.video = "20ms";
  const Ran ran = run(run_shoot, options);
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("start video: accepted"));
  EXPECT_THAT(ran.out, HasSubstr("stop video: accepted"));
  EXPECT_THAT(ran.out, HasSubstr("recorded for "));
}

TEST(MavlinkShoot, ARefusalIsSaid) {
  const ScriptedCamera camera([](const CommandLong& command) -> std::vector<Message> {
    if (command.command != command::image_start_capture) return take_it(command);
    return {answer(command, result::temporarily_rejected)};
  });
  ShootOptions options = shoot_at(camera);
  options.json = true;
  const Ran ran = run(run_shoot, options);
  EXPECT_EQ(ran.outcome, Outcome::bad);
  EXPECT_THAT(ran.err, HasSubstr("dualcam mavlink: 1/100 refused: take an image"));
  EXPECT_THAT(ran.err, HasSubstr("(temporarily rejected)"));
  EXPECT_EQ(ran.lines().back()["event"], "failed");
}

TEST(MavlinkShoot, AnImageThatWasNotTakenIsNoSuccess) {
  const ScriptedCamera camera([](const CommandLong& command) {
    auto answers = take_it(command);
    for (Message& each : answers)
      if (auto* image = std::get_if<CameraImageCaptured>(&each)) image->capture_result = 0;
    return answers;
  });
  const Ran ran = run(run_shoot, shoot_at(camera));
  EXPECT_EQ(ran.outcome, Outcome::bad);
  EXPECT_THAT(ran.out, HasSubstr("the camera did not take it"));
}

TEST(MavlinkShoot, ACameraThatTellsOfNoImageIsNotWaitedForForever) {
  const ScriptedCamera camera([](const CommandLong& command) {
    auto answers = take_it(command);
    std::erase_if(answers, [](const Message& each) { return std::holds_alternative<CameraImageCaptured>(each); });
    return answers;
  });
  ShootOptions options = shoot_at(camera);
  options.image_wait = "100ms";
  const Ran ran = run(run_shoot, options);
  EXPECT_EQ(ran.outcome, Outcome::bad);
  EXPECT_THAT(ran.err, HasSubstr("1/100 told of no image within 0.1 s."));
}

TEST(MavlinkShoot, ImagesThatAreToldOfBeforeTheAnswerCount) {
  const ScriptedCamera camera([](const CommandLong& command) {
    auto answers = take_it(command);
    std::ranges::reverse(answers);
    return answers;
  });
  EXPECT_EQ(run(run_shoot, shoot_at(camera)).outcome, Outcome::good);
}

TEST(MavlinkShoot, CtrlCStopsARecording) {
  const ScriptedCamera camera([ctrl_c = CtrlC()](const CommandLong& command) {
    if (command.command == command::video_start_capture) ctrl_c();
    return take_it(command);
  });
  ShootOptions options = shoot_at(camera);
  options.video = "1h";
  const Ran ran = run(run_shoot, options);
  EXPECT_EQ(ran.outcome, Outcome::bad);
  EXPECT_THAT(camera.commands(), Contains(command::video_stop_capture));
  EXPECT_THAT(ran.out, HasSubstr("recorded for "));
}

TEST(MavlinkShoot, CtrlCStopsASeries) {
  const ScriptedCamera camera([ctrl_c = CtrlC()](const CommandLong& command) -> std::vector<Message> {
    if (command.command != command::image_start_capture) return take_it(command);
    ctrl_c();
    return {answer(command, result::accepted)};
  });
  ShootOptions options = shoot_at(camera);
  options.count = 100;
  options.interval = "10s";
  EXPECT_EQ(run(run_shoot, options).outcome, Outcome::bad);
  EXPECT_THAT(camera.commands(), Contains(command::image_stop_capture));
}

TEST(MavlinkShoot, CtrlCEndsAWait) {
  const ScriptedCamera camera([ctrl_c = CtrlC()](const CommandLong& command) -> std::vector<Message> {
    ctrl_c();
    return {answer(command, result::accepted)};
  });
  ShootOptions options = shoot_at(camera);
  options.wait = "1h";
  const Ran ran = run(run_shoot, options);
  EXPECT_EQ(ran.outcome, Outcome::bad);
  EXPECT_THAT(ran.err, HasSubstr("interrupted"));
}

TEST(MavlinkShoot, NobodyThereIsSaidWithWhatWasHeard) {
  const ScriptedCamera camera(take_it);
  ShootOptions options = shoot_at(camera);
  options.camera = "1/101";
  options.wait = "300ms";
  Ran ran = run(run_shoot, options);
  EXPECT_EQ(ran.outcome, Outcome::nobody);
  EXPECT_THAT(ran.err, HasSubstr("No camera was found within 0.3 s on UDP " + camera.to()));

  options = {.link = {.listen = "127.0.0.1:0"}, .wait = "20ms"};
  ran = run(run_shoot, options);
  EXPECT_EQ(ran.outcome, Outcome::nobody);
  EXPECT_THAT(ran.err, HasSubstr("nobody was heard at all"));
}

TEST(MavlinkShoot, OptionsThatMakeNoSenseAreRefused) {
  const auto error = [](const ShootOptions& options) {
    const Ran ran = run(run_shoot, options);
    EXPECT_EQ(ran.outcome, Outcome::nobody);
    return ran.err;
  };
  EXPECT_THAT(error({.count = 0}), HasSubstr("--count 0"));
  EXPECT_THAT(error({.count = 2, .video = "1s"}), HasSubstr("--video records"));
  EXPECT_THAT(error({.interval = "1s", .video = "1s"}), HasSubstr("--video records"));
  EXPECT_THAT(error({.camera = "x"}), HasSubstr("\"x\" is no camera"));
  EXPECT_THAT(error({.interval = "x"}), HasSubstr("\"x\" is no length"));
  EXPECT_THAT(error({.video = "x"}), HasSubstr("\"x\" is no length"));
  EXPECT_THAT(error({.wait = "x"}), HasSubstr("\"x\" is no length"));
  EXPECT_THAT(error({.image_wait = "x"}), HasSubstr("\"x\" is no length"));
  EXPECT_THAT(error({.link = {.identity = "x"}}), HasSubstr("\"x\" is no component"));
  EXPECT_THAT(error({.link = {.key_file = "/nowhere"}}), HasSubstr("/nowhere"));
  EXPECT_THAT(error({.link = {.to = ":"}}), HasSubstr("--to takes"));
  EXPECT_THAT(error({.link = {.listen = "192.0.2.1"}}), HasSubstr("192.0.2.1")) << "not an address of this host";
}

// A camera that is asked for more has been understood: its list can be printed.
ScriptedCamera::Script until_identified() {
  return [ctrl_c = CtrlC()](const CommandLong& command) {
    if (command.command == command::request_message && command.param1 != CameraInformation::info.id) ctrl_c();
    return take_it(command);
  };
}

TEST(MavlinkList, ShowsWhatCamerasSayOfThemselves) {
  const ScriptedCamera camera(until_identified());
  const Ran ran = run(run_list, ListOptions{.link = {.to = camera.to()}, .wait = "1h"});
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("1/100   Acme Snap"));
}

TEST(MavlinkList, ShowsItAsJson) {
  const ScriptedCamera camera(until_identified());
  const Ran ran = run(run_list, ListOptions{.link = {.to = camera.to()}, .wait = "1h", .json = true});
  EXPECT_EQ(json::parse(ran.out)[0]["vendor"], "Acme");
}

TEST(MavlinkList, NobodyIsAnEmptyListAndASentence) {
  const Ran ran = run(run_list, ListOptions{.link = {.listen = "127.0.0.1:0"}, .wait = "20ms", .json = true});
  EXPECT_EQ(ran.outcome, Outcome::nobody);
  EXPECT_EQ(ran.out, "[]\n");
  EXPECT_THAT(ran.err, HasSubstr("No camera was found"));
  EXPECT_EQ(run(run_list, ListOptions{.wait = "x"}).outcome, Outcome::nobody);
  EXPECT_EQ(run(run_list, ListOptions{.link = {.identity = "x"}}).outcome, Outcome::nobody);
}

class MavlinkSigned : public testing::Test {
 protected:
  std::string key_file(const char* name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  const tests::TempFolder folder_;
  const SigningKey key_ = *read_signing_key("correct horse");
};

TEST_F(MavlinkSigned, WithTheKeyItIsUnderstood) {
  const ScriptedCamera camera(take_it, key_);
  ShootOptions options = shoot_at(camera);
  options.link.key_file = key_file("good", "correct horse\n");
  const Ran ran = run(run_shoot, options);
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
}

TEST_F(MavlinkSigned, WithAnotherKeyNobodyIsBelieved) {
  const ScriptedCamera camera(take_it, key_);
  const Ran ran = run(
      run_list, ListOptions{.link = {.to = camera.to(), .key_file = key_file("bad", "battery staple")}, .wait = "2s"});
  EXPECT_EQ(ran.outcome, Outcome::nobody);
  EXPECT_THAT(ran.err, HasSubstr("not signed with this key"));
}

TEST_F(MavlinkSigned, WatchSaysWhatSignaturesAreWorth) {
  const ScriptedCamera camera(take_it, key_);
  WatchOptions options{.link = {.to = camera.to(), .key_file = key_file("good", "correct horse")}, .count = 1};
  EXPECT_THAT(run(run_watch, options).out, HasSubstr("mavlink_version=3  [signature good]\n"));
  options.link.key_file = key_file("bad", "battery staple");
  EXPECT_THAT(run(run_watch, options).out, HasSubstr("[signature: signed with another key"));
  options.link.key_file = {};
  EXPECT_THAT(run(run_watch, options).out, HasSubstr("[signed]\n"));
}

TEST(MavlinkWatch, PrintsFramesAndWhoWasHeard) {
  const ScriptedCamera camera(take_it);
  const Ran ran = run(run_watch, WatchOptions{.link = {.to = camera.to()}, .count = 1});
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("  " + camera.to() + "  1/100  HEARTBEAT custom_mode=0 type=CAMERA"));
  EXPECT_THAT(ran.out, HasSubstr("\ncomponent"));
  EXPECT_THAT(ran.out, HasSubstr("\n1/100             1         0    0.0 %  "));
  EXPECT_THAT(ran.err, HasSubstr("UDP " + camera.to()));
}

TEST(MavlinkWatch, JsonIsALineForEachAndASummary) {
  const ScriptedCamera camera(take_it);
  const auto lines = run(run_watch, WatchOptions{.link = {.to = camera.to()}, .count = 1, .json = true}).lines();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["message"], "HEARTBEAT");
  EXPECT_EQ(lines[1]["summary"]["components"][0]["frames"], 1);
}

base::Bytes bytes_of(const FrameBytes& frame) {
  return {frame.view().begin(), frame.view().end()};
}

TEST(MavlinkWatch, ShowsWhatIsWantedAndCountsTheRest) {
  ScriptedCamera camera(take_it);
  base::Bytes broken = bytes_of(encode(Heartbeat{}, {1, 100}, 3));
  broken[12] ^= 0xff;
  camera.send_instead({bytes_of(encode(Heartbeat{}, {1, 100}, 0)), broken, bytes_of(encode(SystemTime{}, {1, 1}, 0)),
                       bytes_of(encode(SystemTime{}, {1, 100}, 2))});
  WatchOptions options{.link = {.to = camera.to()}, .messages = {"system_time"}, .from = "1/100", .count = 1};
  Ran ran = run(run_watch, options);
  EXPECT_THAT(ran.out, HasSubstr("1/100  SYSTEM_TIME"));
  EXPECT_THAT(ran.out, Not(HasSubstr("HEARTBEAT")));
  EXPECT_THAT(ran.out, Not(HasSubstr("1/1  SYSTEM_TIME")));
  EXPECT_THAT(ran.out, HasSubstr("1/100             2         1   33.3 %"));
  EXPECT_THAT(ran.out, HasSubstr("refused: wrong checksum (1)"));

  ran = run(run_watch, WatchOptions{.link = {.to = camera.to()}, .count = 3});
  EXPECT_THAT(ran.out, HasSubstr("  refused: wrong checksum  fd "));
  ran = run(run_watch, WatchOptions{.link = {.to = camera.to()}, .count = 3, .json = true});
  EXPECT_EQ(ran.lines().at(1)["refused"], "wrong checksum");
}

TEST(MavlinkWatch, EndsAfterItsTime) {
  const Ran ran = run(run_watch, WatchOptions{.link = {.listen = "127.0.0.1:0"}, .length = "20ms", .heartbeat = true});
  EXPECT_EQ(ran.outcome, Outcome::good);
  EXPECT_EQ(ran.out, "\nNobody was heard.\n");
}

TEST(MavlinkWatch, OptionsThatMakeNoSenseAreRefused) {
  for (const WatchOptions& wrong :
       {WatchOptions{.messages = {"x"}}, WatchOptions{.from = "x"}, WatchOptions{.length = "x"},
        WatchOptions{.link = {.identity = "x"}}, WatchOptions{.link = {.key_file = "/nowhere"}},
        WatchOptions{.link = {.to = ":", .identity = "x"}}, WatchOptions{.link = {.listen = "192.0.2.1"}}})
    EXPECT_EQ(run(run_watch, wrong).outcome, Outcome::nobody);
}

}  // namespace
}  // namespace mavlink::tool
