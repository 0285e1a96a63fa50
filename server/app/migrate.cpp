#include "server/app/migrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <vector>

#include "server/base/json.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/files/data_dir.hpp"

namespace app {

namespace {
struct Line {
  std::uint32_t version = 0;
  std::string name;
  std::optional<std::chrono::microseconds> duration;  // nothing in a dry run
};

base::Result<std::vector<Line>> plan(const Settings& settings) {
  const auto pending = storage::pending_migrations(settings.catalog);
  if (!pending) return std::unexpected(pending.error());
  std::vector<Line> lines;
  for (const auto& each : *pending) lines.push_back({each.version, each.name, std::nullopt});
  return lines;
}

base::Result<std::vector<Line>> apply(const Settings& settings) {
  // A catalog in the data directory belongs to the server that has the directory. Others know how to share.
  std::optional<storage::DataDirLock> lock;
  if (settings.catalog.starts_with("sqlite:")) {
    auto acquired = storage::DataDirLock::acquire(settings.data_dir);
    if (!acquired) return std::unexpected(acquired.error());
    lock.emplace(std::move(*acquired));
  }
  const auto catalog = storage::open_catalog(settings.catalog);
  if (!catalog) return std::unexpected(catalog.error());
  const auto applied = (*catalog)->migrate();
  if (!applied) return std::unexpected(applied.error());
  std::vector<Line> lines;
  for (const auto& each : *applied) lines.push_back({each.version, each.name, each.duration});
  return lines;
}

void print_json(const std::vector<Line>& lines, bool dry_run) {
  base::JsonWriter json;
  json.begin_object();
  json.member("dry_run", dry_run);
  json.key("migrations");
  json.begin_array();
  for (const Line& line : lines) {
    json.begin_object();
    json.member("version", line.version);
    json.member("name", line.name);
    if (line.duration) json.member("microseconds", line.duration->count());
    json.end_object();
  }
  json.end_array();
  json.end_object();
  fmt::print("{}\n", std::move(json).take());
}

void print_text(const std::vector<Line>& lines, bool dry_run) {
  for (const Line& line : lines) {
    fmt::print("{:04}_{}", line.version, line.name);
    if (line.duration) fmt::print(" applied in {} ms", (line.duration->count() + 999) / 1000);
    fmt::print("\n");
  }
  if (lines.empty())
    fmt::print("The catalog is up to date.\n");
  else if (dry_run)
    fmt::print("{} migrations would be applied; nothing was changed.\n", lines.size());
  else
    fmt::print("{} migrations applied; the catalog is up to date.\n", lines.size());
}
}  // namespace

base::Result<> migrate(const Settings& settings, const MigrateOptions& options) {
  const auto lines = options.dry_run ? plan(settings) : apply(settings);
  if (!lines) return std::unexpected(lines.error());
  if (options.json)
    print_json(*lines, options.dry_run);
  else
    print_text(*lines, options.dry_run);
  return {};
}

}  // namespace app
