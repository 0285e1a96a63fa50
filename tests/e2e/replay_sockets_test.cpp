// `dualcam replay` over sockets of other kinds, and interrupted.
#include <fmt/format.h>

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <csignal>
#include <fstream>

#include "server/pcapng/conversation.hpp"
#include "server/relay/edgertronic/datagram.hpp"
#include "tests/e2e/playback.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/child_process.hpp"

namespace e2e {
namespace {

using nlohmann::json;

class ReplayedBySockets : public PlaybackTest {
 protected:
  std::string replay() const {
    return fmt::format("'{}' replay --quiet --json '{}'/*.pcapng", DUALCAM_BINARY, recordings_.string());
  }
  // A photo of one camera, in a recording; the server that recorded it is gone.
  void record_a_photo() {
    start({"--record", "all"});
    {
      WireCamera camera(server(), imei(1));
      ASSERT_TRUE(camera.upload(make_file(1)));
    }
    EXPECT_EQ(server().terminate(), 0);
    recordings_ = data_dir_ / "recordings";
    data_dir_ = folder_ / "other";
  }
  std::filesystem::path recordings_ = folder_ / "recordings";
};

TEST_F(ReplayedBySockets, Tls) {
  record_a_photo();
  const auto files = tests::make_certificate(folder_.path(), "server", "localhost");
  start({"--dualcam-tls-listen", "127.0.0.1:0", "--tls-cert", files.chain, "--tls-key", files.key});
  const auto to = [&](const std::string& host) {
    return fmt::format("{} --to {}:{} --speed max --wait 5 --tls", replay(), host, server().port("dualcam-tls"));
  };
  const Ran stranger = run(to("127.0.0.1") + " 2>&1");
  EXPECT_EQ(stranger.exit_code, 1) << "nobody vouches for the certificate\n" << stranger.output;
  EXPECT_TRUE(stored(imei(1)).empty());
  const Ran trusted = run(fmt::format("{} --ca '{}'", to("localhost"), files.chain));
  EXPECT_EQ(trusted.exit_code, 0) << trusted.output;
  EXPECT_EQ(stored(imei(1)), prints({make_file(1)}));
  const Ran anybody = run(to("127.0.0.1") + fmt::format(" --tls-insecure --first-imei {}", imei(2)));
  EXPECT_EQ(anybody.exit_code, 0) << anybody.output;
  EXPECT_EQ(stored(imei(2)), prints({make_file(1)}));
}

// A capture of what somebody sent to the relay.
TEST_F(ReplayedBySockets, DatagramsOfTheRelay) {
  const base::Bytes trigger = edgertronic::encode(edgertronic::default_payload).value();
  base::Bytes file, packet;
  pcapng::append_section(file, {.application = "a test", .comments = {}});
  pcapng::append_interface(file, "relay");
  const pcapng::Peers peers{.device = pcapng::Endpoint{.address = {.bytes = {192, 0, 2, 1}}, .port = 4000},
                            .server = pcapng::Endpoint{.address = {.bytes = {239, 0, 0, 1}}, .port = 600}};
  constexpr int sent = 3;
  for (int n = 0; n < sent; ++n)
    pcapng::append_datagram(file, packet, pcapng::Time{std::chrono::seconds{1'763'700'000 + n}},
                            pcapng::Direction::from_device, peers, trigger, {});
  std::filesystem::create_directories(recordings_);
  std::ofstream(recordings_ / "relay.pcapng", std::ios::binary) << base::as_text(file);

  asio::io_context io;
  asio::ip::udp::socket heard(io, {asio::ip::address_v4::loopback(), 0});
  const Ran ran = run(fmt::format("{} --relay-to 127.0.0.1:{} --speed max", replay(), heard.local_endpoint().port()));
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  heard.non_blocking(true);
  for (int n = 0; n < sent; ++n) {
    base::Bytes bytes(1500);
    std::error_code error;
    bytes.resize(heard.receive(asio::buffer(bytes), 0, error));
    EXPECT_FALSE(error) << n << ": " << error.message();
    EXPECT_EQ(bytes, trigger);
  }
}

TEST_F(ReplayedBySockets, CtrlCEndsItWithASummary) {
  record_a_photo();
  start();
  ::signal(SIGINT, SIG_DFL);  // programs that a shell started in the background have it ignored, and so their children
  const auto log = folder_ / "replay.log";
  std::string file;
  for (const auto& each : std::filesystem::directory_iterator(recordings_))
    if (each.path().extension() == ".pcapng") file = each.path().string();
  // A thousandth of the speed: it waits for long before the second thing it sends.
  tests::ChildProcess player(
      {DUALCAM_BINARY, "replay", file, "--speed", "0.001", "--wait", "3600", "--to",
       fmt::format("127.0.0.1:{}", server().port()), "--first-imei", std::to_string(imei(2)), "--json"},
      log);
  ASSERT_TRUE(server().wait_log(std::to_string(imei(2))));
  player.signal(SIGINT);
  const auto exit_code = player.wait_exit(tests::patience);
  std::ifstream stream(log);
  const std::string said{std::istreambuf_iterator<char>(stream), {}};
  ASSERT_TRUE(exit_code.has_value()) << said;
  EXPECT_NE(*exit_code, 0) << said;
  const auto begin = said.find('{');
  ASSERT_NE(begin, std::string::npos) << said;
  EXPECT_EQ(json::parse(said.substr(begin), nullptr, false).value("unfinished", 0), 1) << said;
}

}  // namespace
}  // namespace e2e
