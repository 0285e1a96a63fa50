#include "storage/catalog/link_statements.hpp"

#include <fmt/format.h>

#include "storage/catalog/dialect.hpp"
#include "storage/catalog/rows.hpp"

namespace storage::sql {

namespace {
using std::chrono::milliseconds;

// Those of two nodes, by so much at most. A link that is written down later than that, because the catalog did not
// answer meanwhile, is not taken for a newer one.
constexpr std::chrono::seconds clocks_differ{5};

constexpr std::string_view columns = "imei, node, session, peer, since";

base::Result<TrackerLink> read_link(const Rows& row) {
  const auto imei = base::Imei::from_number(static_cast<std::uint64_t>(row.integer(0)));
  if (!imei)
    return base::fail(base::Errc::io,
                      fmt::format("the catalog's table tracker_links holds {}, which is no IMEI", row.integer(0)));
  return TrackerLink{
      .imei = *imei, .node = row.text(1), .session = row.text(2), .peer = row.text(3), .since = row.time(4)};
}
}  // namespace

base::Result<> put_link(Connection& connection, const TrackerLink& link) {
  static const std::string sql = fmt::format(
      "INSERT INTO tracker_links ({}) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (imei) DO UPDATE SET "
      "node = excluded.node, session = excluded.session, peer = excluded.peer, since = excluded.since "
      "WHERE tracker_links.since <= excluded.since + {}",
      columns, milliseconds(clocks_differ).count());
  return connection.run(sql, link.imei.number(), link.node, link.session, link.peer, link.since);
}

base::Result<> drop_link(Connection& connection, const base::Imei& imei, std::string_view session) {
  return connection.run("DELETE FROM tracker_links WHERE imei = $1 AND session = $2", imei.number(), session);
}

base::Result<std::optional<TrackerLink>> find_link(Connection& connection, const base::Imei& imei) {
  static const std::string sql = fmt::format("SELECT {} FROM tracker_links WHERE imei = $1", columns);
  return read_one<TrackerLink>(connection.query(sql, imei.number()), read_link);
}

base::Result<std::vector<TrackerLink>> links_of(Connection& connection, std::string_view node) {
  const std::string sql = fmt::format("SELECT {} FROM tracker_links{} WHERE node = $1 ORDER BY imei", columns,
                                      for_sqlite(connection.dialect(), " INDEXED BY tracker_links_by_node"));
  return read_all<TrackerLink>(connection.query(sql, node), read_link);
}

base::Result<> drop_links_of(Connection& connection, std::string_view node) {
  return connection.run(connection.dialect() == Dialect::postgres
                            ? "DELETE FROM tracker_links WHERE imei IN (SELECT imei FROM tracker_links WHERE "
                              "node = $1 FOR UPDATE SKIP LOCKED)"
                            : "DELETE FROM tracker_links WHERE node = $1",
                        node);
}

base::Result<> close_links_of(Database& database, std::string_view node) {
  const auto links = database.ask([&](Connection& reader) { return links_of(reader, node); });
  if (!links) return std::unexpected(links.error());
  if (links->empty()) return {};  // nearly always
  if (auto dropped =
          database.write([&](Connection& connection) { return drop_links_of(connection, node); }, order::last);
      !dropped)
    return dropped;
  const auto left = database.ask([&](Connection& reader) { return links_of(reader, node); });
  if (!left) return std::unexpected(left.error());
  for (const TrackerLink& link : *left)
    if (auto dropped = database.write(
            [&](Connection& connection) { return drop_link(connection, link.imei, link.session); }, link.imei.number());
        !dropped)
      return dropped;
  return {};
}

}  // namespace storage::sql
