// dualcam mavlink and its commands. None of them needs a server.
#include <memory>
#include <vector>

#include "tools/cli/commands.hpp"
#include "tools/cli/examples.hpp"
#include "tools/mavlink/commands.hpp"

namespace cli {

namespace {
namespace tool = mavlink::tool;

struct MavlinkFlags {
  tool::WatchOptions watch;
  tool::ShootOptions shoot;
  tool::ListOptions list;
};

void add_link(Arguments app, tool::LinkChoice& link) {
  app.add_option("--listen", link.listen, "UDP: wait for others here; 127.0.0.1:14550 unless given")
      .type_name("HOST[:PORT]");
  app.add_option("--to", link.to, "UDP: speak first, to there; port 14550 unless given").type_name("HOST[:PORT]");
  app.add_option("--tcp", link.tcp, "Connect to there; port 5760 unless given").type_name("HOST[:PORT]");
  app.add_option("--serial", link.serial, "A serial line, with 57600 baud unless given").type_name("DEVICE[:BAUD]");
  app.add_option("--key-file", link.key_file, "Sign, and check signatures: 64 hexadecimal digits, or a passphrase")
      .type_name("PATH");
  app.add_option("--identity", link.identity, "As which system and component it speaks")
      .type_name("SYSTEM/COMPONENT")
      .capture_default_str();
}

void add_watch(Arguments app, tool::WatchOptions& options) {
  add_link(app, options.link);
  app.add_option("--message", options.messages, "These alone, by name or number; repeatable").type_name("NAME");
  app.add_option("--from", options.from, "Of this component alone: 1/100").type_name("SYSTEM/COMPONENT");
  app.add_option("--count", options.count, "End after so many");
  app.add_option("--for", options.length, "End after this time: 10s, 5m").type_name("TIME");
  app.add_flag("--raw", options.raw, "The bytes as well");
  app.add_flag("--heartbeat", options.heartbeat, "Send heartbeats, so that others answer; --to does in any case");
  app.add_flag("--json", options.json, "A line of JSON for each instead of text");
  app.footer(mavlink_watch_examples);
}

void add_shoot(Arguments app, tool::ShootOptions& options) {
  add_link(app, options.link);
  app.add_option("--camera", options.camera, "1/100, or '1/1 camera 2' behind an autopilot; else the first one found")
      .type_name("CAMERA");
  app.add_option("--count", options.count, "So many images").capture_default_str();
  app.add_option("--interval", options.interval, "The camera takes them by itself, so far apart").type_name("TIME");
  app.add_option("--video", options.video, "Record for so long, in place of images").type_name("TIME");
  app.add_option("--wait", options.wait, "For the camera").type_name("TIME").capture_default_str();
  app.add_option("--image-wait", options.image_wait, "For each image, once it was asked for")
      .type_name("TIME")
      .capture_default_str();
  app.add_flag("--json", options.json, "A line of JSON for each thing that happens instead of text");
  app.footer(mavlink_shoot_examples);
}

void add_list(Arguments app, tool::ListOptions& options) {
  add_link(app, options.link);
  app.add_option("--wait", options.wait, "Listen and ask for so long").type_name("TIME").capture_default_str();
  app.add_flag("--json", options.json, "JSON instead of a table");
  app.footer(mavlink_list_examples);
}

}  // namespace

Command add_mavlink(Arguments program) {
  Arguments app = program.add_command("mavlink", "Hear MAVLink, and fire cameras that speak it");
  app.require_command();
  app.footer(mavlink_examples);
  const auto flags = std::make_shared<MavlinkFlags>();
  const Arguments watch = app.add_command("watch", "Print what is heard, decoded");
  add_watch(watch, flags->watch);
  const Arguments shoot = app.add_command("shoot", "Find a camera and have it take an image, or record");
  add_shoot(shoot, flags->shoot);
  const Arguments list = app.add_command("list", "The cameras that can be heard, and what they say of themselves");
  add_list(list, flags->list);
  const std::vector<Command> all{{watch, [flags] { return static_cast<int>(tool::run_watch(flags->watch)); }},
                                 {shoot, [flags] { return static_cast<int>(tool::run_shoot(flags->shoot)); }},
                                 {list, [flags] { return static_cast<int>(tool::run_list(flags->list)); }}};
  return {app, [all] { return run_given(all); }};
}

}  // namespace cli
