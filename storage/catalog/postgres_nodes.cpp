#include "storage/catalog/postgres_nodes.hpp"

#include <fmt/format.h>

#include "storage/catalog/link_statements.hpp"
#include "storage/catalog/rows.hpp"

namespace storage::postgres {

namespace {
// The time of the statement, not of the transaction, which others may have begun long ago.
constexpr std::string_view now = "(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT";
constexpr std::string_view left_columns = "id, file, imei, size, sha256, rejected_sha256, object_key, node, left_at";

using Names = base::Result<std::vector<std::string>>;

// The first column of every row.
Names names_of(base::Result<sql::Rows> rows) {
  return sql::read_all<std::string>(std::move(rows),
                                    [](const sql::Rows& row) { return base::Result<std::string>(row.text(0)); });
}

base::Result<LeftPartial> read_left(const sql::Rows& row) {
  const auto key = sql::read_file_key(row, 0, 2, "partials");
  if (!key) return std::unexpected(key.error());
  return LeftPartial{.id = key->id,
                     .file = row.text(1),
                     .imei = key->imei,
                     .size = static_cast<std::uint64_t>(row.integer(3)),
                     .sha256 = row.text(4),
                     .rejected_sha256 = row.text(5),
                     .object_key = row.text(6),
                     .node = row.text(7),
                     .left_at = row.time(8)};
}

base::Result<std::vector<LeftPartial>> all_left(base::Result<sql::Rows> rows) {
  return sql::read_all<LeftPartial>(std::move(rows), read_left);
}

// Claims on the file that are older than `node`'s and of nodes that are alive.
base::Result<std::uint32_t> held_before(sql::Connection& connection, std::string_view node, std::string_view file) {
  static const std::string sql = fmt::format(
      "SELECT count(*) FROM claims JOIN nodes ON nodes.name = claims.node WHERE claims.file = $1 AND claims.node <> $2 "
      "AND nodes.lease_until > {} AND claims.number < (SELECT number FROM claims WHERE file = $1 AND node = $2)",
      now);
  const auto count = sql::read_count(connection.query(sql, file, node));
  if (!count) return std::unexpected(count.error());
  return static_cast<std::uint32_t>(*count);
}
}  // namespace

base::Result<> PostgresNodes::beat(std::string_view node, std::chrono::milliseconds lease) {
  static const std::string sql = fmt::format(
      "INSERT INTO nodes (name, started_at, lease_until) VALUES ($1, {0}, {0} + $2::BIGINT) "
      "ON CONFLICT (name) DO UPDATE SET lease_until = excluded.lease_until",
      now);
  return database_.write([&](sql::Connection& connection) { return connection.run(sql, node, lease.count()); });
}

base::Result<> PostgresNodes::leave(std::string_view node) {
  if (auto closed = sql::close_links_of(database_, node); !closed) return closed;
  return database_.write([&](sql::Connection& connection) -> base::Result<> {
    if (auto released = connection.run("DELETE FROM claims WHERE node = $1", node); !released) return released;
    return connection.run("DELETE FROM nodes WHERE name = $1", node);
  });
}

Names PostgresNodes::alive() {
  static const std::string sql = fmt::format("SELECT name FROM nodes WHERE lease_until > {} ORDER BY name", now);
  return database_.ask([](sql::Connection& connection) { return names_of(connection.query(sql)); });
}

// Rarely anybody: looked for without a transaction first.
Names PostgresNodes::bury() {
  static const std::string find = fmt::format("SELECT name FROM nodes WHERE lease_until <= {}", now);
  static const std::string forget =
      fmt::format("DELETE FROM nodes WHERE name = $1 AND lease_until <= {} RETURNING name", now);
  const auto dead = database_.ask([](sql::Connection& connection) { return names_of(connection.query(find)); });
  if (!dead) return dead;
  std::vector<std::string> buried;
  for (const std::string& node : *dead) {
    bool forgotten = false;
    const auto forget_it = [&](sql::Connection& connection) -> base::Result<> {
      const auto gone = names_of(connection.query(forget, node));
      if (!gone) return std::unexpected(gone.error());
      forgotten = !gone->empty();  // nobody else was faster, and it has not come back
      if (!forgotten) return {};
      if (auto freed = connection.run("DELETE FROM claims WHERE node = $1", node); !freed) return freed;
      return sql::drop_links_of(connection, node);
    };
    auto done = database_.write(forget_it, sql::order::last);
    if (done && forgotten) done = sql::close_links_of(database_, node);  // what was passed over
    if (!done) return std::unexpected(done.error());
    if (forgotten) buried.push_back(node);
  }
  return buried;
}

base::Result<std::uint32_t> PostgresNodes::claim(std::string_view node, std::string_view file) {
  std::uint32_t others = 0;
  const auto done = database_.write([&](sql::Connection& connection) -> base::Result<> {
    // A new row each time: its number says that it is the newest.
    if (auto older = connection.run("DELETE FROM claims WHERE file = $1 AND node = $2", file, node); !older)
      return older;
    if (auto newer = connection.run("INSERT INTO claims (file, node) VALUES ($1, $2)", file, node); !newer)
      return newer;
    const auto held = held_before(connection, node, file);
    if (!held) return std::unexpected(held.error());
    others = *held;
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return others;
}

base::Result<std::uint32_t> PostgresNodes::still_held(std::string_view node, std::string_view file) {
  return database_.ask([&](sql::Connection& connection) { return held_before(connection, node, file); });
}

base::Result<> PostgresNodes::release(std::string_view node, std::string_view file) {
  return database_.write([&](sql::Connection& connection) {
    return connection.run("DELETE FROM claims WHERE file = $1 AND node = $2", file, node);
  });
}

Names PostgresNodes::asked_for(std::string_view node) {
  return database_.ask([&](sql::Connection& connection) {
    return names_of(
        connection.query("SELECT ours.file FROM claims ours WHERE ours.node = $1 AND EXISTS (SELECT 1 FROM "
                         "claims newer WHERE newer.file = ours.file AND newer.number > ours.number)",
                         node));
  });
}

base::Result<> PostgresNodes::add_left(const LeftPartial& partial) {
  static const std::string sql =
      fmt::format("INSERT INTO partials ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
                  left_columns);
  return database_.write([&](sql::Connection& connection) {
    return connection.run(sql, partial.id, partial.file, partial.imei.number(), partial.size, partial.sha256,
                          partial.rejected_sha256, partial.object_key, partial.node, partial.left_at);
  });
}

base::Result<std::vector<LeftPartial>> PostgresNodes::find_left(std::string_view file) {
  static const std::string sql =
      fmt::format("SELECT {} FROM partials WHERE file = $1 ORDER BY size DESC, left_at DESC", left_columns);
  return database_.ask([&](sql::Connection& connection) { return all_left(connection.query(sql, file)); });
}

base::Result<std::vector<LeftPartial>> PostgresNodes::find_left_before(base::UtcTime before, std::uint32_t limit) {
  static const std::string sql =
      fmt::format("SELECT {} FROM partials WHERE left_at < $1 ORDER BY left_at LIMIT $2", left_columns);
  return database_.ask([&](sql::Connection& connection) { return all_left(connection.query(sql, before, limit)); });
}

base::Result<> PostgresNodes::remove_left(const base::Uuid& id) {
  return database_.write(
      [&](sql::Connection& connection) { return connection.run("DELETE FROM partials WHERE id = $1", id); });
}

}  // namespace storage::postgres
