#include "storage/catalog/sqlite_catalog.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "storage/catalog/device_statements.hpp"
#include "storage/catalog/media_statements.hpp"
#include "storage/catalog/probe_statements.hpp"
#include "storage/catalog/sqlite_migration_target.hpp"
#include "storage/catalog/transfer_statements.hpp"
#include "storage/files/file_system.hpp"

namespace storage::sqlite {

namespace {
// What `read` says on a reader of its own.
template <class Read>
auto with_reader(Readers& readers, Read read) -> decltype(read(std::declval<Connection&>())) {
  const auto reader = readers.borrow();
  if (!reader) return std::unexpected(reader.error());
  return read(**reader);
}

base::Result<> make_parent_directories(const Location& location) {
  const auto parent = std::filesystem::path(location.path).parent_path();
  if (location.in_memory || parent.empty()) return {};
  return make_directories(posix_file_system(), parent);
}

// On a new connection, by the path: finds out, too, when the file was removed or replaced under the open ones.
base::Result<> read_back(const Location& location, const base::Uuid& probe_id, base::UtcTime written) {
  const auto fresh = Connection::open(location, Connection::Mode::reader);
  if (!fresh) return std::unexpected(fresh.error());
  const auto found = sql::has_probe(**fresh, probe_id, written);
  if (!found) return std::unexpected(found.error());
  if (!*found)
    return base::fail(base::Errc::io,
                      fmt::format("the catalog {} does not give back what was just written: its file was replaced or "
                                  "is damaged; restart the server, restore a backup if that does not help",
                                  location.describe()));
  return {};
}
}  // namespace

SqliteCatalog::SqliteCatalog(Location location, std::unique_ptr<Connection> connection, Options options)
    : location_(std::move(location)),
      options_(options),
      writer_(location_, std::move(connection)),
      readers_(location_) {}

base::Result<std::unique_ptr<SqliteCatalog>> SqliteCatalog::open(Location location, Options options) {
  if (auto made = make_parent_directories(location); !made) return std::unexpected(made.error());
  auto connection = Connection::open(location, Connection::Mode::create);
  if (!connection) return std::unexpected(connection.error());
  return std::unique_ptr<SqliteCatalog>(new SqliteCatalog(std::move(location), std::move(*connection), options));
}

base::Result<std::vector<AppliedMigration>> SqliteCatalog::migrate() {
  auto connection = Connection::open(location_, Connection::Mode::existing);
  if (!connection) return std::unexpected(connection.error());
  SqliteMigrationTarget target(**connection, describe());
  return storage::migrate(target, sqlite_migrations());
}

base::Result<std::vector<Migration>> SqliteCatalog::pending(const Location& location) {
  const auto all = sqlite_migrations();
  // A look must not make the file.
  if (location.in_memory || !std::filesystem::exists(location.path)) return std::vector(all.begin(), all.end());
  auto connection = Connection::open(location, Connection::Mode::reader);
  if (!connection) return std::unexpected(connection.error());
  SqliteMigrationTarget target(**connection, "sqlite:" + location.describe());
  return storage::pending(target, all);
}

base::Result<CommittedMedia> SqliteCatalog::commit_media(const Media& media) {
  const Event event = media_stored_event(media);
  CommittedMedia committed;
  const auto done = writer_.run([&](sql::Connection& connection) -> base::Result<> {
    auto stored = sql::store_media(connection, media, event);
    if (!stored) return std::unexpected(stored.error());
    committed = std::move(*stored);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return committed;
}

base::Result<std::optional<Media>> SqliteCatalog::find_media(const base::Uuid& id) {
  return with_reader(readers_, [&](sql::Connection& connection) { return sql::find_media(connection, id); });
}

base::Result<std::optional<Media>> SqliteCatalog::find_stored_file(const StoredFileQuery& query) {
  return with_reader(readers_, [&](sql::Connection& connection) { return sql::find_stored_file(connection, query); });
}

base::Result<MediaPage> SqliteCatalog::list_media(const MediaQuery& query) {
  return with_reader(readers_, [&](sql::Connection& connection) { return sql::list_media(connection, query); });
}

base::Result<> SqliteCatalog::record_transfer(const Transfer& transfer) {
  const bool prune = recorded_transfers_.fetch_add(1) % options_.prune_interval == 0;
  return writer_.run([&](sql::Connection& connection) -> base::Result<> {
    if (auto stored = sql::store_transfer(connection, transfer); !stored) return stored;
    return prune ? sql::prune_transfers(connection, options_.kept_transfers) : base::Result<>{};
  });
}

base::Result<TransferPage> SqliteCatalog::list_transfers(const TransferQuery& query) {
  return with_reader(readers_, [&](sql::Connection& connection) { return sql::list_transfers(connection, query); });
}

base::Result<> SqliteCatalog::touch_device(const base::Imei& imei, std::uint16_t protocol, std::string_view peer,
                                           base::UtcTime seen) {
  return writer_.run(
      [&](sql::Connection& connection) { return sql::touch_device(connection, imei, protocol, peer, seen); });
}

base::Result<std::optional<Device>> SqliteCatalog::find_device(const base::Imei& imei) {
  return with_reader(readers_, [&](sql::Connection& connection) { return sql::find_device(connection, imei); });
}

base::Result<std::vector<Device>> SqliteCatalog::list_devices() {
  return with_reader(readers_, [](sql::Connection& connection) { return sql::list_devices(connection); });
}

base::Result<> SqliteCatalog::probe() {
  const auto now = base::utc_now();
  const auto id = base::Uuid::v7(now);
  auto written = writer_.run([&](sql::Connection& connection) { return sql::write_probe(connection, id, now); });
  if (!written) return written;
  if (auto found = read_back(location_, id, now); !found) return found;
  return writer_.run([&](sql::Connection& connection) { return sql::clear_probe(connection, id, now); });
}

std::string SqliteCatalog::describe() const {
  return "sqlite:" + location_.describe();
}

}  // namespace storage::sqlite
