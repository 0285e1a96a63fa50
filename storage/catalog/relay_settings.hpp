// The statements about what people set of the relay, and what it measures. Writing ones run inside of the writer's
// transaction, behind lock_settings().
#pragma once

#include <optional>
#include <vector>

#include "storage/catalog/relay_catalog.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

// Until the end of the transaction: all that changes settings, of whatever kind, comes one after the other.
base::Result<> lock_settings(Connection& connection);

base::Result<RelayRules> find_rules(Connection& connection);
// Nothing: another version stands.
base::Result<std::optional<RelayRules>> put_rules(Connection& connection, std::string_view rules,
                                                  std::uint64_t expected, base::UtcTime now);
base::Result<std::vector<RelayArm>> list_arms(Connection& connection);
base::Result<> put_arm(Connection& connection, const RelayArm& arm);
base::Result<std::vector<RelayLatency>> list_latencies(Connection& connection);
base::Result<> put_latency(Connection& connection, const RelayLatency& latency);

}  // namespace storage::sql
