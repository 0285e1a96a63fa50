#include "server/relay/mavlink/camera/command.hpp"

#include <cmath>
#include <limits>
#include <utility>

namespace mavlink::camera {

namespace {
float from_integer(std::int32_t value) noexcept {
  return value == std::numeric_limits<std::int32_t>::max() ? not_given : static_cast<float>(value);
}

void set_parameters(Command& command, const std::array<float, 7>& sent) noexcept {
  for (std::size_t i = 0; i < sent.size(); ++i) {
    command.given[i] = !std::isnan(sent[i]);
    command.parameters[i] = command.given[i] ? sent[i] : 0;
  }
}

Command from_sender(const Received& received) noexcept {
  Command command;
  command.from = received.from;
  command.peer = received.peer;
  command.permission = received.permission;
  return command;
}
}  // namespace

std::optional<std::int32_t> Command::whole(std::size_t number) const noexcept {
  const double value = p(number);
  if (!(std::abs(value) <= std::numeric_limits<std::int32_t>::max()) || value != std::trunc(value)) return std::nullopt;
  return static_cast<std::int32_t>(value);
}

std::optional<Command> command_for(const Received& received, Address self) noexcept {
  auto command = from_sender(received);
  if (const auto* sent = std::get_if<CommandLong>(&received.message)) {
    if (!is_for(self, sent->target_system, sent->target_component)) return std::nullopt;
    command.id = sent->command;
    command.confirmation = sent->confirmation;
    set_parameters(command,
                   {sent->param1, sent->param2, sent->param3, sent->param4, sent->param5, sent->param6, sent->param7});
    return command;
  }
  if (const auto* sent = std::get_if<CommandInt>(&received.message)) {
    if (!is_for(self, sent->target_system, sent->target_component)) return std::nullopt;
    command.id = sent->command;
    set_parameters(command, {sent->param1, sent->param2, sent->param3, sent->param4, from_integer(sent->x),
                             from_integer(sent->y), sent->z});
    return command;
  }
  return std::nullopt;
}

std::optional<Recipient> recipient_of(const Command& command) noexcept {
  switch (command.whole(7).value_or(-1)) {
    case response_target::by_default:
    case response_target::asker: return Recipient{command.peer};
    case response_target::everybody: return Recipient{command.peer, true};
    default: return std::nullopt;
  }
}

Answer denied(std::string reason) {
  return {result::denied, std::move(reason)};
}
Answer unsupported(std::string reason) {
  return {result::unsupported, std::move(reason)};
}
Answer rejected_for_now(std::string reason) {
  return {result::temporarily_rejected, std::move(reason)};
}

CommandAck ack_of(std::uint16_t command, Address requester, const Answer& answer) noexcept {
  return {.command = command,
          .result = answer.result,
          .progress = answer.progress,
          .target_system = requester.system,
          .target_component = requester.component};
}

}  // namespace mavlink::camera
