#include <algorithm>
#include <array>
#include <type_traits>

#include "server/relay/mavlink/wire/frame.hpp"
#include "server/relay/mavlink/wire/layout.hpp"

namespace mavlink {
namespace {

struct Row {
  std::uint32_t id;
  Known known;
};

template <class M>
constexpr Row row_of() noexcept {
  return {M::info.id,
          {M::info.crc_extra, M::info.base_size, offset_of<M>("target_system"), offset_of<M>("target_component"),
           M::info.name}};
}

constexpr std::nullopt_t none = std::nullopt;

// What passes between autopilots, ground stations and cameras besides `Message`: checked and forwarded, never read.
constexpr std::array neighbours{
    Row{24, {24, 30, none, none, "GPS_RAW_INT"}},
    Row{30, {39, 28, none, none, "ATTITUDE"}},
    Row{33, {104, 28, none, none, "GLOBAL_POSITION_INT"}},
    Row{43, {132, 2, 0, 1, "MISSION_REQUEST_LIST"}},
    Row{44, {221, 4, 2, 3, "MISSION_COUNT"}},
    Row{47, {153, 3, 0, 1, "MISSION_ACK"}},
    Row{51, {196, 4, 2, 3, "MISSION_REQUEST_INT"}},
    Row{66, {148, 6, 2, 3, "REQUEST_DATA_STREAM"}},
    Row{69, {243, 11, 10, none, "MANUAL_CONTROL"}},
    Row{70, {124, 18, 16, 17, "RC_CHANNELS_OVERRIDE"}},
    Row{109, {185, 9, none, none, "RADIO_STATUS"}},
    Row{110, {84, 254, 1, 2, "FILE_TRANSFER_PROTOCOL"}},
    Row{111, {34, 16, 16, 17, "TIMESYNC"}},
    Row{148, {178, 60, none, none, "AUTOPILOT_VERSION"}},
    Row{149, {200, 30, none, none, "LANDING_TARGET"}},
    Row{152, {208, 4, none, none, "MEMINFO"}},
    Row{154, {84, 15, 6, 7, "DIGICAM_CONFIGURE"}},
    Row{155, {22, 13, 4, 5, "DIGICAM_CONTROL"}},
    Row{158, {134, 14, 12, 13, "MOUNT_STATUS"}},
    Row{179, {189, 29, 26, none, "CAMERA_STATUS"}},
    Row{192, {36, 44, none, none, "MAG_CAL_REPORT"}},
    Row{241, {90, 32, none, none, "VIBRATION"}},
    Row{242, {104, 52, none, none, "HOME_POSITION"}},
    Row{246, {184, 38, none, none, "ADSB_VEHICLE"}},
    Row{253, {83, 51, none, none, "STATUSTEXT"}},
    Row{256, {71, 42, 8, 9, "SETUP_SIGNING"}},
    Row{264, {49, 28, none, none, "FLIGHT_INFORMATION"}},
    Row{265, {26, 16, none, none, "MOUNT_ORIENTATION"}},
    Row{280, {70, 33, none, none, "GIMBAL_MANAGER_INFORMATION"}},
    Row{281, {48, 13, none, none, "GIMBAL_MANAGER_STATUS"}},
    Row{282, {123, 35, 32, 33, "GIMBAL_MANAGER_SET_ATTITUDE"}},
    Row{283, {74, 144, none, none, "GIMBAL_DEVICE_INFORMATION"}},
    Row{284, {99, 32, 30, 31, "GIMBAL_DEVICE_SET_ATTITUDE"}},
    Row{285, {137, 40, 38, 39, "GIMBAL_DEVICE_ATTITUDE_STATUS"}},
    Row{286, {210, 53, 50, 51, "AUTOPILOT_STATE_FOR_GIMBAL_DEVICE"}},
    Row{287, {1, 23, 20, 21, "GIMBAL_MANAGER_SET_PITCHYAW"}},
    Row{330, {23, 158, none, none, "OBSTACLE_DISTANCE"}},
    Row{370, {75, 87, none, none, "SMART_BATTERY_INFO"}},
    Row{386, {132, 16, 4, 5, "CAN_FRAME"}},
    Row{390, {156, 238, none, none, "ONBOARD_COMPUTER_STATUS"}},
    Row{395, {0, 212, none, none, "COMPONENT_INFORMATION"}},
    Row{396, {50, 160, none, none, "COMPONENT_INFORMATION_BASIC"}},
    Row{397, {182, 108, none, none, "COMPONENT_METADATA"}},
    Row{410, {160, 53, none, none, "EVENT"}},
    Row{411, {106, 3, none, none, "CURRENT_EVENT_SEQUENCE"}},
};

template <class... M>
constexpr auto all_rows(std::type_identity<std::variant<M...>>) noexcept {
  std::array<Row, sizeof...(M) + neighbours.size()> rows{row_of<M>()...};
  std::ranges::copy(neighbours, rows.begin() + sizeof...(M));
  std::ranges::sort(rows, {}, &Row::id);
  return rows;
}
constexpr auto rows = all_rows(std::type_identity<Message>{});
static_assert(std::ranges::adjacent_find(rows, {}, &Row::id) == rows.end(), "an id stands twice in the table");

}  // namespace

std::optional<Known> known(std::uint32_t message_id) noexcept {
  const auto* row = std::ranges::lower_bound(rows, message_id, {}, &Row::id);
  if (row == rows.end() || row->id != message_id) return std::nullopt;
  return row->known;
}

Address target_of(const Frame& frame) noexcept {
  const auto about = known(frame.message_id);
  if (!about || !frame.checked) return {};
  const auto at = [&](std::optional<std::uint8_t> offset) -> std::uint8_t {
    return offset && *offset < frame.payload.size() ? frame.payload[*offset] : 0;
  };
  return {at(about->target_system), at(about->target_component)};
}

}  // namespace mavlink
