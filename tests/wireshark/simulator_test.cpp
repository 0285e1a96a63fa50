// Conversations of the simulator's cameras, faults included: what the dissector puts together is what the camera had.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

#include "server/base/bytes.hpp"
#include "tests/unit/tools/mini_server.hpp"
#include "tests/wireshark/capture.hpp"
#include "tests/wireshark/tshark.hpp"
#include "tools/sim/camera.hpp"
#include "tools/sim/plan.hpp"

namespace tests {
namespace {

using sim::Time;

class Acknowledged : public sim::CameraObserver {
 public:
  void on_acknowledged(const sim::FileSpec& file) override { files.push_back(file); }
  std::vector<sim::FileSpec> files;
};

// A camera and the smallest server there is, in virtual time, with a capture of the wire between them.
class RecordedRun {
 public:
  RecordedRun(sim::Dialect dialect, const sim::FaultOptions& faults)
      : maker_(*sim::FileMaker::create({.media = sim::FileMaker::Media::synthetic, .video_seconds = 1})) {
    const sim::CameraOptions options{.imei = 356307042441013, .dialect = dialect, .seed = 7};
    camera_.emplace(
        options, faults, maker_,
        sim::plan_files({.photos = 2, .videos = 1, .seed = 7, .first_capture_ms = 1'763'000'000'000}, options, *maker_),
        &acknowledged_);
  }

  bool run(Time limit) {
    while (now_ < limit) {
      base::Bytes out;
      const sim::Step next = camera_->poll(now_, out);
      if (!out.empty() && server_) {
        capture.device(out);
        deliver(out);
      }
      if (next.kind == sim::Step::Kind::done) return true;
      if (next.kind == sim::Step::Kind::connect) {
        server_.emplace(stored_);
        capture.connect();
        camera_->connected(now_);
      } else if (next.kind == sim::Step::Kind::close) {
        server_.reset();
      } else if (next.kind == sim::Step::Kind::wait && out.empty()) {
        now_ = std::min(next.until, now_ + tick);
        if (server_) deliver({});
      }
    }
    return false;
  }

  std::set<std::string> files() const {
    std::set<std::string> all;
    for (const sim::FileSpec& file : acknowledged_.files) all.insert(base::to_hex(maker_->open(file)->all()));
    return all;
  }
  Capture capture;

 private:
  static constexpr Time tick{500'000};

  void deliver(base::ByteView bytes) {
    base::Bytes answer;
    const bool open = bytes.empty() ? server_->timer(now_, answer) : server_->received(bytes, now_, answer);
    if (!answer.empty()) {
      capture.server(answer);
      camera_->received(answer, now_);
    }
    if (open) return;
    server_.reset();
    camera_->closed(now_);
  }

  const std::shared_ptr<const sim::FileMaker> maker_;
  Acknowledged acknowledged_;
  std::optional<sim::Camera> camera_;
  std::optional<sim::MiniServer> server_;
  std::vector<sim::StoredFile> stored_;
  Time now_{0};
};

std::set<std::string> files_in(const std::vector<Row>& rows) {
  std::set<std::string> all;
  std::stringstream values(column(rows, "dualcam.file"));
  for (std::string value; std::getline(values, value, ',');) all.insert(value);
  return all;
}

class WiresharkSimulator : public testing::TestWithParam<sim::Dialect> {};

TEST_P(WiresharkSimulator, EveryFileIsThereByteForByte) {
  NEEDS_TSHARK();
  RecordedRun run(GetParam(), sim::FaultOptions::none());
  ASSERT_TRUE(run.run(Time{3'600'000'000}));
  ASSERT_EQ(run.files().size(), 3u);
  Tshark tshark;
  const auto rows =
      tshark.rows(run.capture.file(), {"dualcam.file", "dualcam.unframed", "dualcam.crc.ok", "_ws.lua.error"});
  EXPECT_TRUE(files_in(rows) == run.files());
  EXPECT_EQ(column(rows, "dualcam.unframed"), "");
  EXPECT_EQ(column(rows, "dualcam.crc.ok").find('0'), std::string::npos);
}

// What is acknowledged was received whole, whatever went wrong before.
TEST_P(WiresharkSimulator, EveryFileIsThereWhateverTheFaults) {
  NEEDS_TSHARK();
  for (const char* names :
       {"split,join", "corrupt,stall,resync,early-sync", "truncate,stray,short-path", "cut,abort"}) {
    auto faults = sim::FaultOptions::parse(names);
    ASSERT_TRUE(faults);
    faults->scale(3);
    RecordedRun run(GetParam(), *faults);
    ASSERT_TRUE(run.run(Time{36'000'000'000})) << names;
    Tshark tshark;
    const auto rows = tshark.rows(run.capture.file(), {"dualcam.file", "_ws.lua.error"}, {"-2"});
    EXPECT_TRUE(std::ranges::includes(files_in(rows), run.files())) << names;
    EXPECT_EQ(column(rows, "_ws.lua.error"), "") << names;
  }
}

INSTANTIATE_TEST_SUITE_P(All, WiresharkSimulator,
                         testing::Values(sim::Dialect::identifiers, sim::Dialect::paths, sim::Dialect::enhanced));

}  // namespace
}  // namespace tests
