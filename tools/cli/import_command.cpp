// Files of another server taken over: dualcam import.
#include <memory>

#include "tools/cli/commands.hpp"
#include "tools/import/command.hpp"

namespace cli {

namespace {
constexpr const char* import_examples = R"(Examples:
  dualcam import /opt/traccar/media --layout traccar --dry-run       what would be taken, and nothing else
  sudo -u dualcamd dualcam import /opt/traccar/media --layout traccar --data-dir /var/lib/dualcamd
  dualcam import clips --imei 356307042441013 --camera front --time-zone Europe/Vilnius --data-dir var
  dualcam import media --catalog "$CATALOG" --objects 's3://media/cameras?endpoint=https://s3.example.com' --json

What a file is, is told from its bytes. Nothing is imported twice, nothing that is not whole is imported, and DIR is never
changed. With --data-dir the server must be stopped; with PostgreSQL and S3 it may run. docs/migration.md.

Exit codes: 0 every file is imported, or was before; 1 files were refused, which are listed; 2 wrong options, or a server
has the data directory; 3 catalog or object store could not be read or written.)";

void add_place(Arguments app, importing::CommandOptions& options) {
  app.add_option("--data-dir", options.data_dir, "That of dualcamd: its catalog, its objects, its spool")
      .type_name("PATH")
      .envname("DUALCAMD_DATA_DIR");
  app.add_option("--catalog", options.catalog,
                 "Another catalog: sqlite:PATH or postgresql://USER:PASSWORD@HOST/DATABASE")
      .type_name("URL")
      .envname("DUALCAMD_CATALOG");
  app.add_option("--objects", options.objects, "Another object store: file:DIR or s3://…")
      .type_name("URL")
      .envname("DUALCAMD_OBJECTS");
}

void add_reading(Arguments app, importing::CommandOptions& options) {
  app.add_option("--layout", options.layout,
                 "traccar takes IMEI/yyyyMMddHHmmss.EXTENSION alone; any finds IMEI and time anywhere in the path")
      .one_of({"any", "traccar"})
      .type_name("")
      .capture_default_str();
  app.add_option("--imei", options.imei, "The device of files whose path has no IMEI").type_name("IMEI");
  app.add_option("--time-zone", options.time_zone,
                 "Of the times in names: UTC, +02:00, Europe/Vilnius; default that of this machine")
      .type_name("ZONE");
  app.add_option("--camera", options.camera, "Which camera took all of it")
      .one_of({"front", "rear", "adas", "dsm", "dash", "unknown"})
      .type_name("")
      .capture_default_str();
  app.add_option("--max-size", options.max_mebibytes, "Larger files are refused")
      .within(1U, importing::most_mebibytes)
      .type_name("MIB")
      .capture_default_str();
}
}  // namespace

Command add_import(Arguments program) {
  const auto options = std::make_shared<importing::CommandOptions>();
  Arguments app = program.add_command("import", "Take over photos and videos that another server has stored");
  app.add_option("DIR", options->folder, "Folder with the other server's files").required().type_name("");
  add_place(app, *options);
  add_reading(app, *options);
  app.add_option("-j,--jobs", options->jobs, "Files stored at the same time")
      .within(1U, importing::most_jobs)
      .capture_default_str();
  app.add_flag("--dry-run", options->dry_run, "List what would be imported; store nothing");
  app.add_flag("--json", options->json, "One JSON document with every file instead of text");
  app.add_flag("--quiet", options->quiet, "No progress on the terminal");
  app.footer(import_examples);
  return {app, [options] { return static_cast<int>(importing::run_command(*options)); }};
}

}  // namespace cli
