// `dualcam replay` as a person runs it: sessions of every dialect and fault, recorded by a real server, replayed.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "server/avl/datagram.hpp"
#include "tests/e2e/playback.hpp"
#include "tests/e2e/wire_tracker.hpp"
#include "tests/support/datagram_socket.hpp"

namespace e2e {
namespace {

using nlohmann::json;

constexpr unsigned devices = 8;  // every dialect, every form of metadata

class Replayed : public PlaybackTest {
 protected:
  void begin(std::vector<std::string> flags = {}) {
    flags.insert(flags.end(), {"--record", "all"});
    start(std::move(flags));
  }
  // The server ends, so that every recording is whole; the next one begins with nothing.
  void keep_recordings() {
    EXPECT_EQ(server().terminate(), 0);
    recordings_ = data_dir_ / "recordings";
    data_dir_ = folder_ / fmt::format("data{}", ++servers_);
  }
  Ran replay(const std::string& arguments) {
    return run(fmt::format("'{}' replay '{}'/*.pcapng {}", DUALCAM_BINARY, recordings_.string(), arguments));
  }
  json replay_json(const std::string& arguments) {
    const Ran ran = replay(arguments + " --json --quiet");
    EXPECT_EQ(ran.exit_code, 0) << ran.output;
    return json::parse(ran.output, nullptr, false);
  }
  std::string to_server() {
    return fmt::format("--to 127.0.0.1:{} --avl-to 127.0.0.1:{} --speed max", server().port(), server().port("avl"));
  }
  // What is stored, as "IMEI sha256"; without the IMEI where nobody's name is asked for.
  std::multiset<std::string> stored_files(bool names = true) {
    std::multiset<std::string> files;
    const json page = ask("/api/v1/media?limit=500");
    EXPECT_TRUE(page.contains("items")) << page.dump();
    for (const json& item : page.value("items", json::array()))
      files.insert((names ? item.value("imei", "") + " " : "") + item.value("sha256", ""));
    return files;
  }
  std::filesystem::path recordings_;
  int servers_ = 0;
};

// One recording of a fleet serves all that is asked of it: it takes the longest.
TEST_F(Replayed, EveryDialectAndFault) {
  begin();
  send_fleet(
      fmt::format("--cameras {} --dialect mixed --photos 3 --videos 1 --video-seconds 1 --media synthetic "
                  "--faults all --fault-rate 2 --fault-cap 1 --reconnect 0.2 --ramp-up 0 --seed 7 "
                  "--imei-base {} --avl 127.0.0.1:{} --drive 2 --record-interval 0.1",
                  devices, imei(1), server().port("avl")));
  const auto original = stored_files();
  ASSERT_EQ(original.size(), devices * 4U);
  keep_recordings();

  // What is in it.
  const json list = replay_json("");
  EXPECT_GE(list["conversations"].size(), 2U * devices);

  // Offline, always the same; and the same as the server did.
  const json offline = replay_json("--offline --runs 100");
  EXPECT_EQ(offline["runs"], 100);
  EXPECT_EQ(offline["identical"], true);
  std::uint64_t files = 0, records = 0;
  for (const json& each : offline["conversations"]) {
    files += each.value("stored_files", 0U);
    records += each.value("stored_records", 0U);
  }
  EXPECT_GE(files, original.size());
  EXPECT_GE(records, devices * 10U);
  const Ran compared = replay("--diff --quiet");
  EXPECT_EQ(compared.exit_code, 0) << compared.output;

  // Its files.
  EXPECT_NE(replay(fmt::format("--extract '{}'", (folder_ / "files").string())).exit_code, 2);
  std::set<std::string> extracted;
  const Ran sums =
      run(fmt::format("cd '{}' && sha256sum $(ls | grep -v -e json$ -e incomplete$)", (folder_ / "files").string()));
  std::istringstream lines(sums.output);
  for (std::string line; std::getline(lines, line);) extracted.insert(line.substr(0, line.find(' ')));
  for (const std::string& file : original)
    EXPECT_TRUE(extracted.contains(file.substr(file.find(' ') + 1))) << file << " was not extracted\n" << sums.output;

  // Against a server that has nothing: the same bytes of the same devices.
  start();
  const Ran played = replay(to_server());
  EXPECT_NE(played.exit_code, 2) << played.output;
  EXPECT_EQ(stored_files(), original) << played.output;
  EXPECT_EQ(played.output.find("Failures"), std::string::npos) << played.output;
}

TEST_F(Replayed, CopiesAreSoManyDevices) {
  begin();
  send_fleet(
      fmt::format("--cameras 2 --dialect mixed --photos 2 --videos 0 --media synthetic --seed 3 --imei-base {} "
                  "--avl 127.0.0.1:{} --drive 1 --record-interval 0.1",
                  imei(1), server().port("avl")));
  const auto original = stored_files(false);
  ASSERT_EQ(original.size(), 4U);
  keep_recordings();
  start();
  constexpr int copies = 5;
  const json played = replay_json(fmt::format("{} --copies {} --first-imei {}", to_server(), copies, imei(100)));
  EXPECT_EQ(played["failures"], json::array());
  EXPECT_EQ(played["files_acknowledged"], copies * 4);
  EXPECT_GT(played["records_acknowledged"], copies * 2);
  std::map<std::string, std::multiset<std::string>> of_device;
  for (const std::string& file : stored_files()) of_device[file.substr(0, 15)].insert(file.substr(16));
  EXPECT_EQ(of_device.size(), copies * 2U);
  EXPECT_FALSE(of_device.contains(std::to_string(imei(1))));
  std::multiset<std::string> all, expected;
  for (const auto& [name, files] : of_device) all.insert(files.begin(), files.end());
  for (int n = 0; n < copies; ++n) expected.insert(original.begin(), original.end());
  EXPECT_EQ(all, expected);
}

// The simulator's own files name their device, and a mask changes that in them; these do not.
TEST_F(Replayed, AMaskedRecordingIsASessionStill) {
  begin({"--record-mask", "true"});
  {
    WireCamera camera(server(), imei(1));
    ASSERT_TRUE(camera.upload(make_file(1)));
    WireTracker tracker(server(), imei(1));
    ASSERT_TRUE(tracker.login());
    ASSERT_TRUE(tracker.report({record_at(base::utc_now())}));
  }
  const auto original = stored_files(false);
  ASSERT_EQ(original.size(), 1U);
  keep_recordings();
  const Ran compared = replay("--diff --quiet");
  EXPECT_EQ(compared.exit_code, 0) << compared.output;
  start();
  const json played = replay_json(to_server());
  EXPECT_EQ(played["divergences"], 0);
  EXPECT_EQ(played["records_acknowledged"], 1);
  EXPECT_EQ(stored_files(false), original);
  for (const std::string& file : stored_files()) EXPECT_FALSE(file.starts_with(std::to_string(imei(1)))) << file;
}

TEST_F(Replayed, TrackersByDatagrams) {
  begin({"--avl-udp-listen", "127.0.0.1:0"});
  const base::UtcTime now = base::utc_now();
  const tests::DatagramSocket socket(server().port("avl-udp"));
  for (std::uint16_t n = 1; n <= 3; ++n) {
    const auto payload =
        avl::encode_records(avl::Codec::codec8e, std::vector{record_at(now + std::chrono::seconds{n})});
    ASSERT_TRUE(socket.send(avl::encode_datagram({.packet_id = n,
                                                  .avl_packet_id = static_cast<std::uint8_t>(n),
                                                  .imei = base::Imei::from_number(imei(1)).value(),
                                                  .payload = payload.value()})));
    ASSERT_EQ(socket.receive().size(), 7U);
  }
  keep_recordings();
  EXPECT_EQ(replay("--diff --quiet").exit_code, 0);
  start({"--avl-udp-listen", "127.0.0.1:0"});
  const json played =
      replay_json(fmt::format("--avl-udp-to 127.0.0.1:{} --speed max --copies 3", server().port("avl-udp")));
  EXPECT_EQ(played["records_acknowledged"], 9);
  EXPECT_EQ(played["failures"], json::array());
}

TEST_F(Replayed, WhatIsWrongIsSaidBeforeAnythingHappens) {
  recordings_ = folder_ / "none";
  const std::string program = fmt::format("'{}' replay ", DUALCAM_BINARY);
  const auto file = (folder_ / "text").string();
  std::ofstream(file) << "this is no capture";
  for (const char* arguments : {"--offline --diff", "--step", "--to nowhere", "--to 127.0.0.1:1 --speed fast",
                                "--to 127.0.0.1:1 --copies 2 --keep-imei", "--to 127.0.0.1:1 --first-imei 123",
                                "--offline --from later", "--offline --step --runs 3", "--offline"}) {
    const Ran ran = run(fmt::format("{}'{}' {}", program, file, arguments));
    EXPECT_EQ(ran.exit_code, 2) << arguments << "\n" << ran.output;
    EXPECT_NE(ran.output.find("dualcam replay: "), std::string::npos) << ran.output;
  }
}

}  // namespace
}  // namespace e2e
