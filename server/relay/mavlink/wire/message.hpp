// Every message this program knows, as one type.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "server/relay/mavlink/wire/messages_basic.hpp"
#include "server/relay/mavlink/wire/messages_camera.hpp"
#include "server/relay/mavlink/wire/messages_param.hpp"
#include "server/relay/mavlink/wire/messages_video.hpp"

namespace mavlink {

using Message =
    std::variant<Heartbeat, SystemTime, Ping, CommandInt, CommandLong, CommandAck, CommandCancel, MessageInterval,
                 ProtocolVersion, CameraTrigger, BatteryStatus, CameraFeedback, CameraInformation, CameraSettings,
                 StorageInformation, CameraCaptureStatus, CameraImageCaptured, VideoStreamInformation,
                 VideoStreamStatus, CameraFovStatus, CameraTrackingImageStatus, CameraTrackingGeoStatus,
                 CameraThermalRange, ParamRequestRead, ParamRequestList, ParamValue, ParamExtRequestRead,
                 ParamExtRequestList, ParamExtValue, ParamExtSet, ParamExtAck>;

const MessageInfo& info_of(const Message& message) noexcept;

// A component of a system. 0: all of them, as a target; never a sender.
struct Address {
  std::uint8_t system = 0;
  std::uint8_t component = 0;
  auto operator<=>(const Address&) const = default;
};

// A neighbour on a link: whoever sent to that socket from one address and port. Numbers are never used twice in a run.
struct Peer {
  std::uint32_t link = 0;
  std::uint32_t number = 0;
  auto operator<=>(const Peer&) const = default;
};

// Whether what a sender commands is carried out.
enum class Permission : std::uint8_t {
  granted,
  too_fast,  // it gave too many commands: the same one later is
  refused    // it is not among those who may command
};

// What came in, decoded.
struct Received {
  Address from;
  Peer peer;
  Message message;
  Permission permission = Permission::granted;
};

// What goes out from a component of ours. Without a peer it goes where its target was heard, or everywhere if it has
// none; an answer to a question that names nobody goes to the peer that asked, so that nobody is flooded.
struct Outgoing {
  Address from;
  Message message;
  std::optional<Peer> to;
};

}  // namespace mavlink
