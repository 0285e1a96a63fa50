#include "server/tracking/follow.hpp"

#include <fmt/format.h>

namespace tracking {

using storage::DeviceEvent;
using storage::DeviceEventKind;
using storage::DeviceState;
using storage::Lasting;

namespace {
std::string camera_state_text(std::uint32_t value) {
  if (const auto name = avl::camera_state_name(value)) return std::string(*name);
  return fmt::format("state_{}", value);
}

class Follower {
 public:
  Follower(const Report& report, Known& known, std::vector<DeviceEvent>& events)
      : report_(report), known_(known), events_(events) {
    if (known.state) newest_known_ = known.state->recorded_at;
    for (const Observation& seen : report.observations)
      if (newest_known_ && believable(seen.at, report.received) && seen.at >= *newest_known_) reaches_newest_ = true;
  }

  bool run() {
    for (const Observation& seen : report_.observations) {
      if (seen.sos) add(DeviceEventKind::sos, seen, *seen.sos, avl::sos_trigger_name(*seen.sos));
      if (!believable(seen.at, report_.received)) continue;
      if (is_repeated(seen))
        repeat(seen);
      else if (!newest_known_ || seen.at >= *newest_known_)
        take(seen);
    }
    return changed_;
  }

 private:
  // The frame that made the state what it is, or one that reaches beyond it: sent again because it was not answered.
  bool is_repeated(const Observation& seen) const {
    return known_.just_read && reaches_newest_ && seen.at <= *newest_known_;
  }

  void take(const Observation& seen) {
    if (!known_.state) known_.state = DeviceState{.imei = report_.imei};
    DeviceState& state = *known_.state;
    // What is here already, sent again, is no news.
    changed_ = changed_ || !newest_known_ || seen.at > *newest_known_;
    state.recorded_at = seen.at;
    state.received_at = report_.received;
    if (seen.place) {
      state.place = seen.place;
      state.place_at = seen.at;
    }
    begins(state.ignition, seen.ignition, seen);
    if (begins(state.front_camera, seen.front_camera, seen)) add_camera(DeviceEventKind::front_camera, seen);
    if (begins(state.rear_camera, seen.rear_camera, seen)) add_camera(DeviceEventKind::rear_camera, seen);
  }

  bool begins(std::optional<Lasting>& kept, std::optional<std::uint32_t> value, const Observation& seen) {
    if (!value || (kept && kept->value == *value)) return false;
    kept = Lasting{.value = *value, .since = seen.at};
    changed_ = true;
    return true;
  }

  // Its events once more, as far as they can be told; the catalog knows those that are there.
  void repeat(const Observation& seen) {
    if (began(known_.state->front_camera, seen.front_camera, front_before_, seen))
      add_camera(DeviceEventKind::front_camera, seen);
    if (began(known_.state->rear_camera, seen.rear_camera, rear_before_, seen))
      add_camera(DeviceEventKind::rear_camera, seen);
  }

  static bool began(const std::optional<Lasting>& kept, std::optional<std::uint32_t> value,
                    std::optional<std::uint32_t>& before, const Observation& seen) {
    if (!value) return false;
    const bool here = before ? *before != *value : kept == Lasting{.value = *value, .since = seen.at};
    before = value;
    return here;
  }

  void add_camera(DeviceEventKind kind, const Observation& seen) {
    const std::uint32_t value = kind == DeviceEventKind::front_camera ? *seen.front_camera : *seen.rear_camera;
    add(kind, seen, value, camera_state_text(value));
  }

  void add(DeviceEventKind kind, const Observation& seen, std::uint32_t value, std::string name) {
    events_.push_back({.id = base::Uuid::v7(report_.received),
                       .imei = report_.imei,
                       .kind = kind,
                       .at = seen.at,
                       .received_at = report_.received,
                       .value = value,
                       .name = std::move(name),
                       .place = seen.place});
  }

  const Report& report_;
  Known& known_;
  std::vector<DeviceEvent>& events_;
  std::optional<base::UtcTime> newest_known_;  // before this report
  bool reaches_newest_ = false;
  bool changed_ = false;
  std::optional<std::uint32_t> front_before_;  // in this frame
  std::optional<std::uint32_t> rear_before_;
};
}  // namespace

bool follow(const Report& report, Known& known, std::vector<DeviceEvent>& events) {
  return Follower(report, known, events).run();
}

}  // namespace tracking
