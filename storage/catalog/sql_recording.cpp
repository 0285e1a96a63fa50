#include "storage/catalog/sql_recording.hpp"

#include <fmt/format.h>

#include "storage/catalog/rows.hpp"

namespace storage {

using sql::Connection;

namespace {
base::Result<RecordingPolicy> read_policy(const sql::Rows& row) {
  const auto imei = base::Imei::from_number(static_cast<std::uint64_t>(row.integer(0)));
  if (!imei)
    return base::fail(base::Errc::corrupt,
                      fmt::format("The catalog has {} in recording_policies, which is no IMEI.", row.integer(0)));
  return RecordingPolicy{*imei, row.text(1), row.time(2)};
}
}  // namespace

base::Result<> SqlRecording::set_policy(const RecordingPolicy& policy, base::UtcTime now) {
  return database_.write([&](Connection& connection) -> base::Result<> {
    if (auto done = connection.run("DELETE FROM recording_policies WHERE until_at <= $1", now); !done) return done;
    return connection.run(
        "INSERT INTO recording_policies (imei, mode, until_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (imei) DO UPDATE SET mode = excluded.mode, until_at = excluded.until_at",
        policy.imei.number(), policy.mode, policy.until);
  });
}

base::Result<> SqlRecording::drop_policy(const base::Imei& imei) {
  return database_.write([&](Connection& connection) {
    return connection.run("DELETE FROM recording_policies WHERE imei = $1", imei.number());
  });
}

base::Result<std::optional<RecordingPolicy>> SqlRecording::policy(const base::Imei& imei, base::UtcTime now) {
  return database_.ask([&](Connection& connection) {
    return sql::read_one<RecordingPolicy>(
        connection.query("SELECT imei, mode, until_at FROM recording_policies WHERE imei = $1 AND until_at > $2",
                         imei.number(), now),
        read_policy);
  });
}

base::Result<std::vector<RecordingPolicy>> SqlRecording::policies(base::UtcTime now) {
  return database_.ask([&](Connection& connection) {
    return sql::read_all<RecordingPolicy>(
        connection.query("SELECT imei, mode, until_at FROM recording_policies WHERE until_at > $1 ORDER BY imei", now),
        read_policy);
  });
}

}  // namespace storage
