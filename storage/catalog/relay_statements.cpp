// What is asked of the relay's log, and how long it is kept; relay_noting.cpp writes it.
#include "storage/catalog/relay_statements.hpp"

#include <fmt/format.h>

#include "storage/catalog/dialect.hpp"
#include "storage/catalog/rows.hpp"

namespace storage::sql {

namespace {
// Without `raw`, which comes behind them where it is asked for.
constexpr std::string_view trigger_columns =
    "id, incoming, node, protocol, endpoint, kind, rule, outcome, reason, fields, peer, cause, take_id, at, due_at, "
    "late_us, latency_us";
constexpr int raw_column = 17;
constexpr std::string_view take_columns =
    "id, number, node, source, name, state, result, started_at, ended_at, completed_at, commands";

base::Result<base::Uuid> read_key(const Rows& row, std::string_view table) {
  const auto id = base::Uuid::parse(row.text(0));
  if (id) return *id;
  return base::fail(base::Errc::io,
                    fmt::format("the catalog's table {} holds the id '{}', which is none", table, row.text(0)));
}

base::Result<Trigger> read_trigger(const Rows& row) {
  const auto id = read_key(row, "relay_triggers");
  if (!id) return std::unexpected(id.error());
  return Trigger{.id = *id,
                 .incoming = row.flag(1),
                 .node = row.text(2),
                 .protocol = row.text(3),
                 .endpoint = row.text(4),
                 .kind = row.text(5),
                 .rule = row.text(6),
                 .outcome = row.text(7),
                 .reason = row.text(8),
                 .fields = row.text(9),
                 .raw = {},
                 .peer = row.text(10),
                 .cause = base::Uuid::parse(row.text(11)),
                 .take_id = base::Uuid::parse(row.text(12)),
                 .at = row.time(13),
                 .due_at = optional_time(row, 14),
                 .late_us = row.integer(15),
                 .latency_us = optional_integer<std::int64_t>(row, 16)};
}

base::Result<Trigger> read_whole_trigger(const Rows& row) {
  auto trigger = read_trigger(row);
  if (!trigger) return trigger;
  const std::string raw = row.bytes(raw_column);
  trigger->raw.assign(raw.begin(), raw.end());
  return trigger;
}

base::Result<RelayTake> read_take(const Rows& row) {
  const auto id = read_key(row, "relay_takes");
  if (!id) return std::unexpected(id.error());
  return RelayTake{.id = *id,
                   .number = static_cast<std::uint64_t>(row.integer(1)),
                   .node = row.text(2),
                   .source = row.text(3),
                   .name = row.text(4),
                   .state = row.text(5),
                   .result = row.text(6),
                   .started_at = row.time(7),
                   .ended_at = optional_time(row, 8),
                   .completed_at = optional_time(row, 9),
                   .commands = static_cast<std::uint32_t>(row.integer(10))};
}

base::Result<PendingCommand> read_pending(const Rows& row) {
  const auto id = read_key(row, "relay_pending");
  if (!id) return std::unexpected(id.error());
  return PendingCommand{.id = *id,
                        .node = row.text(1),
                        .target = row.text(2),
                        .rule = row.text(3),
                        .command = row.text(4),
                        .due_at = row.time(5),
                        .expires_at = row.time(6)};
}

// Without statistics SQLite cannot tell the filters apart: the one that leaves the fewest rows chooses the index. What
// was heard is nearly everything, and needs none.
std::string_view index_for(const TriggerQuery& query) noexcept {
  if (query.cause) return " INDEXED BY relay_triggers_by_cause";
  if (query.take_id) return " INDEXED BY relay_triggers_by_take";
  if (query.rule && !query.rule->empty()) return " INDEXED BY relay_triggers_by_rule";
  if (query.endpoint) return " INDEXED BY relay_triggers_by_endpoint";
  if (query.outcome) return " INDEXED BY relay_triggers_by_outcome";
  if (query.incoming == false) return " INDEXED BY relay_triggers_done";
  if (query.protocol) return " INDEXED BY relay_triggers_by_protocol";
  return "";
}

// Ids begin with the time, so that a page and a range of time are both a range of ids.
base::Result<> add_page(Conditions& where, Listing listing, std::string_view cursor) {
  if (cursor.empty()) return {};
  const auto end = decode_cursor(listing, cursor);
  if (!end) return std::unexpected(end.error());
  where.add("id < {}", end->id);
  return {};
}
}  // namespace

base::Result<Query> triggers_query(const TriggerQuery& query, Dialect dialect) {
  if (auto valid = check_page_size(query.limit); !valid) return std::unexpected(valid.error());
  Conditions where;
  // Indexes hold some rows only: their conditions stand here as they stand there.
  if (query.incoming) where.add(*query.incoming ? "incoming" : "NOT incoming");
  if (query.rule && !query.rule->empty()) where.add("rule <> ''");
  where.add_if("rule = {}", query.rule);
  where.add_if("cause = {}", query.cause);
  where.add_if("take_id = {}", query.take_id);
  where.add_if("endpoint = {}", query.endpoint);
  where.add_if("outcome = {}", query.outcome);
  where.add_if("protocol = {}", query.protocol);
  where.add_if("id >= {}", query.from.transform(base::Uuid::bound_of));
  where.add_if("id < {}", query.to.transform(base::Uuid::bound_of));
  if (auto page = add_page(where, Listing::triggers, query.cursor); !page) return std::unexpected(page.error());
  const std::string limit = where.parameter(query.limit + 1);
  return Query{fmt::format("SELECT {} FROM relay_triggers{}{} ORDER BY id DESC LIMIT {}", trigger_columns,
                           for_sqlite(dialect, index_for(query)), where.sql(), limit),
               where.take_values()};
}

base::Result<TriggerPage> list_triggers(Connection& connection, const TriggerQuery& query) {
  const auto asked = triggers_query(query, connection.dialect());
  if (!asked) return std::unexpected(asked.error());
  return read_page<TriggerPage>(connection, *asked, query.limit, Listing::triggers, read_trigger,
                                [](const Trigger& trigger) { return PageEnd{{}, trigger.id}; });
}

base::Result<std::optional<Trigger>> find_trigger(Connection& connection, const base::Uuid& id) {
  static const std::string sql = fmt::format("SELECT {}, raw FROM relay_triggers WHERE id = $1", trigger_columns);
  return read_one<Trigger>(connection.query(sql, id), read_whole_trigger);
}

base::Result<Query> takes_query(std::uint32_t limit, std::string_view cursor) {
  if (auto valid = check_page_size(limit); !valid) return std::unexpected(valid.error());
  Conditions where;
  if (auto page = add_page(where, Listing::takes, cursor); !page) return std::unexpected(page.error());
  const std::string rows = where.parameter(limit + 1);
  return Query{fmt::format("SELECT {} FROM relay_takes{} ORDER BY id DESC LIMIT {}", take_columns, where.sql(), rows),
               where.take_values()};
}

base::Result<RelayTakePage> list_takes(Connection& connection, std::uint32_t limit, std::string_view cursor) {
  const auto asked = takes_query(limit, cursor);
  if (!asked) return std::unexpected(asked.error());
  return read_page<RelayTakePage>(connection, *asked, limit, Listing::takes, read_take,
                                  [](const RelayTake& take) { return PageEnd{{}, take.id}; });
}

base::Result<std::optional<RelayTake>> find_take(Connection& connection, const base::Uuid& id) {
  static const std::string sql = fmt::format("SELECT {} FROM relay_takes WHERE id = $1", take_columns);
  return read_one<RelayTake>(connection.query(sql, id), read_take);
}

base::Result<std::uint64_t> last_take_number(Connection& connection) {
  return read_count(connection.query(last_take_sql));
}

base::Result<std::vector<PendingCommand>> pending_commands(Connection& connection, std::string_view node) {
  return read_all<PendingCommand>(connection.query(pending_sql, node), read_pending);
}

std::string_view forget_triggers_sql(Dialect dialect) {
  if (dialect == Dialect::postgres)
    return "DELETE FROM relay_triggers WHERE ctid = ANY (ARRAY(SELECT ctid FROM relay_triggers WHERE id < $1 "
           "ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1";
  return "DELETE FROM relay_triggers WHERE rowid IN (SELECT rowid FROM relay_triggers WHERE id < $1 ORDER BY id "
         "LIMIT $2) RETURNING 1";
}

std::string_view forget_takes_sql(Dialect dialect) {
  if (dialect == Dialect::postgres)
    return "DELETE FROM relay_takes WHERE ctid = ANY (ARRAY(SELECT ctid FROM relay_takes WHERE id < $1 AND "
           "state <> 'open' AND number < (SELECT MAX(number) FROM relay_takes) ORDER BY id LIMIT $2 "
           "FOR UPDATE SKIP LOCKED)) RETURNING 1";
  return "DELETE FROM relay_takes WHERE rowid IN (SELECT rowid FROM relay_takes WHERE id < $1 AND state <> 'open' AND "
         "number < (SELECT MAX(number) FROM relay_takes) ORDER BY id LIMIT $2) RETURNING 1";
}

base::Result<std::uint64_t> forget_triggers(Connection& connection, base::UtcTime older_than, std::uint32_t limit) {
  return count_rows(
      connection.query(forget_triggers_sql(connection.dialect()), base::Uuid::bound_of(older_than), limit));
}

base::Result<std::uint64_t> forget_takes(Connection& connection, base::UtcTime older_than, std::uint32_t limit) {
  return count_rows(connection.query(forget_takes_sql(connection.dialect()), base::Uuid::bound_of(older_than), limit));
}

}  // namespace storage::sql
