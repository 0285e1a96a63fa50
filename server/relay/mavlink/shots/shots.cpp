#include "server/relay/mavlink/shots/shots.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "server/relay/mavlink/wire/enums.hpp"

namespace mavlink::shots {

namespace {
// An image whose age by the camera's own clock is more was told of for somebody who asks again. Slow cameras and slow
// links take seconds.
constexpr std::chrono::milliseconds oldest_news{30'000};
// Of one shot: a command to everybody, and every camera of several systems answering it.
constexpr std::size_t most_marks = 64;
constexpr std::size_t most_series = 64;
// A camera may take its images more slowly than it was told to.
constexpr double slowness = 2;

Kind family_of(Kind kind) {
  return kind == Kind::video_start || kind == Kind::video_stop ? kind : Kind::command;
}

bool is_fact(Kind kind) {
  return kind == Kind::captured || kind == Kind::feedback;
}

bool may_be_same_system(std::uint8_t a, std::uint8_t b) {
  return a == 0 || b == 0 || a == b;
}

template <class Open>
bool may_be_of(const Open& shot, const Sign& sign) {
  return shot.family == family_of(sign.shot.kind) && may_be_same_system(shot.system, sign.shot.system) &&
         may_be_same(shot.camera, sign.shot.camera);
}

template <class Mark>
bool is_from(const Mark& mark, const Sign& sign) {
  return mark.channel == sign.channel && mark.from == sign.shot.from;
}

// Whether the shot has what this sender says on this channel. A camera says it for itself, an autopilot for each.
template <class Open>
bool has(const Open& shot, const Sign& sign) {
  return std::ranges::any_of(shot.marks, [&](const auto& mark) {
    return is_from(mark, sign) && (!is_fact(sign.shot.kind) || mark.camera == sign.shot.camera);
  });
}

// An image that was not taken has no number, and is not the one before it.
template <class Open>
bool has_without_key(const Open& shot, const Sign& sign) {
  return std::ranges::any_of(shot.marks, [&](const auto& mark) { return is_from(mark, sign) && !mark.key; });
}
}  // namespace

Shots::Shots(Options options) : options_(std::move(options)) {}

void Shots::hear(const Received& received, base::Now now, Actions& actions) {
  if (std::ranges::find(options_.own, received.from) != options_.own.end()) return;
  if (clocks_.hear(received.from, received.message, now)) images_.forget(received.from);
  if (const auto* status = std::get_if<CameraCaptureStatus>(&received.message))
    return images_.counted(received.from, status->camera_device_id, status->image_count, now.steady);
  if (const auto* captured = std::get_if<CameraImageCaptured>(&received.message))
    if (is_old_image(received, *captured, now)) {
      ++figures_.repeated;
      return;
    }
  auto sign = read_sign(received.from, received.message, clocks_);
  if (!sign) return;
  const bool may_command = received.permission == Permission::granted;
  if (!may_command && !is_fact(sign->shot.kind)) {
    ++figures_.refused;
    return;
  }
  sign->shot.may_command = may_command;
  merge(std::move(*sign), false, now, actions);
}

void Shots::sent(const Outgoing& outgoing, base::Now now) {
  auto sign = read_sign(outgoing.from, outgoing.message, clocks_);
  const bool series = note_series(outgoing, now.steady);
  Actions nobody_hears;
  if (sign) merge(std::move(*sign), true, now, nobody_hears);
  if (series && !open_.empty()) open_.back().is_series = open_.back().ours;
}

// One command of ours, and many images that are no news.
bool Shots::note_series(const Outgoing& outgoing, base::SteadyTime now) {
  const auto* const it = std::get_if<CommandLong>(&outgoing.message);
  if (it == nullptr) return false;
  const Address target{it->target_system, it->target_component};
  const Camera camera = camera_of(target, it->param1);
  if (it->command == command::image_stop_capture)
    for (Series& one : series_)
      if (may_be_same_system(one.system, target.system) && may_be_same(one.camera, camera))
        one.until = now + options_.confirm_window;
  if (it->command != command::image_start_capture || std::equal_to<>()(it->param3, 1.0F)) return false;
  Series series{.system = target.system, .camera = camera, .left = {}, .until = {}};
  if (it->param3 > 1) {
    const std::chrono::duration<double> all(static_cast<double>(it->param2) * static_cast<double>(it->param3) *
                                            slowness);
    series.left = static_cast<std::uint32_t>(it->param3);
    series.until = now + std::chrono::duration_cast<base::SteadyTime::duration>(all) + options_.confirm_window;
  }
  std::erase_if(series_, [&](const Series& one) { return one.system == series.system && one.camera == series.camera; });
  if (series_.size() >= most_series) series_.pop_front();
  series_.push_back(series);
  return true;
}

bool Shots::is_of_our_series(const Sign& sign, base::SteadyTime now) {
  std::erase_if(series_, [now](const Series& one) { return (one.until && *one.until < now) || one.left == 0U; });
  if (sign.channel != Channel::captured) return false;
  const auto found = std::ranges::find_if(series_, [&sign](const Series& one) {
    return may_be_same_system(one.system, sign.shot.system) && may_be_same(one.camera, sign.shot.camera);
  });
  if (found == series_.end()) return false;
  if (found->left) --*found->left;
  return true;
}

bool Shots::is_old_image(const Received& received, const CameraImageCaptured& captured, base::Now now) {
  const bool is_numbered = captured.image_index >= 0 || captured.capture_result != 0;
  if (is_numbered && !images_.is_new(received.from, captured.camera_id, captured.image_index, now.steady)) return true;
  const auto age = clocks_.age(received.from, captured.time_boot_ms, now);
  return age && *age > oldest_news;
}

void Shots::merge(Sign sign, bool ours, base::Now now, Actions& actions) {
  forget(now.steady);
  if (find_same(sign) != nullptr) {
    if (!ours) ++figures_.repeated;
    return;
  }
  const bool fact = is_fact(sign.shot.kind);
  // What we ask for now is nothing that was said before: it is a shot of its own.
  const bool is_own_order = ours && !fact;
  Open* shot = is_own_order ? nullptr : find_lacking(sign, now.steady);
  if (shot == nullptr && !is_own_order && find_repeated(sign, now.steady) != nullptr) {
    if (!ours) ++figures_.repeated;
    return;
  }
  const bool first = shot == nullptr;
  const bool of_series = !ours && (first || shot->is_series) && is_of_our_series(sign, now.steady);
  if (first) shot = &begin(sign, ours || of_series, now.steady);
  // Who asks says for which camera: a command for all of them makes one shot of all their images.
  if (!fact && (!shot->asked || shot->camera.known == Camera::Known::no)) {
    shot->system = sign.shot.system != 0 || !shot->asked ? sign.shot.system : shot->system;
    shot->camera = sign.shot.camera;
  }
  shot->asked = shot->asked || !fact;
  if (shot->marks.size() < most_marks)
    shot->marks.push_back({.channel = sign.channel,
                           .from = sign.shot.from,
                           .camera = sign.shot.camera,
                           .key = sign.key,
                           .params = sign.shot.params});
  const bool known = std::ranges::any_of(shot->told, [&](const Told& told) {
    return told.kind == sign.shot.kind &&
           (!fact || (told.system == sign.shot.system && may_be_same(told.camera, sign.shot.camera)));
  });
  if (known || ours || shot->told.size() >= most_marks) return;
  shot->told.push_back({.kind = sign.shot.kind, .system = sign.shot.system, .camera = sign.shot.camera});
  ++figures_.signs;
  sign.shot.id = shot->id;
  sign.shot.first = first && !shot->ours;
  sign.shot.ours = shot->ours;
  sign.shot.heard = now;
  actions.shots.push_back(std::move(sign.shot));
}

// The very same sign once more. Images have a log of their own, which knows of a new beginning.
Shots::Open* Shots::find_same(const Sign& sign) {
  if (sign.channel == Channel::captured || (!sign.key && !sign.again)) return nullptr;
  const auto found = std::ranges::find_if(open_, [&](const Open& shot) {
    return std::ranges::any_of(shot.marks, [&](const Mark& mark) {
      if (!is_from(mark, sign) || !may_be_same(mark.camera, sign.shot.camera)) return false;
      return sign.key ? mark.key == sign.key : mark.params == sign.shot.params;
    });
  });
  return found == open_.end() ? nullptr : &*found;
}

Shots::Open* Shots::find_lacking(const Sign& sign, base::SteadyTime now) {
  Open* oldest = nullptr;
  for (Open& shot : open_) {
    const auto window = is_fact(sign.shot.kind) && shot.asked ? options_.confirm_window : options_.merge_window;
    if (shot.over || now - shot.begun > window || !may_be_of(shot, sign) || has(shot, sign)) continue;
    if (sign.key && std::ranges::any_of(shot.marks, [&](const Mark& mark) { return mark.key == sign.key; }))
      return &shot;
    if (oldest == nullptr) oldest = &shot;
  }
  return oldest;
}

Shots::Open* Shots::find_repeated(const Sign& sign, base::SteadyTime now) {
  if (sign.key) return nullptr;
  const auto found = std::ranges::find_if(open_, [&](const Open& shot) {
    return !shot.over && now - shot.begun <= options_.merge_window && may_be_of(shot, sign) && has(shot, sign) &&
           (!is_fact(sign.shot.kind) || has_without_key(shot, sign));
  });
  return found == open_.end() ? nullptr : &*found;
}

Shots::Open& Shots::begin(const Sign& sign, bool ours, base::SteadyTime now) {
  const Kind family = family_of(sign.shot.kind);
  if (family != Kind::command)
    for (Open& each : open_)
      if (each.family != Kind::command && each.family != family && may_be_same_system(each.system, sign.shot.system) &&
          may_be_same(each.camera, sign.shot.camera))
        each.over = true;
  if (!ours) ++figures_.shots;
  return open_.emplace_back(Open{.id = ++last_id_,
                                 .family = family,
                                 .system = sign.shot.system,
                                 .camera = sign.shot.camera,
                                 .begun = now,
                                 .ours = ours});
}

void Shots::forget(base::SteadyTime now) {
  const auto longest = std::max({options_.merge_window, options_.confirm_window, options_.repeat_window});
  while (!open_.empty() && (now - open_.front().begun > longest || open_.size() >= most_remembered)) open_.pop_front();
}

}  // namespace mavlink::shots
