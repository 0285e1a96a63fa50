// What keeps a whole system safe: dualcam backup and restore.
#include <memory>

#include "tools/backup/command.hpp"
#include "tools/cli/commands.hpp"

namespace cli {

namespace {
constexpr const char* backup_examples = R"(Examples:
  dualcam backup --catalog sqlite:/var/lib/dualcamd/catalog.db --objects file:/var/lib/dualcamd/objects --to /backup
  dualcam backup --catalog "$CATALOG" --objects 's3://media/cameras?endpoint=https://s3.example.com' --to /backup --json

Servers go on working meanwhile. A second backup into the same folder copies only what is new, and one that broke off is
gone on with. PostgreSQL takes pg_dump, of the server's version or later; keys of S3 as for dualcamd. docs/backup.md.

Exit codes: 0 done; 1 done, but the store has lost or damaged objects that the catalog names; 2 wrong options;
3 something could not be read or written.)";

constexpr const char* restore_examples = R"(Examples:
  dualcam restore --from /backup --catalog sqlite:/var/lib/dualcamd/catalog.db --objects file:/var/lib/dualcamd/objects
  dualcam restore --from /backup --catalog "$CATALOG" --objects 's3://new?endpoint=https://s3.example.com' --resume

No server may run. The store may be of another kind than the one that was backed up, the catalog may not. Every checksum
is compared; the catalog comes last, so that nothing half restored can be started. Then: dualcamd scrub, dualcam verify.

Exit codes: 0 restored; 1 the backup is damaged; 2 wrong options, no empty target, or another kind of catalog;
3 something could not be read or written.)";

void add_common(Arguments app, backup::CommandOptions& options) {
  app.add_option("--catalog", options.catalog, "sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
      .type_name("URL")
      .envname("DUALCAMD_CATALOG")
      .required();
  app.add_option("--objects", options.objects, "Object store: file:DIR or s3://…")
      .type_name("URL")
      .envname("DUALCAMD_OBJECTS")
      .required();
  app.add_flag("--json", options.json, "One JSON document instead of text");
  app.add_flag("--quiet", options.quiet, "No progress on the terminal");
}
}  // namespace

Command add_backup(Arguments program) {
  Arguments app = program.add_command("backup", "Back up catalog and objects of a system that may be running");
  const auto options = std::make_shared<backup::CommandOptions>();
  add_common(app, *options);
  app.add_option("--to", options->folder, "Folder of the backup").type_name("PATH").required();
  app.add_flag("--reread", options->reread, "Read and compare what is in the backup already");
  app.footer(backup_examples);
  return {app, [options] { return static_cast<int>(backup::run_backup(*options)); }};
}

Command add_restore(Arguments program) {
  Arguments app = program.add_command("restore", "Put a backup back into an empty catalog and store");
  const auto options = std::make_shared<backup::CommandOptions>();
  app.add_option("--from", options->folder, "Folder of the backup").type_name("PATH").required();
  add_common(app, *options);
  app.add_flag("--resume", options->resume, "Go on with a restore that broke off");
  app.footer(restore_examples);
  return {app, [options] { return static_cast<int>(backup::run_restore(*options)); }};
}

}  // namespace cli
