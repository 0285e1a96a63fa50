// What looks at files and bytes: dualcam explain, verify, probe and convert.
#include <fmt/format.h>

#include <memory>

#include "tools/cli/commands.hpp"
#include "tools/cli/examples.hpp"
#include "tools/explain/command.hpp"
#include "tools/media/convert.hpp"
#include "tools/media/probe.hpp"
#include "tools/verify/command.hpp"

namespace cli {

namespace {
struct ExplainFlags {
  explain::CommandOptions options;
  std::string from = "auto";
};

void add_explain(Arguments app, ExplainFlags& flags) {
  const Argument file =
      app.add_option("FILE", flags.options.file, "Capture as hex or binary; - is standard input").type_name("");
  Argument hex = app.add_option("--hex", flags.options.hex, "The bytes themselves, in hex").type_name("HEX");
  hex.excludes(file);
  app.add_option("--from", flags.from, "Who sent the bytes: device, server, or auto to tell each frame by its command")
      .one_of({"device", "server", "auto"})
      .type_name("")
      .capture_default_str();
  app.add_flag("--json", flags.options.json, "JSON instead of text");
  app.footer(explain_examples);
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

void add_verify(Arguments app, verify::CommandOptions& options) {
  app.add_option("FILE", options.files, "Prove that these are files that came from a camera").type_name("");
  const Argument objects =
      app.add_option("--objects", options.objects, "Object store: file:DIR or s3://…").type_name("URL");
  app.add_option("--segments", options.segments, "Or a folder with the objects below evidence/ alone")
      .type_name("PATH")
      .excludes(objects);
  app.add_option("--catalog", options.catalog, "Take what is not sealed yet from here; SELECT is enough")
      .type_name("URL");
  app.add_option("--imei", options.imei, "The history of this device alone").type_name("IMEI");
  app.add_option("--head", options.head, "Hash written down before: of a segment or, with --imei, of a record")
      .type_name("HASH");
  app.add_flag("--no-content", options.no_content, "Compare names and sizes of the objects, do not read them");
  app.add_option("-j,--jobs", options.jobs, "Objects read at the same time").within(1U, 64U).capture_default_str();
  app.add_flag("--json", options.json, "One JSON document instead of text");
  app.add_flag("--quiet", options.quiet, "No progress on the terminal");
  app.footer(verify_examples);
}

void add_probe(Arguments app, media::ProbeOptions& options) {
  app.add_option("FILE", options.files, "Media files").required().type_name("");
  app.add_flag("--json", options.json, "One JSON document instead of a table");
  app.footer(probe_examples);
}

void add_convert(Arguments app, media::ConvertOptions& options) {
  constexpr unsigned longest_edge = 16'384, least_crf = 1, largest_crf = 51;
  app.add_option("FILE", options.file, "Media file").required().type_name("");
  app.add_option("OUT", options.out, "The MP4 to make; default FILE with .mp4 at its end").type_name("");
  app.add_flag("--copy", options.copy,
               "Keep the pictures as the camera made them (HEVC does not play in every browser)");
  app.add_option("--thumbnail", options.thumbnail, "A picture of it, as JPEG").type_name("PATH");
  app.add_option("--height", options.encoding.max_height, "Most lines of the picture; 0: as it is")
      .within(0U, longest_edge)
      .capture_default_str();
  app.add_option("--crf", options.encoding.crf, "Quality of H.264, 1 to 51: lower is better and larger")
      .within(least_crf, largest_crf)
      .capture_default_str();
  app.add_option("--preset", options.encoding.preset, "Speed of H.264: slower is smaller")
      .one_of(
          {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"})
      .type_name("")
      .capture_default_str();
  app.add_flag("--force", options.force, "Replace OUT if it is there");
  app.add_flag("--json", options.json, "One JSON document instead of text");
  app.footer(convert_examples);
}
}  // namespace

Command add_explain(Arguments program) {
  Arguments app = program.add_command("explain", "Annotate the bytes of a camera session");
  const auto flags = std::make_shared<ExplainFlags>();
  add_explain(app, *flags);
  return {app, [flags] { return run_explain(*flags); }};
}

Command add_verify(Arguments program) {
  Arguments app = program.add_command("verify", "Prove that stored files are what the cameras sent");
  const auto options = std::make_shared<verify::CommandOptions>();
  add_verify(app, *options);
  return {app, [options] { return static_cast<int>(verify::run_command(*options)); }};
}

Command add_probe(Arguments program) {
  Arguments app = program.add_command("probe", "Say what is inside media files, and whether they are whole");
  const auto options = std::make_shared<media::ProbeOptions>();
  add_probe(app, *options);
  return {app, [options] { return static_cast<int>(media::run_probe(*options)); }};
}

Command add_convert(Arguments program) {
  Arguments app = program.add_command("convert", "Make an MP4 that plays everywhere");
  const auto options = std::make_shared<media::ConvertOptions>();
  add_convert(app, *options);
  return {app, [options] { return static_cast<int>(media::run_convert(*options)); }};
}

}  // namespace cli
