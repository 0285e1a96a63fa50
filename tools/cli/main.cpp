// dualcam: the operator's tool. The command line is read here, and only this file sees CLI11; what the commands do is
// in tools/sim, tools/explain, tools/verify, tools/media, tools/request and tools/trigger.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "tools/cli/completion.hpp"
#include "tools/cli/examples.hpp"
#include "tools/cli/sim_flags.hpp"
#include "tools/cli/trigger_flags.hpp"
#include "tools/explain/command.hpp"
#include "tools/media/convert.hpp"
#include "tools/media/probe.hpp"
#include "tools/request/command.hpp"
#include "tools/verify/command.hpp"

namespace {

using cli::SimFlags;
using cli::TriggerFlags;

constexpr int usage_error = 2;

void add_sim_traffic(CLI::App& app, SimFlags& flags) {
  sim::FleetOptions& fleet = flags.options.fleet;
  app.add_option("--server", flags.server, "Camera port of the server")->type_name("HOST:PORT")->capture_default_str();
  app.add_option("--cameras", fleet.cameras, "How many cameras")
      ->check(CLI::Range(1U, 1'000'000U))
      ->capture_default_str();
  app.add_option("--photos", fleet.plan.photos, "Photos per camera")
      ->check(CLI::Range(0U, 1000U))
      ->capture_default_str();
  app.add_option("--videos", fleet.plan.videos, "Videos per camera")
      ->check(CLI::Range(0U, 1000U))
      ->capture_default_str();
  app.add_option("--video-seconds", flags.options.media.video_seconds, "Length of a made video")
      ->check(CLI::Range(1U, 60U))
      ->capture_default_str();
  app.add_option("--file", flags.options.media.paths, "Send this file instead of made ones; repeatable")
      ->type_name("PATH");
  app.add_option("--media", flags.media, "auto, ffmpeg (real HEVC and sound) or synthetic")->capture_default_str();
  app.add_option("--rate", flags.rate, "Of each camera: 19KB/s, 3.7KB/s, 2MB/s or full")->capture_default_str();
  app.add_option("--dialect", flags.dialect, "identifiers, paths, enhanced or mixed")->capture_default_str();
  app.add_option("--imei-base", flags.imei_base, "First IMEI; the others count up from it")->capture_default_str();
  app.add_option("--seed", flags.seed, "Same seed, same files and faults; 0 takes the time")->capture_default_str();
  app.add_option("--ramp-up", flags.ramp_up_s, "Seconds until the last camera connects; default 1 per 1000 cameras");
  app.add_option("--reconnect", flags.reconnect_s, "Seconds between two connections of a camera")
      ->capture_default_str();
  app.add_option("--reply-delay", flags.reply_ms, "Milliseconds a camera takes to answer; real ones take 400")
      ->capture_default_str();
  app.add_option("--threads", fleet.threads, "Threads of the fleet; 0 is one per core")->capture_default_str();
  app.add_flag("--spread-sources", fleet.spread_sources, "A source address 127.x.y.z for each camera (loopback only)");
}

void add_sim_faults(CLI::App& app, SimFlags& flags) {
  app.add_option("--faults", flags.faults, "none, all, or names with commas (below)")->capture_default_str();
  app.add_option("--fault-rate", flags.fault_rate, "Multiplies the probability of every fault")->capture_default_str();
  app.add_option("--fault-cap", flags.fault_cap, "Most faults of one kind per camera")->capture_default_str();
}

void add_sim_trackers(CLI::App& app, SimFlags& flags) {
  sim::TrackerOptions& tracker = flags.tracker;
  const auto share = [&](const char* name, double& value, const char* words) {
    app.add_option(name, value, words)->check(CLI::Range(0.0, 1.0))->type_name("SHARE")->capture_default_str();
  };
  app.add_option("--avl", flags.avl, "A tracker beside each camera, on this port; cameras then connect when asked too")
      ->type_name("HOST:PORT");
  app.add_flag("--avl-tls", flags.avl_tls, "Trackers connect by TLS");
  app.add_option("--record-interval", flags.record_interval_s, "Seconds between two records of a tracker")
      ->check(CLI::Range(0.01, 86'400.0))
      ->capture_default_str();
  app.add_option("--record-batch", tracker.batch, "Records that are sent together")
      ->check(CLI::Range(1U, 255U))
      ->capture_default_str();
  app.add_option("--drive", flags.drive_s, "Seconds a tracker drives, then it is done; 0 is until the end")
      ->capture_default_str();
  app.add_option("--sos", flags.sos_s, "Seconds after which each tracker sends one SOS record");
  share("--avl-refuse", tracker.refuse, "Of the camera requests: refused");
  share("--avl-silent", tracker.silent, "Of the camera requests: not answered, and no file comes");
  share("--avl-late", tracker.late, "Of the camera requests: answered late");
  app.add_option("--avl-late-by", flags.late_by_s, "Seconds that late answers are late")->capture_default_str();
  share("--avl-drop", tracker.drop, "Of the frames with records: the link ends behind them");
}

void add_sim_rest(CLI::App& app, SimFlags& flags) {
  sim::CommandOptions& options = flags.options;
  app.add_flag("--tls", options.fleet.tls, "Connect by TLS");
  app.add_option("--ca", options.fleet.tls_ca, "Trust the certificates in this PEM file")->type_name("PATH");
  app.add_flag("--tls-insecure", flags.tls_insecure, "Take any certificate");
  app.add_option("--api", options.api, "HTTP API of the server, for the verdict")
      ->type_name("URL")
      ->capture_default_str();
  app.add_option("--api-token", options.api_token, "Bearer token of the API")->envname("DUALCAM_API_TOKEN");
  app.add_option("--verify", flags.verify, "content fetches and compares every byte; sha256 trusts the listing")
      ->check(CLI::IsMember({"content", "sha256"}))
      ->capture_default_str();
  app.add_flag("--no-verify", flags.no_verify, "Do not ask the API");
  app.add_option("--time-limit", flags.time_limit_s, "Stop after so many seconds; 0 is never")->capture_default_str();
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

// ---- explain, completion

struct ExplainFlags {
  explain::CommandOptions options;
  std::string from = "auto";
};

void add_explain(CLI::App& app, ExplainFlags& flags) {
  CLI::Option* file =
      app.add_option("FILE", flags.options.file, "Capture as hex or binary; - is standard input")->type_name("");
  CLI::Option* hex = app.add_option("--hex", flags.options.hex, "The bytes themselves, in hex")->type_name("HEX");
  hex->excludes(file);
  app.add_option("--from", flags.from, "Who sent the bytes: device, server, or auto to tell each frame by its command")
      ->check(CLI::IsMember({"device", "server", "auto"}))
      ->type_name("")
      ->capture_default_str();
  app.add_flag("--json", flags.options.json, "JSON instead of text");
  app.footer(cli::explain_examples);
}

int run_explain(ExplainFlags& flags) {
  if (flags.options.file.empty() && flags.options.hex.empty()) {
    fmt::print(stderr, "dualcam explain: There is nothing to explain; give a FILE, - or --hex.\n");
    return usage_error;
  }
  flags.options.from = flags.from == "device"   ? explain::From::device
                       : flags.from == "server" ? explain::From::server
                                                : explain::From::either;
  return static_cast<int>(explain::run_command(flags.options));
}

void add_verify(CLI::App& app, verify::CommandOptions& options) {
  app.add_option("FILE", options.files, "Prove that these are files that came from a camera")->type_name("");
  CLI::Option* objects =
      app.add_option("--objects", options.objects, "Object store: file:DIR or s3://…")->type_name("URL");
  app.add_option("--segments", options.segments, "Or a folder with the objects below evidence/ alone")
      ->type_name("PATH")
      ->excludes(objects);
  app.add_option("--catalog", options.catalog, "Take what is not sealed yet from here; SELECT is enough")
      ->type_name("URL");
  app.add_option("--imei", options.imei, "The history of this device alone")->type_name("IMEI");
  app.add_option("--head", options.head, "Hash written down before: of a segment or, with --imei, of a record")
      ->type_name("HASH");
  app.add_flag("--no-content", options.no_content, "Compare names and sizes of the objects, do not read them");
  app.add_option("-j,--jobs", options.jobs, "Objects read at the same time")
      ->check(CLI::Range(1U, 64U))
      ->capture_default_str();
  app.add_flag("--json", options.json, "One JSON document instead of text");
  app.add_flag("--quiet", options.quiet, "No progress on the terminal");
  app.footer(cli::verify_examples);
}

void add_probe(CLI::App& app, media::ProbeOptions& options) {
  app.add_option("FILE", options.files, "Media files")->required()->type_name("");
  app.add_flag("--json", options.json, "One JSON document instead of a table");
  app.footer(cli::probe_examples);
}

void add_convert(CLI::App& app, media::ConvertOptions& options) {
  constexpr unsigned longest_edge = 16'384, least_crf = 1, largest_crf = 51;
  app.add_option("FILE", options.file, "Media file")->required()->type_name("");
  app.add_option("OUT", options.out, "The MP4 to make; default FILE with .mp4 at its end")->type_name("");
  app.add_flag("--copy", options.copy,
               "Keep the pictures as the camera made them (HEVC does not play in every browser)");
  app.add_option("--thumbnail", options.thumbnail, "A picture of it, as JPEG")->type_name("PATH");
  app.add_option("--height", options.encoding.max_height, "Most lines of the picture; 0: as it is")
      ->check(CLI::Range(0U, longest_edge))
      ->capture_default_str();
  app.add_option("--crf", options.encoding.crf, "Quality of H.264, 1 to 51: lower is better and larger")
      ->check(CLI::Range(least_crf, largest_crf))
      ->capture_default_str();
  app.add_option("--preset", options.encoding.preset, "Speed of H.264: slower is smaller")
      ->check(CLI::IsMember(
          {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"}))
      ->type_name("")
      ->capture_default_str();
  app.add_flag("--force", options.force, "Replace OUT if it is there");
  app.add_flag("--json", options.json, "One JSON document instead of text");
  app.footer(cli::convert_examples);
}

void add_access(CLI::App& app, http::Access& access) {
  app.add_option("--api", access.api, "HTTP API of the server")->type_name("URL")->capture_default_str();
  app.add_option("--api-token", access.token, "Bearer token of the API")->envname("DUALCAM_API_TOKEN");
  app.add_option("--api-token-file", access.token_file, "Or a file with it: nobody sees it in the process list")
      ->type_name("PATH");
}

void add_request_wish(CLI::App& app, request::CommandOptions& options) {
  constexpr unsigned best_resolution = 4;
  app.add_option("IMEI", options.imei, "The device")->type_name("");
  app.add_flag("--video", options.video, "Ask for a video");
  app.add_flag("--photo", options.photo, "Ask for a photo, taken now");
  app.add_option("--at", options.at, "When the video begins: 2026-11-21T10:15:00Z, or now")->type_name("TIME");
  app.add_option("--for", options.length, "How long it is: 10s unless said otherwise, 600s at most")->type_name("TIME");
  app.add_option("--around", options.around, "Instead: around this device event, or this time")
      ->type_name("EVENT|TIME");
  app.add_option("--before", options.before, "With --around: so much before it")->type_name("TIME");
  app.add_option("--after", options.after, "With --around: so much after it")->type_name("TIME");
  app.add_flag("--front", options.front, "The front camera, as without any of these");
  app.add_flag("--rear", options.rear, "The rear camera");
  app.add_flag("--both", options.both, "Front and rear");
  app.add_option("--camera", options.camera, "Another one: adas, dsm or dash")
      ->check(CLI::IsMember({"front", "rear", "adas", "dsm", "dash"}))
      ->type_name("NAME");
  app.add_option("--resolution", options.resolution,
                 "Of a photo: 0 160x120, 1 320x240, 2 640x480, 3 1280x720, 4 1920x1080")
      ->check(CLI::Range(0U, best_resolution));
  app.add_option("--channel", options.channel, "The way to the device: avl (its own link), webhook or sms")
      ->check(CLI::IsMember({"avl", "webhook", "sms"}))
      ->type_name("NAME");
  app.add_option("--deadline", options.deadline, "Give up after so long: 2h, 24h")->type_name("TIME");
  app.add_flag("--wait", options.wait, "See it come; the exit code says how it ended");
}

void add_request_rest(CLI::App& app, request::CommandOptions& options) {
  constexpr unsigned most_listed = 500;
  app.add_flag("--list", options.list, "List requests, the newest first; of a device, with its IMEI");
  app.add_option("--state", options.state, "With --list: only those that are queued, sent, accepted, …")
      ->type_name("STATE");
  app.add_option("--limit", options.limit, "With --list: at most so many")
      ->check(CLI::Range(1U, most_listed))
      ->capture_default_str();
  app.add_option("--cancel", options.cancel, "Cancel this request")->type_name("ID");
  app.add_option("--watch", options.watch, "Wait for this request")->type_name("ID");
  add_access(app, options.access);
  app.add_flag("--json", options.json, "JSON instead of text, as the API has it");
  app.add_flag("--quiet", options.quiet, "No progress, only the end");
  app.footer(cli::request_examples);
}

// ---- trigger: what is direct needs no server

void add_interfaces(CLI::App& app, std::vector<std::string>& interfaces) {
  app.add_option("--interface", interfaces, "Through this one alone, by name or address; repeatable")->type_name("IF");
}

void add_edgertronic(CLI::App& app, trigger::EdgertronicOptions& options) {
  app.add_option("NAME", options.name, "What the cameras call their files")->type_name("");
  CLI::Option* conf =
      app.add_option("--conf", options.conf, "Group, port and payload as in the cameras' own file")->type_name("PATH");
  const auto add = [&](const char* name, auto& value, const char* words, const char* type) {
    app.add_option(name, value, words)->type_name(type)->capture_default_str()->excludes(conf);
  };
  add("--address", options.address, "The cameras' group, or one camera", "ADDRESS");
  add("--port", options.port, "Its port", "PORT");
  add("--payload", options.payload, "The number that the cameras of a group share", "NUMBER");
  add_interfaces(app, options.interfaces);
  app.add_option("--repeat", options.repeat, "How often it is sent")
      ->check(CLI::Range(1U, trigger::most_repeats))
      ->capture_default_str();
  app.add_option("--write-conf", options.write_conf, "Write the cameras' file instead; nothing is sent")
      ->type_name("PATH")
      ->excludes(conf);
  app.add_flag("--json", options.json, "JSON instead of text");
  app.footer(cli::edgertronic_examples);
}

void add_shogun(CLI::App& app, trigger::ShogunOptions& options) {
  app.add_option("VERB", options.verb, "start, stop or complete")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"start", "stop", "complete"}));
  app.add_option("NAME", options.name, "Of the take")->required()->type_name("");
  app.add_option("--path", options.path, "Folder on the stage's computer; Vicon wants one")->type_name("FOLDER");
  app.add_option("--to", options.to, "Where to; repeatable")->type_name("HOST:PORT");
  app.add_option("--flavour", options.flavour, "vicon, optitrack, rokoko, qtm, xsens, manus or nokov")
      ->type_name("NAME")
      ->capture_default_str();
  add_interfaces(app, options.interfaces);
  app.add_option("--delay", options.delay_ms, "Milliseconds until it begins or ends")->capture_default_str();
  app.add_option("--notes", options.notes, "Of a start");
  app.add_option("--description", options.description, "Of a start");
  app.add_option("--result", options.result, "Of a stop: success, fail or cancel")->type_name("WORD");
  app.add_option("--packet-id", options.packet_id, "A new one unless given");
  app.add_option("--repeat", options.repeat, "How often it is sent, as the same packet")
      ->check(CLI::Range(1U, trigger::most_repeats))
      ->capture_default_str();
  app.add_flag("--json", options.json, "JSON instead of text");
  app.footer(cli::shogun_examples);
}

void add_listen(CLI::App& app, trigger::ListenOptions& options) {
  app.add_option("PROTOCOL", options.protocol, "edgertronic or shogun")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"edgertronic", "shogun"}));
  app.add_option("--address", options.address, "A group to join, or an address of this host")->type_name("ADDRESS");
  app.add_option("--port", options.port, "Unless it is the protocol's own")->type_name("PORT");
  add_interfaces(app, options.interfaces);
  app.add_option("--payload", options.payload, "Of edgertronic: the group's number")
      ->type_name("NUMBER")
      ->capture_default_str();
  app.add_option("--flavour", options.flavour, "Of shogun: the form that is spoken")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--count", options.count, "End after so many");
  app.add_option("--for", options.length, "End after this time: 10s, 5m")->type_name("TIME");
  app.add_flag("--json", options.json, "A line of JSON for each instead of text");
  app.footer(cli::listen_examples);
}

void add_server(CLI::App& app, trigger::ServerOptions& options) {
  add_access(app, options.access);
  app.add_flag("--json", options.json, "JSON instead of text, as the API has it");
}

void add_send(CLI::App& app, trigger::SendOptions& options) {
  app.add_option("TARGET", options.target, "As the relay calls it")->required()->type_name("");
  app.add_option("VERB", options.verb, "What it is to do")->required()->type_name("");
  app.add_option("KEY=VALUE", options.parameters, "How")->type_name("");
  app.add_flag("--wait", options.wait, "For what becomes of it");
  app.footer(cli::send_examples);
}

void add_event(CLI::App& app, trigger::EventOptions& options) {
  app.add_option("KIND", options.kind, "Of the event")->required()->type_name("");
  app.add_option("KEY=VALUE", options.fields, "Its fields")->type_name("");
  app.add_option("--key", options.key, "Copies of one event have the same");
  app.footer(cli::event_example);
}

void add_list(CLI::App& app, trigger::ListOptions& options) {
  constexpr unsigned most_listed = 500;
  app.add_flag("--in", options.incoming, "What was heard alone");
  app.add_flag("--out", options.outgoing, "What was done alone");
  app.add_option("--protocol", options.protocol, "Of this protocol");
  app.add_option("--endpoint", options.endpoint, "Heard from it or done to it");
  app.add_option("--rule", options.rule, "Of this rule");
  app.add_option("--outcome", options.outcome, "heard, confirmed, unconfirmed, refused, failed, …");
  app.add_option("--take", options.take, "Of this take")->type_name("ID");
  app.add_option("--cause", options.cause, "Because of this event")->type_name("ID");
  app.add_option("--from", options.from, "Not before")->type_name("TIME");
  app.add_option("--to", options.to, "Before")->type_name("TIME");
  app.add_option("--limit", options.limit, "At most so many")
      ->check(CLI::Range(1U, most_listed))
      ->capture_default_str();
  app.footer(cli::list_examples);
}

void add_watch(CLI::App& app, trigger::WatchOptions& options) {
  app.add_option("--topics", options.topics,
                 "Some of trigger, take, camera, arm, capture, media, with commas; else all")
      ->type_name("NAMES");
  app.add_option("--count", options.count, "End after so many");
  app.add_option("--for", options.length, "End after this time: 10s, 5m")->type_name("TIME");
  app.footer(cli::watch_examples);
}

void add_arm(CLI::App& app, trigger::ArmOptions& options) {
  app.add_option("WHAT", options.scope, "rule or target; everything without it")->type_name("");
  app.add_option("NAME", options.name, "Of the rule or target")->type_name("");
  app.add_option("--for", options.length, "So long: 10m, 2h; then it flips back")->type_name("TIME");
  app.footer(cli::arm_examples);
}

void add_dry_run(CLI::App& app, trigger::DryRunOptions& options) {
  app.add_option("--hex", options.hex, "The datagram")->required()->type_name("HEX");
  app.add_option("--endpoint", options.endpoint, "That would hear it")->type_name("NAME");
  app.add_option("--protocol", options.protocol, "Where no endpoint is named")->type_name("NAME");
  app.footer(cli::dry_run_examples);
}

template <class Options>
CLI::App* add_trigger_command(CLI::App& app, TriggerFlags& flags, const char* name, const char* words, Options& options,
                              trigger::Outcome (*run)(const Options&)) {
  CLI::App* command = app.add_subcommand(name, words);
  command->callback([&flags, &options, run] { flags.run = [&options, run] { return run(options); }; });
  return command;
}

void add_trigger(CLI::App& app, TriggerFlags& flags) {
  app.require_subcommand(1);
  app.footer(cli::trigger_examples);
  const auto add = [&](const char* name, const char* words, auto& options, auto run) -> CLI::App& {
    return *add_trigger_command(app, flags, name, words, options, run);
  };
  add_edgertronic(
      add("edgertronic", "Fire edgertronic cameras, from here", flags.edgertronic, trigger::run_edgertronic),
      flags.edgertronic);
  add_shogun(
      add("shogun", "Tell a motion-capture stage, or others what a stage would", flags.shogun, trigger::run_shogun),
      flags.shogun);
  add_listen(add("listen", "Print the datagrams that come in here", flags.listen, trigger::run_listen), flags.listen);
  const auto add_remote = [&](const char* name, const char* words, auto& options, auto run) -> CLI::App& {
    CLI::App& command = add(name, words, options, run);
    add_server(command, options.server);
    return command;
  };
  add_send(add_remote("send", "Have the server tell a target something", flags.send, trigger::run_send), flags.send);
  add_event(add_remote("event", "Give the server's rules an event", flags.event, trigger::run_event), flags.event);
  add_list(add_remote("list", "What was heard and done", flags.list, trigger::run_list), flags.list);
  add_watch(add_remote("watch", "What is heard and done, as it happens", flags.watch, trigger::run_watch), flags.watch);
  add_remote("cameras", "How cameras and other endpoints are", flags.cameras, trigger::run_cameras)
      .footer(cli::cameras_example);
  add_arm(add_remote("arm", "Let rules and targets act", flags.arm, trigger::run_arm), flags.arm);
  add_arm(add_remote("disarm", "Keep rules and targets from acting", flags.disarm, trigger::run_arm), flags.disarm);
  CLI::App& rules = add_remote("rules", "Print or replace the rules", flags.rules, trigger::run_rules);
  rules.add_option("--put", flags.rules.put, "JSON; - is standard input")->type_name("PATH");
  rules.footer(cli::rules_examples);
  add_dry_run(add_remote("dry-run", "What would a datagram do?", flags.dry_run, trigger::run_dry_run), flags.dry_run);
}

// ---- completion

cli::CompletedCommand described(const CLI::App& app) {
  cli::CompletedCommand command{.name = app.get_name(), .help = app.get_description(), .options = {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      command.takes_path = command.takes_path || option->get_name() == "FILE";
      continue;
    }
    command.options.push_back({.name = "--" + option->get_lnames().front(),
                               .help = option->get_description(),
                               .takes_value = option->get_expected_max() > 0,
                               .takes_path = option->get_type_name() == "PATH"});
  }
  for (const CLI::App* sub : app.get_subcommands(nullptr)) command.commands.push_back(described(*sub));
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "The operator's tool of dualcamd: simulated cameras, the camera protocol explained, stored files proved, media "
      "files looked into and converted, clips asked for, cameras fired.",
      "dualcam"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "dualcam " DUALCAM_VERSION);
  app.footer("dualcam COMMAND --help shows each command with examples.");
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return fmt::format("dualcam: {}. dualcam COMMAND --help shows what each command takes.\n", error.what());
  });

  SimFlags sim_flags;
  CLI::App* sim = app.add_subcommand("sim", "Run a fleet of simulated cameras and compare what the server stores");
  add_sim_traffic(*sim, sim_flags);
  add_sim_faults(*sim, sim_flags);
  add_sim_trackers(*sim, sim_flags);
  add_sim_rest(*sim, sim_flags);
  sim->footer(cli::sim_examples);

  ExplainFlags explain_flags;
  CLI::App* explain = app.add_subcommand("explain", "Annotate the bytes of a camera session");
  add_explain(*explain, explain_flags);

  verify::CommandOptions verify_options;
  CLI::App* verify = app.add_subcommand("verify", "Prove that stored files are what the cameras sent");
  add_verify(*verify, verify_options);

  media::ProbeOptions probe_options;
  CLI::App* probe = app.add_subcommand("probe", "Say what is inside media files, and whether they are whole");
  add_probe(*probe, probe_options);

  media::ConvertOptions convert_options;
  CLI::App* convert = app.add_subcommand("convert", "Make an MP4 that plays everywhere");
  add_convert(*convert, convert_options);

  request::CommandOptions request_options;
  CLI::App* request = app.add_subcommand("request", "Ask a camera for a video or a photo, and see it come");
  add_request_wish(*request, request_options);
  add_request_rest(*request, request_options);

  TriggerFlags trigger_flags;
  CLI::App* trigger = app.add_subcommand("trigger", "Fire cameras and stages, and see what is fired and heard");
  add_trigger(*trigger, trigger_flags);

  std::string shell;
  CLI::App* completion = app.add_subcommand("completion", "Print a completion script for a shell");
  completion->add_option("SHELL", shell, "bash, zsh or fish")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->footer(cli::completion_examples);
  CLI::App* version = app.add_subcommand("version", "Print the version");
  version->footer("Example:\n  dualcam version");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EXIT_SUCCESS : usage_error;
  }
  if (sim->parsed()) return run_sim(sim_flags);
  if (explain->parsed()) return run_explain(explain_flags);
  if (verify->parsed()) return static_cast<int>(verify::run_command(verify_options));
  if (probe->parsed()) return static_cast<int>(media::run_probe(probe_options));
  if (convert->parsed()) return static_cast<int>(media::run_convert(convert_options));
  if (request->parsed()) return static_cast<int>(request::run_command(request_options));
  if (trigger->parsed()) return static_cast<int>(trigger_flags.run());
  if (completion->parsed())
    fmt::print("{}", cli::completion_script(shell, described(app).commands).value_or(""));
  else
    fmt::print("dualcam {}\n", DUALCAM_VERSION);
  return EXIT_SUCCESS;
}
