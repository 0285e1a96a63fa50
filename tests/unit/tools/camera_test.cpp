#include "tools/sim/camera.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "server/dualcam/crc16.hpp"
#include "server/dualcam/status.hpp"
#include "tests/unit/tools/virtual_run.hpp"

namespace sim {
namespace {

using dualcam::Command;
using dualcam::FileClass;

constexpr std::uint64_t imei = 356307042441013;

CameraOptions options_of(Dialect dialect, std::uint64_t seed = 1) {
  return {.imei = imei, .dialect = dialect, .seed = seed};
}

// A camera with one photo, spoken to frame by frame.
class Conversation : public ::testing::Test, public CameraObserver {
 protected:
  void begin(CameraOptions options, FaultOptions faults = {}, PlanOptions plan = {.photos = 1, .videos = 0}) {
    maker_ = *FileMaker::create({.media = FileMaker::Media::synthetic, .video_seconds = 1});
    specs_ = plan_files(plan, options, *maker_);
    faults_ = faults;
    camera_.emplace(options, faults_, maker_, specs_, this);
    connect();
  }
  void connect() {
    base::Bytes none;
    for (Step step = camera_->poll(now_, none); step.kind != Step::Kind::connect; step = camera_->poll(now_, none)) {
      ASSERT_EQ(step.kind, Step::Kind::wait);
      now_ = step.until;
    }
    camera_->connected(now_);
  }
  // Everything the camera says without being asked again, waits of at most a second included.
  base::Bytes hear() {
    base::Bytes out;
    for (int n = 0; n < 10'000; ++n) {
      last_ = camera_->poll(now_, out);
      if (last_.kind == Step::Kind::send) continue;
      if (last_.kind != Step::Kind::wait || last_.until - now_ > Time{1'000'000}) break;
      now_ = last_.until;
    }
    return out;
  }
  base::Bytes hear_one() {
    base::Bytes out;
    last_ = camera_->poll(now_, out);
    return out;
  }
  void say(const dualcam::Frame& frame) { camera_->received(frame.view(), now_); }
  base::Bytes ask(const dualcam::Frame& frame) {
    say(frame);
    return hear();
  }
  void on_acknowledged(const FileSpec& spec) override { acknowledged_.push_back(spec.number); }

  std::shared_ptr<const FileMaker> maker_;
  FaultOptions faults_;
  std::vector<FileSpec> specs_;
  std::optional<Camera> camera_;
  std::vector<std::uint32_t> acknowledged_;
  Time now_{0};
  Step last_;
};

base::ByteView photof() {
  return base::as_bytes("%photof");
}
std::uint32_t u32(base::ByteView bytes, std::size_t at) {
  return base::load_be<std::uint32_t>(bytes.data() + at);
}

TEST_F(Conversation, InitNamesWhatIsWaiting) {
  begin(options_of(Dialect::identifiers), {}, {.photos = 2, .videos = 1});
  EXPECT_EQ(base::to_hex(hear()), "000000050001440f32b217355c000400");  // photof, photor, videof
}

TEST_F(Conversation, EnhancedInitSaysProtocolSixAndAPath) {
  begin(options_of(Dialect::enhanced));
  EXPECT_EQ(base::to_hex(hear()), "000000060001440f32b2173542000400");
}

TEST_F(Conversation, StartCountsPacketsForAnIdentifier) {
  begin(options_of(Dialect::identifiers));
  hear();
  const base::Bytes start = ask(dualcam::encode_file_request(photof()));
  const std::uint32_t size = maker_->open(specs_[0])->size();
  ASSERT_EQ(start.size(), 10U);
  EXPECT_EQ(u32(start, 4), (size + 1023) / 1024);
}

TEST_F(Conversation, StartCountsBytesForAPath) {
  begin(options_of(Dialect::paths));
  hear();
  const base::Bytes path = ask(dualcam::encode_path_request());
  ASSERT_GT(path.size(), 5U);
  EXPECT_EQ(path.back(), 0);
  const base::Bytes start = ask(dualcam::encode_file_request(base::ByteView(path).subspan(4)));
  ASSERT_EQ(start.size(), 10U);
  EXPECT_EQ(u32(start, 4), maker_->open(specs_[0])->size());
}

TEST_F(Conversation, PathWithoutItsNulIsAReadError) {
  begin(options_of(Dialect::paths));
  hear();
  const base::Bytes path = ask(dualcam::encode_path_request());
  const base::ByteView cut = base::ByteView(path).subspan(4, path.size() - 5);
  EXPECT_EQ(base::to_hex(ask(dualcam::encode_file_request(cut))), "0005000400000011");
  EXPECT_EQ(camera_->statistics().violations, 1U);
}

TEST_F(Conversation, AClassWithNothingStartsWithSizeZero) {
  begin(options_of(Dialect::identifiers));
  hear();
  EXPECT_EQ(base::to_hex(ask(dualcam::encode_file_request(base::as_bytes("%videor")))), "00010006000000000000");
}

TEST_F(Conversation, MetadataOfNothingHasTimeZero) {
  begin(options_of(Dialect::identifiers));
  hear();
  const base::Bytes meta = ask(dualcam::encode_meta_request(base::as_bytes("%videor")));
  ASSERT_EQ(meta.size(), 4U + 32U);
  EXPECT_EQ(base::to_hex(base::ByteView(meta).subspan(6, 8)), "0000000000000000");
}

TEST_F(Conversation, ResumeZeroAndOneBothStartOver) {
  for (const std::uint32_t position : {0U, 1U}) {
    SCOPED_TRACE(position);
    now_ = Time{0};
    begin(options_of(Dialect::identifiers));
    hear();
    ask(dualcam::encode_file_request(photof()));
    say(dualcam::encode_resume(position));
    EXPECT_EQ(base::to_hex(hear_one()), "0003000400000001");
  }
}

TEST_F(Conversation, ResumeInTheMiddleSendsFromThereWithAFreshCrc) {
  begin(options_of(Dialect::identifiers));
  hear();
  ask(dualcam::encode_file_request(photof()));
  say(dualcam::encode_resume(5));
  EXPECT_EQ(base::to_hex(hear_one()), "0003000400000005");
  const base::Bytes data = hear_one();
  const base::Bytes file = maker_->open(specs_[0])->all();
  const base::ByteView expected = base::ByteView(file).subspan(4 * 1024, 1024);
  ASSERT_EQ(data.size(), 4U + 1026U);
  EXPECT_TRUE(std::ranges::equal(base::ByteView(data).subspan(4, 1024), expected));
  EXPECT_EQ(base::load_be<std::uint16_t>(data.data() + 1028), dualcam::crc16(0, expected));
}

TEST_F(Conversation, PacketsOnTheirWayComeBeforeTheSync) {
  CameraOptions options = options_of(Dialect::identifiers);
  options.in_flight = 4;
  begin(options);
  hear();
  ask(dualcam::encode_file_request(photof()));
  say(dualcam::encode_resume(1));
  hear_one();  // SYNC
  hear_one();  // packet 1
  say(dualcam::encode_resume(1));
  for (int n = 0; n < 4; ++n) EXPECT_EQ(hear_one().size(), 1030U) << n;
  EXPECT_EQ(base::to_hex(hear_one()), "0003000400000001");
}

TEST_F(Conversation, ResumeBeyondTheEndIsStatusSix) {
  begin(options_of(Dialect::identifiers));
  hear();
  ask(dualcam::encode_file_request(photof()));
  EXPECT_EQ(base::to_hex(ask(dualcam::encode_resume(1000))), "0005000400000006");
  EXPECT_EQ(last_.kind, Step::Kind::close);
}

TEST_F(Conversation, OnlyInitRepeatAcknowledges) {
  begin(options_of(Dialect::identifiers));
  hear();
  ask(dualcam::encode_file_request(photof()));
  ask(dualcam::encode_resume(1));
  ask(dualcam::encode_close());
  EXPECT_TRUE(acknowledged_.empty());
  EXPECT_EQ(camera_->files_left(), 1U);
  connect();
  EXPECT_EQ(base::to_hex(hear()), "000000050001440f32b2173544000400");  // still waiting
  ask(dualcam::encode_file_request(photof()));
  ask(dualcam::encode_resume(1));
  ask(dualcam::encode_status(dualcam::status_completed));
  EXPECT_TRUE(acknowledged_.empty());
  connect();
  hear();
  ask(dualcam::encode_file_request(photof()));
  ask(dualcam::encode_resume(1));
  EXPECT_EQ(base::to_hex(ask(dualcam::encode_init_repeat())), "000000050001440f32b2173540000400");
  EXPECT_EQ(acknowledged_, std::vector<std::uint32_t>{0});
  EXPECT_EQ(camera_->statistics().violations, 0U);
  ask(dualcam::encode_close());
  EXPECT_EQ(hear_one().size(), 0U);
  EXPECT_EQ(last_.kind, Step::Kind::done);
}

TEST_F(Conversation, AcknowledgementBeforeTheLastByteIsTheServersMistake) {
  begin(options_of(Dialect::identifiers));
  hear();
  ask(dualcam::encode_file_request(photof()));
  say(dualcam::encode_resume(1));
  hear_one();
  hear_one();
  say(dualcam::encode_init_repeat());
  EXPECT_EQ(camera_->statistics().violations, 1U);
  EXPECT_EQ(acknowledged_.size(), 1U);  // a real device has dropped it, too
}

TEST_F(Conversation, SilentServerIsGivenUp) {
  begin(options_of(Dialect::identifiers));
  hear();
  ASSERT_EQ(last_.kind, Step::Kind::wait);
  now_ = last_.until;
  hear_one();
  EXPECT_EQ(last_.kind, Step::Kind::close);
  EXPECT_EQ(camera_->statistics().timeouts, 1U);
}

TEST_F(Conversation, RequestsMayArriveByteByByte) {
  begin(options_of(Dialect::identifiers));
  hear();
  const dualcam::Frame request = dualcam::encode_file_request(photof());
  for (const std::uint8_t byte : request.view()) camera_->received({&byte, 1}, now_);
  EXPECT_EQ(hear().size(), 10U);
}

TEST_F(Conversation, PacesItsPackets) {
  CameraOptions options = options_of(Dialect::identifiers);
  options.bytes_per_second = 10'300;  // ten packets a second
  begin(options);
  hear();
  ask(dualcam::encode_file_request(photof()));
  const Time before = now_;
  const std::uint32_t size = maker_->open(specs_[0])->size();
  ask(dualcam::encode_resume(1));
  EXPECT_NEAR(static_cast<double>((now_ - before).count()) / 1e6, size / 10'300.0, 0.3);
}

FaultOptions only(std::string_view name, double probability, std::uint32_t cap = 1) {
  FaultOptions faults = *FaultOptions::parse(name);
  for (double& value : faults.probability)
    if (value > 0) value = probability;
  faults.cap = cap;
  return faults;
}

TEST_F(Conversation, ATruncatedFrameIsFollowedByTheWholeOne) {
  begin(options_of(Dialect::identifiers), only("truncate", 1));
  hear();
  ask(dualcam::encode_file_request(photof()));
  say(dualcam::encode_resume(1));
  hear_one();
  const base::Bytes data = hear_one();
  ASSERT_GT(data.size(), 1030U + 4U);
  const base::ByteView whole = base::ByteView(data).last(1030);
  EXPECT_EQ(base::to_hex(whole.first(4)), "00040402");
  EXPECT_EQ(base::load_be<std::uint16_t>(whole.data() + 1028), dualcam::crc16(0, whole.subspan(4, 1024)));
  EXPECT_TRUE(std::ranges::equal(base::ByteView(data).first(data.size() - 1030), whole.first(data.size() - 1030)));
}

TEST_F(Conversation, ACorruptFrameKeepsItsLengthAndCrc) {
  begin(options_of(Dialect::identifiers), only("corrupt", 1));
  hear();
  ask(dualcam::encode_file_request(photof()));
  say(dualcam::encode_resume(1));
  hear_one();
  const base::Bytes data = hear_one();
  const base::Bytes file = maker_->open(specs_[0])->all();
  ASSERT_EQ(data.size(), 1030U);
  int changed = 0;
  for (std::size_t n = 0; n < 1024; ++n) changed += data[4 + n] != file[n];
  EXPECT_EQ(changed, 1);
  EXPECT_EQ(base::load_be<std::uint16_t>(data.data() + 1028), dualcam::crc16(0, base::ByteView(file).first(1024)));
}

TEST_F(Conversation, ADeafCameraAnswersTheSecondResume) {
  begin(options_of(Dialect::identifiers), only("deaf", 1));
  hear();
  ask(dualcam::encode_file_request(photof()));
  say(dualcam::encode_resume(1));
  EXPECT_TRUE(hear_one().empty());
  EXPECT_EQ(last_.kind, Step::Kind::wait);
  say(dualcam::encode_resume(1));
  EXPECT_EQ(base::to_hex(hear_one()), "0003000400000001");
}

TEST_F(Conversation, AStrayByteFollowsMetadataOfVersionTwo) {
  CameraOptions options = options_of(Dialect::identifiers);
  options.meta_version = 2;
  begin(options, only("stray", 1), {.photos = 0, .videos = 1});
  hear();
  const base::Bytes meta = ask(dualcam::encode_meta_request(base::as_bytes("%videof")));
  EXPECT_EQ(meta.size(), 4U + 14U);
  EXPECT_EQ(base::to_hex(base::ByteView(meta).first(6)), "000b000d0210");
  EXPECT_EQ(meta.back(), clip_frame_rate);
}

TEST_F(Conversation, AShortPathIsAskedForAfterAReadError) {
  CameraOptions options = options_of(Dialect::enhanced);
  begin(options, only("short-path", 1));
  hear();
  const base::Bytes path = ask(dualcam::encode_path_request());
  const base::ByteView name = base::ByteView(path).subspan(4);
  EXPECT_EQ(base::to_hex(ask(dualcam::encode_file_request(name))), "0005000400000011");
  EXPECT_EQ(ask(dualcam::encode_file_request(name.first(7))).size(), 10U);
}

// ---- Whole runs in virtual time

class WholeRun : public ::testing::TestWithParam<Dialect> {};

TEST_P(WholeRun, DeliversEverythingWithoutFaults) {
  VirtualRun run(options_of(GetParam()), FaultOptions::none(), {.photos = 2, .videos = 2});
  ASSERT_TRUE(run.run());
  EXPECT_EQ(run.acknowledged.size(), 4U);
  EXPECT_EQ(compare(run), "");
  EXPECT_EQ(run.connections, 1U);
  EXPECT_EQ(run.camera->statistics().repeated_bytes, 0U);
  EXPECT_EQ(run.camera->statistics().violations, 0U);
}

TEST_P(WholeRun, DeliversEverythingWithEveryFaultAtOnce) {
  FaultCounts met{};
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    CameraOptions options = options_of(GetParam(), seed);
    options.meta_version = static_cast<int>(seed % 4) + 1;
    VirtualRun run(options, FaultOptions::all(), {.photos = 2, .videos = 1, .seed = seed});
    ASSERT_TRUE(run.run());
    EXPECT_EQ(run.acknowledged.size(), 3U);
    EXPECT_EQ(compare(run), "");
    EXPECT_EQ(run.camera->statistics().violations, 0U) << run.camera->statistics().violation;
    EXPECT_TRUE(run.complaints.empty()) << run.complaints.front();
    for (std::size_t n = 0; n < fault_kinds; ++n) met[n] += run.camera->faults()[n];
  }
  for (std::size_t n = 0; n < fault_kinds; ++n) {
    const auto fault = static_cast<Fault>(n);
    const bool possible = (fault != Fault::stray || GetParam() == Dialect::identifiers) &&
                          (fault != Fault::short_path || GetParam() == Dialect::enhanced);
    EXPECT_EQ(met[n] > 0, possible) << to_string(fault);
  }
}

TEST_P(WholeRun, TheSameSeedGivesTheSameBytes) {
  CameraOptions options = options_of(GetParam(), 7);
  VirtualRun first(options, FaultOptions::all()), second(options, FaultOptions::all());
  ASSERT_TRUE(first.run());
  ASSERT_TRUE(second.run());
  EXPECT_TRUE(first.segments == second.segments);  // EXPECT_EQ would print them
  EXPECT_EQ(first.now, second.now);
}

INSTANTIATE_TEST_SUITE_P(Dialects, WholeRun, ::testing::Values(Dialect::identifiers, Dialect::paths, Dialect::enhanced),
                         [](const auto& param) {
                           switch (param.param) {
                             case Dialect::identifiers: return "identifiers";
                             case Dialect::paths: return "paths";
                             case Dialect::enhanced: return "enhanced";
                           }
                           return "";
                         });

// Each fault alone, twice as strong as anybody wants it.
TEST(CameraFaults, EachAloneIsSurvived) {
  for (std::size_t n = 0; n < fault_kinds; ++n) {
    const auto fault = static_cast<Fault>(n);
    SCOPED_TRACE(to_string(fault));
    CameraOptions options = options_of(fault == Fault::short_path ? Dialect::enhanced : Dialect::identifiers, n + 1);
    options.meta_version = 2;
    std::string names{to_string(fault)};
    if (fault == Fault::abandon) names += ",cut";         // happens only where a connection ends
    if (fault == Fault::early_sync) names += ",corrupt";  // and this only where a RESUME asks for more than the start
    VirtualRun run(options, only(names, 0.5, 3));
    ASSERT_TRUE(run.run());
    EXPECT_EQ(compare(run), "");
    EXPECT_GT(run.camera->faults()[n], 0U);
    EXPECT_EQ(run.abandoned.size(), run.camera->faults()[static_cast<std::size_t>(Fault::abandon)]);
  }
}

}  // namespace
}  // namespace sim
