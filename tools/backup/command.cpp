#include "tools/backup/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "server/base/json.hpp"
#include "tools/backup/backup.hpp"

namespace backup {

namespace {
// More are in the MANIFEST.
constexpr std::size_t most_listed = 20;

Outcome refuse(const char* command, const base::Error& error) {
  fmt::print(stderr, "dualcam {}: {}\n", command, error.message);
  switch (error.code) {
    case base::Errc::invalid:
    case base::Errc::conflict: return Outcome::unusable;
    case base::Errc::corrupt: return Outcome::incomplete;
    default: return Outcome::failed;
  }
}

bool has_lost(const Manifest& manifest) {
  return std::ranges::any_of(manifest.absent, &Absent::lost);
}

void print_absent(const Manifest& manifest) {
  for (std::size_t i = 0; i < std::min(manifest.absent.size(), most_listed); ++i)
    fmt::print("Not in the backup: {}: {}\n", manifest.absent[i].key, manifest.absent[i].reason);
  if (manifest.absent.size() > most_listed)
    fmt::print("… and {} more, which are in the MANIFEST.\n", manifest.absent.size() - most_listed);
}

void add_absent(base::JsonWriter& json, const Manifest& manifest) {
  json.member("taken", manifest.taken);
  json.member("objects", manifest.objects.size());
  json.member("bytes", manifest.bytes());
  json.key("absent");
  json.begin_array();
  for (const Absent& absent : manifest.absent) {
    json.begin_object();
    json.member("object", absent.key);
    json.member("lost", absent.lost);
    json.member("reason", absent.reason);
    json.end_object();
  }
  json.end_array();
}

void print_made(const Made& made, bool as_json) {
  if (!as_json) {
    fmt::print(
        "Backup of {}: the catalog and {} objects with {} bytes. {} objects with {} bytes copied, {} were there, "
        "{} of deleted files removed.\n",
        base::to_iso8601(made.manifest.taken), made.manifest.objects.size(), made.manifest.bytes(), made.copied,
        made.copied_bytes, made.kept, made.removed);
    return print_absent(made.manifest);
  }
  base::JsonWriter json;
  json.begin_object();
  json.member("outcome", has_lost(made.manifest) ? "incomplete" : "done");
  add_absent(json, made.manifest);
  json.member("copied", made.copied);
  json.member("copied_bytes", made.copied_bytes);
  json.member("kept", made.kept);
  json.member("removed", made.removed);
  json.end_object();
  fmt::print("{}\n", std::move(json).take());
}

void print_restored(const Restored& restored, bool as_json) {
  if (!as_json) {
    fmt::print("Restored as of {}: the catalog and {} objects with {} bytes; {} were there already.\n",
               base::to_iso8601(restored.manifest.taken), restored.put, restored.put_bytes, restored.there);
    if (restored.deleted_again > 0)
      fmt::print("{} files that were deleted while the backup was made are deleted here, too.\n",
                 restored.deleted_again);
    if (!restored.not_deleted.empty())
      fmt::print(
          "Files that were deleted while the backup was made are still in the catalog, without their bytes: {}\n",
          restored.not_deleted);
    return print_absent(restored.manifest);
  }
  base::JsonWriter json;
  json.begin_object();
  json.member("outcome", "done");
  add_absent(json, restored.manifest);
  json.member("put", restored.put);
  json.member("put_bytes", restored.put_bytes);
  json.member("there", restored.there);
  json.member("deleted_again", restored.deleted_again);
  json.member("not_deleted", base::unless_empty(restored.not_deleted));
  json.end_object();
  fmt::print("{}\n", std::move(json).take());
}
}  // namespace

Outcome run_backup(const CommandOptions& options) {
  const auto catalog = catalog_kind(options.catalog);
  if (!catalog) return refuse("backup", catalog.error());
  const auto objects = storage::open_object_store_to_read(options.objects);
  if (!objects) return refuse("backup", objects.error());
  base::Result<Made> made;
  {
    verify::Progress progress(!options.quiet);
    made = make_backup(**catalog, **objects, {.folder = options.folder, .reread = options.reread}, progress);
  }
  if (!made) return refuse("backup", made.error());
  print_made(*made, options.json);
  return has_lost(made->manifest) ? Outcome::incomplete : Outcome::done;
}

Outcome run_restore(const CommandOptions& options) {
  const auto catalog = catalog_kind(options.catalog);
  if (!catalog) return refuse("restore", catalog.error());
  const auto objects = storage::open_object_store(options.objects);
  if (!objects) return refuse("restore", objects.error());
  base::Result<Restored> restored;
  {
    verify::Progress progress(!options.quiet);
    restored = restore(options.folder, **catalog, **objects, options.resume, progress);
  }
  if (!restored) return refuse("restore", restored.error());
  print_restored(*restored, options.json);
  return Outcome::done;
}

}  // namespace backup
