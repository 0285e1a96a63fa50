#include "tools/replay/command.hpp"

#include <fmt/format.h>

#include <charconv>

#include "tools/replay/play_command.hpp"
#include "tools/replay/stepper.hpp"
#include "tools/sim/interrupt.hpp"
#include "tools/verify/progress.hpp"

namespace replay {

namespace {
base::Result<std::optional<Target>> read_target(std::string_view option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
    return base::fail(base::Errc::invalid, fmt::format("{} takes HOST:PORT, and \"{}\" is none.", option, text));
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return Target{.host = std::move(host), .port = text.substr(colon + 1)};
}

base::Result<Pace> read_pace(const CommandOptions& options) {
  constexpr double slowest = 0.001, fastest = 1'000'000;
  Pace pace{.speed = std::nullopt, .wait = std::chrono::round<Time>(std::chrono::duration<double>(options.wait_s))};
  if (options.speed == "max") return pace;
  double speed = 0;
  const char* const last = options.speed.data() + options.speed.size();
  const auto [end, error] = std::from_chars(options.speed.data(), last, speed);
  if (error != std::errc{} || end != last || !(speed >= slowest) || speed > fastest)
    return base::fail(base::Errc::invalid,
                      fmt::format("--speed takes a factor, as 1, 2 or 0.5, or max; \"{}\" is none.", options.speed));
  pace.speed = speed;
  return pace;
}

base::Result<std::optional<std::uint64_t>> read_first_imei(const CommandOptions& options) {
  if (options.keep_imei && options.copies > 1)
    return base::fail(base::Errc::invalid, "--keep-imei is for one copy: two devices cannot be the same.");
  if (options.keep_imei || (options.copies == 1 && !options.first_imei)) return std::nullopt;
  const std::uint64_t first = options.first_imei.value_or(usual_first_imei);
  const auto imei = base::Imei::from_number(first);
  if (!imei || imei->is_reserved())
    return base::fail(base::Errc::invalid,
                      fmt::format("--first-imei {} is no IMEI: 15 digits, the last one the Luhn check digit.", first));
  return first;
}

base::Result<PlayerOptions> read_player(const CommandOptions& options) {
  PlayerOptions player{.tls = options.tls,
                       .tls_verify = !options.tls_insecure,
                       .tls_ca = options.tls_ca,
                       .copies = options.copies,
                       .jobs = options.jobs};
  const auto cameras = read_target("--to", options.to);
  const auto trackers = read_target("--avl-to", options.avl_to);
  const auto datagrams = read_target("--avl-udp-to", options.avl_udp_to.empty() ? options.avl_to : options.avl_udp_to);
  const auto relay = read_target("--relay-to", options.relay_to);
  for (const auto* each : {&cameras, &trackers, &datagrams, &relay})
    if (!*each) return std::unexpected(each->error());
  player.cameras = *cameras;
  player.trackers = *trackers;
  player.tracker_datagrams = *datagrams;
  player.relay = *relay;
  const auto pace = read_pace(options);
  if (!pace) return std::unexpected(pace.error());
  player.pace = *pace;
  const auto first_imei = read_first_imei(options);
  if (!first_imei) return std::unexpected(first_imei.error());
  player.first_imei = *first_imei;
  return player;
}

base::Result<OfflineOptions> read_offline(const CommandOptions& options) {
  OfflineOptions offline{.step = options.step, .runs = options.runs, .json = options.json, .quiet = options.quiet};
  for (const auto& [name, text, time] :
       {std::tuple("--from", &options.from, &offline.from), std::tuple("--until", &options.until, &offline.until)}) {
    if (text->empty()) continue;
    *time = parse_seconds(*text);
    if (!*time)
      return base::fail(base::Errc::invalid, fmt::format("{} takes seconds, as 12.5; \"{}\" is none.", name, *text));
  }
  if (options.step && (options.runs > 1 || options.json))
    return base::fail(base::Errc::invalid, "--step is for somebody who looks: not with --runs or --json.");
  return offline;
}

bool has_server(const CommandOptions& options) {
  return !options.to.empty() || !options.avl_to.empty() || !options.avl_udp_to.empty() || !options.relay_to.empty();
}

base::Result<> check_modes(const CommandOptions& options) {
  const int modes = int{options.offline} + int{options.diff} + int{!options.extract.empty()} + int{has_server(options)};
  if (modes > 1)
    return base::fail(base::Errc::invalid,
                      "Give one of --offline, --diff, --extract, or a server with --to, --avl-to or --relay-to.");
  if (options.step && !options.offline) return base::fail(base::Errc::invalid, "--step is for --offline.");
  return {};
}

base::Result<captures::Capture> read_files(const CommandOptions& options) {
  verify::Progress progress(!options.quiet);
  bool begun = false;
  std::uint64_t shown = 0;
  captures::ReadOptions reading;
  reading.progress = [&](std::uint64_t done, std::uint64_t total) {
    if (!std::exchange(begun, true)) progress.begin("read", total);
    if (done > shown) progress.add(done - std::exchange(shown, done));
    progress.tick();
  };
  auto capture = captures::read(options.files, reading);
  if (capture)
    for (const std::string& problem : capture->problems) fmt::print(stderr, "dualcam replay: {}\n", problem);
  return capture;
}

Outcome complain(const base::Error& error) {
  fmt::print(stderr, "dualcam replay: {}\n", error.message);
  return Outcome::unusable;
}

Outcome run_mode(const CommandOptions& options, const Chosen& chosen, const PlayerOptions& player,
                 const OfflineOptions& offline) {
  if (options.offline) return run_offline(chosen, offline);
  if (!options.extract.empty()) return run_extract(chosen, options.extract, options.json);
  if (options.diff) return run_diff(chosen, options.json);
  if (has_server(options)) return run_play(chosen, player, options.json, options.quiet);
  fmt::print("{}", options.json ? list_json(chosen.capture, chosen.files, chosen.conversations)
                                : list_text(chosen.capture, chosen.files, chosen.conversations));
  return Outcome::good;
}
}  // namespace

Outcome run_command(const CommandOptions& options) {
  const sim::CatchInterrupt interrupt;
  // What is wrong with the options is told before anything takes time.
  if (auto modes = check_modes(options); !modes) return complain(modes.error());
  const auto player = read_player(options);
  if (!player) return complain(player.error());
  const auto offline = read_offline(options);
  if (!offline) return complain(offline.error());
  const auto capture = read_files(options);
  if (!capture) return complain(capture.error());
  const auto selected = select(*capture, options.filter);
  if (!selected) return complain(selected.error());
  const std::vector<captures::CameraFile> files = captures::camera_files(*capture);
  const Outcome outcome =
      run_mode(options, {.capture = *capture, .files = files, .conversations = *selected}, *player, *offline);
  // A capture that is damaged gives what is there, and says so.
  return outcome == Outcome::good && !capture->problems.empty() ? Outcome::different : outcome;
}

}  // namespace replay
