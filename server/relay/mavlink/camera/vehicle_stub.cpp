#include "server/relay/mavlink/camera/vehicle_stub.hpp"

#include <chrono>

#include "server/relay/mavlink/camera/command.hpp"

namespace mavlink::camera {

namespace {
Heartbeat heartbeat_message() noexcept {
  return {.type = type::ground_rover, .autopilot = autopilot::invalid, .system_status = state::standby};
}
}  // namespace

VehicleStub::VehicleStub(std::uint8_t system, base::Now now)
    : address_{system, component::autopilot1}, heartbeat_{now.steady, std::chrono::seconds{1}} {}

void VehicleStub::hear(const Received& received, base::Now now, Actions& out) {
  if (received.from == address_) return;
  const auto answer = [&](const Message& message) { out.send.push_back({address_, message, received.peer}); };
  if (const auto command = command_for(received, address_)) {
    const bool wants_heartbeat = command->id == command::request_message && command->p(1) == Heartbeat::info.id;
    answer(ack_of(command->id, command->from, wants_heartbeat ? Answer{} : unsupported({})));
    if (wants_heartbeat) answer(heartbeat_message());
  }
  if (const auto* asked = std::get_if<ParamRequestList>(&received.message))
    // A list of none has no form of its own: a value that says there are 0.
    if (is_for(address_, asked->target_system, asked->target_component)) answer(ParamValue{});
  if (const auto* ping = std::get_if<Ping>(&received.message); ping && ping->target_system == 0) {
    auto echo = *ping;
    echo.target_system = received.from.system;
    echo.target_component = received.from.component;
    answer(echo);
  }
  wake(now, out);
}

void VehicleStub::wake(base::Now now, Actions& out) {
  if (heartbeat_.take(now.steady) > 0) out.send.push_back({address_, heartbeat_message(), std::nullopt});
}

}  // namespace mavlink::camera
