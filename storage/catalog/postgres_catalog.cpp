#include "storage/catalog/postgres_catalog.hpp"

#include <fmt/format.h>

#include "storage/catalog/device_statements.hpp"
#include "storage/catalog/media_statements.hpp"
#include "storage/catalog/postgres_migration_target.hpp"
#include "storage/catalog/probe_statements.hpp"
#include "storage/catalog/transfer_statements.hpp"

namespace storage::postgres {

PostgresCatalog::PostgresCatalog(std::unique_ptr<Connector> connector, std::unique_ptr<Connection> connection,
                                 Options options)
    : options_(options),
      connector_(std::move(connector)),
      writer_(*connector_, std::move(connection)),
      readers_(*connector_) {}

base::Result<std::unique_ptr<PostgresCatalog>> PostgresCatalog::open(Location location, Options options) {
  auto connector = std::make_unique<Connector>(std::move(location));
  auto connection = connector->connect(Connection::Purpose::write, base::steady_now());
  if (!connection) return std::unexpected(connection.error());
  return std::unique_ptr<PostgresCatalog>(new PostgresCatalog(std::move(connector), std::move(*connection), options));
}

base::Result<std::vector<Migration>> PostgresCatalog::pending(const Location& location) {
  Connector connector(location);
  const auto connection = connector.connect(Connection::Purpose::read, base::steady_now());
  if (!connection) return std::unexpected(connection.error());
  PostgresMigrationTarget target(**connection, location.describe());
  return storage::pending(target, postgres_migrations());
}

base::Result<std::vector<AppliedMigration>> PostgresCatalog::migrate() {
  const auto& location = connector_->location();
  const auto connection =
      connector_->connect(Connection::Purpose::migrate, base::steady_now() + location.patience.write);
  if (!connection) return std::unexpected(connection.error());
  PostgresMigrationTarget target(**connection, location.describe());
  return storage::migrate(target, postgres_migrations());
}

base::Result<CommittedMedia> PostgresCatalog::commit_media(const Media& media) {
  const Event event = media_stored_event(media);
  CommittedMedia committed;
  const auto done = writer_.run(
      [&](sql::Connection& connection) -> base::Result<> {
        auto stored = sql::store_media(connection, media, event);
        if (!stored) return std::unexpected(stored.error());
        committed = std::move(*stored);
        return {};
      },
      media.imei.number());
  if (!done) return std::unexpected(done.error());
  return committed;
}

base::Result<std::optional<Media>> PostgresCatalog::find_media(const base::Uuid& id) {
  return readers_.with([&](sql::Connection& connection) { return sql::find_media(connection, id); });
}

base::Result<std::optional<Media>> PostgresCatalog::find_stored_file(const StoredFileQuery& query) {
  return readers_.with([&](sql::Connection& connection) { return sql::find_stored_file(connection, query); });
}

base::Result<MediaPage> PostgresCatalog::list_media(const MediaQuery& query) {
  return readers_.with([&](sql::Connection& connection) { return sql::list_media(connection, query); });
}

base::Result<> PostgresCatalog::record_transfer(const Transfer& transfer) {
  const bool prune = recorded_transfers_.fetch_add(1) % options_.prune_interval == 0;
  return writer_.run([&](sql::Connection& connection) -> base::Result<> {
    if (auto stored = sql::store_transfer(connection, transfer); !stored) return stored;
    return prune ? sql::prune_transfers(connection, options_.kept_transfers) : base::Result<>{};
  });
}

base::Result<TransferPage> PostgresCatalog::list_transfers(const TransferQuery& query) {
  return readers_.with([&](sql::Connection& connection) { return sql::list_transfers(connection, query); });
}

base::Result<> PostgresCatalog::touch_device(const base::Imei& imei, std::uint16_t protocol, std::string_view peer,
                                             base::UtcTime seen) {
  return writer_.run(
      [&](sql::Connection& connection) { return sql::touch_device(connection, imei, protocol, peer, seen); },
      imei.number());
}

base::Result<std::optional<Device>> PostgresCatalog::find_device(const base::Imei& imei) {
  return readers_.with([&](sql::Connection& connection) { return sql::find_device(connection, imei); });
}

base::Result<std::vector<Device>> PostgresCatalog::list_devices() {
  return readers_.with([](sql::Connection& connection) { return sql::list_devices(connection); });
}

// Over a connection of its own, at once: the writer may be waiting patiently for a server that is down, and the reason
// is wanted now. Connecting finds out, too, whether the server still runs with fsync.
base::Result<> PostgresCatalog::probe() {
  const auto connection = connector_->connect(Connection::Purpose::write, base::steady_now());
  if (!connection) return std::unexpected(connection.error());
  const auto now = base::utc_now();
  const auto id = base::Uuid::v7(now);
  if (auto written = sql::write_probe(**connection, id, now); !written) return written;
  const auto found = readers_.with([&](sql::Connection& reader) { return sql::has_probe(reader, id, now); });
  if (!found) return std::unexpected(found.error());
  if (!*found)
    return base::fail(base::Errc::io,
                      fmt::format("the catalog {} does not give back what was just written: a proxy in between sends "
                                  "readers to a standby, or somebody deletes its rows",
                                  describe()));
  return sql::clear_probe(**connection, id, now);
}

}  // namespace storage::postgres
