#include "server/app/scrub.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "server/http/json.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/files/data_dir.hpp"
#include "storage/keeping/scrub.hpp"
#include "storage/objects/object_store.hpp"

namespace app {

namespace {
void print_text(const storage::ScrubRun& run, const std::vector<storage::Finding>& findings) {
  fmt::print("{} objects and {} files compared, {} files with {} bytes read again.\n", run.objects, run.files,
             run.hashed_files, run.hashed_bytes);
  if (run.removed_objects + run.removed_leftovers != 0)
    fmt::print("Removed: {} objects of deleted files or second copies, {} leftovers.\n", run.removed_objects,
               run.removed_leftovers);
  if (run.removed_derived + run.remade_derived != 0)
    fmt::print("Of what is made of files: {} objects that nothing names removed, {} lost ones are made again.\n",
               run.removed_derived, run.remade_derived);
  for (const storage::Finding& finding : findings)
    fmt::print("{} {}: {}\n", to_string(finding.kind), finding.object_key, finding.detail);
  fmt::print("{} orphans, {} missing, {} of a wrong size, {} damaged.\n", run.orphans, run.missing, run.wrong_size,
             run.damaged);
}
}  // namespace

base::Result<bool> scrub(const Settings& settings, const ScrubCommand& command) {
  // What is in the data directory belongs to the server that has it; others know how to share.
  std::optional<storage::DataDirLock> lock;
  if (settings.catalog.starts_with("sqlite:") || settings.objects.starts_with("file:")) {
    auto acquired = storage::DataDirLock::acquire(settings.data_dir);
    if (!acquired) return std::unexpected(acquired.error());
    lock.emplace(std::move(*acquired));
  }
  const auto objects = storage::open_object_store(settings.objects);
  if (!objects) return std::unexpected(objects.error());
  const auto catalog = storage::open_catalog(settings.catalog);
  if (!catalog) return std::unexpected(catalog.error());

  storage::KeepingCatalog& keeping = (*catalog)->keeping();
  storage::Scrub work(
      **catalog, **objects,
      {.node = "by hand", .sample_bytes = settings.scrub_sample, .rehash_all = command.rehash_all, .rest = false});
  const auto run = work.run({});
  if (!run) return std::unexpected(run.error());
  const auto findings = keeping.findings(storage::max_findings);
  if (!findings) return std::unexpected(findings.error());
  if (command.json)
    fmt::print("{}\n", http::scrub_json(*run, *findings));
  else
    print_text(*run, *findings);
  if (run->state == "failed") return base::fail(base::Errc::io, run->reason);
  return findings->empty();
}

}  // namespace app
