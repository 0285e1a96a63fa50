// The statements about what is taken of a device. Writing ones run inside of the writer's transaction.
#pragma once

#include "storage/catalog/intake_catalog.hpp"
#include "storage/catalog/outbox.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

base::Result<IntakeReading> read_intake(Connection& connection, const IntakeQuery& query);
base::Result<bool> change_intake(Connection& connection, const IntakeChange& change, const Event& event);
base::Result<std::vector<LimitedDevice>> limited_devices(Connection& connection, std::uint32_t limit);

}  // namespace storage::sql
