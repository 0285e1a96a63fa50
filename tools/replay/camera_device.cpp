#include "tools/replay/camera_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace replay {

namespace {
constexpr std::size_t batch = 32 * 1024;  // of DATA that is written at once
// Between two connections that are not those of the recording.
constexpr Time reconnect_delay{200'000};

// What its INIT says but for the classes; what all devices seen say where the capture has none.
dualcam::Init init_of(const DevicePlan& plan) {
  for (const captures::Conversation* each : plan.conversations)
    if (!each->damage.no_beginning && each->device_bytes.size() >= dualcam::init_size && each->device_bytes[0] == 0)
      return dualcam::parse_init(each->device_bytes);
  const std::uint16_t protocol = plan.files.empty() ? 5 : plan.files.front()->protocol;
  return {.protocol = protocol, .imei = plan.imei ? plan.imei->number() : 0, .settings = dualcam::settings_always};
}

AdaptiveCamera camera_of(const DevicePlan& plan, const base::Imei& imei) {
  const dualcam::Init init = init_of(plan);
  return {plan.files, imei.number(), init.protocol, init.settings};
}

bool misses_bytes(const captures::Conversation& conversation) {
  return conversation.damage.no_beginning || std::ranges::any_of(conversation.events, [](const captures::Event& event) {
           return event.kind == captures::Event::Kind::missing;
         });
}
}  // namespace

CameraDevice::CameraDevice(const DevicePlan& plan, const base::Imei& imei, const Pace& pace, Time start_at)
    : plan_(plan), pace_(pace), imei_(imei), camera_(camera_of(plan, imei)), wake_at_(start_at) {
  report_.imei = imei.number();
  for (const captures::CameraFile* file : plan.files) {
    if (file->complete())
      ++report_.files;
    else if (!file->missing.empty() && !file->acknowledged)
      report_.incomplete.push_back(fmt::format("{}: a {} did not arrive whole in the recording either", report_.imei,
                                               dualcam::to_string(file->file_class)));
    else
      report_.incomplete.push_back(
          fmt::format("{}: of a {} the capture does not hold every byte, so it is not replayed completely",
                      report_.imei, dualcam::to_string(file->file_class)));
  }
}

bool CameraDevice::brings(std::size_t file, std::size_t turn) const {
  return std::ranges::find(plan_.files[file]->conversations, plan_.numbers[turn]) !=
         plan_.files[file]->conversations.end();
}

// By this turn or before.
bool CameraDevice::begun(std::size_t file) const {
  const auto& conversations = plan_.files[file]->conversations;
  return conversations.empty() || conversations.front() <= plan_.numbers[turn_];
}

std::vector<std::size_t> CameraDevice::offered_now() const {
  std::vector<std::size_t> files;
  for (std::size_t n = 0; n < plan_.files.size(); ++n)
    if (adaptive_turn_ ? begun(n) : brings(n, turn_)) files.push_back(n);
  return files;
}

// Nothing that it brings is acknowledged already, and the server knows of it what the recorded one knew.
bool CameraDevice::can_be_literal() const {
  if (misses_bytes(conversation())) return false;
  for (std::size_t n = 0; n < plan_.files.size(); ++n) {
    if (!brings(n, turn_)) continue;
    if (camera_.acknowledged(n)) return false;
    if (ever_diverged_ && plan_.files[n]->conversations.front() != plan_.numbers[turn_]) return false;
  }
  return true;
}

// Of what the recording has brought up to this turn, and this server may not have.
bool CameraDevice::nothing_left() const {
  for (std::size_t n = 0; n < plan_.files.size(); ++n)
    if (begun(n) && plan_.files[n]->complete() && !camera_.acknowledged(n) && !camera_.given_up(n)) return false;
  return true;
}

void CameraDevice::fail(const std::string& words) {
  report_.failures.push_back(fmt::format("{}: {}", report_.imei, words));
}

void CameraDevice::finish() {
  phase_ = Phase::done;
  if (report_.files_acknowledged < report_.files)
    fail(fmt::format("{} of {} files were acknowledged", report_.files_acknowledged, report_.files));
}

// ---- Connections.

Step CameraDevice::poll_offline(Time now) {
  if (now < wake_at_) return {.until = wake_at_};
  while (turn_ < plan_.conversations.size()) {
    adaptive_turn_ = adaptive_turn_ || !can_be_literal();
    camera_.offer(offered_now());
    if (!adaptive_turn_ || camera_.has_files()) {
      phase_ = Phase::connecting;
      return {.kind = Step::Kind::connect};
    }
    end_turn(now);
  }
  finish();
  return {.kind = Step::Kind::done};
}

// The next of the recording is due as long behind this one as it was then.
void CameraDevice::end_turn(Time now) {
  const captures::Conversation& last = conversation();
  const bool was_literal = !adaptive_turn_;
  ++turn_;
  adaptive_turn_ = false;
  tries_ = 0;
  // What is known whole and came to nothing is brought once more before the end.
  const bool last_of_all = turn_ == plan_.conversations.size();
  if (last_of_all) {
    --turn_;
    adaptive_turn_ = true;
    camera_.offer(offered_now());
    if (!was_literal || nothing_left() || !camera_.has_files()) ++turn_;
    wake_at_ = now;
    return;
  }
  const auto gap = conversation().events.empty() || last.events.empty()
                       ? std::chrono::microseconds{0}
                       : conversation().events.front().time - last.events.back().time;
  wake_at_ = now + pace_.scaled(std::max(std::chrono::microseconds{0}, gap));
}

void CameraDevice::connected(Time now) {
  ++report_.connections;
  inbox_.clear();
  heard_at_ = now;
  acknowledged_before_ = camera_.acknowledgements();
  if (adaptive_turn_) {
    phase_ = Phase::adaptive;
    return camera_.connected();
  }
  phase_ = Phase::literal;
  patches_ = imei_patches(conversation(), imei_);
  literal_.emplace(conversation(), patches_, server_frames(conversation()), pace_, now);
}

void CameraDevice::connect_failed(Time now, const std::string& why) {
  ++report_.refused_connections;
  phase_ = Phase::offline;
  wake_at_ = now + reconnect_delay * (1U << tries_);
  if (++tries_ < most_tries) return;
  fail(fmt::format("the server cannot be reached: {}", why));
  finish();
}

// An adaptive turn is over when nothing is left of it, or when connections bring nothing any more.
void CameraDevice::go_offline(Time now) {
  const bool adaptive = phase_ == Phase::adaptive;
  phase_ = Phase::offline;
  literal_.reset();
  if (!adaptive) return end_turn(now);
  tries_ = camera_.acknowledgements() > acknowledged_before_ ? 0 : tries_ + 1;
  adaptive_turn_ = true;
  camera_.offer(offered_now());
  wake_at_ = now + reconnect_delay;
  if (camera_.has_files() && tries_ < most_tries) return;
  end_turn(now);
}

void CameraDevice::closed(Time now) {
  if (phase_ == Phase::literal && !literal_->ends_here()) {
    diverged(fmt::format("the server closed the connection; in the recording {}", literal_->next_words()));
    phase_ = Phase::adaptive;
  }
  if (phase_ == Phase::literal || phase_ == Phase::adaptive) go_offline(now);
}

// ---- Frames of the server.

void CameraDevice::diverged(const std::string& words) {
  ever_diverged_ = true;
  diverge(report_, conversation(), plan_.numbers[turn_], words);
}

void CameraDevice::become_adaptive(Time now) {
  phase_ = Phase::adaptive;
  literal_.reset();
  adaptive_turn_ = true;
  camera_.offer(offered_now());
  heard_at_ = now;
}

void CameraDevice::take(base::ByteView frame, Time now) {
  if (phase_ == Phase::literal) {
    const ServerFrame* const expected = literal_->expected();
    if (expected != nullptr && std::ranges::equal(expected->bytes, frame)) {
      literal_->heard(now);
    } else {
      diverged(fmt::format("the server says {}; in the recording {}", frame_words(captures::Protocol::camera, frame),
                           literal_->next_words()));
      become_adaptive(now);
    }
  }
  camera_.take(frame, phase_ == Phase::adaptive);
  report_.answered = camera_.answered();
  report_.files_acknowledged = camera_.acknowledgements();
}

void CameraDevice::received(base::ByteView bytes, Time now) {
  if (phase_ != Phase::literal && phase_ != Phase::adaptive) return;
  heard_at_ = now;
  inbox_.insert(inbox_.end(), bytes.begin(), bytes.end());
  std::size_t used = 0;
  while (used < inbox_.size()) {
    const base::ByteView rest = base::ByteView(inbox_).subspan(used);
    const std::size_t size = camera_frame_size(rest);
    if (size == 0 || size > rest.size()) break;
    take(rest.first(size), now);
    used += size;
  }
  inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(used));
}

// ---- What the device does.

Step CameraDevice::poll_literal(Time now, base::Bytes& out) {
  const std::size_t before = out.size();
  const Step step = literal_->poll(now, out);
  report_.wire_bytes += out.size() - before;
  if (step.kind != Step::Kind::close) return step;
  if (!literal_->gave_up().empty()) {
    diverged(literal_->gave_up());
    phase_ = Phase::adaptive;
  }
  go_offline(now);
  return step;
}

Step CameraDevice::poll_adaptive(Time now, base::Bytes& out) {
  const std::size_t before = out.size();
  const bool sent = camera_.send(out, batch);
  report_.wire_bytes += out.size() - before;
  if (sent) return {.kind = Step::Kind::send};
  const Time until = heard_at_ + pace_.wait;
  if (!camera_.wants_close() && now < until) return {.until = until};
  if (!camera_.wants_close()) fail("the server said nothing for so long that the device gave up");
  go_offline(now);
  return {.kind = Step::Kind::close};
}

Step CameraDevice::poll(Time now, base::Bytes& out) {
  switch (phase_) {
    case Phase::offline: return poll_offline(now);
    case Phase::connecting: return {};
    case Phase::literal: return poll_literal(now, out);
    case Phase::adaptive: return poll_adaptive(now, out);
    case Phase::done: break;
  }
  return {.kind = Step::Kind::done};
}

}  // namespace replay
