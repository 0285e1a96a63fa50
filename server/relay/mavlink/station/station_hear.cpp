// What comes in.
#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "server/relay/mavlink/station/station.hpp"

namespace mavlink::station {
namespace {

constexpr std::chrono::minutes between_notes{1};     // of the same trouble
constexpr std::chrono::seconds between_reboots{10};  // a clock that jumps about is no reason to ask all the time

enum Source : std::uint8_t { from_information, from_settings, from_storage, from_status, from_system_time };

// Keeps one of at most `most`, by id. Whether that changed anything.
template <class Item>
bool keep(std::map<std::uint8_t, Item>& items, Item item, std::size_t most) {
  const auto known = items.find(item.id);
  if (known == items.end()) return items.size() < most && items.emplace(item.id, std::move(item)).second;
  if (known->second == item) return false;
  known->second = std::move(item);
  return true;
}

}  // namespace

bool Station::is_ours(Address address) const {
  return address == settings_.identity || std::ranges::find(settings_.ignored, address) != settings_.ignored.end();
}

void Station::hear(const Received& received, base::Now now, Actions& actions) {
  const Context context{received.from, now, actions};
  if (received.from == settings_.identity) return note_twin(context);
  if (received.from.system == 0 || received.from.component == 0 || is_ours(received.from)) return;
  const bool heartbeat = std::holds_alternative<Heartbeat>(received.message);
  for (auto* camera : at(received.from)) sign_of_life(*camera, heartbeat, context);
  std::visit([&](const auto& message) { hear(message, context); }, received.message);
  act(now, actions);
}

void Station::note_twin(const Context& context) {
  if (twin_noted_ && context.now.steady - *twin_noted_ < between_notes) return;
  twin_noted_ = context.now.steady;
  context.actions.notes.push_back(
      {true, fmt::format("Another program sends as {}, which is this one's address: answers of cameras may be lost or "
                         "taken for others. Give one of them another system id.",
                         to_string(Key{settings_.identity}))});
}

std::vector<Watched*> Station::at(Address address) {
  std::vector<Watched*> all;
  for (auto next = cameras_.lower_bound(Key{address}); next != cameras_.end() && next->first.address == address; ++next)
    all.push_back(&next->second);
  return all;
}

// Some do not say which of their cameras they speak of: if there is one only, it is that one.
Watched* Station::of(Address from, std::uint8_t device) {
  const Key key = key_of(from, device);
  if (auto* camera = find(key)) return camera;
  const auto all = at(from);
  return key.device == 0 && all.size() == 1 ? all.front() : nullptr;
}

void Station::sign_of_life(Watched& camera, bool heartbeat, const Context& context) {
  if (!heartbeat && camera.last_heartbeat) return;
  if (heartbeat) camera.last_heartbeat = context.now.utc;
  camera.last_sign = context.now.steady;
  if (camera.present) return;
  camera.present = true;
  context.actions.changes.push_back(
      {camera.key, Change::back, camera.name(), fmt::format("{} is heard again.", camera.name())});
  identify_anew(camera, context.now.steady);
}

void Station::identify_anew(Watched& camera, base::SteadyTime now) {
  camera.boot.forget();
  camera.by_digicam = false;
  camera.images.identified_anew();
  if (const auto left = camera.inquiries.begin(now)) queue_.withdraw(left, now);
}

void Station::hear(const Heartbeat& heartbeat, const Context& context) {
  constexpr std::uint8_t last_autopilot = 6;  // 1 to 6 are never cameras
  const bool own_component = context.from.component > last_autopilot;
  if (own_component && heartbeat.type == type::camera) {
    meet(Key{context.from}, context, "It sends heartbeats of a camera.").last_heartbeat = context.now.utc;
    return;
  }
  const bool pilot = context.from.component == component::autopilot1 && heartbeat.autopilot != autopilot::invalid;
  if (settings_.ask_autopilots && pilot && at(context.from).empty())
    autopilots_.heard(context.from, context.now.steady);
}

// Some do not say whom they answer.
void Station::hear(const CommandAck& ack, const Context& context) {
  const auto& us = settings_.identity;
  if (ack.target_system != 0 && ack.target_system != us.system) return;
  if (ack.target_component != 0 && ack.target_component != us.component) return;
  if (!queue_.acknowledge(context.from, ack, context.now.steady, ended_)) note_stranger(ack, context);
}

void Station::note_stranger(const CommandAck& ack, const Context& context) {
  const auto awaited = queue_.awaited_instead(context.from, ack.command);
  if (!awaited || (stranger_noted_ && context.now.steady - *stranger_noted_ < between_notes)) return;
  stranger_noted_ = context.now.steady;
  context.actions.notes.push_back(
      {false, fmt::format("{} acknowledged command {}, which {} was told: only the one that was told counts.",
                          to_string(Key{context.from}), ack.command, to_string(Key{*awaited}))});
}

bool Station::in_order(Watched& camera, std::size_t source, std::uint32_t boot_ms, const Context& context) {
  const auto seen = camera.boot.hear(source, boot_ms);
  const auto now = context.now.steady;
  if (seen == BootClock::Seen::went_back && (!camera.rebooted || now - *camera.rebooted >= between_reboots)) {
    camera.rebooted = now;
    context.actions.changes.push_back({camera.key, Change::rebooted, camera.name(),
                                       fmt::format("The clock of {} went back: it started anew.", camera.name())});
    if (camera.present) identify_anew(camera, now);
    camera.boot.hear(source, boot_ms);
  }
  return seen != BootClock::Seen::out_of_order;
}

void Station::heard(Watched& camera, Topic topic, std::uint8_t index, std::uint8_t count, const Context& context) {
  if (!camera.present) return;
  if (const auto id = camera.inquiries.heard(topic, index, count, context.now.steady))
    queue_.withdraw(id, context.now.steady);
}

void Station::hear(const CameraInformation& message, const Context& context) {
  autopilots_.answered(context.from);
  auto& camera = meet(key_of(context.from, message.camera_device_id), context, "It says that it is a camera.");
  in_order(camera, from_information, message.time_boot_ms, context);
  auto information = known(message);
  if (camera.information != information) {
    camera.information = std::move(information);
    context.actions.changes.push_back({camera.key, Change::identified, camera.name(), {}});
  }
  heard(camera, Topic::information, 0, 0, context);
  if (camera.present && (message.flags & capability::video_stream) != 0)
    camera.inquiries.has_streams(context.now.steady);
}

void Station::hear(const CameraSettings& message, const Context& context) {
  auto* camera = of(context.from, message.camera_device_id);
  if (!camera) return;
  in_order(*camera, from_settings, message.time_boot_ms, context);
  const auto settings = known(message);
  if (camera->settings != settings) {
    camera->settings = settings;
    context.actions.changes.push_back({camera->key, Change::settings, camera->name(), {}});
  }
  heard(*camera, Topic::settings, 0, 0, context);
}

// Says nothing of which camera behind an autopilot: it is all of theirs.
void Station::hear(const StorageInformation& message, const Context& context) {
  for (auto* camera : at(context.from)) {
    in_order(*camera, from_storage, message.time_boot_ms, context);
    if (keep(camera->storages, known(message), max_storages))
      context.actions.changes.push_back({camera->key, Change::storage, camera->name(), {}});
    heard(*camera, Topic::storage, message.storage_id, message.storage_count, context);
  }
}

void Station::hear(const CameraCaptureStatus& message, const Context& context) {
  auto* camera = of(context.from, message.camera_device_id);
  if (!camera || !in_order(*camera, from_status, message.time_boot_ms, context)) return;
  const auto now = context.now.steady;
  const auto status = known(message);
  if (camera->status != status) {
    camera->status = status;
    context.actions.changes.push_back({camera->key, Change::status, camera->name(), {}});
  }
  if (camera->images.counted(message.image_count, now))
    context.actions.changes.push_back({camera->key, Change::images_reset, camera->name(),
                                       fmt::format("{} counts its images from the beginning.", camera->name())});
  heard(*camera, Topic::status, 0, 0, context);
  if (camera->present)
    camera->inquiries.want(Topic::status,
                           now + (status.active() ? settings_.timing.poll_active : settings_.timing.poll_idle));
}

void Station::hear(const CameraImageCaptured& message, const Context& context) {
  auto* known_camera = of(context.from, message.camera_id);
  auto& camera = known_camera
                     ? *known_camera
                     : meet(key_of(context.from, message.camera_id), context, "It says that it took an image.");
  const auto now = context.now.steady;
  const auto verdict = camera.images.captured(message, now);
  if (verdict != ImageLog::Verdict::repeated)
    context.actions.images.push_back({camera.key, known(message), verdict == ImageLog::Verdict::fetched});
  std::erase_if(camera.image_questions, [&](const auto& asked) {
    const auto& [id, question] = asked;
    if (question.first != message.image_index || question.last != message.image_index) return false;
    queue_.withdraw(id, now);
    camera.images.ended(question, false, now);
    return true;
  });
}

void Station::hear(const VideoStreamInformation& message, const Context& context) {
  auto* camera = of(context.from, message.camera_device_id);
  if (!camera) return;
  if (keep(camera->streams, known(message), max_streams))
    context.actions.changes.push_back({camera->key, Change::streams, camera->name(), {}});
  heard(*camera, Topic::streams, message.stream_id, message.count, context);
}

void Station::hear(const VideoStreamStatus& message, const Context& context) {
  auto* camera = of(context.from, message.camera_device_id);
  if (!camera) return;
  const auto stream = camera->streams.find(message.stream_id);
  if (stream == camera->streams.end()) return;
  const auto before = stream->second;
  update(stream->second, message);
  if (stream->second != before) context.actions.changes.push_back({camera->key, Change::streams, camera->name(), {}});
}

void Station::hear(const SystemTime& message, const Context& context) {
  for (auto* camera : at(context.from)) in_order(*camera, from_system_time, message.time_boot_ms, context);
}

}  // namespace mavlink::station
