#include "tools/mavlink/shooting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tools/mavlink/loop.hpp"
#include "tools/mavlink/report.hpp"
#include "tools/mavlink/words.hpp"

namespace mavlink::tool {

namespace {
using base::Errc;
using std::chrono::milliseconds;

// A camera that does not say what it is for so long is told to shoot all the same.
constexpr milliseconds identify_patience{3'000};

// Whoever signs usually hears nothing that is not signed.
constexpr std::string_view key_hint = " What is heard here is signed: --key-file is for that.";

base::Result<std::optional<milliseconds>> length_if_given(const std::string& text) {
  if (text.empty()) return std::optional<milliseconds>{};
  return parse_length(text);
}
}  // namespace

base::Result<ShootPlan> plan_of(const ShootOptions& options) {
  ShootPlan plan{.count = options.count, .json = options.json};
  if (options.count == 0) return base::fail(Errc::invalid, "--count 0 would take no image.");
  if (!options.video.empty() && (options.count != 1 || !options.interval.empty()))
    return base::fail(Errc::invalid, "--video records; --count and --interval are of images.");
  if (!options.camera.empty()) {
    const auto camera = station::parse_key(options.camera);
    if (!camera) return std::unexpected(camera.error());
    plan.camera = *camera;
  }
  const auto interval = length_if_given(options.interval);
  if (!interval) return std::unexpected(interval.error());
  const auto video = length_if_given(options.video);
  if (!video) return std::unexpected(video.error());
  const auto wait = parse_length(options.wait);
  if (!wait) return std::unexpected(wait.error());
  const auto image_wait = parse_length(options.image_wait);
  if (!image_wait) return std::unexpected(image_wait.error());
  plan.interval = *interval;
  plan.video = *video;
  plan.wait = *wait;
  plan.image_wait = *image_wait;
  return plan;
}

void Shooting::step(const Step& step) {
  if (ended_) return;
  note(step);
  if (interrupted_ && !ended_) interrupted(step);
  if (!ended_) act(step);
  if (ended_)
    line_.clear();
  else
    line_.draw(step.now.steady);
}

std::optional<base::SteadyTime> Shooting::next_wake() const {
  const auto drawn = line_.next_draw();
  return drawn && deadline_ ? std::min(*drawn, *deadline_) : deadline_;
}

// Images first: some cameras tell of one before they acknowledge the order.
void Shooting::note(const Step& step) {
  for (const station::NewImage& each : step.happened.images) {
    if (wanted_ == 0 || each.key != camera_) continue;
    ++told_;
    if (!each.image.ok) ++failed_;
    print(image_line(each.image, plan_.json));
    if (stage_ == Stage::imaging) deadline_ = step.now.steady + patience();
  }
  for (const station::EndedCommand& each : step.happened.ended)
    if (each.id == command_ && !ended_) note_end(each, step);
}

void Shooting::note_end(const station::EndedCommand& ended, const Step& step) {
  command_ = 0;
  print(ended_line(ended, plan_.json));
  if (ended.outcome == station::Outcome::accepted) return accepted(step);
  const bool silent = ended.outcome == station::Outcome::no_answer;
  fail(Errc::refused, fmt::format("{} {}: {} ({}).{}", station::to_string(camera_),
                                  ended.outcome == station::Outcome::refused ? "refused" : "did not do it", ended.what,
                                  ended.word, silent && step.connection.lacks_key() ? key_hint : ""));
}

void Shooting::accepted(const Step& step) {
  if (stage_ == Stage::stopping) {
    if (plan_.video)
      print(recorded_line(std::chrono::duration_cast<milliseconds>(step.now.steady - recording_since_), plan_.json));
    ended_ = interrupted_ ? Outcome::bad : Outcome::good;
  } else if (plan_.video) {
    recording_since_ = step.now.steady;
    enter(Stage::recording, "records", *plan_.video, step);
  } else {
    enter(Stage::imaging, "waits for the image", patience(), step);
  }
}

void Shooting::act(const Step& step) {
  switch (stage_) {
    case Stage::begins:
      enter(Stage::finding, "looks for a camera on " + step.connection.where(), plan_.wait, step);
      break;
    case Stage::finding: find(step); break;
    case Stage::identifying: identify(step); break;
    case Stage::imaging: wait_for_images(step); break;
    case Stage::recording:
      if (is_late(step)) stop(step);
      break;
    case Stage::ordered:
    case Stage::stopping: break;  // the station says how it ended
  }
}

// A camera that is at something is told to stop; one that was told already answers within seconds.
void Shooting::interrupted(const Step& step) {
  const bool series = plan_.interval && stage_ == Stage::imaging;
  if (stage_ == Stage::recording || series) return stop(step);
  const bool starts_something = stage_ == Stage::ordered && (plan_.video || plan_.interval);
  if (stage_ != Stage::stopping && !starts_something) fail(Errc::refused, "It was interrupted.");
}

void Shooting::find(const Step& step) {
  const auto cameras = step.station.cameras();
  const auto camera = std::ranges::find_if(cameras, [&](const station::Camera& each) {
    return each.present && (!plan_.camera || *plan_.camera == each.key);
  });
  if (camera != cameras.end()) {
    camera_ = camera->key;
    enter(Stage::identifying, fmt::format("asks {} what it is", station::to_string(camera_)), identify_patience, step);
    identify(step);
  } else if (is_late(step)) {
    fail(Errc::not_found, why_nobody(step.connection, plan_.wait));
  }
}

void Shooting::identify(const Step& step) {
  const auto camera = step.station.camera(camera_);
  if (!camera || (!camera->identified && !is_late(step))) return;
  print(found_line(*camera, plan_.json));
  order_next(step);
}

void Shooting::order_next(const Step& step) {
  namespace order = station::order;
  if (plan_.video) return tell(order::StartVideo{}, Stage::ordered, step);
  if (plan_.interval) {
    wanted_ = plan_.count;
    return tell(order::TakeImages{.total = plan_.count, .interval = *plan_.interval}, Stage::ordered, step);
  }
  ++wanted_;
  tell(order::TakeImage{}, Stage::ordered, step);
}

void Shooting::tell(const station::Order& order, Stage stage, const Step& step) {
  deadline_.reset();
  stage_ = stage;
  const auto id = step.station.tell(camera_, order, step.now, step.actions);
  if (!id) return fail(Errc::refused, id.error().message);
  command_ = *id;
  line_.wait_for(fmt::format("waits for the answer of {}", station::to_string(camera_)), step.now.steady);
}

void Shooting::wait_for_images(const Step& step) {
  if (told_ >= wanted_) {
    if (wanted_ < plan_.count) return order_next(step);
    ended_ = failed_ == 0 ? Outcome::good : Outcome::bad;
  } else if (is_late(step)) {
    fail(Errc::refused, fmt::format("{} told of no image within {} s{}.", station::to_string(camera_),
                                    std::chrono::duration<double>(patience()).count(),
                                    told_ == 0 ? "" : fmt::format(" after the {} before", told_)));
  }
}

void Shooting::stop(const Step& step) {
  if (plan_.video)
    tell(station::order::StopVideo{}, Stage::stopping, step);
  else
    tell(station::order::StopImages{}, Stage::stopping, step);
}

milliseconds Shooting::patience() const {
  return plan_.image_wait + plan_.interval.value_or(milliseconds(0));
}

void Shooting::enter(Stage stage, std::string waits_for, milliseconds at_most, const Step& step) {
  stage_ = stage;
  deadline_ = step.now.steady + at_most;
  line_.wait_for(std::move(waits_for), step.now.steady);
}

void Shooting::print(const std::string& line) {
  line_.clear();
  if (!prints_ || print_line(line)) return;
  prints_ = false;
  interrupted_ = true;  // a camera that records is still told to stop
  complain({Errc::io, "Nobody takes what is printed.", 0});
}

void Shooting::fail(Errc code, const std::string& sentence) {
  if (ended_) return;
  line_.clear();
  if (plan_.json) print(failed_line(sentence));
  ended_ = complain({code, sentence, 0});
}

Outcome run_shoot(const ShootOptions& options) {
  const auto plan = plan_of(options);
  if (!plan) return complain(plan.error());
  Shooting shooting(*plan);
  const auto outcome = work(options.link, shooting);
  return outcome ? *outcome : complain(outcome.error());
}

}  // namespace mavlink::tool
