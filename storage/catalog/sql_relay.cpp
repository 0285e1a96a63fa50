#include "storage/catalog/sql_relay.hpp"

#include <fmt/format.h>

#include "storage/catalog/relay_settings.hpp"
#include "storage/catalog/relay_statements.hpp"

namespace storage {

using sql::Connection;

// ---- The log

base::Result<> SqlRelay::note(const RelayNotes& notes) {
  if (notes.empty()) return {};
  return database_.write([&](Connection& connection) -> base::Result<> {
    auto done = sql::put_triggers(connection, notes.triggers);
    if (done) done = sql::put_takes(connection, notes.takes);
    if (done) done = sql::put_pending(connection, notes.pending);
    if (done) done = sql::drop_pending(connection, notes.settled);
    return done;
  });
}

base::Result<TriggerPage> SqlRelay::list_triggers(const TriggerQuery& query) {
  return database_.ask([&](Connection& connection) { return sql::list_triggers(connection, query); });
}

base::Result<std::optional<Trigger>> SqlRelay::find_trigger(const base::Uuid& id) {
  return database_.ask([&](Connection& connection) { return sql::find_trigger(connection, id); });
}

base::Result<RelayTakePage> SqlRelay::list_takes(std::uint32_t limit, std::string_view cursor) {
  return database_.ask([&](Connection& connection) { return sql::list_takes(connection, limit, cursor); });
}

base::Result<std::optional<RelayTake>> SqlRelay::find_take(const base::Uuid& id) {
  return database_.ask([&](Connection& connection) { return sql::find_take(connection, id); });
}

base::Result<std::uint64_t> SqlRelay::last_take_number() {
  return database_.ask(sql::last_take_number);
}

base::Result<std::vector<PendingCommand>> SqlRelay::pending(std::string_view node) {
  return database_.ask([&](Connection& connection) { return sql::pending_commands(connection, node); });
}

base::Result<> SqlRelay::end_left_open(std::string_view node, std::string_view reason) {
  return database_.change(
      [&](Connection& connection) -> base::Result<> {
        if (auto done = connection.run(sql::end_triggers_sql, node, reason); !done) return done;
        return connection.run(sql::end_takes_sql, node);
      },
      sql::order::last);
}

base::Result<std::uint32_t> SqlRelay::forget_triggers(base::UtcTime older_than, std::uint32_t limit) {
  return database_.change(
      [&](Connection& connection) -> base::Result<std::uint32_t> {
        const auto triggers = sql::forget_triggers(connection, older_than, limit);
        if (!triggers) return std::unexpected(triggers.error());
        const auto gone = static_cast<std::uint32_t>(*triggers);
        if (gone >= limit) return gone;
        const auto takes = sql::forget_takes(connection, older_than, limit - gone);
        if (!takes) return std::unexpected(takes.error());
        return gone + static_cast<std::uint32_t>(*takes);
      },
      sql::order::last);
}

// ---- Settings

template <class Change>
auto SqlRelay::change_settings(Change change) -> decltype(change(std::declval<sql::Connection&>())) {
  return database_.change(
      [&](Connection& connection) -> decltype(change(connection)) {
        if (auto locked = sql::lock_settings(connection); !locked) return std::unexpected(locked.error());
        return change(connection);
      },
      sql::order::relay);
}

base::Result<RelayRules> SqlRelay::rules() {
  return database_.ask(sql::find_rules);
}

base::Result<RelayRules> SqlRelay::set_rules(std::string_view rules, std::uint64_t expected, base::UtcTime now) {
  auto set = change_settings([&](Connection& connection) { return sql::put_rules(connection, rules, expected, now); });
  if (!set) return std::unexpected(set.error());
  if (*set) return std::move(**set);
  return base::fail(base::Errc::conflict,
                    fmt::format("the rules are not those of version {} any more: somebody changed them meanwhile; read "
                                "them again, and repeat the change",
                                expected));
}

base::Result<std::vector<RelayArm>> SqlRelay::arms() {
  return database_.ask(sql::list_arms);
}

base::Result<> SqlRelay::set_arm(const RelayArm& arm) {
  return change_settings([&](Connection& connection) { return sql::put_arm(connection, arm); });
}

base::Result<std::vector<RelayLatency>> SqlRelay::latencies() {
  return database_.ask(sql::list_latencies);
}

base::Result<> SqlRelay::set_latency(const RelayLatency& latency) {
  return change_settings([&](Connection& connection) { return sql::put_latency(connection, latency); });
}

}  // namespace storage
