// dualcam request, and which server commands ask.
#include <memory>

#include "tools/cli/commands.hpp"
#include "tools/cli/examples.hpp"
#include "tools/request/command.hpp"

namespace cli {

void add_access(Arguments app, http::Access& access) {
  app.add_option("--api", access.api, "HTTP API of the server").type_name("URL").capture_default_str();
  app.add_option("--api-token", access.token, "Bearer token of the API").envname("DUALCAM_API_TOKEN");
  app.add_option("--api-token-file", access.token_file, "Or a file with it: nobody sees it in the process list")
      .type_name("PATH");
}

namespace {
void add_request_wish(Arguments app, request::CommandOptions& options) {
  constexpr unsigned best_resolution = 4;
  app.add_option("IMEI", options.imei, "The device").type_name("");
  app.add_flag("--video", options.video, "Ask for a video");
  app.add_flag("--photo", options.photo, "Ask for a photo, taken now");
  app.add_option("--at", options.at, "When the video begins: 2026-11-21T10:15:00Z, or now").type_name("TIME");
  app.add_option("--for", options.length, "How long it is: 10s unless said otherwise, 600s at most").type_name("TIME");
  app.add_option("--around", options.around, "Instead: around this device event, or this time").type_name("EVENT|TIME");
  app.add_option("--before", options.before, "With --around: so much before it").type_name("TIME");
  app.add_option("--after", options.after, "With --around: so much after it").type_name("TIME");
  app.add_flag("--front", options.front, "The front camera, as without any of these");
  app.add_flag("--rear", options.rear, "The rear camera");
  app.add_flag("--both", options.both, "Front and rear");
  app.add_option("--camera", options.camera, "Another one: adas, dsm or dash")
      .one_of({"front", "rear", "adas", "dsm", "dash"})
      .type_name("NAME");
  app.add_option("--resolution", options.resolution,
                 "Of a photo: 0 160x120, 1 320x240, 2 640x480, 3 1280x720, 4 1920x1080")
      .within(0U, best_resolution);
  app.add_option("--channel", options.channel, "The way to the device: avl (its own link), webhook or sms")
      .one_of({"avl", "webhook", "sms"})
      .type_name("NAME");
  app.add_option("--deadline", options.deadline, "Give up after so long: 2h, 24h").type_name("TIME");
  app.add_flag("--wait", options.wait, "See it come; the exit code says how it ended");
}

void add_request_rest(Arguments app, request::CommandOptions& options) {
  constexpr unsigned most_listed = 500;
  app.add_flag("--list", options.list, "List requests, the newest first; of a device, with its IMEI");
  app.add_option("--state", options.state, "With --list: only those that are queued, sent, accepted, …")
      .type_name("STATE");
  app.add_option("--limit", options.limit, "With --list: at most so many")
      .within(1U, most_listed)
      .capture_default_str();
  app.add_option("--cancel", options.cancel, "Cancel this request").type_name("ID");
  app.add_option("--watch", options.watch, "Wait for this request").type_name("ID");
  add_access(app, options.access);
  app.add_flag("--json", options.json, "JSON instead of text, as the API has it");
  app.add_flag("--quiet", options.quiet, "No progress, only the end");
  app.footer(request_examples);
}
}  // namespace

Command add_request(Arguments program) {
  Arguments app = program.add_command("request", "Ask a camera for a video or a photo, and see it come");
  const auto options = std::make_shared<request::CommandOptions>();
  add_request_wish(app, *options);
  add_request_rest(app, *options);
  return {app, [options] { return static_cast<int>(request::run_command(*options)); }};
}

}  // namespace cli
