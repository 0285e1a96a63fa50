// Scripted cameras: one that does everything well, and some that behave as known programs do.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/relay/mavlink/station/world.hpp"

namespace mavlink::station::test {

class GoodCamera : public Peer {
 public:
  explicit GoodCamera(Address at = {1, 100}) : Peer(at) {}

  void hear(const Message& message, World& world) override;
  void each_second(World& world) override;
  void shoot(World& world, std::int32_t index);
  void shoot(World& world) { shoot(world, static_cast<std::int32_t>(images.size())); }

  std::uint32_t boot_offset = 0;  // taken off its clock
  int shots = 0;
  std::uint8_t image_status = 0;
  std::uint8_t streams = 2, storages = 1;
  std::uint8_t mode = camera_mode::image;
  bool recording = false;
  std::uint32_t capabilities = capability::capture_image | capability::video_stream;
  std::string model = "Model";
  std::vector<CommandLong> commands;  // that reached it
  std::vector<CommandCancel> cancels;
  std::map<std::int32_t, CameraImageCaptured> images;

 protected:
  // What it answers; nothing: no acknowledgement.
  virtual std::optional<std::uint8_t> result(const CommandLong& command, World& world);
  virtual void carry_out(const CommandLong& command, World& world);  // after an acknowledgement with ACCEPTED
  virtual void acknowledge(std::uint16_t command, std::uint8_t result, World& world);
  virtual bool knows_message(std::uint32_t message) const;
  virtual void send_message(const CommandLong& command, std::uint32_t message, float index, World& world);
  virtual void shot_ordered(const CommandLong& command, World& world);
  virtual void send_information(World& world);
  virtual void send_settings(World& world);
  virtual void send_storage(float index, World& world);
  virtual void send_status(World& world);
  virtual void send_streams(float index, World& world);

  std::uint32_t boot(const World& world) const { return world.boot_ms() - boot_offset; }
  float last_sequence_ = 0;
};

// mavlink-camera-manager: hears 0, 190 and 250 only, acknowledges nobody in particular, counts no storages and streams,
// knows no IMAGE_START_CAPTURE.
class CameraManager : public GoodCamera {
 public:
  CameraManager() : GoodCamera({1, 106}) {}
  int dropped = 0;

 protected:
  std::optional<std::uint8_t> result(const CommandLong& command, World& world) override;
  void acknowledge(std::uint16_t command, std::uint8_t result, World& world) override;
  void send_storage(float index, World& world) override;
  void send_streams(float index, World& world) override;
};

// MAVSDK's camera_server: knows few messages by REQUEST_MESSAGE, numbers images by the shot's number, is silent about
// commands it does not know, says IN_PROGRESS before a photo is taken, sends no image a second time.
class CameraServer : public GoodCamera {
 public:
  CameraServer() : GoodCamera({1, 100}) {}

 protected:
  std::optional<std::uint8_t> result(const CommandLong& command, World& world) override;
  bool knows_message(std::uint32_t message) const override;
  void shot_ordered(const CommandLong& command, World& world) override;
};

// Knows only the commands from before REQUEST_MESSAGE, and is silent about others.
class OldCamera : public GoodCamera {
 public:
  OldCamera() : GoodCamera({1, 101}) {}

 protected:
  std::optional<std::uint8_t> result(const CommandLong& command, World& world) override;
};

// An autopilot with two cameras, as ArduPilot answers for them.
class ArduPilot : public GoodCamera {
 public:
  ArduPilot() : GoodCamera({1, 1}) {}
  void each_second(World& world) override;

 protected:
  void shot_ordered(const CommandLong& command, World& world) override;  // CAMERA_FEEDBACK
  void send_information(World& world) override;
  void send_status(World& world) override;
};

// An autopilot that knows nothing of cameras but tells of images.
class Px4 : public GoodCamera {
 public:
  Px4() : GoodCamera({1, 1}) {}
  void each_second(World& world) override;

 protected:
  std::optional<std::uint8_t> result(const CommandLong& command, World& world) override;
};

}  // namespace mavlink::station::test
