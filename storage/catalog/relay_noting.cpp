// How the relay's log is written: thousands of rows in a transaction.
#include <fmt/format.h>

#include "storage/catalog/id_list.hpp"
#include "storage/catalog/relay_statements.hpp"
#include "storage/catalog/upsert.hpp"

namespace storage::sql {

namespace {
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

template <class Row>
base::Result<> put(Connection& connection, const Upsert& upsert, std::span<const Row> rows) {
  const auto kept = last_of_each(rows, [](const Row& row) { return row.id; });
  return put_rows<Row>(
      connection, upsert, kept, [](const Row& row) { return columns_of(row); },
      [](const Row& row) { return bytes_of(row); });
}
}  // namespace

base::Result<> put_triggers(Connection& connection, std::span<const Trigger> triggers) {
  static const Upsert upsert("relay_triggers", trigger_table);
  return put(connection, upsert, triggers);
}

base::Result<> put_takes(Connection& connection, std::span<const RelayTake> takes) {
  static const Upsert upsert("relay_takes", take_table);
  return put(connection, upsert, takes);
}

base::Result<> put_pending(Connection& connection, std::span<const PendingCommand> pending) {
  static const Upsert upsert("relay_pending", pending_table);
  return put(connection, upsert, pending);
}

base::Result<> drop_pending(Connection& connection, std::span<const base::Uuid> ids) {
  if (ids.empty()) return {};
  const Dialect dialect = connection.dialect();
  return connection.run(fmt::format("DELETE FROM relay_pending WHERE id {}", is_in_list(dialect)),
                        list_of(ids, dialect));
}

}  // namespace storage::sql
