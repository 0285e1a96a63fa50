// dualcam sim
#include <fmt/format.h>

#include <memory>

#include "tools/cli/commands.hpp"
#include "tools/cli/examples.hpp"
#include "tools/cli/sim_flags.hpp"

namespace cli {

namespace {
void add_sim_traffic(Arguments app, SimFlags& flags) {
  sim::FleetOptions& fleet = flags.options.fleet;
  app.add_option("--server", flags.server, "Camera port of the server").type_name("HOST:PORT").capture_default_str();
  app.add_option("--cameras", fleet.cameras, "How many cameras").within(1U, 1'000'000U).capture_default_str();
  app.add_option("--photos", fleet.plan.photos, "Photos per camera").within(0U, 1000U).capture_default_str();
  app.add_option("--videos", fleet.plan.videos, "Videos per camera").within(0U, 1000U).capture_default_str();
  app.add_option("--video-seconds", flags.options.media.video_seconds, "Length of a made video")
      .within(1U, 60U)
      .capture_default_str();
  app.add_option("--file", flags.options.media.paths, "Send this file instead of made ones; repeatable")
      .type_name("PATH");
  app.add_option("--media", flags.media, "auto, ffmpeg (real HEVC and sound) or synthetic").capture_default_str();
  app.add_option("--rate", flags.rate, "Of each camera: 19KB/s, 3.7KB/s, 2MB/s or full").capture_default_str();
  app.add_option("--dialect", flags.dialect, "identifiers, paths, enhanced or mixed").capture_default_str();
  app.add_option("--imei-base", flags.imei_base, "First IMEI; the others count up from it").capture_default_str();
  app.add_option("--seed", flags.seed, "Same seed, same files and faults; 0 takes the time").capture_default_str();
  app.add_option("--ramp-up", flags.ramp_up_s, "Seconds until the last camera connects; default 1 per 1000 cameras");
  app.add_option("--reconnect", flags.reconnect_s, "Seconds between two connections of a camera").capture_default_str();
  app.add_option("--reply-delay", flags.reply_ms, "Milliseconds a camera takes to answer; real ones take 400")
      .capture_default_str();
  app.add_option("--threads", fleet.threads, "Threads of the fleet; 0 is one per core").capture_default_str();
  app.add_flag("--spread-sources", fleet.spread_sources, "A source address 127.x.y.z for each camera (loopback only)");
}

void add_sim_faults(Arguments app, SimFlags& flags) {
  app.add_option("--faults", flags.faults, "none, all, or names with commas (below)").capture_default_str();
  app.add_option("--fault-rate", flags.fault_rate, "Multiplies the probability of every fault").capture_default_str();
  app.add_option("--fault-cap", flags.fault_cap, "Most faults of one kind per camera").capture_default_str();
}

void add_sim_trackers(Arguments app, SimFlags& flags) {
  sim::TrackerOptions& tracker = flags.tracker;
  const auto share = [&](const char* name, double& value, const char* words) {
    app.add_option(name, value, words).within(0.0, 1.0).type_name("SHARE").capture_default_str();
  };
  app.add_option("--avl", flags.avl, "A tracker beside each camera, on this port; cameras then connect when asked too")
      .type_name("HOST:PORT");
  app.add_flag("--avl-tls", flags.avl_tls, "Trackers connect by TLS");
  app.add_option("--record-interval", flags.record_interval_s, "Seconds between two records of a tracker")
      .within(0.01, 86'400.0)
      .capture_default_str();
  app.add_option("--record-batch", tracker.batch, "Records that are sent together")
      .within(1U, 255U)
      .capture_default_str();
  app.add_option("--drive", flags.drive_s, "Seconds a tracker drives, then it is done; 0 is until the end")
      .capture_default_str();
  app.add_option("--sos", flags.sos_s, "Seconds after which each tracker sends one SOS record");
  share("--avl-refuse", tracker.refuse, "Of the camera requests: refused");
  share("--avl-silent", tracker.silent, "Of the camera requests: not answered, and no file comes");
  share("--avl-late", tracker.late, "Of the camera requests: answered late");
  app.add_option("--avl-late-by", flags.late_by_s, "Seconds that late answers are late").capture_default_str();
  share("--avl-drop", tracker.drop, "Of the frames with records: the link ends behind them");
}

void add_sim_rest(Arguments app, SimFlags& flags) {
  sim::CommandOptions& options = flags.options;
  app.add_flag("--tls", options.fleet.tls, "Connect by TLS");
  app.add_option("--ca", options.fleet.tls_ca, "Trust the certificates in this PEM file").type_name("PATH");
  app.add_flag("--tls-insecure", flags.tls_insecure, "Take any certificate");
  app.add_option("--api", options.api, "HTTP API of the server, for the verdict")
      .type_name("URL")
      .capture_default_str();
  app.add_option("--api-token", options.api_token, "Bearer token of the API").envname("DUALCAM_API_TOKEN");
  app.add_option("--verify", flags.verify, "content fetches and compares every byte; sha256 trusts the listing")
      .one_of({"content", "sha256"})
      .capture_default_str();
  app.add_flag("--no-verify", flags.no_verify, "Do not ask the API");
  app.add_option("--time-limit", flags.time_limit_s, "Stop after so many seconds; 0 is never").capture_default_str();
  app.add_flag("--json", options.json, "One JSON document instead of text");
  app.add_flag("--quiet", options.quiet, "No progress, only the verdict");
}

int run_sim(SimFlags& flags) {
  if (auto read = read_sim(flags); !read) {
    fmt::print(stderr, "dualcam sim: {}\n", read.error().message);
    return usage_error;
  }
  return static_cast<int>(sim::run_command(flags.options));
}
}  // namespace

Command add_sim(Arguments program) {
  Arguments app = program.add_command("sim", "Run a fleet of simulated cameras and compare what the server stores");
  const auto flags = std::make_shared<SimFlags>();
  add_sim_traffic(app, *flags);
  add_sim_faults(app, *flags);
  add_sim_trackers(app, *flags);
  add_sim_rest(app, *flags);
  app.footer(sim_examples);
  return {app, [flags] { return run_sim(*flags); }};
}

}  // namespace cli
