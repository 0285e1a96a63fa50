// What `dualcam mavlink shoot` does with a camera, step by step: finds it, asks what it is, has it take images or
// record, and waits for what it tells of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "tools/mavlink/ground_station.hpp"
#include "tools/mavlink/status_line.hpp"

namespace mavlink::tool {

struct ShootPlan {
  std::optional<station::Key> camera;  // nothing: the first one
  std::uint32_t count = 1;
  std::optional<std::chrono::milliseconds> interval;  // of a series; nothing: one order for each image
  std::optional<std::chrono::milliseconds> video;     // in place of images
  std::chrono::milliseconds wait{0};
  std::chrono::milliseconds image_wait{0};
  bool json = false;
};
base::Result<ShootPlan> plan_of(const ShootOptions& options);

class Shooting final : public Task {
 public:
  explicit Shooting(const ShootPlan& plan) : plan_(plan), line_(!plan.json) {}

  void step(const Step& step) override;
  void interrupt() override { interrupted_ = true; }
  std::optional<base::SteadyTime> next_wake() const override;
  std::optional<Outcome> ended() const override { return ended_; }

 private:
  enum class Stage : std::uint8_t { begins, finding, identifying, ordered, imaging, recording, stopping };

  void note(const Step& step);
  void note_end(const station::EndedCommand& ended, const Step& step);
  void act(const Step& step);
  void interrupted(const Step& step);
  void find(const Step& step);
  void identify(const Step& step);
  void order_next(const Step& step);
  void wait_for_images(const Step& step);
  void stop(const Step& step);
  void accepted(const Step& step);
  void tell(const station::Order& order, Stage stage, const Step& step);
  void enter(Stage stage, std::string waits_for, std::chrono::milliseconds at_most, const Step& step);
  void print(const std::string& line);
  void fail(base::Errc code, const std::string& sentence);
  bool is_late(const Step& step) const { return deadline_ && step.now.steady >= *deadline_; }
  std::chrono::milliseconds patience() const;

  const ShootPlan plan_;
  StatusLine line_;
  Stage stage_ = Stage::begins;
  station::Key camera_;
  std::optional<base::SteadyTime> deadline_;
  station::CommandId command_ = 0;
  base::SteadyTime recording_since_;
  std::uint32_t wanted_ = 0;  // images, of what has been ordered
  std::uint32_t told_ = 0;    // images that the camera told of since it was first ordered to
  std::uint32_t failed_ = 0;  // of those
  bool interrupted_ = false;
  bool prints_ = true;  // somebody takes it
  std::optional<Outcome> ended_;
};

}  // namespace mavlink::tool
