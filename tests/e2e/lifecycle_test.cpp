// Start and stop: what does not start says why, SIGTERM drains, and the program's other commands.
#include <signal.h>

#include <fstream>

#include "tests/e2e/fixture.hpp"

namespace e2e {
namespace {

class Lifecycle : public EndToEnd {
 protected:
  bool connects() { return tests::ClientSocket(server().port()).connected(); }
};

TEST_F(Lifecycle, TermFinishesTheFileUnderWay) {
  start({"--drain-timeout", "20s"});
  const CameraFile file = make_file(1);
  WireCamera busy(server(), imei(1));
  ASSERT_EQ(busy.offer(file), 1U);
  ASSERT_TRUE(busy.send_packets(file, 1, 10));
  WireCamera idle(server(), imei(2));
  ASSERT_TRUE(idle.init({dualcam::FileClass::photo_front}));
  ASSERT_TRUE(idle.next());

  server().signal(SIGTERM);
  EXPECT_TRUE(idle.told_to_leave());
  idle.socket().close();
  EXPECT_TRUE(tests::eventually([&] { return !connects(); })) << "no new cameras";
  EXPECT_EQ(http_status("/readyz"), 503) << "drains";
  ASSERT_TRUE(server().running());
  EXPECT_TRUE(busy.send_packets(file, 11, file.packets()));
  EXPECT_TRUE(busy.acknowledged());
  EXPECT_TRUE(busy.told_to_leave());
  busy.socket().close();
  EXPECT_EQ(server().wait_exit(), 0);
  EXPECT_TRUE(server().log_has("stopped"));

  start();
  EXPECT_EQ(stored(imei(1)), prints({file}));
}

TEST_F(Lifecycle, TermKeepsWhatDoesNotFinishInTime) {
  start({"--drain-timeout", "300ms"});
  const CameraFile file = make_file(1, 100 * 1024);
  WireCamera camera(server(), imei(1));
  ASSERT_EQ(camera.offer(file), 1U);
  ASSERT_TRUE(camera.send_packets(file, 1, 70));
  ASSERT_TRUE(tests::eventually([&] { return newest_transfer(imei(1), "offset") == "71680"; }));
  EXPECT_EQ(server().terminate(), 0);
  EXPECT_TRUE(camera.ended());

  start();
  WireCamera again(server(), imei(1));
  EXPECT_EQ(again.offer(file), 70U) << "every packet was kept; one is asked for again, as proof";
  EXPECT_TRUE(again.send_rest(file, 70) && again.acknowledged());
  EXPECT_EQ(stored(imei(1)), prints({file}));
}

TEST_F(Lifecycle, ASecondSignalEndsTheDrainAtOnceAndKeepsWhatCame) {
  for (const int second : {SIGTERM, SIGINT}) {
    start({"--drain-timeout", "10m"});  // longer than this test may take
    const CameraFile file = make_file(static_cast<unsigned>(second), 100 * 1024);
    WireCamera camera(server(), imei(1));
    ASSERT_EQ(camera.offer(file), 1U);
    ASSERT_TRUE(camera.send_packets(file, 1, 70));
    ASSERT_TRUE(tests::eventually([&] { return newest_transfer(imei(1), "offset") == "71680"; }));
    server().signal(SIGTERM);
    ASSERT_TRUE(server().wait_log("files under way get their time"));
    ASSERT_TRUE(server().running());
    server().signal(second);
    EXPECT_EQ(server().wait_exit(), 0);
    EXPECT_TRUE(server().log_has("stopping at once"));
    EXPECT_TRUE(camera.ended());

    start();
    WireCamera again(server(), imei(1));
    EXPECT_EQ(again.offer(file), 70U) << "every packet was kept; one is asked for again, as proof";
    EXPECT_TRUE(again.send_rest(file, 70) && again.acknowledged());
    EXPECT_EQ(stored(imei(1)).front(), print_of(file.bytes));
  }
}

TEST_F(Lifecycle, TermWithoutCamerasIsQuick) {
  start();
  EXPECT_EQ(server().terminate(std::chrono::seconds{5}), 0);
}

TEST_F(Lifecycle, OneServerPerDataDirectory) {
  start();
  tests::ServerProcess second(settings());
  EXPECT_EQ(second.wait_exit(), 1);
  EXPECT_TRUE(second.log_has("Another dualcamd uses the data directory " + data_dir_.string()));
  EXPECT_EQ(http_status("/healthz"), 200);
}

// The listeners of one server share their port; two servers must not.
TEST_F(Lifecycle, PortInUse) {
  start({"--threads", "2"});
  const std::string address = "127.0.0.1:" + std::to_string(server().port());
  const tests::Ran second =
      tests::run_dualcamd({"serve", "--data-dir", folder_ / "other", "--avl-listen", "127.0.0.1:0", "--http-listen",
                           "127.0.0.1:0", "--dualcam-listen", address});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_NE(second.err.find("dualcamd: Cameras cannot connect to " + address + ": another program listens there"),
            std::string::npos)
      << second.err;
  const std::string http = "127.0.0.1:" + std::to_string(server().port("http"));
  const tests::Ran third = tests::run_dualcamd({"serve", "--data-dir", folder_ / "other", "--avl-listen", "127.0.0.1:0",
                                                "--http-listen", http, "--dualcam-listen", "127.0.0.1:0"});
  EXPECT_EQ(third.exit_code, 1);
  EXPECT_NE(third.err.find(http + ": another program listens there"), std::string::npos) << third.err;
}

TEST_F(Lifecycle, ReadyLineNamesEveryListenerAndKillLosesNothingStored) {
  start({"--dualcam-listen", "127.0.0.1:0", "--dualcam-listen", "127.0.0.1:0"});
  ASSERT_NE(server().port("dualcam", 1), 0);
  EXPECT_NE(server().port("dualcam", 0), server().port("dualcam", 1));
  EXPECT_TRUE(server().ready_line().starts_with("ready dualcam=127.0.0.1:"));
  const CameraFile file = make_file(1);
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(file));
  server().kill_hard();
  start();
  EXPECT_EQ(stored(imei(1)), prints({file}));
}

TEST_F(Lifecycle, SecondsLongPauseOfTheProcessIsNoLoss) {
  start();
  const CameraFile file = make_file(1);
  WireCamera camera(server(), imei(1));
  ASSERT_EQ(camera.offer(file), 1U);
  server().signal(SIGSTOP);
  ASSERT_TRUE(camera.send_rest(file, 1));
  server().signal(SIGCONT);
  EXPECT_TRUE(camera.acknowledged());
  EXPECT_EQ(stored(imei(1)), prints({file}));
}

TEST_F(Lifecycle, MetricsCountWhatHappened) {
  start();
  const CameraFile file = make_file(1);
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(file));
  tests::ClientSocket stranger(server().port());
  stranger.send(base::as_bytes("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(stranger.ended());
  for (const char* line : {"dualcamd_camera_connections_total 2\n", "dualcamd_camera_connections 0\n",
                           "dualcamd_received_bytes_total 20000\n", "dualcamd_stored_files_total{kind=\"photo\"} 1\n",
                           "dualcamd_transfers_total{state=\"stored\"} 1\n", "dualcamd_transfers_live 0\n",
                           "dualcamd_refused_connections_total{reason=\"no camera\"} 1\n"})
    EXPECT_TRUE(tests::eventually([&] { return http_body("/metrics").find(line) != std::string::npos; }))
        << line << http_body("/metrics");
}

TEST_F(Lifecycle, CheckConfigShowsWhatCounts) {
  const std::string file = folder_ / "dualcamd.toml";
  std::ofstream(file) << "data-dir = \"/from/file\"\nmax-connections = 7\nnode = \"file\"\n"
                      << "catalog = \"postgresql://u:geheim@h/db\"\n";
  for (const bool flags_first : {false, true}) {
    std::vector<std::string> arguments{"--config", file, "--max-connections", "9"};
    arguments.insert(flags_first ? arguments.end() : arguments.begin(), "check-config");
    const tests::Ran ran = tests::run_dualcamd(arguments, {"DUALCAMD_NODE=environment", "DUALCAMD_MAX_CONNECTIONS=8"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_NE(ran.out.find("data-dir = \"/from/file\"  # file\n"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("max-connections = \"9\"  # flag\n"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("node = \"environment\"  # environment\n"), std::string::npos);
    EXPECT_EQ(ran.out.find("geheim"), std::string::npos);
  }
  const tests::Ran by_variable = tests::run_dualcamd({"check-config"}, {"DUALCAMD_CONFIG=" + file});
  EXPECT_NE(by_variable.out.find("max-connections = \"7\"  # file\n"), std::string::npos) << by_variable.out;
}

TEST_F(Lifecycle, MisspeltVariablesAreNamedOnceAndDoNotCount) {
  const std::vector<std::string> variables{"DUALCAMD_NOED=x", "DUALCAMD_SERVICE_HOST=10.0.0.1"};
  auto start = settings();
  start.environment = variables;
  server_ = std::make_unique<tests::ServerProcess>(start);
  ASSERT_TRUE(server().wait_ready()) << server().log();
  EXPECT_EQ(server().terminate(), 0);
  const tests::Ran checked = tests::run_dualcamd({"check-config"}, variables);
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_NE(checked.out.find("node = \"\"  # default\n"), std::string::npos) << checked.out;
  for (const std::string& said : {server().log(), checked.err}) {
    const std::string misspelt = "an unknown variable, DUALCAMD_NOED; is DUALCAMD_NODE meant?\n";
    EXPECT_NE(said.find(misspelt), std::string::npos) << said;
    EXPECT_EQ(said.find(misspelt), said.rfind(misspelt)) << said;
    EXPECT_NE(said.find("an unknown variable, DUALCAMD_SERVICE_HOST.\n"), std::string::npos) << said;
  }
}

TEST_F(Lifecycle, WrongUsageIsExitCodeTwo) {
  using Arguments = std::vector<std::string>;
  for (const Arguments& arguments : {Arguments{"--no-such-flag"},
                                     {"no-such-command"},
                                     {"serve", "--threads", "0"},
                                     {"serve", "--threads"},
                                     {"check-config", "--progress-window", "0s"},
                                     {"serve", "--data-dir", ""},
                                     {"serve", "--dualcam-listen", "localhost:1", "--avl-listen", "127.0.0.1:0",
                                      "--http-listen", "127.0.0.1:0", "--data-dir", folder_ / "x"}}) {
    const tests::Ran ran = tests::run_dualcamd(arguments);
    EXPECT_EQ(ran.exit_code, 2) << arguments.front() << ran.out << ran.err;
    EXPECT_FALSE(ran.err.empty());
  }
  EXPECT_EQ(tests::run_dualcamd({"version"}).exit_code, 0);
  EXPECT_EQ(tests::run_dualcamd({"--help"}).exit_code, 0);
}

TEST_F(Lifecycle, MigrateSaysWhatItDidAndLeavesARunningServerAlone) {
  const std::vector<std::string> migrate{"migrate", "--data-dir", data_dir_};
  const tests::Ran first = tests::run_dualcamd(migrate);
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_NE(first.out.find("0001_media"), std::string::npos) << first.out;
  EXPECT_EQ(tests::run_dualcamd(migrate).out, "The catalog is up to date.\n");
  start();
  EXPECT_EQ(tests::run_dualcamd(migrate).exit_code, 1);
}

}  // namespace
}  // namespace e2e
