// The statements about deletions, what is left of them, and holds. Writing ones run inside of the writer's transaction
// and lock the device's row first, as storing a file does: see GroupCommit::run() for `order`.
#pragma once

#include "storage/catalog/keeping_catalog.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

// Nothing where the file is not there, not of this device, or held.
base::Result<std::optional<Tombstone>> delete_media(Connection& connection, const base::Imei& imei,
                                                    const base::Uuid& id, std::string_view reason, base::UtcTime now);
base::Result<std::vector<Tombstone>> pending_removals(Connection& connection, const std::optional<AgeMark>& after,
                                                      std::uint32_t limit);
base::Result<> mark_removed(Connection& connection, const base::Uuid& id);
base::Result<std::optional<Tombstone>> find_tombstone(Connection& connection, const base::Uuid& id);
base::Result<std::optional<Tombstone>> find_tombstone_of(Connection& connection, std::string_view object_key);

// False where the file is not there.
base::Result<bool> hold_media(Connection& connection, const base::Imei& imei, const base::Uuid& id,
                              std::string_view reason, base::UtcTime now);
base::Result<bool> release_media(Connection& connection, const base::Imei& imei, const base::Uuid& id);

}  // namespace storage::sql
