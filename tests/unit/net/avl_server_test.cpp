#include "server/net/avl_server.hpp"

#include <fstream>

#include "tests/support/certificate.hpp"
#include "tests/unit/net/avl_fixture.hpp"

namespace net {
namespace {

using base::Bytes;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using tests::ClientSocket;
using tests::eventually;
using tests::imei;

TEST_F(AvlServerTest, RecordsAreAnsweredOnceTheyAreDurable) {
  start();
  catalog_.hold();
  ClientSocket tracker = log_in(imei());
  tracker.send(avl_frame(avl_t0, 3));
  ASSERT_TRUE(eventually([&] { return catalog_.held() == 1; }));
  EXPECT_EQ(catalog_.records(), 0U);
  EXPECT_TRUE(tracker.read_some(4, milliseconds{20}).empty()) << "answered before its records were safe";
  catalog_.let_go();
  EXPECT_EQ(answer(tracker), 3);
  EXPECT_EQ(catalog_.records(), 3U);
  EXPECT_EQ(catalog_.batches()[0][0].imei, imei());
  EXPECT_EQ(metric("dualcamd_tracker_records_total"), "3");
  EXPECT_EQ(metric("dualcamd_tracker_frames_total"), "1");
  EXPECT_EQ(metric("dualcamd_tracker_answer_seconds_count"), "1");
  EXPECT_EQ(metric("dualcamd_tracker_links"), "1");
}

TEST_F(AvlServerTest, ManyFramesInAnyPieces) {
  start();
  ClientSocket tracker = log_in(imei());
  Bytes all;
  for (int n = 0; n < 40; ++n) {
    const Bytes frame = avl_frame(avl_t0 + seconds{n * 30}, static_cast<std::size_t>(1 + n % 5));
    all.insert(all.end(), frame.begin(), frame.end());
    if (n % 7 == 0) all.push_back(0xff);  // keep-alive
  }
  for (std::size_t at = 0, piece = 1; at < all.size(); piece = piece * 7 % 1031 + 1) {
    const std::size_t size = std::min(piece, all.size() - at);
    tracker.send(base::ByteView(all).subspan(at, size));
    at += size;
  }
  for (int n = 0; n < 40; ++n) EXPECT_EQ(answer(tracker), 1 + n % 5);
  EXPECT_EQ(catalog_.records(), 120U);
}

TEST_F(AvlServerTest, TheLongestFrameThereIs) {
  start();
  ClientSocket tracker = log_in(imei());
  std::vector<avl::OutgoingRecord> records(1);
  records[0].record.time = avl_t0;
  records[0].elements.push_back({.id = 10'000, .bytes = Bytes(65'000, 0x5a)});
  Bytes frame;
  avl::append_frame(*avl::encode_records(avl::Codec::codec8e, records), frame);
  Bytes twice = frame;
  twice.insert(twice.end(), frame.begin(), frame.end());
  tracker.send(twice);
  EXPECT_EQ(answer(tracker), 1);
  EXPECT_EQ(answer(tracker), 1);
  EXPECT_EQ(catalog_.batches()[0][0].bytes.size(), 65'000U + 24 + 2 + 5 * 2 + 2 + 4);
}

TEST_F(AvlServerTest, WhatCannotBeStoredIsNotAnsweredAndComesAgain) {
  start();
  catalog_.fail("append_records");
  ClientSocket tracker = log_in(imei());
  tracker.send(avl_frame());
  EXPECT_TRUE(tracker.read_exactly(4).empty());
  EXPECT_TRUE(tracker.ended());
  EXPECT_EQ(metric("dualcamd_tracker_storage_errors_total"), "1");
  ClientSocket again = log_in(imei());
  again.send(avl_frame());
  EXPECT_EQ(answer(again), 1);
  EXPECT_EQ(catalog_.records(), 1U);
}

TEST_F(AvlServerTest, ACatalogThatHangsHoldsNobodyForEver) {
  options_.session.store_deadline = milliseconds{30};
  start();
  catalog_.hold();
  ClientSocket tracker = log_in(imei());
  tracker.send(avl_frame());
  EXPECT_TRUE(tracker.read_exactly(4).empty());
  EXPECT_TRUE(tracker.ended());
  catalog_.let_go();
  ASSERT_TRUE(eventually([&] { return catalog_.records() == 1; })) << "what was submitted is stored nevertheless";
  ClientSocket again = log_in(imei());
  again.send(avl_frame());
  EXPECT_EQ(answer(again), 1);
  EXPECT_EQ(catalog_.records(), 1U) << "once";
}

TEST_F(AvlServerTest, FramesWaitInTheSocketWhileRecordsAreUnderWay) {
  start();
  catalog_.hold();
  ClientSocket tracker = log_in(imei());
  Bytes flood;
  while (flood.size() < (16U << 20)) {
    const Bytes frame = avl_frame(avl_t0 + seconds{flood.size()}, 100);
    flood.insert(flood.end(), frame.begin(), frame.end());
  }
  EXPECT_FALSE(tracker.send(flood, milliseconds{50})) << "somebody takes it all in";
  EXPECT_EQ(catalog_.held(), 1U);
  EXPECT_EQ(catalog_.batches().size(), 0U);
  EXPECT_EQ(metric("dualcamd_track_waiting_frames"), "0") << "one frame of a tracker at a time";
  catalog_.let_go();
  EXPECT_EQ(answer(tracker), 100);
}

TEST_F(AvlServerTest, ATrackerThatReadsNothingIsLeft) {
  start();
  ClientSocket tracker = log_in(imei());
  ASSERT_TRUE(eventually([&] { return server_->linked(imei()); }));
  const std::string command(avl::max_command_size, 'x');
  // What the kernel holds for it is full some time.
  EXPECT_TRUE(eventually([&] {
    for (int n = 0; n < 200; ++n)
      if (!server_->send(imei(), command)) return true;
    return false;
  }));
  EXPECT_TRUE(eventually([&] { return metric("dualcamd_tracker_connections") == "0"; }));
}

TEST_F(AvlServerTest, FiveBadFramesInARowAreTheEnd) {
  start();
  ClientSocket tracker = log_in(imei());
  Bytes bad = avl_frame();
  bad.back() ^= 0x01;
  for (int n = 0; n < 4; ++n) tracker.send(bad);
  tracker.send(avl_frame());
  EXPECT_EQ(answer(tracker), 1) << "none of the bad ones is answered";
  EXPECT_EQ(metric("dualcamd_tracker_bad_frames_total"), "4");
  for (int n = 0; n < avl::max_bad_frames; ++n) tracker.send(bad);
  EXPECT_TRUE(tracker.read_exactly(1).empty());
  EXPECT_TRUE(tracker.ended());
  EXPECT_EQ(catalog_.records(), 1U);
}

TEST_F(AvlServerTest, SilenceIsTheEnd) {
  options_.session.login_deadline = milliseconds{20};
  options_.session.idle_deadline = milliseconds{20};
  start();
  ClientSocket silent = connect();
  EXPECT_TRUE(silent.ended());
  ClientSocket idle = log_in(imei());
  EXPECT_TRUE(idle.ended());
  EXPECT_TRUE(eventually([&] { return server_->live() == 0; }));
}

// ---- Who may come.

TEST_F(AvlServerTest, ThePolicyDecides) {
  const auto list = folder_ / "devices";
  std::ofstream(list) << imei(1).str() << " a lorry\n";
  options_.policy = DevicePolicy::allow_list;
  options_.device_list = list;
  start();
  ClientSocket tracker = connect();
  tracker.send(avl_login(imei(2)));
  EXPECT_EQ(tracker.read_exactly(1), Bytes{0x00});
  EXPECT_TRUE(tracker.ended());
  EXPECT_EQ(metric("dualcamd_tracker_refused_total{reason=\"device policy\"}"), "1");
  EXPECT_FALSE(server_->linked(imei(2)));
  log_in(imei(1));
  std::ofstream(list) << imei(2).str() << "\n";
  ASSERT_TRUE(server_->reload());
  log_in(imei(2));
  std::ofstream(list) << "nonsense\n";
  EXPECT_FALSE(server_->reload());
  log_in(imei(2));
}

TEST_F(AvlServerTest, ConnectionsHaveLimits) {
  options_.admission.per_ip = 2;
  start();
  ClientSocket one = log_in(imei(1));
  ClientSocket two = log_in(imei(2));
  EXPECT_TRUE(connect().ended());
  EXPECT_EQ(metric("dualcamd_tracker_refused_total{reason=\"connection limit\"}"), "1");
  one.close();
  EXPECT_TRUE(eventually([&] {
    ClientSocket three = connect();
    three.send(avl_login(imei(3)));
    return three.read_exactly(1) == Bytes{0x01};
  })) << "its place is free";
}

TEST_F(AvlServerTest, BehindABalancer) {
  options_.balancers = {*Network::parse("127.0.0.0/8")};
  start();
  ClientSocket tracker = connect();
  tracker.send(base::as_bytes("PROXY TCP4 192.0.2.7 192.0.2.8 4711 5000\r\n"));
  tracker.send(avl_login(imei()));
  EXPECT_EQ(tracker.read_exactly(1), Bytes{0x01});
  ASSERT_TRUE(eventually([&] { return catalog_.links().size() == 1; }));
  EXPECT_EQ(catalog_.links()[0].peer, "192.0.2.7:4711");
}

TEST_F(AvlServerTest, OverTls) {
  const auto files = tests::make_certificate(folder_.path(), "server", "trackers.example");
  options_.listen.push_back({.host = "127.0.0.1", .tls = true});
  EXPECT_FALSE(create()) << "without a certificate";
  options_.tls = {.certificate_chain = files.chain, .private_key = files.key};
  start();
  ClientSocket tracker = connect(1);
  ASSERT_TRUE(tracker.start_tls());
  EXPECT_EQ(tracker.peer_name(), "trackers.example");
  tracker.send(avl_login(imei()));
  EXPECT_EQ(tracker.read_exactly(1), Bytes{0x01});
  Bytes both = avl_frame(avl_t0, 2);
  const Bytes next = avl_frame(avl_t0 + seconds{9}, 5);
  both.insert(both.end(), next.begin(), next.end());
  tracker.send(both);
  EXPECT_EQ(answer(tracker), 2);
  EXPECT_EQ(answer(tracker), 5) << "what TLS had read already";
  ASSERT_TRUE(eventually([&] { return server_->send(imei(), "getver"); }));
  EXPECT_EQ(tracker.read_exactly(avl_text({.text = "getver"}).size()), avl_text({.text = "getver"}));
}

// ---- Commands.

TEST_F(AvlServerTest, CommandsAndWhatIsSaid) {
  start();
  EXPECT_FALSE(server_->send(imei(), "camreq:1,1")) << "nobody is there";
  ClientSocket tracker = log_in(imei());
  ASSERT_TRUE(eventually([&] { return !linked().empty(); }));
  EXPECT_THAT(linked(), ElementsAre(imei().str()));
  EXPECT_TRUE(server_->send(imei(), "camreq:1,1"));
  const Bytes frame = *base::from_hex("00000000000000120c01050000000a63616d7265713a312c310100005e60");
  EXPECT_EQ(tracker.read_exactly(frame.size()), frame);
  tracker.send(avl_text({.type = avl::MessageType::reply, .text = "Request for photo from source 1 received\r\n"}));
  tracker.send(avl_text({.codec = avl::Codec::codec14, .type = avl::MessageType::nack, .text = {}, .imei = imei()}));
  ASSERT_TRUE(eventually([&] { return said().size() == 2; }));
  EXPECT_THAT(said(), ElementsAre(imei().str() + ": Request for photo from source 1 received\r\n",
                                  imei().str() + ": The tracker refuses the command: it was for another IMEI (Codec 14 "
                                                 "nack)."));
  EXPECT_FALSE(server_->send(imei(), std::string(avl::max_command_size + 1, 'x')));
  EXPECT_FALSE(server_->send(imei(1), "camreq:1,1"));
}

TEST_F(AvlServerTest, ACommandNeedsNotWaitForRecords) {
  start();
  ClientSocket tracker = log_in(imei());
  catalog_.hold();
  tracker.send(avl_frame());
  ASSERT_TRUE(eventually([&] { return catalog_.held() == 1; }));
  EXPECT_TRUE(server_->send(imei(), "getinfo"));
  const Bytes frame = avl_text({.text = "getinfo"});
  EXPECT_EQ(tracker.read_exactly(frame.size()), frame);
  catalog_.let_go();
  EXPECT_EQ(answer(tracker), 1);
}

// ---- Who calls at the wrong port.

class AvlServerLogTest : public AvlServerTest {
 protected:
  // What is logged until the peer's connection has ended.
  std::string log_of(const Bytes& bytes) {
    testing::internal::CaptureStderr();
    {
      ClientSocket peer = connect();
      peer.send(bytes);
      EXPECT_TRUE(peer.ended());
    }
    EXPECT_TRUE(eventually([&] { return metric("dualcamd_tracker_connections") == "0"; }));
    server_->drain();
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(AvlServerLogTest, ACameraIsRecognised) {
  start();
  const std::string log = log_of(*base::from_hex("00000005000144 0f2e3d11d5 54000000"));
  EXPECT_THAT(log, HasSubstr("a peer that is no tracker was turned away"));
  EXPECT_THAT(log, HasSubstr("This is a camera"));
  EXPECT_EQ(metric("dualcamd_tracker_refused_total{reason=\"no tracker\"}"), "1");
}

TEST_F(AvlServerLogTest, SoIsABrowser) {
  start();
  EXPECT_THAT(log_of(Bytes{'G', 'E', 'T', ' ', '/', ' ', 'H', 'T', 'T', 'P', '/', '1', '.', '1', '\r', '\n'}),
              HasSubstr("This is HTTP, not a tracker"));
}

// ---- Starting and stopping.

TEST_F(AvlServerTest, APortInUseIsASentence) {
  start();
  const std::uint16_t tcp = server_->listening()[0].port;
  const std::uint16_t udp = server_->listening_udp()[0].port;
  const auto keep = std::move(server_);
  options_.listen[0].port = tcp;
  auto failed = create();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, testing::StartsWith(fmt::format("Trackers cannot connect to 127.0.0.1:{}", tcp)));
  options_.listen[0].port = 0;
  options_.udp[0].port = udp;
  failed = create();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message,
            fmt::format("Trackers cannot send datagrams to 127.0.0.1:{}: another program receives there already. Stop "
                        "it, or choose another address or port.",
                        udp));
}

TEST_F(AvlServerTest, DrainAnswersWhatIsUnderWay) {
  start();
  ClientSocket idle = log_in(imei(1));
  ClientSocket busy = log_in(imei(2));
  catalog_.hold();
  busy.send(avl_frame());
  ASSERT_TRUE(eventually([&] { return catalog_.held() == 1 && catalog_.links().size() == 2; }));
  std::thread draining([this] { server_->drain(); });
  EXPECT_TRUE(idle.ended()) << "at once";
  EXPECT_FALSE(ClientSocket(server_->listening()[0].port).connected());
  catalog_.let_go();
  EXPECT_EQ(answer(busy), 1);
  EXPECT_TRUE(busy.ended());
  draining.join();
  EXPECT_TRUE(catalog_.links().empty());
  EXPECT_EQ(server_->live(), 0U);
}

TEST_F(AvlServerTest, AnswersThatComeWhenItIsGoneGoNowhere) {
  start();
  ClientSocket tracker = log_in(imei());
  catalog_.hold();
  tracker.send(avl_frame());
  ASSERT_TRUE(eventually([&] { return catalog_.held() == 1; }));
  server_.reset();
  EXPECT_TRUE(tracker.read_exactly(4).empty());
  catalog_.let_go();
  EXPECT_TRUE(eventually([&] { return catalog_.records() == 1; }));
}

}  // namespace
}  // namespace net
