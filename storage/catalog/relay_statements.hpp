// The statements about the relay's log: triggers, takes, pending commands. Writing ones run inside of the writer's
// transaction.
#pragma once

#include <span>

#include "storage/catalog/page.hpp"
#include "storage/catalog/relay_catalog.hpp"

namespace storage::sql {

// In the order of the ids, each id once: as one statement for many rows needs it.
base::Result<> put_triggers(Connection& connection, std::span<const Trigger> triggers);
base::Result<> put_takes(Connection& connection, std::span<const RelayTake> takes);
base::Result<> put_pending(Connection& connection, std::span<const PendingCommand> pending);
base::Result<> drop_pending(Connection& connection, std::span<const base::Uuid> ids);

base::Result<TriggerPage> list_triggers(Connection& connection, const TriggerQuery& query);
base::Result<std::optional<Trigger>> find_trigger(Connection& connection, const base::Uuid& id);
base::Result<RelayTakePage> list_takes(Connection& connection, std::uint32_t limit, std::string_view cursor);
base::Result<std::optional<RelayTake>> find_take(Connection& connection, const base::Uuid& id);
base::Result<std::uint64_t> last_take_number(Connection& connection);
base::Result<std::vector<PendingCommand>> pending_commands(Connection& connection, std::string_view node);

// How many were removed. Pass over those that others just write.
base::Result<std::uint64_t> forget_triggers(Connection& connection, base::UtcTime older_than, std::uint32_t limit);
base::Result<std::uint64_t> forget_takes(Connection& connection, base::UtcTime older_than, std::uint32_t limit);

// What the calls above ask: for the tests of the query plans, too.
base::Result<Query> triggers_query(const TriggerQuery& query, Dialect dialect);
base::Result<Query> takes_query(std::uint32_t limit, std::string_view cursor);
std::string_view forget_triggers_sql(Dialect dialect);
std::string_view forget_takes_sql(Dialect dialect);
constexpr std::string_view last_take_sql = "SELECT number FROM relay_takes ORDER BY number DESC LIMIT 1";
constexpr std::string_view end_triggers_sql =
    "UPDATE relay_triggers SET outcome = 'unconfirmed', reason = $2 WHERE outcome = 'pending' AND node = $1 AND "
    "NOT EXISTS (SELECT 1 FROM relay_pending WHERE relay_pending.id = relay_triggers.id)";
constexpr std::string_view end_takes_sql = "UPDATE relay_takes SET state = 'orphan' WHERE state = 'open' AND node = $1";
constexpr std::string_view pending_sql =
    "SELECT id, node, target, rule, command, due_at, expires_at FROM relay_pending WHERE node = $1 "
    "ORDER BY due_at, id";

}  // namespace storage::sql
