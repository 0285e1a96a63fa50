// dualcam replay
#include <memory>

#include "tools/cli/commands.hpp"
#include "tools/cli/examples.hpp"
#include "tools/replay/command.hpp"

namespace cli {

namespace {
void add_replay_modes(Arguments app, replay::CommandOptions& options) {
  app.add_flag("--offline", options.offline,
               "Into the server's core, without a server: what it does, action by action");
  app.add_flag("--diff", options.diff, "What today's server would answer beside what the recorded one did");
  app.add_option("--extract", options.extract, "Save the files and metadata that the captures hold here")
      .type_name("PATH");
  app.add_option("--to", options.to, "Play the recorded cameras against this server").type_name("HOST:PORT");
  app.add_option("--avl-to", options.avl_to, "Play the recorded trackers against this server").type_name("HOST:PORT");
  app.add_option("--avl-udp-to", options.avl_udp_to, "Those that send datagrams; default that of --avl-to")
      .type_name("HOST:PORT");
  app.add_option("--relay-to", options.relay_to, "Send the recorded datagrams of edgertronic, Shogun and MAVLink here")
      .type_name("HOST:PORT");
  app.add_option("--imei", options.filter.imeis, "Of this device alone; repeatable").type_name("IMEI");
  app.add_option("--conversation", options.filter.conversations, "This conversation of the list alone; repeatable")
      .type_name("N");
}

void add_replay_server(Arguments app, replay::CommandOptions& options) {
  constexpr unsigned most_copies = 1'000'000, most_jobs = 100'000;
  app.add_option("--speed", options.speed, "Of the recorded pace: 1, 2, 0.5, or max for as fast as possible")
      .type_name("X")
      .capture_default_str();
  app.add_option("--copies", options.copies, "Of each device, each with an IMEI of its own")
      .within(1U, most_copies)
      .capture_default_str();
  app.add_option("--first-imei", options.first_imei, "IMEIs of copies count up from it; default 356307042441013")
      .type_name("IMEI");
  app.add_flag("--keep-imei", options.keep_imei, "Devices keep their IMEIs, as they do where there is one copy");
  app.add_option("--jobs", options.jobs, "Most devices at the same time").within(1U, most_jobs).capture_default_str();
  app.add_option("--wait", options.wait_s, "Seconds to wait for the server, beyond what the recorded one took")
      .within(0.1, 86'400.0)
      .capture_default_str();
  app.add_flag("--tls", options.tls, "Connect by TLS");
  app.add_option("--ca", options.tls_ca, "Trust the certificates in this PEM file").type_name("PATH");
  app.add_flag("--tls-insecure", options.tls_insecure, "Take any certificate");
}

void add_replay_offline(Arguments app, replay::CommandOptions& options) {
  constexpr unsigned most_runs = 1'000'000;
  app.add_flag("--step", options.step, "Stop behind each action: Enter, a number, s TIME, c or q");
  app.add_option("--from", options.from, "Show actions from this second of each conversation on").type_name("SECONDS");
  app.add_option("--until", options.until, "Show actions up to this second").type_name("SECONDS");
  app.add_option("--runs", options.runs, "So many times, and say whether the actions were the same")
      .within(1U, most_runs)
      .capture_default_str();
}
}  // namespace

Command add_replay(Arguments program) {
  Arguments app = program.add_command("replay", "Replay recorded sessions: against a server, or into its core alone");
  const auto options = std::make_shared<replay::CommandOptions>();
  app.add_option("FILE", options->files, "Captures, pcap or pcapng").required().type_name("");
  add_replay_modes(app, *options);
  add_replay_server(app, *options);
  add_replay_offline(app, *options);
  app.add_flag("--json", options->json, "One JSON document instead of text");
  app.add_flag("--quiet", options->quiet, "No progress, and of --offline only how it came out");
  app.footer(replay_examples);
  return {app, [options] { return static_cast<int>(replay::run_command(*options)); }};
}

}  // namespace cli
