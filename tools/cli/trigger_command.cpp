// dualcam trigger and its commands. What is direct needs no server.
#include <memory>
#include <utility>
#include <vector>

#include "tools/cli/commands.hpp"
#include "tools/cli/examples.hpp"
#include "tools/cli/trigger_flags.hpp"

namespace cli {

namespace {
void add_interfaces(Arguments app, std::vector<std::string>& interfaces) {
  app.add_option("--interface", interfaces, "Through this one alone, by name or address; repeatable").type_name("IF");
}

void add_edgertronic(Arguments app, trigger::EdgertronicOptions& options) {
  app.add_option("NAME", options.name, "What the cameras call their files").type_name("");
  const Argument conf =
      app.add_option("--conf", options.conf, "Group, port and payload as in the cameras' own file").type_name("PATH");
  const auto add = [&](const char* name, auto& value, const char* words, const char* type) {
    app.add_option(name, value, words).type_name(type).capture_default_str().excludes(conf);
  };
  add("--address", options.address, "The cameras' group, or one camera", "ADDRESS");
  add("--port", options.port, "Its port", "PORT");
  add("--payload", options.payload, "The number that the cameras of a group share", "NUMBER");
  add_interfaces(app, options.interfaces);
  app.add_option("--repeat", options.repeat, "How often it is sent")
      .within(1U, trigger::most_repeats)
      .capture_default_str();
  app.add_option("--write-conf", options.write_conf, "Write the cameras' file instead; nothing is sent")
      .type_name("PATH")
      .excludes(conf);
  app.add_flag("--json", options.json, "JSON instead of text");
  app.footer(edgertronic_examples);
}

void add_shogun(Arguments app, trigger::ShogunOptions& options) {
  app.add_option("VERB", options.verb, "start, stop or complete")
      .required()
      .type_name("")
      .one_of({"start", "stop", "complete"});
  app.add_option("NAME", options.name, "Of the take").required().type_name("");
  app.add_option("--path", options.path, "Folder on the stage's computer; Vicon wants one").type_name("FOLDER");
  app.add_option("--to", options.to, "Where to; repeatable").type_name("HOST:PORT");
  app.add_option("--flavour", options.flavour, "vicon, optitrack, rokoko, qtm, xsens, manus or nokov")
      .type_name("NAME")
      .capture_default_str();
  add_interfaces(app, options.interfaces);
  app.add_option("--delay", options.delay_ms, "Milliseconds until it begins or ends").capture_default_str();
  app.add_option("--notes", options.notes, "Of a start");
  app.add_option("--description", options.description, "Of a start");
  app.add_option("--result", options.result, "Of a stop: success, fail or cancel").type_name("WORD");
  app.add_option("--packet-id", options.packet_id, "A new one unless given");
  app.add_option("--repeat", options.repeat, "How often it is sent, as the same packet")
      .within(1U, trigger::most_repeats)
      .capture_default_str();
  app.add_flag("--json", options.json, "JSON instead of text");
  app.footer(shogun_examples);
}

void add_listen(Arguments app, trigger::ListenOptions& options) {
  app.add_option("PROTOCOL", options.protocol, "edgertronic or shogun")
      .required()
      .type_name("")
      .one_of({"edgertronic", "shogun"});
  app.add_option("--address", options.address, "A group to join, or an address of this host").type_name("ADDRESS");
  app.add_option("--port", options.port, "Unless it is the protocol's own").type_name("PORT");
  add_interfaces(app, options.interfaces);
  app.add_option("--payload", options.payload, "Of edgertronic: the group's number")
      .type_name("NUMBER")
      .capture_default_str();
  app.add_option("--flavour", options.flavour, "Of shogun: the form that is spoken")
      .type_name("NAME")
      .capture_default_str();
  app.add_option("--count", options.count, "End after so many");
  app.add_option("--for", options.length, "End after this time: 10s, 5m").type_name("TIME");
  app.add_flag("--json", options.json, "A line of JSON for each instead of text");
  app.footer(listen_examples);
}

void add_server(Arguments app, trigger::ServerOptions& options) {
  add_access(app, options.access);
  app.add_flag("--json", options.json, "JSON instead of text, as the API has it");
}

void add_send(Arguments app, trigger::SendOptions& options) {
  app.add_option("TARGET", options.target, "As the relay calls it").required().type_name("");
  app.add_option("VERB", options.verb, "What it is to do").required().type_name("");
  app.add_option("KEY=VALUE", options.parameters, "How").type_name("");
  app.add_flag("--wait", options.wait, "For what becomes of it");
  app.footer(send_examples);
}

void add_event(Arguments app, trigger::EventOptions& options) {
  app.add_option("KIND", options.kind, "Of the event").required().type_name("");
  app.add_option("KEY=VALUE", options.fields, "Its fields").type_name("");
  app.add_option("--key", options.key, "Copies of one event have the same");
  app.footer(event_example);
}

void add_list(Arguments app, trigger::ListOptions& options) {
  constexpr unsigned most_listed = 500;
  app.add_flag("--in", options.incoming, "What was heard alone");
  app.add_flag("--out", options.outgoing, "What was done alone");
  app.add_option("--protocol", options.protocol, "Of this protocol");
  app.add_option("--endpoint", options.endpoint, "Heard from it or done to it");
  app.add_option("--rule", options.rule, "Of this rule");
  app.add_option("--outcome", options.outcome, "heard, confirmed, unconfirmed, refused, failed, …");
  app.add_option("--take", options.take, "Of this take").type_name("ID");
  app.add_option("--cause", options.cause, "Because of this event").type_name("ID");
  app.add_option("--from", options.from, "Not before").type_name("TIME");
  app.add_option("--to", options.to, "Before").type_name("TIME");
  app.add_option("--limit", options.limit, "At most so many").within(1U, most_listed).capture_default_str();
  app.footer(list_examples);
}

void add_watch(Arguments app, trigger::WatchOptions& options) {
  app.add_option("--topics", options.topics,
                 "Some of trigger, take, camera, arm, capture, media, with commas; else all")
      .type_name("NAMES");
  app.add_option("--count", options.count, "End after so many");
  app.add_option("--for", options.length, "End after this time: 10s, 5m").type_name("TIME");
  app.footer(watch_examples);
}

void add_arm(Arguments app, trigger::ArmOptions& options) {
  app.add_option("WHAT", options.scope, "rule or target; everything without it").type_name("");
  app.add_option("NAME", options.name, "Of the rule or target").type_name("");
  app.add_option("--for", options.length, "So long: 10m, 2h; then it flips back").type_name("TIME");
  app.footer(arm_examples);
}

void add_dry_run(Arguments app, trigger::DryRunOptions& options) {
  app.add_option("--hex", options.hex, "The datagram").required().type_name("HEX");
  app.add_option("--endpoint", options.endpoint, "That would hear it").type_name("NAME");
  app.add_option("--protocol", options.protocol, "Where no endpoint is named").type_name("NAME");
  app.footer(dry_run_examples);
}

// The commands of trigger, of which one is given.
class TriggerCommands {
 public:
  TriggerCommands(Arguments app, std::shared_ptr<TriggerFlags> flags) : app_(app), flags_(std::move(flags)) {}

  template <class Options>
  Arguments add(const char* name, const char* words, const Options& options, trigger::Outcome (*run)(const Options&)) {
    Arguments command = app_.add_command(name, words);
    commands_.push_back({command, [flags = flags_, &options, run] { return static_cast<int>(run(options)); }});
    return command;
  }
  // One that asks the server.
  template <class Options>
  Arguments add_remote(const char* name, const char* words, Options& options, trigger::Outcome (*run)(const Options&)) {
    Arguments command = add(name, words, options, run);
    add_server(command, options.server);
    return command;
  }

  std::vector<Command> take() && { return std::move(commands_); }

 private:
  Arguments app_;
  const std::shared_ptr<TriggerFlags> flags_;
  std::vector<Command> commands_;
};

void add_direct(TriggerCommands& commands, TriggerFlags& flags) {
  add_edgertronic(
      commands.add("edgertronic", "Fire edgertronic cameras, from here", flags.edgertronic, trigger::run_edgertronic),
      flags.edgertronic);
  add_shogun(commands.add("shogun", "Tell a motion-capture stage, or others what a stage would", flags.shogun,
                          trigger::run_shogun),
             flags.shogun);
  add_listen(commands.add("listen", "Print the datagrams that come in here", flags.listen, trigger::run_listen),
             flags.listen);
}

void add_remote(TriggerCommands& commands, TriggerFlags& flags) {
  add_send(commands.add_remote("send", "Have the server tell a target something", flags.send, trigger::run_send),
           flags.send);
  add_event(commands.add_remote("event", "Give the server's rules an event", flags.event, trigger::run_event),
            flags.event);
  add_list(commands.add_remote("list", "What was heard and done", flags.list, trigger::run_list), flags.list);
  add_watch(commands.add_remote("watch", "What is heard and done, as it happens", flags.watch, trigger::run_watch),
            flags.watch);
  Arguments cameras =
      commands.add_remote("cameras", "How cameras and other endpoints are", flags.cameras, trigger::run_cameras);
  cameras.add_flag("--ready", flags.cameras.ready, "Exit code 1 unless all are armed and none is known to be away");
  cameras.footer(cameras_example);
  add_arm(commands.add_remote("arm", "Let rules and targets act", flags.arm, trigger::run_arm), flags.arm);
  add_arm(commands.add_remote("disarm", "Keep rules and targets from acting", flags.disarm, trigger::run_arm),
          flags.disarm);
  Arguments rules = commands.add_remote("rules", "Print or replace the rules", flags.rules, trigger::run_rules);
  rules.add_option("--put", flags.rules.put, "JSON; - is standard input").type_name("PATH");
  rules.footer(rules_examples);
  add_dry_run(commands.add_remote("dry-run", "What would a datagram do?", flags.dry_run, trigger::run_dry_run),
              flags.dry_run);
}
}  // namespace

Command add_trigger(Arguments program) {
  Arguments app = program.add_command("trigger", "Fire cameras and stages, and see what is fired and heard");
  app.require_command();
  app.footer(trigger_examples);
  const auto flags = std::make_shared<TriggerFlags>();
  TriggerCommands commands(app, flags);
  add_direct(commands, *flags);
  add_remote(commands, *flags);
  return {app, [all = std::move(commands).take()] { return run_given(all); }};
}

}  // namespace cli
