#include "server/relay/edgertronic/camapi.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace edgertronic {

namespace {
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 14> flag_words{{
    {flag::storage_full, "storage full"},
    {flag::storage_missing, "storage missing or not mounted"},
    {flag::usb_installed, "USB storage there"},
    {flag::sd_installed, "SD card there"},
    {flag::usb_full, "USB storage full"},
    {flag::sd_full, "SD card full"},
    {flag::storage_bad, "storage bad"},
    {flag::sd_unmounted, "SD card not mounted"},
    {flag::usb_unmounted, "USB storage not mounted"},
    {flag::net_configured, "network storage configured"},
    {flag::net_not_mountable, "network storage cannot be mounted"},
    {flag::net_full, "network storage full"},
    {flag::genlock_no_signal, "genlock has no signal"},
    {flag::genlock_error, "genlock configured wrongly"},
}};

std::string_view what_to_do(State state) noexcept {
  switch (state) {
    case State::unconfigured: return "it has to be configured and set running";
    case State::calibrating: return "it is ready when that is done";
    case State::reviewing: return "end the review at the camera";
    case State::saving:
    case State::selective_saving:
    case State::save_truncating:
    case State::triggered: return "it is ready when the shot is saved";
    default: return "it takes triggers while it is running only";
  }
}
}  // namespace

std::string trigger_target(std::optional<std::string_view> base_filename) {
  std::string target = "/trigger";
  if (!base_filename) return target;
  target += "?base_filename=";
  for (const char c : *base_filename) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    target += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return target;
}

std::string_view to_string(CallResult result) noexcept {
  switch (result) {
    case CallResult::okay: return "okay";
    case CallResult::invalid_state: return "invalid state";
    case CallResult::storage_error: return "storage error";
    case CallResult::code_out_of_date: return "code out of date";
    case CallResult::invalid_parameter: return "invalid parameter";
  }
  return "unknown";
}

std::string_view to_string(State state) noexcept {
  switch (state) {
    case State::unknown: break;
    case State::unconfigured: return "unconfigured";
    case State::calibrating: return "calibrating";
    case State::running: return "running";
    case State::triggered: return "triggered";
    case State::saving: return "saving";
    case State::running_pretrigger_full: return "running, pre-trigger full";
    case State::trigger_canceled: return "trigger canceled";
    case State::save_canceled: return "save canceled";
    case State::save_interrupted: return "save interrupted";
    case State::save_truncating: return "save truncating";
    case State::reviewing: return "reviewing";
    case State::selective_saving: return "selective saving";
  }
  return "unknown";
}

bool follows_trigger(State state) noexcept {
  switch (state) {
    case State::triggered:
    case State::saving:
    case State::trigger_canceled:
    case State::save_canceled:
    case State::save_interrupted:
    case State::save_truncating:
    case State::reviewing:
    case State::selective_saving: return true;
    default: return false;
  }
}

std::string flags_in_words(std::uint32_t flags) {
  std::string words;
  const auto add = [&](std::string_view word) { words.append(words.empty() ? "" : ", ").append(word); };
  for (const auto& [bit, word] : flag_words)
    if ((flags & bit) != 0) {
      add(word);
      flags &= ~bit;
    }
  if (flags != 0) add(fmt::format("0x{:x}", flags));
  return words;
}

Readiness readiness(const CameraStatus& status) {
  if (status.state == State::unknown)
    return {false, fmt::format("The camera is in state {}, which we do not know.", status.state_number)};
  if (!takes_trigger(status.state))
    return {false, fmt::format("The camera is {}: {}.", to_string(status.state), what_to_do(status.state))};
  if (const std::uint32_t bad = status.flags & flag::no_storage; bad != 0)
    return {false, fmt::format("The camera could not keep a shot: {}.", flags_in_words(bad))};
  return {true, status.state == State::running_pretrigger_full
                    ? std::string("The camera is armed and ready.")
                    : std::string("The camera is armed and ready; its time before the trigger is not full yet.")};
}

}  // namespace edgertronic
