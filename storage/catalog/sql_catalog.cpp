#include "storage/catalog/sql_catalog.hpp"

#include "storage/catalog/device_statements.hpp"
#include "storage/catalog/intake_statements.hpp"
#include "storage/catalog/media_statements.hpp"
#include "storage/catalog/transfer_statements.hpp"

namespace storage {

base::Result<CommittedMedia> SqlCatalog::commit_media(const Media& media) {
  const Event event = media_stored_event(media);
  return database_.change([&](sql::Connection& connection) { return sql::store_media(connection, media, event); },
                          media.imei.number());
}

base::Result<std::optional<Media>> SqlCatalog::find_media(const base::Uuid& id) {
  return database_.ask([&](sql::Connection& connection) { return sql::find_media(connection, id); });
}

base::Result<std::optional<Media>> SqlCatalog::find_stored_file(const StoredFileQuery& query) {
  return database_.ask([&](sql::Connection& connection) { return sql::find_stored_file(connection, query); });
}

base::Result<MediaPage> SqlCatalog::list_media(const MediaQuery& query) {
  return database_.ask([&](sql::Connection& connection) { return sql::list_media(connection, query); });
}

base::Result<> SqlCatalog::record_transfer(const Transfer& transfer) {
  const bool prune = recorded_transfers_.fetch_add(1) % options_.prune_interval == 0;
  return database_.write([&](sql::Connection& connection) -> base::Result<> {
    if (auto stored = sql::store_transfer(connection, transfer); !stored) return stored;
    return prune ? sql::prune_transfers(connection, options_.kept_transfers) : base::Result<>{};
  });
}

base::Result<TransferPage> SqlCatalog::list_transfers(const TransferQuery& query) {
  return database_.ask([&](sql::Connection& connection) { return sql::list_transfers(connection, query); });
}

base::Result<> SqlCatalog::touch_device(const base::Imei& imei, std::uint16_t protocol, std::string_view peer,
                                        base::UtcTime seen) {
  return database_.write(
      [&](sql::Connection& connection) { return sql::touch_device(connection, imei, protocol, peer, seen); },
      imei.number());
}

base::Result<> SqlCatalog::label_device(const base::Imei& imei, std::string_view label) {
  return database_.write(
      [&](sql::Connection& connection) { return sql::label_device(connection, imei, label, base::utc_now()); },
      imei.number());
}

base::Result<std::optional<Device>> SqlCatalog::find_device(const base::Imei& imei) {
  return database_.ask([&](sql::Connection& connection) { return sql::find_device(connection, imei); });
}

base::Result<std::vector<Device>> SqlCatalog::list_devices() {
  return database_.ask([](sql::Connection& connection) { return sql::list_devices(connection); });
}

base::Result<IntakeReading> SqlCatalog::read_intake(const IntakeQuery& query) {
  return database_.ask([&](sql::Connection& connection) { return sql::read_intake(connection, query); });
}

base::Result<bool> SqlCatalog::change_intake(const IntakeChange& change) {
  const Event event = device_intake_event(change);
  return database_.change([&](sql::Connection& connection) { return sql::change_intake(connection, change, event); },
                          change.imei.number());
}

base::Result<std::vector<LimitedDevice>> SqlCatalog::limited_devices(std::uint32_t limit) {
  return database_.ask([&](sql::Connection& connection) { return sql::limited_devices(connection, limit); });
}

}  // namespace storage
