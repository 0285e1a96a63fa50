// A requester behind a link that loses messages both ways, and acknowledgements most of all.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "bench.hpp"

namespace mavlink::camera {
namespace {

constexpr int shots = 40;

class Lossy {
 public:
  explicit Lossy(unsigned seed) : random_(seed) {}

  // Tries until it is acknowledged.
  void order(std::uint16_t id, std::initializer_list<float> parameters) {
    for (std::uint8_t confirmation = 0; confirmation < 60; ++confirmation) {
      bench_.clear();
      if (!is_lost(15)) bench_.hear(command_long(id, parameters, {1, 100}, confirmation));
      if (take_answers(id)) return;
      step(milliseconds{300});
    }
    ADD_FAILURE() << "never acknowledged";
  }

  // The device takes its time for an image, whatever the link does.
  void step(milliseconds time) {
    bench_.run(time);
    for (const auto& ask : bench_.asks) outstanding_.push_back(ask.id);
    bench_.answer_pages();
    take_answers(0);
    bench_.clear();
    if (outstanding_.empty() || ++waited_ < 3) return;
    waited_ = 0;
    bench_.camera.image(outstanding_.front(), {.taken_at = bench_.now.utc}, bench_.now, bench_.out);
    outstanding_.erase(outstanding_.begin());
    ++taken_;
    bench_.collect();
    take_answers(0);
    for (const auto& ask : bench_.asks) outstanding_.push_back(ask.id);
    bench_.clear();
  }

  void finish() {
    while (!outstanding_.empty()) step(milliseconds{300});
    for (int tries = 0; tries < 300 && heard_.size() < bench_.log.size(); ++tries) {
      for (int index = 0; index < static_cast<int>(bench_.log.size()); ++index)
        if (!heard_.contains(index)) {
          order(command::request_message, {263, static_cast<float>(index)});
          break;
        }
      step(milliseconds{300});
    }
  }

  int taken() const { return taken_; }
  std::size_t heard() const { return heard_.size(); }
  std::size_t logged() const { return bench_.log.size(); }
  std::uint64_t repeated() const { return bench_.camera.figures().repeated; }

 private:
  bool is_lost(unsigned percent) { return random_() % 100 < percent; }

  bool take_answers(std::uint16_t command) {
    bool acknowledged = false;
    for (const auto& outgoing : bench_.all) {
      if (is_lost(15)) continue;
      if (const auto* captured = std::get_if<CameraImageCaptured>(&outgoing.message))
        heard_.insert(captured->image_index);
      if (const auto* ack = std::get_if<CommandAck>(&outgoing.message); ack && !is_lost(30))
        acknowledged = acknowledged || (ack->command == command && ack->result == result::accepted);
    }
    bench_.all.clear();
    bench_.at.clear();
    for (const auto& ask : bench_.asks) outstanding_.push_back(ask.id);
    bench_.asks.clear();
    bench_.answer_pages();
    return acknowledged;
  }

  std::mt19937 random_;
  Bench bench_;
  std::vector<AskId> outstanding_;
  std::set<int> heard_;
  int waited_ = 0;
  int taken_ = 0;
};

TEST(CameraLossy, EveryNumberedShotIsOneImage) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Lossy link(seed);
    for (int shot = 1; shot <= shots; ++shot) {
      link.order(command::image_start_capture, {0, 0, 1, static_cast<float>(shot)});
      link.step(seconds{1});
    }
    link.finish();
    EXPECT_EQ(link.taken(), shots) << seed;
    EXPECT_EQ(link.logged(), std::size_t{shots}) << seed;
    EXPECT_EQ(link.heard(), std::size_t{shots}) << seed;  // lost ones were asked for again
    EXPECT_GT(link.repeated(), 0U) << seed;
  }
}

TEST(CameraLossy, EveryConfirmedShotIsOneImage) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Lossy link(seed);
    for (int shot = 0; shot < shots; ++shot) {
      link.order(command::do_digicam_control, {0, 0, 0, 0, 1});
      // Without a number, two shots that are closer than limits::same_command may look like one that was repeated.
      for (int i = 0; i < 4; ++i) link.step(seconds{3});
    }
    link.finish();
    EXPECT_EQ(link.taken(), shots) << seed;
    EXPECT_EQ(link.logged(), std::size_t{shots}) << seed;
  }
}

}  // namespace
}  // namespace mavlink::camera
