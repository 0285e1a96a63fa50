#include "storage/catalog/capture_catalog.hpp"

#include <array>
#include <utility>

#include "storage/catalog/names.hpp"

namespace storage {

namespace {
constexpr std::array<std::pair<CaptureState, std::string_view>, 10> states{
    {{CaptureState::queued, "queued"},
     {CaptureState::sent, "sent"},
     {CaptureState::accepted, "accepted"},
     {CaptureState::connecting, "connecting"},
     {CaptureState::transferring, "transferring"},
     {CaptureState::stored, "stored"},
     {CaptureState::refused, "refused"},
     {CaptureState::expired, "expired"},
     {CaptureState::failed, "failed"},
     {CaptureState::cancelled, "cancelled"}}};
constexpr std::array<std::pair<CaptureChannel, std::string_view>, 3> channels{
    {{CaptureChannel::avl, "avl"}, {CaptureChannel::webhook, "webhook"}, {CaptureChannel::sms, "sms"}}};
}  // namespace

bool is_final(CaptureState state) noexcept {
  return state >= CaptureState::stored;
}
std::string_view to_string(CaptureState state) noexcept {
  return name_of(states, state);
}
std::string_view to_string(CaptureChannel channel) noexcept {
  return name_of(channels, channel);
}
std::optional<CaptureState> parse_capture_state(std::string_view text) noexcept {
  return value_of<CaptureState>(states, text);
}
std::optional<CaptureChannel> parse_capture_channel(std::string_view text) noexcept {
  return value_of<CaptureChannel>(channels, text);
}

}  // namespace storage
