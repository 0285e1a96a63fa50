// Who may send, in which order, and over what: the allow list, the order of classes, TLS, and what SIGHUP renews.
#include <openssl/ssl.h>
#include <signal.h>

#include <fstream>

#include "tests/e2e/fixture.hpp"
#include "tests/support/certificate.hpp"

namespace e2e {
namespace {

using dualcam::FileClass;

class Policy : public EndToEnd {
 protected:
  void allow(std::initializer_list<std::uint64_t> devices) {
    std::ofstream list(list_);
    list << "# the fleet\n";
    for (const auto device : devices) list << device << "  van\n";
  }
  void start_with_list() { start({"--device-policy", "allow-list", "--device-list", list_, "--linger", "500ms"}); }
  void start_with_tls(const tests::CertificateFiles& files) {
    start({"--dualcam-tls-listen", "127.0.0.1:0", "--tls-cert", files.chain, "--tls-key", files.key});
  }
  bool accepts(std::uint64_t device) { return WireCamera(server(), device).upload(make_file(++files_)); }
  std::string certificate_seen() {
    tests::ClientSocket peer(server().port("dualcam-tls"));
    return peer.start_tls() ? peer.peer_name() : "no handshake";
  }

  const std::string list_ = folder_ / "devices.txt";
  unsigned files_ = 0;
};

TEST_F(Policy, DeviceThatIsNotOnTheListIsToldToLeave) {
  allow({imei(1)});
  start_with_list();
  EXPECT_TRUE(accepts(imei(1)));
  WireCamera stranger(server(), imei(2));
  ASSERT_TRUE(stranger.init({FileClass::photo_front}));
  EXPECT_TRUE(stranger.told_to_leave());
  EXPECT_TRUE(stranger.ended());
  EXPECT_TRUE(server().wait_log(std::to_string(imei(2)) + " is not on the list of allowed devices"));
}

TEST_F(Policy, HangupReadsTheListAgain) {
  allow({imei(1)});
  start_with_list();
  WireCamera admitted(server(), imei(1));
  const CameraFile file = make_file(100);
  ASSERT_EQ(admitted.offer(file), 1U);
  allow({imei(2)});
  server().signal(SIGHUP);
  EXPECT_TRUE(tests::eventually([&] { return accepts(imei(2)); }));
  EXPECT_FALSE(accepts(imei(1)));
  EXPECT_TRUE(admitted.send_rest(file, 1) && admitted.acknowledged()) << "what was admitted stays";
}

TEST_F(Policy, AListThatCannotBeReadLeavesTheOldOne) {
  allow({imei(1)});
  start_with_list();
  std::ofstream(list_) << "356307042441013\nno device\n";
  server().signal(SIGHUP);
  EXPECT_TRUE(server().wait_log("reload failed"));
  EXPECT_TRUE(server().wait_log("devices.txt, line 2: no is no IMEI"));
  EXPECT_TRUE(accepts(imei(1)));
  EXPECT_FALSE(accepts(imei(2)));
}

TEST_F(Policy, AListThatCannotBeReadIsNoStart) {
  server_ = std::make_unique<tests::ServerProcess>(settings({"--device-policy", "allow-list", "--device-list", list_}));
  EXPECT_FALSE(server().wait_ready());
  EXPECT_EQ(server().wait_exit(), 1);
  EXPECT_TRUE(server().log_has("dualcamd: Cannot read the device list " + list_)) << server().log();
}

TEST_F(Policy, ClassesAreAskedInTheConfiguredOrder) {
  start({"--class-order", "videor,photof"});
  WireCamera camera(server(), imei(1));
  const std::vector<FileClass> expected{FileClass::video_rear, FileClass::photo_front, FileClass::photo_rear,
                                        FileClass::video_front};
  std::vector<FileClass> waiting = expected;
  for (const FileClass file_class : expected) {
    std::uint32_t bits = dualcam::settings_always;
    for (const FileClass each : waiting) bits |= dualcam::settings_bit(each);
    ASSERT_TRUE(camera.socket().send(dualcam::encode_init({.protocol = 5, .imei = imei(1), .settings = bits}).view()));
    const auto request = camera.next();
    ASSERT_TRUE(request && request->command == dualcam::Command::meta_request);
    EXPECT_EQ(base::as_text(request->body), dualcam::identifier(file_class));
    const CameraFile file = make_file(++files_, 5000, file_class);
    const auto wanted = camera.continue_from_meta(file);
    ASSERT_TRUE(wanted && camera.send_rest(file, *wanted) && camera.acknowledged());
    waiting.erase(waiting.begin(), waiting.begin() + 1);
  }
  EXPECT_EQ(stored(imei(1)).size(), 4U);
}

// One camera of two that is broken must not hide the other's files for ever.
TEST_F(Policy, ClassThatCannotBeReadComesLastTheNextTime) {
  start({"--linger", "500ms"});
  {
    WireCamera camera(server(), imei(1));
    ASSERT_TRUE(camera.init({FileClass::photo_front, FileClass::video_front}));
    const auto request = camera.next();
    ASSERT_TRUE(request);
    EXPECT_EQ(base::as_text(request->body), "%photof");
    ASSERT_TRUE(camera.socket().send(dualcam::encode_status(17).view()));
    camera.socket().shut_sending();
    EXPECT_TRUE(camera.ended());
  }
  WireCamera camera(server(), imei(1));
  ASSERT_TRUE(camera.init({FileClass::photo_front, FileClass::video_front}));
  const auto request = camera.next();
  ASSERT_TRUE(request);
  EXPECT_EQ(base::as_text(request->body), "%videof");
}

TEST_F(Policy, UploadOverTls) {
  start_with_tls(tests::make_certificate(folder_.path(), "server", "first"));
  const CameraFile file = make_file(1, 300'000);
  WireCamera camera(server(), imei(1), {.tls = true, .from = "127.0.0.1"});
  ASSERT_TRUE(camera.socket().connected());
  EXPECT_TRUE(camera.upload(file));
  EXPECT_TRUE(accepts(imei(2))) << "the plain listener beside it";
  EXPECT_EQ(stored(imei(1)), prints({file}));
}

TEST_F(Policy, OldTlsVersionsAreRefused) {
  start_with_tls(tests::make_certificate(folder_.path(), "server", "first"));
  tests::ClientSocket old(server().port("dualcam-tls"));
  EXPECT_FALSE(old.start_tls(TLS1_1_VERSION));
  tests::ClientSocket good(server().port("dualcam-tls"));
  EXPECT_TRUE(good.start_tls(TLS1_2_VERSION));
}

TEST_F(Policy, PlainBytesOnTheTlsPort) {
  start_with_tls(tests::make_certificate(folder_.path(), "server", "first"));
  tests::ClientSocket plain(server().port("dualcam-tls"));
  plain.send(dualcam::encode_init({.protocol = 5, .imei = imei(1), .settings = dualcam::settings_always}).view());
  EXPECT_TRUE(plain.ended());
  EXPECT_TRUE(server().wait_log("TLS: "));
}

TEST_F(Policy, HangupReadsTheCertificateAgain) {
  start_with_tls(tests::make_certificate(folder_.path(), "server", "first"));
  EXPECT_EQ(certificate_seen(), "first");
  WireCamera under_way(server(), imei(1), {.tls = true, .from = "127.0.0.1"});
  const CameraFile file = make_file(1);
  ASSERT_EQ(under_way.offer(file), 1U);
  tests::make_certificate(folder_.path(), "server", "second");
  server().signal(SIGHUP);
  EXPECT_TRUE(tests::eventually([&] { return certificate_seen() == "second"; }));
  EXPECT_TRUE(under_way.send_rest(file, 1) && under_way.acknowledged());

  std::ofstream(folder_ / "server.key") << "no key\n";
  server().signal(SIGHUP);
  EXPECT_TRUE(server().wait_log("reload failed"));
  EXPECT_EQ(certificate_seen(), "second");
}

TEST_F(Policy, TlsWithoutAUsableKeyIsNoStart) {
  const auto files = tests::make_certificate(folder_.path(), "server", "first", "a passphrase");
  const tests::Ran ran =
      tests::run_dualcamd({"serve", "--data-dir", data_dir_, "--avl-listen", "127.0.0.1:0", "--http-listen",
                           "127.0.0.1:0", "--dualcam-listen", "127.0.0.1:0", "--dualcam-tls-listen", "127.0.0.1:0",
                           "--tls-cert", files.chain, "--tls-key", files.key});
  EXPECT_NE(ran.exit_code, 0);
  EXPECT_NE(ran.err.find("dualcamd: Cannot read the TLS private key " + files.key), std::string::npos) << ran.err;
  const tests::Ran none = tests::run_dualcamd({"serve", "--data-dir", data_dir_, "--avl-listen", "127.0.0.1:0",
                                               "--http-listen", "127.0.0.1:0", "--dualcam-tls-listen", "127.0.0.1:0"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_NE(none.err.find("set --tls-cert and --tls-key"), std::string::npos) << none.err;
}

TEST_F(Policy, ClassThatIsNeverAnsweredComesLastTheNextTime) {
  start({"--linger", "500ms", "--reply-timeout", "200ms"});
  {
    WireCamera camera(server(), imei(1));
    ASSERT_TRUE(camera.init({FileClass::photo_front, FileClass::video_front}));
    EXPECT_TRUE(camera.next() && camera.next()) << "META REQ and FILE REQ of the photo, into the silence";
    EXPECT_TRUE(camera.told_to_leave());
    camera.socket().shut_sending();
    EXPECT_TRUE(camera.ended());
  }
  WireCamera camera(server(), imei(1));
  ASSERT_TRUE(camera.init({FileClass::photo_front, FileClass::video_front}));
  const auto request = camera.next();
  ASSERT_TRUE(request);
  EXPECT_EQ(base::as_text(request->body), "%videof");
}

// ---- Behind a balancer.

TEST_F(Policy, BehindABalancerTheCameraIsWhoCounts) {
  start({"--proxy-from", "127.0.0.9", "--max-connections-per-ip", "1"});
  const auto from = [](const char* address) {
    return WireCamera::Options{.from = "127.0.0.9",
                               .preface = std::string("PROXY TCP4 ") + address + " 203.0.113.1 34471 7700\r\n"};
  };
  WireCamera first(server(), imei(1), from("198.51.100.7"));
  ASSERT_TRUE(first.upload(make_file(1)));
  WireCamera second(server(), imei(2), from("198.51.100.8"));
  EXPECT_TRUE(second.upload(make_file(2))) << "another address";
  WireCamera third(server(), imei(3), from("198.51.100.7"));
  EXPECT_TRUE(third.ended()) << "the first one's address";
  EXPECT_EQ(newest_transfer(imei(1), "peer"), "198.51.100.7:34471");
  WireCamera direct(server(), imei(4));
  EXPECT_TRUE(direct.upload(make_file(4))) << "not from the balancer: taken as it is";
}

TEST_F(Policy, TlsComesBehindTheHeaderOfTheBalancer) {
  const auto files = tests::make_certificate(folder_.path(), "server", "first");
  start({"--dualcam-tls-listen", "127.0.0.1:0", "--tls-cert", files.chain, "--tls-key", files.key, "--proxy-from",
         "127.0.0.0/8"});
  WireCamera camera(server(), imei(1), {.tls = true, .preface = "PROXY TCP4 198.51.100.7 203.0.113.1 34471 7701\r\n"});
  EXPECT_TRUE(camera.upload(make_file(1)));
  EXPECT_EQ(newest_transfer(imei(1), "peer"), "198.51.100.7:34471");
}

TEST_F(Policy, AStrangerInPlaceOfTheBalancerIsNamed) {
  start({"--proxy-from", "127.0.0.1"});
  WireCamera camera(server(), imei(1));
  ASSERT_TRUE(camera.init({FileClass::photo_front}));
  EXPECT_TRUE(camera.ended());
  EXPECT_TRUE(server().wait_log("no PROXY header, which was expected from this balancer")) << server().log();
}

}  // namespace
}  // namespace e2e
