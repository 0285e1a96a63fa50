// MAVLink messages (common.xml, minimal.xml and ardupilotmega.xml of 2026-07), members in wire order. Parameters: the
// old ones, which the stub of a vehicle has none of, and the extended ones of cameras.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <tuple>

#include "server/relay/mavlink/wire/fields.hpp"

namespace mavlink {

struct ParamRequestRead {
  static constexpr MessageInfo info{
      .id = 20, .name = "PARAM_REQUEST_READ", .crc_extra = 214, .base_size = 20, .full_size = 20};
  std::int16_t param_index = -1;
  std::uint8_t target_system = 0;
  std::uint8_t target_component = 0;
  Text<16> param_id;
  static constexpr auto fields() {
    return std::tuple{
        field("param_index", &ParamRequestRead::param_index), field("target_system", &ParamRequestRead::target_system),
        field("target_component", &ParamRequestRead::target_component), field("param_id", &ParamRequestRead::param_id)};
  }
};

struct ParamRequestList {
  static constexpr MessageInfo info{
      .id = 21, .name = "PARAM_REQUEST_LIST", .crc_extra = 159, .base_size = 2, .full_size = 2};
  std::uint8_t target_system = 0;
  std::uint8_t target_component = 0;
  static constexpr auto fields() {
    return std::tuple{field("target_system", &ParamRequestList::target_system),
                      field("target_component", &ParamRequestList::target_component)};
  }
};

struct ParamValue {
  static constexpr MessageInfo info{
      .id = 22, .name = "PARAM_VALUE", .crc_extra = 220, .base_size = 25, .full_size = 25};
  float param_value = 0;
  std::uint16_t param_count = 0;
  std::uint16_t param_index = 0;
  Text<16> param_id;
  std::uint8_t param_type = 0;  // MAV_PARAM_TYPE
  static constexpr auto fields() {
    return std::tuple{field("param_value", &ParamValue::param_value), field("param_count", &ParamValue::param_count),
                      field("param_index", &ParamValue::param_index), field("param_id", &ParamValue::param_id),
                      field("param_type", &ParamValue::param_type)};
  }
};

struct ParamExtRequestRead {
  static constexpr MessageInfo info{
      .id = 320, .name = "PARAM_EXT_REQUEST_READ", .crc_extra = 243, .base_size = 20, .full_size = 20};
  std::int16_t param_index = -1;
  std::uint8_t target_system = 0;
  std::uint8_t target_component = 0;
  Text<16> param_id;
  static constexpr auto fields() {
    return std::tuple{field("param_index", &ParamExtRequestRead::param_index),
                      field("target_system", &ParamExtRequestRead::target_system),
                      field("target_component", &ParamExtRequestRead::target_component),
                      field("param_id", &ParamExtRequestRead::param_id)};
  }
};

struct ParamExtRequestList {
  static constexpr MessageInfo info{
      .id = 321, .name = "PARAM_EXT_REQUEST_LIST", .crc_extra = 88, .base_size = 2, .full_size = 2};
  std::uint8_t target_system = 0;
  std::uint8_t target_component = 0;
  static constexpr auto fields() {
    return std::tuple{field("target_system", &ParamExtRequestList::target_system),
                      field("target_component", &ParamExtRequestList::target_component)};
  }
};

struct ParamExtValue {
  static constexpr MessageInfo info{
      .id = 322, .name = "PARAM_EXT_VALUE", .crc_extra = 243, .base_size = 149, .full_size = 149};
  std::uint16_t param_count = 0;
  std::uint16_t param_index = 0;
  Text<16> param_id;
  Text<128> param_value;
  std::uint8_t param_type = 0;  // MAV_PARAM_EXT_TYPE
  static constexpr auto fields() {
    return std::tuple{field("param_count", &ParamExtValue::param_count),
                      field("param_index", &ParamExtValue::param_index), field("param_id", &ParamExtValue::param_id),
                      field("param_value", &ParamExtValue::param_value),
                      field("param_type", &ParamExtValue::param_type)};
  }
};

struct ParamExtSet {
  static constexpr MessageInfo info{
      .id = 323, .name = "PARAM_EXT_SET", .crc_extra = 78, .base_size = 147, .full_size = 147};
  std::uint8_t target_system = 0;
  std::uint8_t target_component = 0;
  Text<16> param_id;
  Text<128> param_value;
  std::uint8_t param_type = 0;  // MAV_PARAM_EXT_TYPE
  static constexpr auto fields() {
    return std::tuple{field("target_system", &ParamExtSet::target_system),
                      field("target_component", &ParamExtSet::target_component),
                      field("param_id", &ParamExtSet::param_id), field("param_value", &ParamExtSet::param_value),
                      field("param_type", &ParamExtSet::param_type)};
  }
};

struct ParamExtAck {
  static constexpr MessageInfo info{
      .id = 324, .name = "PARAM_EXT_ACK", .crc_extra = 132, .base_size = 146, .full_size = 146};
  Text<16> param_id;
  Text<128> param_value;
  std::uint8_t param_type = 0;    // MAV_PARAM_EXT_TYPE
  std::uint8_t param_result = 0;  // PARAM_ACK
  static constexpr auto fields() {
    return std::tuple{field("param_id", &ParamExtAck::param_id), field("param_value", &ParamExtAck::param_value),
                      field("param_type", &ParamExtAck::param_type), field("param_result", &ParamExtAck::param_result)};
  }
};

}  // namespace mavlink
