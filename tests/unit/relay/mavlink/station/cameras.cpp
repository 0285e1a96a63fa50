#include "tests/unit/relay/mavlink/station/cameras.hpp"

#include <fmt/format.h>

namespace mavlink::station::test {
namespace {

constexpr std::uint32_t message_of(std::uint16_t old_command) {
  switch (old_command) {
    case command::request_camera_information: return CameraInformation::info.id;
    case command::request_camera_settings: return CameraSettings::info.id;
    case command::request_storage_information: return StorageInformation::info.id;
    case command::request_camera_capture_status: return CameraCaptureStatus::info.id;
    case command::request_camera_image_capture: return CameraImageCaptured::info.id;
    case command::request_video_stream_information: return VideoStreamInformation::info.id;
    default: return 0;
  }
}

}  // namespace

void GoodCamera::hear(const Message& message, World& world) {
  if (const auto* cancel = std::get_if<CommandCancel>(&message)) cancels.push_back(*cancel);
  const auto* command = std::get_if<CommandLong>(&message);
  if (!command || Address{command->target_system, command->target_component} != address) return;
  commands.push_back(*command);
  const auto answer = result(*command, world);
  if (!answer) return;
  acknowledge(command->command, *answer, world);
  if (*answer == result::accepted) carry_out(*command, world);
}

void GoodCamera::each_second(World& world) {
  world.to_station(address, Heartbeat{.type = type::camera, .autopilot = autopilot::invalid});
}

std::optional<std::uint8_t> GoodCamera::result(const CommandLong& command, World&) {
  if (command.command == command::request_message && !knows_message(static_cast<std::uint32_t>(command.param1)))
    return result::denied;
  return result::accepted;
}

bool GoodCamera::knows_message(std::uint32_t message) const {
  return (message >= 259 && message <= 263) || message == 269;
}

void GoodCamera::carry_out(const CommandLong& command, World& world) {
  if (command.command == command::request_message)
    return send_message(command, static_cast<std::uint32_t>(command.param1), command.param2, world);
  if (const auto message = message_of(command.command)) return send_message(command, message, command.param1, world);
  if (command.command == command::image_start_capture && command.param3 == 1) shot_ordered(command, world);
  if (command.command == command::do_digicam_control && command.param5 == 1) shoot(world);
  if (command.command == command::video_start_capture || command.command == command::video_stop_capture) {
    recording = command.command == command::video_start_capture;
    send_status(world);
  }
  if (command.command == command::set_camera_mode) {
    mode = static_cast<std::uint8_t>(command.param2);
    send_settings(world);
  }
}

void GoodCamera::acknowledge(std::uint16_t command, std::uint8_t result, World& world) {
  world.to_station(
      address,
      CommandAck{
          .command = command, .result = result, .target_system = 255, .target_component = component::ground_station});
}

void GoodCamera::send_message(const CommandLong& command, std::uint32_t message, float index, World& world) {
  if (message == CameraInformation::info.id) send_information(world);
  if (message == CameraSettings::info.id) send_settings(world);
  if (message == StorageInformation::info.id) send_storage(index, world);
  if (message == CameraCaptureStatus::info.id) send_status(world);
  if (message == VideoStreamInformation::info.id) send_streams(index, world);
  if (message != CameraImageCaptured::info.id) return;
  const auto first = static_cast<std::int32_t>(index);
  const bool range = command.command == command::request_message && command.param3 > index;
  const auto last = range ? static_cast<std::int32_t>(command.param3) : first;
  for (auto image = images.lower_bound(first); image != images.end() && image->first <= last; ++image)
    world.to_station(address, image->second);
}

void GoodCamera::shot_ordered(const CommandLong& command, World& world) {
  if (command.param4 > 0 && command.param4 == last_sequence_) return;
  last_sequence_ = command.param4;
  shoot(world);
}

void GoodCamera::shoot(World& world, std::int32_t index) {
  shots++;
  const CameraImageCaptured image{.time_utc = world.unix_usec(),
                                  .image_index = index,
                                  .capture_result = 1,
                                  .file_url = fmt::format("http://camera/{}.jpg", index).c_str()};
  images[index] = image;
  world.to_station(address, image);
  send_status(world);
}

void GoodCamera::send_information(World& world) {
  world.to_station(address, CameraInformation{.time_boot_ms = boot(world),
                                              .firmware_version = 0x00030201,
                                              .flags = capabilities,
                                              .vendor_name = "Vendor",
                                              .model_name = std::string_view(model)});
}

void GoodCamera::send_settings(World& world) {
  world.to_station(address, CameraSettings{.time_boot_ms = boot(world), .mode_id = mode});
}

void GoodCamera::send_storage(float index, World& world) {
  for (std::uint8_t id = 1; id <= storages; id++)
    if (index == 0 || index == static_cast<float>(id))
      world.to_station(address, StorageInformation{.time_boot_ms = boot(world),
                                                   .total_capacity = 1000,
                                                   .storage_id = id,
                                                   .storage_count = storages,
                                                   .status = storage_status::ready});
}

void GoodCamera::send_status(World& world) {
  world.to_station(address, CameraCaptureStatus{.time_boot_ms = boot(world),
                                                .image_status = image_status,
                                                .video_status = recording ? std::uint8_t{1} : std::uint8_t{0},
                                                .image_count = static_cast<std::int32_t>(images.size())});
}

void GoodCamera::send_streams(float index, World& world) {
  for (std::uint8_t id = 1; id <= streams; id++)
    if (index == 0 || index == static_cast<float>(id))
      world.to_station(address, VideoStreamInformation{.stream_id = id, .count = streams, .uri = "rtsp://camera/1"});
}

std::optional<std::uint8_t> CameraManager::result(const CommandLong& command, World& world) {
  if (command.command == command::image_start_capture || command.command == command::do_digicam_control)
    return result::unsupported;
  if (command.command == command::reset_camera_settings)
    acknowledge(command.command, result::accepted, world);  // and once more
  if (command.command == command::request_message && command.param1 == 262) return result::denied;
  return GoodCamera::result(command, world);
}

void CameraManager::acknowledge(std::uint16_t command, std::uint8_t result, World& world) {
  world.to_station(address, CommandAck{.command = command, .result = result});
}

void CameraManager::send_storage(float, World& world) {
  world.to_station(address, StorageInformation{.storage_id = 0, .storage_count = 0, .status = storage_status::ready});
}

void CameraManager::send_streams(float, World& world) {
  world.to_station(address, VideoStreamInformation{.stream_id = 7, .count = 0, .uri = "rtsp://0.0.0.0:8554/x"});
}

std::optional<std::uint8_t> CameraServer::result(const CommandLong& command, World& world) {
  if (command.command == command::image_start_capture) {
    acknowledge(command.command, result::in_progress, world);
    return result::accepted;
  }
  if (command.command == command::request_message || message_of(command.command) != 0) {
    if (message_of(command.command) == CameraImageCaptured::info.id) return result::denied;
    return GoodCamera::result(command, world);
  }
  return std::nullopt;
}

bool CameraServer::knows_message(std::uint32_t message) const {
  return message == CameraInformation::info.id || message == CameraCaptureStatus::info.id;
}

void CameraServer::shot_ordered(const CommandLong& command, World& world) {
  shoot(world, static_cast<std::int32_t>(command.param4));
}

std::optional<std::uint8_t> OldCamera::result(const CommandLong& command, World& world) {
  if (command.command == command::request_message) return std::nullopt;
  return GoodCamera::result(command, world);
}

void ArduPilot::each_second(World& world) {
  world.to_station(address, Heartbeat{.type = type::ground_rover, .autopilot = autopilot::ardupilot});
}

void ArduPilot::shot_ordered(const CommandLong&, World& world) {
  world.to_station(address, CameraFeedback{});
}

void ArduPilot::send_information(World& world) {
  for (const std::uint8_t device : {std::uint8_t{1}, std::uint8_t{2}})
    world.to_station(address, CameraInformation{.vendor_name = "ArduPilot",
                                                .model_name = device == 1 ? "Left" : "Right",
                                                .camera_device_id = device});
}

void ArduPilot::send_status(World& world) {
  for (const std::uint8_t device : {std::uint8_t{1}, std::uint8_t{2}})
    world.to_station(
        address,
        CameraCaptureStatus{.time_boot_ms = boot(world), .image_count = device * 100, .camera_device_id = device});
}

void Px4::each_second(World& world) {
  world.to_station(address, Heartbeat{.type = type::ground_rover, .autopilot = autopilot::px4});
}

std::optional<std::uint8_t> Px4::result(const CommandLong& command, World&) {
  return command.command == command::image_start_capture ? result::accepted : result::unsupported;
}

}  // namespace mavlink::station::test
