// The statements about devices. Writing ones run inside of the writer's transaction.
#pragma once

#include "storage/catalog/catalog.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

base::Result<> touch_device(Connection& connection, const base::Imei& imei, std::uint16_t protocol,
                            std::string_view peer, base::UtcTime seen);
// With the device, where it is missing.
base::Result<> label_device(Connection& connection, const base::Imei& imei, std::string_view label, base::UtcTime seen);
// Makes the device where it is missing, and leaves it alone where it is not.
base::Result<> ensure_device(Connection& connection, const base::Imei& imei, base::UtcTime seen);
// Until the end of the transaction, as any change of the row does.
base::Result<> lock_device(Connection& connection, const base::Imei& imei);
// One file more, and one less.
base::Result<> count_media(Connection& connection, const base::Imei& imei, std::uint64_t size);
base::Result<> discount_media(Connection& connection, const base::Imei& imei, std::uint64_t size);
base::Result<std::optional<Device>> find_device(Connection& connection, const base::Imei& imei);
// By IMEI.
base::Result<std::vector<Device>> list_devices(Connection& connection);

}  // namespace storage::sql
