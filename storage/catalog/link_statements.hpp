// The statements about trackers' live links.
#pragma once

#include "storage/catalog/database.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace storage::sql {

base::Result<> put_link(Connection& connection, const TrackerLink& link);
base::Result<> drop_link(Connection& connection, const base::Imei& imei, std::string_view session);
base::Result<std::optional<TrackerLink>> find_link(Connection& connection, const base::Imei& imei);
base::Result<std::vector<TrackerLink>> links_of(Connection& connection, std::string_view node);

// Passes over those that others hold: waits for nobody.
base::Result<> drop_links_of(Connection& connection, std::string_view node);
// In transactions of its own: all at once, then those that were passed over, one by one.
base::Result<> close_links_of(Database& database, std::string_view node);

}  // namespace storage::sql
