// What is recorded of sessions.
#include "server/app/option_setters.hpp"

namespace app {

namespace {
constexpr std::uint64_t most_days = 3650;

Result<> set_days(Settings& settings, const Strings& values) {
  const auto days = parse_count(values.front(), 1, most_days);
  if (!days) return std::unexpected(days.error());
  settings.recording.keep = std::chrono::hours{24 * *days};
  return {};
}
}  // namespace

std::vector<Option> recording_options() {
  using recorder::Mode;
  return {
      {"record", "WHICH",
       "Sessions that are kept as captures for Wireshark in DATA_DIR/recordings (docs/recording.md): off, failed or "
       "all",
       "off", false, false,
       choice_into<Mode>({{"off", Mode::off}, {"failed", Mode::failed}, {"all", Mode::all}},
                         [](Settings& s, Mode value) { s.recording.mode = value; })},
      {"record-mask", "FLAG", "true: addresses and IMEIs in recordings are made up", "false", false, false,
       choice_into<bool>({{"true", true}, {"false", false}},
                         [](Settings& s, bool value) { s.recording.mask = value; })},
      {"record-bytes", "SIZE", "Of all recordings; beyond it the oldest are removed", "1GiB", false, false,
       bytes_into([](Settings& s) -> auto& { return s.recording.total_bytes; })},
      {"record-session-bytes", "SIZE", "Of one recording; what a session brings beyond it is left out", "64MiB", false,
       false, bytes_into([](Settings& s) -> auto& { return s.recording.session_bytes; })},
      {"record-days", "N", "Older recordings are removed", "7", false, false, set_days},
  };
}

}  // namespace app
