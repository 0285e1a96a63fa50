#include "server/app/stores.hpp"

#include <utility>

#include "server/base/log.hpp"

namespace app {

namespace {
void log_applied(const std::vector<storage::AppliedMigration>& applied) {
  for (const auto& migration : applied)
    base::log::info(
        "catalog migration applied",
        {{"version", migration.version}, {"name", migration.name}, {"microseconds", migration.duration.count()}});
}

// Until a store that is down works again /readyz says what is wrong, and no camera is told that its file is stored.
base::Result<> check_objects(storage::ObjectStore& objects) {
  auto probed = objects.probe();
  if (probed || probed.error().code == base::Errc::invalid || probed.error().code == base::Errc::refused) return probed;
  base::log::error("the object store does not work; starting without it", {{"reason", probed.error().message}});
  return {};
}
}  // namespace

base::Result<Stores> open_stores(const Settings& settings) {
  auto objects = storage::open_object_store(settings.objects);
  if (!objects) return std::unexpected(objects.error());
  if (auto usable = check_objects(**objects); !usable) return std::unexpected(usable.error());
  auto catalog = storage::open_catalog(settings.catalog);
  if (!catalog) return std::unexpected(catalog.error());
  const auto applied = (*catalog)->migrate();
  if (!applied) return std::unexpected(applied.error());
  log_applied(*applied);
  return Stores{std::move(*objects), std::move(*catalog)};
}

}  // namespace app
