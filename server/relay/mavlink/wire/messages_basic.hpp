// MAVLink messages (common.xml, minimal.xml and ardupilotmega.xml of 2026-07), members in wire order. Who is there,
// what time it has, and what it is asked to do.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <tuple>

#include "server/relay/mavlink/wire/fields.hpp"

namespace mavlink {

struct Heartbeat {
  static constexpr MessageInfo info{.id = 0, .name = "HEARTBEAT", .crc_extra = 50, .base_size = 9, .full_size = 9};
  std::uint32_t custom_mode = 0;
  std::uint8_t type = 0;           // MAV_TYPE
  std::uint8_t autopilot = 0;      // MAV_AUTOPILOT
  std::uint8_t base_mode = 0;      // MAV_MODE_FLAG
  std::uint8_t system_status = 0;  // MAV_STATE
  std::uint8_t mavlink_version = 3;
  static constexpr auto fields() {
    return std::tuple{
        field("custom_mode", &Heartbeat::custom_mode),     field("type", &Heartbeat::type),
        field("autopilot", &Heartbeat::autopilot),         field("base_mode", &Heartbeat::base_mode),
        field("system_status", &Heartbeat::system_status), field("mavlink_version", &Heartbeat::mavlink_version)};
  }
};

struct SystemTime {
  static constexpr MessageInfo info{.id = 2, .name = "SYSTEM_TIME", .crc_extra = 137, .base_size = 12, .full_size = 12};
  std::uint64_t time_unix_usec = 0;  // us
  std::uint32_t time_boot_ms = 0;    // ms
  static constexpr auto fields() {
    return std::tuple{field("time_unix_usec", &SystemTime::time_unix_usec),
                      field("time_boot_ms", &SystemTime::time_boot_ms)};
  }
};

struct Ping {
  static constexpr MessageInfo info{.id = 4, .name = "PING", .crc_extra = 237, .base_size = 14, .full_size = 14};
  std::uint64_t time_usec = 0;  // us
  std::uint32_t seq = 0;
  std::uint8_t target_system = 0;
  std::uint8_t target_component = 0;
  static constexpr auto fields() {
    return std::tuple{field("time_usec", &Ping::time_usec), field("seq", &Ping::seq),
                      field("target_system", &Ping::target_system), field("target_component", &Ping::target_component)};
  }
};

struct CommandInt {
  static constexpr MessageInfo info{
      .id = 75, .name = "COMMAND_INT", .crc_extra = 158, .base_size = 35, .full_size = 35};
  float param1 = not_given;
  float param2 = not_given;
  float param3 = not_given;
  float param4 = not_given;
  std::int32_t x = std::numeric_limits<std::int32_t>::max();
  std::int32_t y = std::numeric_limits<std::int32_t>::max();
  float z = not_given;
  std::uint16_t command = 0;  // MAV_CMD
  std::uint8_t target_system = 0;
  std::uint8_t target_component = 0;
  std::uint8_t frame = 0;  // MAV_FRAME
  std::uint8_t current = 0;
  std::uint8_t autocontinue = 0;
  static constexpr auto fields() {
    return std::tuple{field("param1", &CommandInt::param1),
                      field("param2", &CommandInt::param2),
                      field("param3", &CommandInt::param3),
                      field("param4", &CommandInt::param4),
                      field("x", &CommandInt::x),
                      field("y", &CommandInt::y),
                      field("z", &CommandInt::z),
                      field("command", &CommandInt::command),
                      field("target_system", &CommandInt::target_system),
                      field("target_component", &CommandInt::target_component),
                      field("frame", &CommandInt::frame),
                      field("current", &CommandInt::current),
                      field("autocontinue", &CommandInt::autocontinue)};
  }
};

struct CommandLong {
  static constexpr MessageInfo info{
      .id = 76, .name = "COMMAND_LONG", .crc_extra = 152, .base_size = 33, .full_size = 33};
  float param1 = not_given;
  float param2 = not_given;
  float param3 = not_given;
  float param4 = not_given;
  float param5 = not_given;
  float param6 = not_given;
  float param7 = not_given;
  std::uint16_t command = 0;  // MAV_CMD
  std::uint8_t target_system = 0;
  std::uint8_t target_component = 0;
  std::uint8_t confirmation = 0;
  static constexpr auto fields() {
    return std::tuple{field("param1", &CommandLong::param1),
                      field("param2", &CommandLong::param2),
                      field("param3", &CommandLong::param3),
                      field("param4", &CommandLong::param4),
                      field("param5", &CommandLong::param5),
                      field("param6", &CommandLong::param6),
                      field("param7", &CommandLong::param7),
                      field("command", &CommandLong::command),
                      field("target_system", &CommandLong::target_system),
                      field("target_component", &CommandLong::target_component),
                      field("confirmation", &CommandLong::confirmation)};
  }
};

struct CommandAck {
  static constexpr MessageInfo info{.id = 77, .name = "COMMAND_ACK", .crc_extra = 143, .base_size = 3, .full_size = 10};
  std::uint16_t command = 0;  // MAV_CMD
  std::uint8_t result = 0;    // MAV_RESULT
  // Extensions: absent in MAVLink 1.
  std::uint8_t progress = std::numeric_limits<std::uint8_t>::max();  // %
  std::int32_t result_param2 = 0;
  std::uint8_t target_system = 0;
  std::uint8_t target_component = 0;
  static constexpr auto fields() {
    return std::tuple{field("command", &CommandAck::command),
                      field("result", &CommandAck::result),
                      extension("progress", &CommandAck::progress),
                      extension("result_param2", &CommandAck::result_param2),
                      extension("target_system", &CommandAck::target_system),
                      extension("target_component", &CommandAck::target_component)};
  }
};

struct CommandCancel {
  static constexpr MessageInfo info{
      .id = 80, .name = "COMMAND_CANCEL", .crc_extra = 14, .base_size = 4, .full_size = 4};
  std::uint16_t command = 0;  // MAV_CMD
  std::uint8_t target_system = 0;
  std::uint8_t target_component = 0;
  static constexpr auto fields() {
    return std::tuple{field("command", &CommandCancel::command), field("target_system", &CommandCancel::target_system),
                      field("target_component", &CommandCancel::target_component)};
  }
};

struct MessageInterval {
  static constexpr MessageInfo info{
      .id = 244, .name = "MESSAGE_INTERVAL", .crc_extra = 95, .base_size = 6, .full_size = 6};
  std::int32_t interval_us = 0;  // us
  std::uint16_t message_id = 0;
  static constexpr auto fields() {
    return std::tuple{field("interval_us", &MessageInterval::interval_us),
                      field("message_id", &MessageInterval::message_id)};
  }
};

struct ProtocolVersion {
  static constexpr MessageInfo info{
      .id = 300, .name = "PROTOCOL_VERSION", .crc_extra = 217, .base_size = 22, .full_size = 22};
  // Versions times 100.
  std::uint16_t version = 0;
  std::uint16_t min_version = 0;
  std::uint16_t max_version = 0;
  // The first bytes of commits; 0: not told.
  std::array<std::uint8_t, 8> spec_version_hash{};
  std::array<std::uint8_t, 8> library_version_hash{};
  static constexpr auto fields() {
    return std::tuple{field("version", &ProtocolVersion::version), field("min_version", &ProtocolVersion::min_version),
                      field("max_version", &ProtocolVersion::max_version),
                      field("spec_version_hash", &ProtocolVersion::spec_version_hash),
                      field("library_version_hash", &ProtocolVersion::library_version_hash)};
  }
};

}  // namespace mavlink
