#include "storage/catalog/sql_events.hpp"

#include <fmt/format.h>

#include "storage/catalog/dialect.hpp"
#include "storage/catalog/rows.hpp"

namespace storage {

using sql::Connection;

namespace {
base::Result<OutboxEvent> read_event(const sql::Rows& row) {
  const auto key = sql::read_file_key(row, 1, 2, "outbox");
  if (!key) return std::unexpected(key.error());
  return OutboxEvent{row.integer(0), key->id, key->imei, row.text(3), row.time(4), row.text(5)};
}

base::Result<std::int64_t> read_number(const sql::Rows& row) {
  return row.integer(0);
}

// Until the end of the transaction nobody else gives positions or removes events.
base::Result<std::int64_t> lock_head(Connection& connection) {
  const auto last = sql::read_one<std::int64_t>(
      connection.query("UPDATE event_head SET last_position = last_position WHERE id = 1 RETURNING last_position"),
      read_number);
  if (!last) return std::unexpected(last.error());
  if (*last) return **last;
  return base::fail(base::Errc::corrupt, "The catalog's table event_head has lost its row; restore a backup.");
}

std::string is_free(sql::Dialect dialect) {
  return fmt::format("event_targets.lease_until <= (SELECT {})", sql::clock_of(dialect));
}

std::string number_sql(sql::Dialect dialect) {
  return fmt::format(
      "UPDATE outbox SET position = $1 + numbered.n FROM "
      "(SELECT sequence, ROW_NUMBER() OVER (ORDER BY sequence) AS n FROM "
      "(SELECT sequence FROM outbox{} WHERE position IS NULL ORDER BY sequence LIMIT $2) AS first) AS numbered "
      "WHERE outbox.sequence = numbered.sequence RETURNING outbox.sequence",
      sql::for_sqlite(dialect, " INDEXED BY outbox_unnumbered"));
}

// Where the target that is furthest behind stands; nothing where there is no target.
base::Result<std::optional<std::int64_t>> taken_by_all(Connection& connection) {
  return sql::read_one<std::int64_t>(connection.query("SELECT position FROM event_targets ORDER BY position LIMIT 1"),
                                     read_number);
}

// The oldest ones stand first, so that no more of them are looked at than may be removed.
constexpr std::string_view remove_old_sql =
    "DELETE FROM outbox WHERE sequence IN (SELECT sequence FROM "
    "(SELECT sequence, created_at FROM outbox ORDER BY sequence LIMIT $2) AS first WHERE created_at < $1) "
    "RETURNING sequence";
constexpr std::string_view remove_taken_sql =
    "DELETE FROM outbox WHERE position IN (SELECT position FROM outbox WHERE position <= $1 ORDER BY position LIMIT "
    "$2) "
    "RETURNING position";
}  // namespace

base::Result<std::optional<std::int64_t>> SqlEvents::hold_target(std::string_view name, std::string_view node,
                                                                 std::chrono::milliseconds lease) {
  // Those who wait for their turn only read.
  const auto taken = database_.ask([&](Connection& connection) {
    return sql::has_row(connection.query(fmt::format("SELECT 1 FROM event_targets WHERE name = $1 AND holder <> $2 "
                                                     "AND NOT ({})",
                                                     is_free(connection.dialect())),
                                         name, node));
  });
  if (!taken) return std::unexpected(taken.error());
  if (*taken) return std::nullopt;
  return database_.change(
      [&](Connection& connection) {
        const auto dialect = connection.dialect();
        const std::string sql = fmt::format(
            "INSERT INTO event_targets (name, position, holder, lease_until) VALUES ($1, 0, $2, {0} + $3) "
            "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until "
            "WHERE event_targets.holder = excluded.holder OR {1} RETURNING position",
            sql::clock_of(dialect), is_free(dialect));
        return sql::read_one<std::int64_t>(connection.query(sql, name, node, lease.count()), read_number);
      },
      sql::order::targets);
}

base::Result<bool> SqlEvents::advance_target(std::string_view name, std::string_view node, std::int64_t position,
                                             std::chrono::milliseconds lease) {
  return database_.change(
      [&](Connection& connection) {
        const std::string sql = fmt::format(
            "UPDATE event_targets SET position = $3, lease_until = {} + $4 WHERE name = $1 AND holder = $2 "
            "RETURNING position",
            sql::clock_of(connection.dialect()));
        return sql::has_row(connection.query(sql, name, node, position, lease.count()));
      },
      sql::order::targets);
}

base::Result<> SqlEvents::let_go_of_targets(std::string_view node) {
  return database_.write(
      [&](Connection& connection) {
        return connection.run(fmt::format("UPDATE event_targets SET lease_until = {} WHERE holder = $1",
                                          sql::clock_of(connection.dialect())),
                              node);
      },
      sql::order::targets);
}

base::Result<std::uint64_t> SqlEvents::forget_targets(base::UtcTime before) {
  return database_.change(
      [&](Connection& connection) {
        return sql::count_rows(
            connection.query("DELETE FROM event_targets WHERE lease_until < $1 RETURNING name", before));
      },
      sql::order::targets);
}

base::Result<std::uint64_t> SqlEvents::number_events(std::uint32_t limit) {
  const auto any = database_.ask([](Connection& connection) {
    return sql::has_row(
        connection.query(fmt::format("SELECT 1 FROM outbox{} WHERE position IS NULL LIMIT 1",
                                     sql::for_sqlite(connection.dialect(), " INDEXED BY outbox_unnumbered"))));
  });
  if (!any) return std::unexpected(any.error());
  if (!*any) return 0;
  return database_.change(
      [&](Connection& connection) -> base::Result<std::uint64_t> {
        const auto last = lock_head(connection);
        if (!last) return std::unexpected(last.error());
        const auto numbered = sql::count_rows(connection.query(number_sql(connection.dialect()), *last, limit));
        if (!numbered) return numbered;
        if (auto done =
                connection.run("UPDATE event_head SET last_position = last_position + $1 WHERE id = 1", *numbered);
            !done)
          return std::unexpected(done.error());
        return numbered;
      },
      sql::order::last);
}

base::Result<std::vector<OutboxEvent>> SqlEvents::events_behind(std::int64_t position, std::uint32_t limit) {
  return database_.ask([&](Connection& connection) {
    return sql::read_all<OutboxEvent>(
        connection.query("SELECT position, id, imei, type, created_at, payload FROM outbox WHERE position > $1 "
                         "ORDER BY position LIMIT $2",
                         position, limit),
        read_event);
  });
}

// Positions leave nothing out, so that two of them say how many there are.
base::Result<EventBacklog> SqlEvents::backlog(std::string_view target) {
  const auto found = database_.ask([&](Connection& connection) {
    return sql::read_one<EventBacklog>(
        connection.query("SELECT (SELECT last_position FROM event_head WHERE id = 1) - position + 1, created_at "
                         "FROM outbox WHERE position > (SELECT position FROM event_targets WHERE name = $1) "
                         "ORDER BY position LIMIT 1",
                         target),
        [](const sql::Rows& row) {
          return base::Result<EventBacklog>(EventBacklog{static_cast<std::uint64_t>(row.integer(0)), row.time(1)});
        });
  });
  if (!found) return std::unexpected(found.error());
  return found->value_or(EventBacklog{});
}

base::Result<TrimmedEvents> SqlEvents::trim_events(std::optional<base::UtcTime> too_old, std::uint32_t limit) {
  return database_.change(
      [&](Connection& connection) -> base::Result<TrimmedEvents> {
        if (auto locked = lock_head(connection); !locked) return std::unexpected(locked.error());
        const auto taken = taken_by_all(connection);
        if (!taken) return std::unexpected(taken.error());
        TrimmedEvents trimmed;
        if (*taken) {
          const auto removed = sql::count_rows(connection.query(remove_taken_sql, **taken, limit));
          if (!removed) return std::unexpected(removed.error());
          trimmed.delivered = *removed;
        }
        // What every target has taken goes first, so that nothing else is ever called undelivered.
        if (!too_old || trimmed.delivered == limit) return trimmed;
        const auto removed = sql::count_rows(connection.query(remove_old_sql, *too_old, limit));
        if (!removed) return std::unexpected(removed.error());
        (*taken ? trimmed.undelivered : trimmed.unwanted) = *removed;
        return trimmed;
      },
      sql::order::last);
}

}  // namespace storage
