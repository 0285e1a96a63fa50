#include "server/dualcam/wanted.hpp"

#include <algorithm>
#include <array>

namespace dualcam {

namespace {
// By their names in every form of META, those of a DSM camera behind those of the tracker. Missing on purpose:
// "periodic", "none", "retransmit" (of what, is not said), and numbers without a name.
constexpr std::array<std::string_view, 22> event_names{
    "server_request", "din1",          "din2",          "din3",      "din4",       "crash",       "towing",  "idling",
    "geofence",       "unplug",        "green_driving", "dsm_event", "drowsiness", "distraction", "yawning", "phone",
    "smoking",        "driver_absent", "mask",          "belt",      "g_sensor",   "panic"};

bool names_event(std::string_view text) {
  std::string word(text);  // the words of JSON are the firmware's
  std::ranges::transform(word, word.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c; });
  return std::ranges::find(event_names, word) != event_names.end();
}
}  // namespace

bool is_event(const Metadata& metadata) {
  if (names_event(metadata.trigger)) return true;
  for (std::string_view rest = metadata.events; !rest.empty();) {
    const auto comma = std::min(rest.find(','), rest.size());
    if (names_event(rest.substr(0, comma))) return true;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

bool is_wanted(base::IntakeState taken, base::MediaKind kind, const Metadata& metadata) {
  if (taken == base::IntakeState::everything) return true;
  if (taken == base::IntakeState::photos && kind == base::MediaKind::photo) return true;
  return is_event(metadata);
}

}  // namespace dualcam
