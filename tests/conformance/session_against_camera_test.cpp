// The server's session against the simulator's camera, in virtual time and without a socket: whatever faults a camera
// has, every file is stored once it is acknowledged, byte for byte, within hours of its time and seconds of ours.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "server/dualcam/session.hpp"
#include "tools/sim/camera.hpp"
#include "tools/sim/plan.hpp"

namespace {

using base::Bytes;
using base::ByteView;
using sim::Time;

constexpr std::size_t packet = 1024;

class Acknowledged : public sim::CameraObserver {
 public:
  void on_acknowledged(const sim::FileSpec& file) override { files.push_back(file); }
  std::vector<sim::FileSpec> files;
};

// A driver of Session with the shortest storage there is, and a camera at its other end.
class Duel {
 public:
  Duel(const sim::CameraOptions& camera, const sim::FaultOptions& faults, const sim::PlanOptions& plan)
      : maker_(*sim::FileMaker::create({.media = sim::FileMaker::Media::synthetic, .video_seconds = 1})),
        camera_(camera, faults, maker_, sim::plan_files(plan, camera, *maker_), &acknowledged_) {}

  // False when the camera still has files at the end of `limit`.
  bool run(Time limit) {
    while (now_ < limit) {
      Bytes sent;
      const sim::Step next = camera_.poll(now_, sent);
      if (!sent.empty() && session_) feed(sent);
      switch (next.kind) {
        case sim::Step::Kind::send: break;
        case sim::Step::Kind::connect: connect(); break;
        case sim::Step::Kind::close: end("the camera closed the connection"); break;
        case sim::Step::Kind::done: return true;
        case sim::Step::Kind::wait:
          if (sent.empty()) wait_until(next.until);
          break;
      }
    }
    return false;
  }

  std::vector<Bytes> stored() const { return sorted(stored_); }
  std::vector<Bytes> acknowledged() const {
    std::vector<Bytes> all;
    for (const sim::FileSpec& file : acknowledged_.files) all.push_back(maker_->open(file)->all());
    return sorted(std::move(all));
  }
  const sim::CameraStatistics& statistics() const { return camera_.statistics(); }
  bool left_a_gap() const noexcept { return left_a_gap_; }

 private:
  static std::vector<Bytes> sorted(std::vector<Bytes> files) {
    std::ranges::sort(files);
    // A file that is offered again although it is stored is stored again here: nobody looks into a catalog.
    const auto rest = std::ranges::unique(files);
    files.erase(rest.begin(), rest.end());
    return files;
  }

  void connect() {
    session_.emplace(options_);
    closed_ = false;
    unread_.clear();
    to_camera_.clear();
    deadline_ = sim::forever;
    session_->start(actions_);
    carry_out();
    camera_.connected(now_);
  }
  void end(std::string_view how) {
    if (!session_) return;
    session_->on_end(how, actions_);
    carry_out();
    session_.reset();
  }
  void wait_until(Time until) {
    now_ = std::max(now_, session_ ? std::min(until, deadline_) : until);
    if (!session_ || now_ < deadline_) return;
    deadline_ = sim::forever;
    session_->on_deadline(actions_);
    carry_out();
    answer();
  }
  void feed(const Bytes& bytes) {
    unread_.insert(unread_.end(), bytes.begin(), bytes.end());
    while (!closed_) {
      const std::size_t used = session_->step(unread_, actions_);
      carry_out();
      unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(used));
      if (used == 0) break;
    }
    answer();
  }
  void answer() {
    if (!to_camera_.empty()) camera_.received(std::exchange(to_camera_, {}), now_);
    if (!closed_ || !session_) return;
    session_.reset();
    camera_.closed(now_);
  }

  void carry_out() {
    for (std::size_t i = 0; i < actions_.size(); ++i) {  // NOLINT(modernize-loop-convert): perform() may add to them
      const dualcam::Action action = actions_[i];
      std::visit([this](const auto& each) { perform(each); }, action);
    }
    actions_.clear();
  }
  void perform(const dualcam::Send& send) {
    const ByteView bytes = send.frame.view();
    to_camera_.insert(to_camera_.end(), bytes.begin(), bytes.end());
  }
  void perform(const dualcam::Deadline& deadline) { deadline_ = now_ + deadline.after; }
  void perform(const dualcam::Identify&) {
    dualcam::ClassOrder order = dualcam::photos_first;
    if (failed_class_) {
      const auto failed = std::ranges::find(order, *failed_class_);
      std::rotate(failed, failed + 1, order.end());
    }
    session_->admit(order, actions_);
  }
  void perform(const dualcam::Open&) {
    const dualcam::FileOffer& offer = session_->offer();
    identity_ = fmt::format("{} {} {}", offer.name, offer.declared_size, base::to_hex(offer.raw_metadata));
    kept_ = file_ = partials_[identity_];
    const std::size_t overlap = kept_.empty() ? 0 : (kept_.size() - 1) / packet * packet;
    session_->opened({kept_.size(), overlap, ByteView(kept_).subspan(overlap), false}, actions_);
  }
  void perform(const dualcam::Write& write) {
    left_a_gap_ = left_a_gap_ || write.offset != file_.size();
    file_.insert(file_.end(), write.bytes.begin(), write.bytes.end());
  }
  void perform(const dualcam::Decline&) { ADD_FAILURE() << "declined though everything is taken"; }
  void perform(const dualcam::StartOver&) { file_.clear(); }
  void perform(const dualcam::Finish&) {
    stored_.push_back(file_);
    partials_.erase(identity_);
    session_->stored(actions_);
  }
  void perform(const dualcam::Abandon&) { partials_[identity_] = file_; }
  void perform(const dualcam::Note&) {}
  void perform(const dualcam::Close&) {
    closed_ = true;
    failed_class_.reset();
    if (session_->last_status()) failed_class_ = session_->current_class();
  }

  const std::shared_ptr<const sim::FileMaker> maker_;
  Acknowledged acknowledged_;
  sim::Camera camera_;
  const dualcam::SessionOptions options_;
  std::optional<dualcam::Session> session_;
  dualcam::Actions actions_;
  Bytes unread_, to_camera_;
  bool closed_ = false;
  Time now_{0};
  Time deadline_ = sim::forever;

  std::string identity_;
  Bytes file_, kept_;
  std::map<std::string, Bytes> partials_;
  std::vector<Bytes> stored_;
  std::optional<dualcam::FileClass> failed_class_;
  bool left_a_gap_ = false;
};

class SessionAgainstCamera : public testing::TestWithParam<sim::Dialect> {};

TEST_P(SessionAgainstCamera, EveryFileComesThroughEveryFault) {
  constexpr std::uint64_t seeds = 150;
  constexpr Time two_hours{7'200'000'000};
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(seed);
    sim::FaultOptions faults = *sim::FaultOptions::parse("all");
    faults.scale(static_cast<double>(seed % 4));  // none, and up to three times as many as usual
    Duel duel({.imei = 356307042441013,
               .dialect = GetParam(),
               .meta_version = static_cast<int>(seed % 4) + 1,
               .dsm = seed % 2 == 0,
               .bytes_per_second = 8000,
               .seed = seed},
              faults, {.photos = 2, .videos = 1, .seed = seed, .first_capture_ms = 1'763'720'917'000});
    ASSERT_TRUE(duel.run(two_hours));
    EXPECT_FALSE(duel.left_a_gap());
    EXPECT_EQ(duel.statistics().violations, 0U) << duel.statistics().violation;
    EXPECT_EQ(duel.acknowledged().size(), 3U);
    EXPECT_TRUE(duel.acknowledged() == duel.stored()) << "not byte for byte";
  }
}

std::string name_of(const testing::TestParamInfo<sim::Dialect>& dialect) {
  switch (dialect.param) {
    case sim::Dialect::identifiers: return "identifiers";
    case sim::Dialect::paths: return "paths";
    case sim::Dialect::enhanced: return "enhanced";
  }
  return "unknown";
}

INSTANTIATE_TEST_SUITE_P(Dialects, SessionAgainstCamera,
                         testing::Values(sim::Dialect::identifiers, sim::Dialect::paths, sim::Dialect::enhanced),
                         name_of);

}  // namespace
