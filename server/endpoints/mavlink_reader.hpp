// Reads the tables [[mavlink]] of the configuration.
#pragma once

#include "server/endpoints/config.hpp"
#include "server/endpoints/config_parts.hpp"
#include "server/endpoints/table.hpp"

namespace endpoints {

// Faults are the table's.
MavlinkConfig read_mavlink(Table& table, Names& names);
// Once all endpoints are known: what a camera is `of` must be there. Faults are the file's.
void check_mavlink(Table& file, const Config& config);

}  // namespace endpoints
