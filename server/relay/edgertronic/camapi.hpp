// CAMAPI, the camera's HTTP interface on port 80: what to ask, and what its answers mean. All requests here are GET. A
// camera whose control program died answers 500 to every one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"
#include "server/relay/edgertronic/multicast_conf.hpp"

namespace edgertronic {

constexpr std::uint16_t camapi_port = 80;
constexpr std::size_t max_answer_size = 64 * 1024;  // a status has about 1 KB

// ---- Requests: what stands behind the host.

constexpr std::string_view status_target = "/get_camstatus";
constexpr std::string_view info_target = "/get_caminfo";
constexpr std::string_view last_file_target = "/get_last_saved_filename";  // deprecated, and not on every camera
constexpr std::string_view cancel_target = "/cancel";
constexpr std::string_view save_target = "/save";
// The last two only with the vendor's extension installed. trigger2 has the camera send the datagram to its own group.
constexpr std::string_view trigger2_target = "/trigger2";
constexpr std::string_view multicast_target = "/get_multicast_configuration";

// "/trigger", or "/trigger?base_filename=…" with all but letters, digits and "-._~" as %XX.
std::string trigger_target(std::optional<std::string_view> base_filename = std::nullopt);

// ---- Answers.

// What requests that do something answer: a bare number.
enum class CallResult : std::uint8_t { okay = 1, invalid_state, storage_error, code_out_of_date, invalid_parameter };
std::string_view to_string(CallResult result) noexcept;  // "invalid state"

enum class State : std::uint8_t {
  unknown = 0,  // a number that is not in this list
  unconfigured = 1,
  calibrating,
  running,  // recording into its ring, which is not full yet
  triggered,
  saving,
  running_pretrigger_full,
  trigger_canceled,
  save_canceled,
  save_interrupted,
  save_truncating,
  reviewing,
  selective_saving,
};
std::string_view to_string(State state) noexcept;  // "running, pre-trigger full"

// The two states in which a trigger is honoured; in all others it is dropped without a sign.
constexpr bool takes_trigger(State state) noexcept {
  return state == State::running || state == State::running_pretrigger_full;
}
// A shot was taken and is being kept or given up: where a trigger that was sent has done its work.
bool follows_trigger(State state) noexcept;

namespace flag {
constexpr std::uint32_t storage_full = 0x1;
constexpr std::uint32_t storage_missing = 0x2;
constexpr std::uint32_t usb_installed = 0x4;
constexpr std::uint32_t sd_installed = 0x8;
constexpr std::uint32_t usb_full = 0x10;
constexpr std::uint32_t sd_full = 0x20;
constexpr std::uint32_t storage_bad = 0x40;
constexpr std::uint32_t sd_unmounted = 0x80;
constexpr std::uint32_t usb_unmounted = 0x100;
constexpr std::uint32_t net_configured = 0x200;
constexpr std::uint32_t net_not_mountable = 0x400;
constexpr std::uint32_t net_full = 0x800;
constexpr std::uint32_t genlock_no_signal = 0x400000;
constexpr std::uint32_t genlock_error = 0x800000;
// With one of these a shot cannot be kept.
constexpr std::uint32_t no_storage = storage_full | storage_missing | storage_bad;
}  // namespace flag
// "storage full, genlock has no signal"; bits without a name as 0x…; empty for 0.
std::string flags_in_words(std::uint32_t flags);

struct CameraStatus {
  State state = State::unknown;
  std::int64_t state_number = 0;
  std::int64_t level = 0;  // percent of the present phase
  std::uint32_t flags = 0;
  std::optional<double> available_space;  // as the camera says it
  std::optional<double> sensor_celsius, fpga_celsius;
  std::optional<std::int64_t> active_buffer;     // with multishot
  std::optional<std::int64_t> captured_buffers;  // with multishot: how many shots wait to be saved

  bool operator==(const CameraStatus&) const = default;
};

// Errors of all four: `invalid`, what came instead; `exhausted` when it is longer than max_answer_size.
base::Result<CameraStatus> parse_status(std::string_view body);
base::Result<CallResult> parse_call_result(std::string_view body);
base::Result<std::string> parse_last_file(std::string_view body);
// Nothing when the camera has no multicast-trigger.conf.
base::Result<std::optional<MulticastSettings>> parse_multicast_answer(std::string_view body);

struct Readiness {
  bool ready = false;
  std::string sentence;  // "armed and ready", or why not and what to do
};
Readiness readiness(const CameraStatus& status);

}  // namespace edgertronic
