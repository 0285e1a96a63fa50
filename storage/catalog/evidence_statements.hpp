// The statements about the chains of evidence. They run inside of the writer's transaction, in which the device's row
// is locked: see GroupCommit::run() for `order`.
#pragma once

#include "server/base/imei.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

// The next record of the device's chain. The device is there.
base::Result<> append_evidence(Connection& connection, const base::Imei& imei, const base::Uuid& media,
                               std::string_view record);

}  // namespace storage::sql
