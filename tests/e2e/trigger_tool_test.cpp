// `dualcam trigger` as a person runs it, against the real server with cameras beside it.
#include <signal.h>
#include <unistd.h>

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/e2e/playback.hpp"
#include "tests/e2e/relay_fixture.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/ports.hpp"

namespace e2e {
namespace {

using nlohmann::json;

class TriggerTool : public Relay {
 protected:
  Ran trigger_tool(const std::string& what) {
    return run(fmt::format("'{}' trigger {} --api {}", DUALCAM_BINARY, what, server().http_url()));
  }
  // Until it is ended, or the test is; what it prints is in its own file.
  void watch(const std::string& url, std::vector<std::string> more = {}) {
    std::vector<std::string> command{DUALCAM_BINARY, "trigger", "watch", "--api", url};
    command.insert(command.end(), more.begin(), more.end());
    watching_ = std::make_unique<tests::ChildProcess>(std::move(command), watched_);
  }
  std::string seen() const {
    std::stringstream text;
    text << std::ifstream(watched_).rdbuf();
    return text.str();
  }
  bool sees(std::string_view text) const {
    return tests::eventually([&] { return seen().contains(text); });
  }
  // Events by hand until the watch, which takes a moment to connect, has seen one.
  bool sees_events_of(const std::string& kind) {
    return tests::eventually([&] {
      trigger(kind);
      return seen().contains(kind);
    });
  }

  const std::filesystem::path watched_ = folder_ / "watch.log";
  std::unique_ptr<tests::ChildProcess> watching_;
};

TEST_F(TriggerTool, WatchSeesEventsAsTheyHappenAndEndsWithCtrlC) {
  start_relay({});
  ::signal(SIGINT, SIG_DFL);  // programs that a shell started in the background have it ignored, and so their children
  watch(server().http_url(), {"--topics", "trigger,take"});
  ASSERT_TRUE(sees_events_of("door")) << seen();
  watching_->signal(SIGINT);
  EXPECT_EQ(watching_->wait_exit(tests::patience), -SIGINT) << "a shell sees that it was interrupted";
  EXPECT_TRUE(seen().ends_with('\n')) << "no line is cut";
  EXPECT_TRUE(seen().contains("  heard  ")) << seen();
}

TEST_F(TriggerTool, WatchFindsAServerThatComesBack) {
  const std::uint16_t port = tests::lasting_port(static_cast<std::uint64_t>(getpid()));
  const auto file = write_file({});
  const std::vector<std::string> flags{"--relay", file.string(), "--http-listen", fmt::format("127.0.0.1:{}", port)};
  start(flags);
  watch(server().http_url(), {"--json"});
  ASSERT_TRUE(sees_events_of("before")) << seen();
  server().kill_hard();
  ASSERT_TRUE(sees("It is asked again.")) << seen();
  start(flags);
  ASSERT_TRUE(sees_events_of("after")) << seen();
  EXPECT_TRUE(seen().contains(R"("topic":"gap")")) << "what was missed is told\n" << seen();
  EXPECT_TRUE(watching_->running());
}

TEST_F(TriggerTool, WatchEndsAfterSoManyAndWhenNobodyTakesWhatItPrints) {
  start_relay({});
  watch(server().http_url(), {"--count", "2", "--json"});
  ASSERT_TRUE(sees_events_of("one"));
  ASSERT_TRUE(tests::eventually([&] {
    trigger("two");
    return !watching_->running();
  }));
  EXPECT_EQ(watching_->wait_exit(tests::patience), 0);
  std::istringstream lines(seen());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_TRUE(json::parse(line).contains("data")) << line;
  EXPECT_EQ(count, 2);

  watching_ = std::make_unique<tests::ChildProcess>(
      std::vector<std::string>{
          "sh", "-c", fmt::format("exec '{}' trigger watch --api {} > /dev/full", DUALCAM_BINARY, server().http_url())},
      folder_ / "full.log");
  ASSERT_TRUE(tests::eventually([&] {
    trigger("three");
    return !watching_->running();
  }));
  EXPECT_EQ(watching_->wait_exit(tests::patience), 2);
}

TEST_F(TriggerTool, AnEventIsGivenListedAndRehearsed) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  start_relay(edgertronic("west", group(0), "repeat = 1") + R"(
[[rule]]
name = "fire"
when = { protocol = "api", kind = "shot" }
do = [ { target = "west", verb = "trigger", name = "{name}" } ]
)");
  const Ran given = trigger_tool("event shot name=pitch_12");
  EXPECT_EQ(given.exit_code, 0) << given.output;
  const auto fired = west.wait_event("datagram");
  ASSERT_TRUE(fired);
  EXPECT_EQ(fired->text("name"), "pitch_12");

  outcome_of("west");
  const Ran done = trigger_tool("list --out --rule fire");
  EXPECT_EQ(done.exit_code, 0) << done.output;
  EXPECT_TRUE(done.output.contains("west            trigger name=pitch_12  (rule fire)")) << done.output;
  const Ran none = trigger_tool("list --protocol shogun");
  EXPECT_EQ(none.output, "Nothing was heard or done that fits.\n");

  const Ran rehearsed = trigger_tool("dry-run --endpoint west --hex '05 AA 95 44 78 00'");
  EXPECT_EQ(rehearsed.exit_code, 0) << rehearsed.output;
  EXPECT_TRUE(rehearsed.output.contains("trigger of edgertronic west: ")) << rehearsed.output;
  EXPECT_TRUE(rehearsed.output.contains("No rule matches.")) << rehearsed.output;
}

TEST_F(TriggerTool, CamerasAreListedAndOnesThatAreNotThereAreRefused) {
  tests::Peer gate("tv_ip400.py");
  start_relay(trendnet("gate", gate));
  const Ran cameras = trigger_tool("cameras");
  EXPECT_EQ(cameras.exit_code, 0) << cameras.output;
  EXPECT_TRUE(cameras.output.contains("\ngate              trendnet     ")) << cameras.output;
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"send moon goto", "moon"}, {"dry-run --endpoint moon --hex 00", "The relay has no camera of this name"}};
  for (const auto& [what, sentence] : wrong) {
    const Ran refused = trigger_tool(what);
    EXPECT_EQ(refused.exit_code, 1) << what << ": " << refused.output;
    EXPECT_TRUE(refused.output.starts_with("dualcam trigger: ")) << refused.output;
    EXPECT_TRUE(refused.output.contains(sentence)) << refused.output;
  }
}

TEST_F(TriggerTool, EveryCommandSaysThatThereIsNoRelayOrNoServer) {
  start();
  const std::vector<std::string> commands{"event shot", "cameras", "dry-run --protocol shogun --hex 00"};
  for (const std::string& what : commands) {
    const Ran ran = trigger_tool(what);
    EXPECT_EQ(ran.exit_code, 1) << what << ": " << ran.output;
    EXPECT_TRUE(ran.output.contains("--relay")) << what << ": " << ran.output;
  }
  const std::string url = server().http_url();
  server().kill_hard();
  for (const std::string what : {"list", "event shot", "cameras", "watch"}) {
    const Ran ran = run(fmt::format("'{}' trigger {} --api {}", DUALCAM_BINARY, what, url));
    EXPECT_EQ(ran.exit_code, 2) << what << ": " << ran.output;
    EXPECT_TRUE(ran.output.contains(url)) << what << ": " << ran.output;
  }
}

}  // namespace
}  // namespace e2e
