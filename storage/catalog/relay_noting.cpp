// How the relay's log is written: thousands of rows in a transaction.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "storage/catalog/array_text.hpp"
#include "storage/catalog/id_list.hpp"
#include "storage/catalog/relay_statements.hpp"

namespace storage::sql {

namespace {
// Of one statement of PostgreSQL: far from the time and the memory it may take.
constexpr std::size_t rows_at_once = 1'000;
constexpr std::size_t bytes_at_once = 4 * 1024 * 1024;

struct Column {
  std::string_view name;
  std::string_view type;  // PostgreSQL's
};

// Both texts of one table's upsert, whose key is `id`.
struct Upsert {
  std::string one;   // $1 …: the columns of a row
  std::string many;  // $1 …: arrays of them

  Upsert(std::string_view table, std::span<const Column> columns) {
    std::vector<std::string> names;
    std::vector<std::string> parameters;
    std::vector<std::string> arrays;
    std::vector<std::string> updates;
    for (const Column& each : columns) {
      names.emplace_back(each.name);
      parameters.push_back(fmt::format("${}", names.size()));
      arrays.push_back(fmt::format("${}::{}[]", names.size(), each.type));
      if (each.name != "id") updates.push_back(fmt::format("{0} = excluded.{0}", each.name));
    }
    const auto text = [&](std::string_view source) {
      return fmt::format("INSERT INTO {} ({}) {} ON CONFLICT (id) DO UPDATE SET {}", table, fmt::join(names, ", "),
                         source, fmt::join(updates, ", "));
    };
    one = text(fmt::format("VALUES ({})", fmt::join(parameters, ", ")));
    many = text(fmt::format("SELECT * FROM unnest({})", fmt::join(arrays, ", ")));
  }
};

std::string_view text_of(const base::Bytes& bytes) noexcept {
  return base::as_text(bytes);
}

// What is written of each, in the order of its table; and how much that is, roughly.

constexpr Column trigger_table[]{{"id", "uuid"},        {"incoming", "boolean"}, {"node", "text"}, {"protocol", "text"},
                                 {"endpoint", "text"},  {"kind", "text"},        {"rule", "text"}, {"outcome", "text"},
                                 {"reason", "text"},    {"fields", "text"},      {"raw", "bytea"}, {"peer", "text"},
                                 {"cause", "uuid"},     {"take_id", "uuid"},     {"at", "bigint"}, {"due_at", "bigint"},
                                 {"late_us", "bigint"}, {"latency_us", "bigint"}};
auto columns_of(const Trigger& each) {
  return std::tuple(each.id, each.incoming, std::string_view(each.node), std::string_view(each.protocol),
                    std::string_view(each.endpoint), std::string_view(each.kind), std::string_view(each.rule),
                    std::string_view(each.outcome), std::string_view(each.reason), std::string_view(each.fields),
                    Blob{text_of(each.raw)}, std::string_view(each.peer), each.cause, each.take_id, each.at,
                    each.due_at, each.late_us, each.latency_us);
}
std::size_t bytes_of(const Trigger& each) noexcept {
  return 2 * each.raw.size() + each.fields.size() + each.reason.size();
}

constexpr Column take_table[]{
    {"id", "uuid"},         {"number", "bigint"},       {"node", "text"},      {"source", "text"},
    {"name", "text"},       {"state", "text"},          {"result", "text"},    {"started_at", "bigint"},
    {"ended_at", "bigint"}, {"completed_at", "bigint"}, {"commands", "bigint"}};
auto columns_of(const RelayTake& each) {
  return std::tuple(each.id, each.number, std::string_view(each.node), std::string_view(each.source),
                    std::string_view(each.name), std::string_view(each.state), std::string_view(each.result),
                    each.started_at, each.ended_at, each.completed_at, each.commands);
}
std::size_t bytes_of(const RelayTake& each) noexcept {
  return each.name.size() + each.result.size();
}

constexpr Column pending_table[]{{"id", "uuid"},      {"node", "text"},     {"target", "text"},      {"rule", "text"},
                                 {"command", "text"}, {"due_at", "bigint"}, {"expires_at", "bigint"}};
auto columns_of(const PendingCommand& each) {
  return std::tuple(each.id, std::string_view(each.node), std::string_view(each.target), std::string_view(each.rule),
                    std::string_view(each.command), each.due_at, each.expires_at);
}
std::size_t bytes_of(const PendingCommand& each) noexcept {
  return each.command.size();
}

// By id, which is where an index wants them, and the last one of each.
template <class Row>
std::vector<const Row*> in_order(std::span<const Row> rows) {
  std::vector<const Row*> sorted;
  sorted.reserve(rows.size());
  for (const Row& each : rows) sorted.push_back(&each);
  // Of one id in the order in which they are given.
  std::ranges::sort(sorted, {}, [](const Row* each) { return std::pair(each->id, each); });
  // From behind, so that of each id the last one is the first that is found.
  const auto kept =
      std::unique(sorted.rbegin(), sorted.rend(), [](const Row* a, const Row* b) { return a->id == b->id; });
  sorted.erase(sorted.begin(), kept.base());
  return sorted;
}

// SQLite: a prepared statement for each row, in process. PostgreSQL: as many rows as there are in one trip.
template <class Row>
base::Result<> put(Connection& connection, const Upsert& upsert, std::span<const Row* const> rows) {
  const auto columns = [](const Row& row) { return columns_of(row); };
  if (connection.dialect() == Dialect::sqlite) {
    for (const Row* row : rows) {
      const auto done =
          std::apply([&](const auto&... column) { return connection.run(upsert.one, column...); }, columns(*row));
      if (!done) return done;
    }
    return {};
  }
  while (!rows.empty()) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < std::min(rows.size(), rows_at_once); ++count) {
      bytes += bytes_of(*rows[count]);
      if (count != 0 && bytes > bytes_at_once) break;
    }
    if (auto done = run_with_columns(connection, upsert.many, rows.first(count), columns); !done) return done;
    rows = rows.subspan(count);
  }
  return {};
}
}  // namespace

base::Result<> put_triggers(Connection& connection, std::span<const Trigger> triggers) {
  static const Upsert upsert("relay_triggers", trigger_table);
  return put<Trigger>(connection, upsert, in_order(triggers));
}

base::Result<> put_takes(Connection& connection, std::span<const RelayTake> takes) {
  static const Upsert upsert("relay_takes", take_table);
  return put<RelayTake>(connection, upsert, in_order(takes));
}

base::Result<> put_pending(Connection& connection, std::span<const PendingCommand> pending) {
  static const Upsert upsert("relay_pending", pending_table);
  return put<PendingCommand>(connection, upsert, in_order(pending));
}

base::Result<> drop_pending(Connection& connection, std::span<const base::Uuid> ids) {
  if (ids.empty()) return {};
  const Dialect dialect = connection.dialect();
  return connection.run(fmt::format("DELETE FROM relay_pending WHERE id {}", is_in_list(dialect)),
                        list_of(ids, dialect));
}

}  // namespace storage::sql
