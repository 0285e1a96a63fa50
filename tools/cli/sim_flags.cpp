#include "tools/cli/sim_flags.hpp"

#include <fmt/format.h>

#include <chrono>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"

namespace cli {

namespace {
base::Result<> read_address(const std::string& text, std::string& host, std::string& port) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
    return base::fail(base::Errc::invalid, fmt::format("\"{}\" is no HOST:PORT.", text));
  host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  port = text.substr(colon + 1);
  return {};
}

base::Result<> read_server(SimFlags& flags) {
  return read_address(flags.server, flags.options.fleet.host, flags.options.fleet.port);
}

base::Result<> read_dialect(SimFlags& flags) {
  sim::FleetOptions& fleet = flags.options.fleet;
  fleet.mixed = flags.dialect == "mixed";
  if (flags.dialect == "paths")
    fleet.camera.dialect = sim::Dialect::paths;
  else if (flags.dialect == "enhanced")
    fleet.camera.dialect = sim::Dialect::enhanced;
  else if (flags.dialect != "identifiers" && !fleet.mixed)
    return base::fail(base::Errc::invalid,
                      fmt::format("\"{}\" is no dialect; take identifiers, paths, enhanced or mixed.", flags.dialect));
  return {};
}

base::Result<> read_imei(SimFlags& flags) {
  const auto imei = base::Imei::parse(flags.imei_base);
  if (!imei)
    return base::fail(base::Errc::invalid,
                      fmt::format("\"{}\" is no IMEI: 15 digits, the last one the Luhn check digit.", flags.imei_base));
  flags.options.fleet.first_imei = imei->number();
  return {};
}

base::Result<> read_faults(SimFlags& flags) {
  auto faults = sim::FaultOptions::parse(flags.faults);
  if (!faults) return std::unexpected(faults.error());
  faults->scale(flags.fault_rate);
  faults->cap = flags.fault_cap;
  flags.options.fleet.faults = *faults;
  return {};
}

sim::Time time(double seconds) {
  return sim::Time(static_cast<sim::Time::rep>(seconds * 1e6));
}

base::Result<> read_trackers(SimFlags& flags) {
  const sim::TrackerOptions& tracker = flags.tracker;
  if (flags.avl.empty()) return {};
  if (tracker.refuse + tracker.silent + tracker.late > 1)
    return base::fail(base::Errc::invalid,
                      fmt::format("--avl-refuse, --avl-silent and --avl-late are shares of the same requests: together "
                                  "{} is more than 1.",
                                  tracker.refuse + tracker.silent + tracker.late));
  sim::FleetOptions::Avl& avl = flags.options.fleet.avl.emplace();
  avl.tls = flags.avl_tls;
  avl.tracker = tracker;
  avl.tracker.record_interval = time(flags.record_interval_s);
  avl.tracker.late_by = time(flags.late_by_s);
  if (flags.sos_s >= 0) avl.tracker.sos_after = time(flags.sos_s);
  if (flags.drive_s > 0) avl.tracker.drive = time(flags.drive_s);
  return read_address(flags.avl, avl.host, avl.port);
}

void read_times(SimFlags& flags) {
  constexpr double default_ramp_s_per_camera = 0.001;
  sim::FleetOptions& fleet = flags.options.fleet;
  if (flags.ramp_up_s < 0) flags.ramp_up_s = default_ramp_s_per_camera * fleet.cameras;
  fleet.ramp_up = time(flags.ramp_up_s);
  fleet.camera.reconnect_delay = time(flags.reconnect_s);
  fleet.camera.reply_delay = time(flags.reply_ms / 1e3);
  flags.options.time_limit = std::chrono::seconds(flags.time_limit_s);
}
}  // namespace

base::Result<> read_sim(SimFlags& flags) {
  for (const auto read : {read_server, read_dialect, read_imei, read_faults, read_trackers})
    if (auto done = read(flags); !done) return done;
  const auto rate = sim::parse_rate(flags.rate);
  if (!rate) return std::unexpected(rate.error());
  const auto media = sim::parse_media(flags.media);
  if (!media) return std::unexpected(media.error());
  sim::CommandOptions& options = flags.options;
  const std::int64_t now_ms = base::utc_now().time_since_epoch().count();
  options.fleet.camera.bytes_per_second = *rate;
  options.fleet.tls_verify = !flags.tls_insecure;
  options.fleet.plan.seed = flags.seed != 0 ? flags.seed : static_cast<std::uint64_t>(now_ms);
  // An hour ago: the captures that follow at intervals of a minute are not in the future.
  constexpr std::int64_t hour_ms = 3'600'000;
  options.fleet.plan.first_capture_ms = (now_ms - hour_ms) / 1000 * 1000;
  options.media.media = *media;
  options.media.seed = options.fleet.plan.seed;
  options.media.videos = options.fleet.plan.videos > 0 || options.fleet.avl;
  options.verify = !flags.no_verify;
  options.verify_content = flags.verify == "content";
  while (options.api.ends_with('/')) options.api.pop_back();
  read_times(flags);
  return {};
}

}  // namespace cli
