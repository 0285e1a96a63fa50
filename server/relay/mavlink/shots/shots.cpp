#include "server/relay/mavlink/shots/shots.hpp"

#include <algorithm>
#include <utility>

namespace mavlink::shots {

namespace {
// An image whose age by the camera's own clock is more was told of for somebody who asks again. Slow cameras and slow
// links take seconds.
constexpr std::chrono::milliseconds oldest_news{30'000};
// Of one shot: a command to everybody, and every camera of several systems answering it.
constexpr std::size_t most_marks = 64;

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
  if (!received.may_command && !is_fact(sign->shot.kind)) {
    ++figures_.refused;
    return;
  }
  sign->shot.may_command = received.may_command;
  merge(std::move(*sign), false, now, actions);
}

void Shots::sent(const Outgoing& outgoing, base::Now now) {
  auto sign = read_sign(outgoing.from, outgoing.message, clocks_);
  Actions nobody_hears;
  if (sign) merge(std::move(*sign), true, now, nobody_hears);
}

bool Shots::is_old_image(const Received& received, const CameraImageCaptured& captured, base::Now now) {
  if (!images_.is_new(received.from, captured.camera_id, captured.image_index, now.steady)) return true;
  const auto age = clocks_.age(received.from, captured.time_boot_ms, now);
  return age && *age > oldest_news;
}

void Shots::merge(Sign sign, bool ours, base::Now now, Actions& actions) {
  forget(now.steady);
  if (find_same(sign) != nullptr) {
    if (!ours) ++figures_.repeated;
    return;
  }
  Open* shot = find_lacking(sign, now.steady);
  if (shot == nullptr && find_repeated(sign, now.steady) != nullptr) {
    if (!ours) ++figures_.repeated;
    return;
  }
  const bool first = shot == nullptr;
  if (first) shot = &begin(sign, ours, now.steady);
  const bool fact = is_fact(sign.shot.kind);
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
  sign.shot.first = first;
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
    return !shot.over && now - shot.begun <= options_.merge_window && may_be_of(shot, sign) && has(shot, sign);
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
