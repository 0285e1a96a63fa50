#include "server/recorder/recorder.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "server/pcapng/block.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/pcapng/read_back.hpp"

namespace recorder {
namespace {

using base::Bytes;
using base::ByteView;
using pcapng::test::read_datagrams;
using pcapng::test::read_file;
using pcapng::test::read_session;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using End = pcapng::TcpConversation::End;

constexpr seconds patience{20};
constexpr std::uint64_t number = 356307042441013;
constexpr pcapng::Peers peers{.device = {{{192, 0, 2, 7}, false}, 41000}, .server = {{{192, 0, 2, 1}, false}, 7700}};

base::Imei imei() {
  return base::Imei::from_number(number).value();
}
Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 250);
  return bytes;
}
Bytes init() {
  return base::from_hex(fmt::format("00000005{:016x}44000400", number)).value();
}

class RecorderTest : public ::testing::Test {
 protected:
  void open(Options options) {
    recorder_.reset();
    registry_ = std::make_unique<prometheus::Registry>();
    options.folder = folder_ / "recordings";
    options.node = "node-1";
    auto opened = Recorder::open(std::move(options), *registry_);
    ASSERT_TRUE(opened) << opened.error().message;
    recorder_ = std::move(*opened);
    settle();
  }
  void open(Mode mode) { open(Options{.mode = mode}); }
  void settle() { ASSERT_TRUE(recorder_->flush(patience)); }
  std::unique_ptr<Recording> begin() { return recorder_->begin(Kind::camera, "abc-1", peers); }
  std::vector<Entry> list() {
    settle();
    return recorder_->shelf().list();
  }
  Bytes file(const Entry& entry) { return read_file(folder_ / ("recordings/" + entry.id.str() + ".pcapng")); }
  // Of everything that is there, with what is not finished.
  std::size_t files() {
    std::size_t count = 0;
    const auto folder = folder_ / "recordings";
    if (std::filesystem::exists(folder))
      for (const auto& each : std::filesystem::directory_iterator(folder)) count += each.path().extension() != ".key";
    return count;
  }
  double figure(const std::string& name) {
    for (const auto& family : registry_->Collect())
      if (family.name == name) return family.metric.front().counter.value;
    return -1;
  }

  tests::TempFolder folder_;
  std::unique_ptr<prometheus::Registry> registry_;
  std::unique_ptr<Recorder> recorder_;
};

TEST_F(RecorderTest, NothingIsRecordedWhileItIsOff) {
  open(Mode::off);
  EXPECT_EQ(begin(), nullptr);
  EXPECT_THAT(list(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "recordings"));
}

TEST_F(RecorderTest, ASessionBecomesAFile) {
  open(Mode::all);
  auto recording = begin();
  recording->received(init());
  recording->identified(imei());
  recording->say("admitted");
  recording->sent(pattern(20));
  const Bytes much = pattern(300'000);
  recording->received(much);
  recording->end(End::by_device, "the camera closed the connection");
  const auto all = list();
  ASSERT_THAT(all, SizeIs(1));
  const Entry& entry = all.front();
  EXPECT_EQ(entry.outcome, Outcome::ok);
  EXPECT_EQ(entry.kind, Kind::camera);
  EXPECT_EQ(entry.session, "abc-1");
  EXPECT_EQ(entry.node, "node-1");
  EXPECT_EQ(entry.imei, imei().str());
  EXPECT_EQ(entry.peer, "192.0.2.7:41000");
  EXPECT_EQ(entry.reason, "the camera closed the connection");
  EXPECT_TRUE(entry.ended);
  EXPECT_FALSE(entry.masked);
  EXPECT_EQ(entry.left_out, 0U);
  const Bytes bytes = file(entry);
  EXPECT_EQ(bytes.size(), entry.size);
  const auto session = read_session(bytes);
  Bytes sent_in = init();
  sent_in.insert(sent_in.end(), much.begin(), much.end());
  EXPECT_TRUE(session.from_device == sent_in);
  EXPECT_EQ(session.to_device, pattern(20));
  EXPECT_TRUE(session.whole);
  EXPECT_TRUE(session.ended);
  EXPECT_THAT(std::string(base::as_text(bytes)), HasSubstr("kind: camera\nsession: abc-1\nnode: node-1"));
  EXPECT_EQ(figure("dualcamd_recordings_total"), 1);
  EXPECT_EQ(figure("dualcamd_recording_bytes_total"), static_cast<double>(bytes.size()));
}

TEST_F(RecorderTest, ARecordingThatIsLetGoHasAnEnd) {
  open(Mode::all);
  begin()->received(init());
  ASSERT_THAT(list(), SizeIs(1));
  EXPECT_EQ(list().front().outcome, Outcome::ok);
}

TEST_F(RecorderTest, WhoOnlyConnectsLeavesNoFile) {
  open(Mode::all);
  auto recording = begin();
  recording->say("it has connected");
  recording->failed();
  recording->end(End::broken, "it went");
  EXPECT_THAT(list(), IsEmpty());
  EXPECT_EQ(files(), 0U);
}

TEST_F(RecorderTest, OnlyWhatFailedIsKept) {
  open(Mode::failed);
  auto good = begin();
  auto bad = begin();
  for (auto* each : {good.get(), bad.get()}) each->received(init());
  settle();
  EXPECT_EQ(files(), 2U) << "nobody knows yet";
  bad->failed();
  good->end(End::by_device, "done");
  bad->end(End::broken, "the connection broke");
  const auto all = list();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all.front().outcome, Outcome::failed);
  EXPECT_EQ(all.front().reason, "the connection broke");
  EXPECT_EQ(files(), 1U);
}

TEST_F(RecorderTest, PoliciesOfDevicesDecide) {
  open(Mode::off);
  const auto go_on = [&](std::unique_ptr<Recording> begun) {
    return recorder_->go_on(std::move(begun), Kind::camera, "abc-1", [] { return peers; }, imei(), init());
  };
  EXPECT_EQ(go_on(nullptr), nullptr);
  recorder_->set_policies({{imei(), Mode::all, base::utc_now() + seconds{60}}});
  EXPECT_EQ(recorder_->mode_for(imei()), Mode::all);
  go_on(nullptr)->end(End::by_device, {});
  ASSERT_THAT(list(), SizeIs(1));
  EXPECT_EQ(read_session(file(list().front())).from_device, init()) << "what came before it was known who it is";
  EXPECT_EQ(list().front().imei, imei().str());
  recorder_->set_policies({{imei(), Mode::all, base::utc_now() - seconds{1}}});
  EXPECT_EQ(go_on(nullptr), nullptr) << "it is over";
  open(Mode::all);
  recorder_->set_policies({{imei(), Mode::off, base::utc_now() + seconds{60}}});
  auto begun = begin();
  begun->received(init());
  EXPECT_EQ(go_on(std::move(begun)), nullptr);
  EXPECT_THAT(list(), SizeIs(1)) << "the one of before";
  recorder_->set_policies({{imei(), Mode::failed, base::utc_now() + seconds{60}}});
  begun = begin();
  begun->received(init());
  go_on(std::move(begun))->end(End::by_device, {});
  EXPECT_THAT(list(), SizeIs(1)) << "nothing failed";
}

TEST_F(RecorderTest, AMaskedOneSaysNothingOfWhoItWas) {
  open(Options{.mode = Mode::all, .mask = true});
  auto recording = begin();
  recording->received(init());
  recording->identified(imei());
  recording->say("admitted: camera " + imei().str() + " from 192.0.2.7");
  recording->end(End::by_server, "192.0.2.7 has a newer link");
  const auto all = list();
  ASSERT_THAT(all, SizeIs(1));
  const Bytes bytes = file(all.front());
  const std::string text(base::as_text(bytes));
  EXPECT_THAT(text, Not(HasSubstr(imei().str())));
  EXPECT_THAT(text, Not(HasSubstr("192.0.2.7")));
  EXPECT_THAT(text, Not(HasSubstr(std::string(base::as_text(ByteView(init()).subspan(4, 8))))));
  EXPECT_THAT(text, Not(HasSubstr(std::string("\xc0\x00\x02\x07", 4))));
  EXPECT_THAT(text, HasSubstr("masked: yes"));
  EXPECT_TRUE(all.front().masked);
  EXPECT_TRUE(base::Imei::parse(all.front().imei));
  EXPECT_NE(all.front().imei, imei().str());
  EXPECT_THAT(all.front().peer, testing::StartsWith("198.1"));
  const auto session = read_session(bytes);
  ASSERT_EQ(session.from_device.size(), init().size());
  EXPECT_EQ(fmt::format("{:015}", base::load_be<std::uint64_t>(session.from_device.data() + 4)), all.front().imei);
}

TEST_F(RecorderTest, ASessionBeyondItsBoundIsCut) {
  open(Options{.mode = Mode::all, .session_bytes = 100'000});
  auto recording = begin();
  for (int i = 0; i < 10; ++i) recording->received(pattern(30'000));
  recording->sent(pattern(7));
  recording->end(End::by_device, {});
  const auto all = list();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_LE(all.front().size, 130'000U);
  const Bytes bytes = file(all.front());
  const auto session = read_session(bytes);
  EXPECT_EQ(session.from_device.size() + all.front().left_out, 300'007U);
  EXPECT_FALSE(session.whole) << "as of a capture that has lost packets";
  EXPECT_TRUE(session.ended);
  EXPECT_THAT(std::string(base::as_text(bytes)),
              HasSubstr("bytes of the device were left out here: the recording was full"));
}

TEST_F(RecorderTest, WhatDoesNotFitIntoTheQueueIsLeftOut) {
  open(Options{.mode = Mode::all, .queue_bytes = 50'000});
  auto recording = begin();
  recording->received(init());
  recording->received(pattern(60'000));  // more than there ever is room for
  settle();
  recording->received(pattern(10));
  recording->end(End::by_device, {});
  const auto all = list();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all.front().left_out, 60'000U);
  EXPECT_EQ(figure("dualcamd_recording_left_out_bytes_total"), 60'000);
  const Bytes bytes = file(all.front());
  EXPECT_THAT(std::string(base::as_text(bytes)), HasSubstr("60000 bytes of the device were left out here"));
  const auto session = read_session(bytes);
  EXPECT_EQ(session.from_device.size(), init().size() + 10);
  EXPECT_FALSE(session.whole);
}

TEST_F(RecorderTest, TheOldestMakeRoom) {
  open(Options{.mode = Mode::all, .session_bytes = 64'000, .total_bytes = 100'000});
  for (int i = 0; i < 5; ++i) {
    auto recording = recorder_->begin(Kind::camera, fmt::format("s{}", i), peers);
    recording->received(pattern(30'000));
    recording->end(End::by_device, {});
    settle();
    // Their age is told by the millisecond.
    const base::UtcTime now = base::utc_now();
    ASSERT_TRUE(tests::eventually([&] { return base::utc_now() > now; }));
  }
  const auto all = list();
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all.front().session, "s4");
  EXPECT_EQ(all.back().session, "s2");
  EXPECT_EQ(files(), 3U);
  EXPECT_EQ(figure("dualcamd_recordings_removed_total"), 2);
}

TEST_F(RecorderTest, TheOldAreRemoved) {
  open(Mode::all);
  begin()->received(init());
  ASSERT_THAT(list(), SizeIs(1));
  EXPECT_EQ(recorder_->shelf().tidy(base::utc_now() + std::chrono::hours{8 * 24}), 1U);
  EXPECT_THAT(list(), IsEmpty());
  EXPECT_EQ(files(), 0U);
}

TEST_F(RecorderTest, ARestartKnowsWhatThereIs) {
  open(Mode::all);
  auto recording = begin();
  recording->received(init());
  recording->identified(imei());
  recording->failed();
  recording->end(End::broken, "it broke");
  const auto before = list();
  ASSERT_THAT(before, SizeIs(1));
  open(Mode::off);
  const auto after = list();
  ASSERT_THAT(after, SizeIs(1));
  EXPECT_EQ(after.front().id, before.front().id);
  EXPECT_EQ(after.front().imei, imei().str());
  EXPECT_EQ(after.front().peer, "192.0.2.7:41000");
  EXPECT_EQ(after.front().outcome, Outcome::failed);
  EXPECT_EQ(after.front().reason, "it broke");
  EXPECT_EQ(after.front().ended, before.front().ended);
  EXPECT_EQ(after.front().started, before.front().started);
  EXPECT_EQ(after.front().size, before.front().size);
}

TEST_F(RecorderTest, WhatACrashHasLeftCanBeRead) {
  open(Mode::all);
  auto recording = begin();
  recording->received(init());
  settle();
  const auto going_on = list();
  ASSERT_THAT(going_on, SizeIs(1));
  EXPECT_EQ(going_on.front().outcome, Outcome::recording);
  EXPECT_EQ(recorder_->shelf().remove(going_on.front().id).error().code, base::Errc::conflict);
  const std::string part = folder_ / ("recordings/" + going_on.front().id.str() + ".part");
  const Bytes written = read_file(part);
  recording->end(End::by_device, {});
  settle();
  recorder_.reset();
  std::filesystem::remove(folder_ / ("recordings/" + going_on.front().id.str() + ".pcapng"));
  // As a kill in the middle of a write leaves it.
  std::ofstream(part, std::ios::binary) << base::as_text(written) << std::string("\x06\0\0\0\xff\0\0\0 and so on", 17);
  std::ofstream(folder_ / ("recordings/" + base::Uuid::v7(base::utc_now()).str() + ".part")) << "\n\r\r\n";
  std::ofstream(folder_ / ("recordings/" + base::Uuid::v7(base::utc_now()).str() + ".pcapng")) << "something else";
  std::ofstream(folder_ / "recordings/notes.txt") << "mine";
  open(Mode::failed);
  const auto all = list();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all.front().outcome, Outcome::unknown);
  EXPECT_EQ(all.front().session, "abc-1");
  EXPECT_EQ(read_session(file(all.front())).from_device, init());
}

TEST_F(RecorderTest, FilesAreReadAndRemovedById) {
  open(Mode::all);
  begin()->received(init());
  const auto all = list();
  ASSERT_THAT(all, SizeIs(1));
  const auto opened = recorder_->shelf().open(all.front().id);
  ASSERT_TRUE(opened);
  Bytes bytes(opened->entry.size);
  EXPECT_EQ(::read(opened->descriptor, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  ::close(opened->descriptor);
  EXPECT_TRUE(bytes == file(all.front()));
  EXPECT_TRUE(recorder_->shelf().remove(all.front().id));
  EXPECT_EQ(recorder_->shelf().remove(all.front().id).error().code, base::Errc::not_found);
  EXPECT_EQ(recorder_->shelf().open(all.front().id).error().code, base::Errc::not_found);
  EXPECT_EQ(files(), 0U);
}

TEST_F(RecorderTest, ADiskThatTakesNothingHoldsUpNobody) {
  open(Mode::all);
  std::ofstream(folder_ / "recordings") << "a file where the folder should be";
  auto recording = begin();
  recording->received(init());
  settle();
  recording->received(init());
  recording->end(End::by_device, {});
  EXPECT_THAT(list(), IsEmpty());
}

TEST_F(RecorderTest, DatagramsOfAChannelAreFilesOfTheirOwn) {
  open(Options{.mode = Mode::all, .session_bytes = 64 * 1024});
  auto channel = recorder_->channel(Kind::relay, "studio");
  channel->say("nothing was heard yet");
  for (std::size_t i = 0; i < 100; ++i) channel->received(peers, pattern(1000 + i), i == 0 ? "heard" : "");
  channel->sent(peers, pattern(5), "start");
  channel->say("fired");
  channel.reset();
  const auto all = list();
  ASSERT_GE(all.size(), 2U) << "by size";
  std::set<std::size_t> sizes;
  std::string text;
  for (const Entry& entry : all) {
    EXPECT_EQ(entry.session, "studio");
    EXPECT_EQ(entry.kind, Kind::relay);
    EXPECT_EQ(entry.peer, "");
    EXPECT_EQ(entry.outcome, Outcome::ok);
    const Bytes bytes = file(entry);
    text += base::as_text(bytes);
    for (const Bytes& datagram : read_datagrams(bytes)) {
      if (datagram.size() >= 1000) {
        EXPECT_TRUE(datagram == pattern(datagram.size()));
        sizes.insert(datagram.size());
      }
    }
  }
  EXPECT_EQ(sizes.size(), 100U);
  EXPECT_THAT(text, HasSubstr("heard"));
  EXPECT_THAT(text, HasSubstr("start"));
  EXPECT_THAT(text, HasSubstr("fired"));
}

TEST_F(RecorderTest, AFileOfAChannelEndsWithItsPeriod) {
  open(Options{.mode = Mode::all, .period = std::chrono::milliseconds{1}});
  const auto channel = recorder_->channel(Kind::tracker, "avl-udp:5027");
  const auto another = recorder_->channel(Kind::tracker, "avl-udp:5028");
  for (std::size_t i = 1; i <= 3; ++i) {
    channel->received(peers, pattern(10));
    // Looked at whenever something happens anywhere.
    ASSERT_TRUE(tests::eventually([&] {
      another->say("nothing");
      const auto all = list();
      return all.size() == i && all.front().outcome == Outcome::ok;
    }));
  }
}

TEST(RecorderWords, AreThoseOfSettings) {
  for (const Mode each : {Mode::off, Mode::failed, Mode::all}) EXPECT_EQ(parse_mode(to_string(each)), each);
  for (const Kind each : {Kind::camera, Kind::tracker, Kind::relay}) EXPECT_EQ(parse_kind(to_string(each)), each);
  EXPECT_FALSE(parse_mode("some"));
  EXPECT_FALSE(parse_kind(""));
}

}  // namespace
}  // namespace recorder
