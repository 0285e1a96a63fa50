#include "storage/catalog/tracking_statements.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <fmt/format.h>

#include "storage/catalog/array_text.hpp"
#include "storage/catalog/dialect.hpp"
#include "storage/catalog/rows.hpp"

namespace storage::sql {

namespace {
// Of one statement: far from the time and the memory it may take, and more than a busy server has in one transaction.
constexpr std::size_t rows_at_once = 1'000;
constexpr std::size_t bytes_at_once = 4 * 1024 * 1024;

constexpr std::string_view track_columns = "imei, last_at, first_at, digest, codec, count, bytes";
constexpr std::string_view state_columns =
    "imei, recorded_at, received_at, latitude, longitude, altitude_m, angle_deg, satellites, speed_kmh, place_at, "
    "ignition, ignition_since, front_camera, front_camera_since, rear_camera, rear_camera_since";

std::int64_t digest_of(const TrackRecords& records) noexcept {
  return std::bit_cast<std::int64_t>(XXH3_64bits(records.bytes.data(), records.bytes.size()));
}

std::int64_t milliseconds(base::UtcTime time) noexcept {
  return time.time_since_epoch().count();
}

// The parts of an optional, one column each.
template <class Whole, class Part>
auto part(const std::optional<Whole>& whole, Part Whole::* which) {
  using Column = std::conditional_t<std::is_same_v<Part, base::UtcTime>, std::int64_t, Part>;
  if (!whole) return std::optional<Column>();
  if constexpr (std::is_same_v<Part, base::UtcTime>)
    return std::optional<Column>(milliseconds((*whole).*which));
  else
    return std::optional<Column>((*whole).*which);
}

// The columns of a state, from the third one on.
auto columns_of(const DeviceState& state) {
  const auto place_at = state.place ? std::optional(milliseconds(state.place_at.value_or(state.recorded_at)))
                                    : std::optional<std::int64_t>();
  return std::tuple(part(state.place, &Place::latitude), part(state.place, &Place::longitude),
                    part(state.place, &Place::altitude_m), part(state.place, &Place::angle_deg),
                    part(state.place, &Place::satellites), part(state.place, &Place::speed_kmh), place_at,
                    part(state.ignition, &Lasting::value), part(state.ignition, &Lasting::since),
                    part(state.front_camera, &Lasting::value), part(state.front_camera, &Lasting::since),
                    part(state.rear_camera, &Lasting::value), part(state.rear_camera, &Lasting::since));
}

// ---- SQLite: a prepared statement for each row, in process.

base::Result<> add_each(Connection& connection, std::span<const TrackRecords* const> records) {
  static const std::string sql =
      fmt::format("INSERT INTO tracks ({}) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING", track_columns);
  for (const TrackRecords* each : records)
    if (auto added = connection.run(sql, each->imei.number(), each->last_at, each->first_at, digest_of(*each),
                                    each->codec, each->count, Blob{each->bytes});
        !added)
      return added;
  return {};
}

// ---- PostgreSQL: as many rows as there are in one trip.

base::Result<> add_all(Connection& connection, std::span<const TrackRecords* const> records) {
  static const std::string sql = fmt::format(
      "INSERT INTO tracks ({}) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], "
      "$5::smallint[], $6::bigint[], $7::bytea[]) ON CONFLICT DO NOTHING",
      track_columns);
  return run_with_columns(connection, sql, records, [](const TrackRecords& each) {
    return std::tuple(each.imei.number(), each.last_at, each.first_at, digest_of(each), each.codec, each.count,
                      Blob{each.bytes});
  });
}

// What is not said keeps what was said before.
std::string put_sql(std::string_view rows) {
  const auto keep = [](std::string_view column) {
    return fmt::format("{0} = COALESCE(excluded.{0}, device_states.{0})", column);
  };
  const auto lasting = [](std::string_view column) {
    return fmt::format(
        "{0} = COALESCE(excluded.{0}, device_states.{0}), {0}_since = CASE WHEN excluded.{0} IS NULL OR "
        "excluded.{0} = device_states.{0} THEN device_states.{0}_since ELSE excluded.{0}_since END",
        column);
  };
  return fmt::format(
      "INSERT INTO device_states ({}) {} ON CONFLICT (imei) DO UPDATE SET recorded_at = excluded.recorded_at, "
      "received_at = excluded.received_at, {}, {}, {}, {}, {}, {}, {}, {}, {}, {} "
      "WHERE excluded.recorded_at >= device_states.recorded_at",
      state_columns, rows, keep("latitude"), keep("longitude"), keep("altitude_m"), keep("angle_deg"),
      keep("satellites"), keep("speed_kmh"), keep("place_at"), lasting("ignition"), lasting("front_camera"),
      lasting("rear_camera"));
}

base::Result<> put_each(Connection& connection, std::span<const DeviceState* const> states) {
  static const std::string sql =
      put_sql("VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)");
  for (const DeviceState* state : states) {
    const auto put = std::apply(
        [&](const auto&... column) {
          return connection.run(sql, state->imei.number(), state->recorded_at, state->received_at, column...);
        },
        columns_of(*state));
    if (!put) return put;
  }
  return {};
}

base::Result<> put_all(Connection& connection, std::span<const DeviceState* const> states) {
  static const std::string sql = put_sql(
      "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::double precision[], $5::double precision[], "
      "$6::integer[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], "
      "$13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[])");
  return run_with_columns(connection, sql, states, [](const DeviceState& state) {
    return std::tuple_cat(std::tuple(state.imei.number(), state.recorded_at, state.received_at), columns_of(state));
  });
}

std::optional<Lasting> read_lasting(const Rows& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return Lasting{static_cast<std::uint32_t>(row.integer(column)), row.time(column + 1)};
}

std::unexpected<base::Error> no_device(std::string_view table, std::int64_t number) {
  return base::fail(base::Errc::io, fmt::format("the catalog's table {} holds {}, which is no IMEI", table, number));
}

base::Result<DeviceState> read_state(const Rows& row) {
  const auto imei = base::Imei::from_number(static_cast<std::uint64_t>(row.integer(0)));
  if (!imei) return no_device("device_states", row.integer(0));
  return DeviceState{.imei = *imei,
                     .recorded_at = row.time(1),
                     .received_at = row.time(2),
                     .place = read_place(row, 3),
                     .place_at = row.is_null(9) ? std::nullopt : std::optional(row.time(9)),
                     .ignition = read_lasting(row, 10),
                     .front_camera = read_lasting(row, 12),
                     .rear_camera = read_lasting(row, 14)};
}

base::Result<TrackRecords> read_track(const Rows& row) {
  const auto imei = base::Imei::from_number(static_cast<std::uint64_t>(row.integer(0)));
  if (!imei) return no_device("tracks", row.integer(0));
  return TrackRecords{.imei = *imei,
                      .first_at = row.time(2),
                      .last_at = row.time(1),
                      .codec = static_cast<std::uint8_t>(row.integer(4)),
                      .count = static_cast<std::uint32_t>(row.integer(5)),
                      .bytes = row.bytes(6)};
}
}  // namespace

std::vector<const TrackRecords*> in_order_of_keys(std::span<const TrackRecords> records) {
  std::vector<const TrackRecords*> sorted;
  sorted.reserve(records.size());
  for (const TrackRecords& each : records) sorted.push_back(&each);
  std::ranges::sort(sorted, {}, [](const TrackRecords* each) {
    return std::tuple(each->imei, each->last_at, each->first_at, std::string_view(each->bytes));
  });
  return sorted;
}

base::Result<> add_records(Connection& connection, std::span<const TrackRecords* const> records) {
  if (connection.dialect() == Dialect::sqlite) return add_each(connection, records);
  while (!records.empty()) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < std::min(records.size(), rows_at_once); ++count) {
      bytes += records[count]->bytes.size();
      if (count != 0 && bytes > bytes_at_once) break;
    }
    if (auto added = add_all(connection, records.first(count)); !added) return added;
    records = records.subspan(count);
  }
  return {};
}

base::Result<> put_states(Connection& connection, std::span<const DeviceState* const> states) {
  if (connection.dialect() == Dialect::sqlite) return put_each(connection, states);
  for (; !states.empty(); states = states.subspan(std::min(states.size(), rows_at_once)))
    if (auto put = put_all(connection, states.first(std::min(states.size(), rows_at_once))); !put) return put;
  return {};
}

base::Result<std::optional<DeviceState>> find_device_state(Connection& connection, const base::Imei& imei) {
  static const std::string sql = fmt::format("SELECT {} FROM device_states WHERE imei = $1", state_columns);
  return read_one<DeviceState>(connection.query(sql, imei.number()), read_state);
}

base::Result<std::vector<DeviceState>> device_states(Connection& connection) {
  static const std::string sql = fmt::format("SELECT {} FROM device_states ORDER BY imei", state_columns);
  return read_all<DeviceState>(connection.query(sql), read_state);
}

// Whoever ends within the time begins before its end, or ends within the hour behind it: a range of the index.
std::string_view track_records_sql(Dialect dialect) {
  static const auto text = [](Dialect of) {
    return fmt::format(
        "SELECT {} FROM tracks{} WHERE imei = $1 AND last_at >= $2 AND last_at < $3 AND first_at < $4 "
        "ORDER BY last_at, first_at, digest LIMIT $5",
        track_columns, for_sqlite(of, " INDEXED BY tracks_by_imei"));
  };
  static const std::array texts{text(Dialect::sqlite), text(Dialect::postgres)};
  return texts[dialect == Dialect::postgres ? 1 : 0];
}

base::Result<std::vector<TrackRecords>> track_records(Connection& connection, const base::Imei& imei,
                                                      base::UtcTime from, base::UtcTime to, std::uint32_t limit) {
  const auto last = to > base::UtcTime::max() - longest_track_span ? base::UtcTime::max() : to + longest_track_span;
  return read_all<TrackRecords>(
      connection.query(track_records_sql(connection.dialect()), imei.number(), from, last, to, limit), read_track);
}

std::string_view forget_tracks_sql(Dialect dialect) {
  if (dialect == Dialect::postgres)
    return "DELETE FROM tracks WHERE ctid = ANY (ARRAY(SELECT ctid FROM tracks WHERE last_at < $1 ORDER BY last_at "
           "LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1";
  return "DELETE FROM tracks WHERE rowid IN (SELECT rowid FROM tracks INDEXED BY tracks_by_end WHERE last_at < $1 "
         "ORDER BY last_at LIMIT $2) RETURNING 1";
}

base::Result<std::uint64_t> forget_tracks(Connection& connection, base::UtcTime before, std::uint32_t limit) {
  return count_rows(connection.query(forget_tracks_sql(connection.dialect()), before, limit));
}

std::array<Value, place_columns> place_values(const std::optional<Place>& place) {
  return {Value(part(place, &Place::latitude)),   Value(part(place, &Place::longitude)),
          Value(part(place, &Place::altitude_m)), Value(part(place, &Place::angle_deg)),
          Value(part(place, &Place::satellites)), Value(part(place, &Place::speed_kmh))};
}

std::optional<Place> read_place(const Rows& row, int first_column) {
  if (row.is_null(first_column)) return std::nullopt;
  const auto number = [&](int column) { return static_cast<std::uint32_t>(row.integer(first_column + column)); };
  return Place{.latitude = row.number(first_column),
               .longitude = row.number(first_column + 1),
               .altitude_m = static_cast<std::int32_t>(row.integer(first_column + 2)),
               .angle_deg = number(3),
               .satellites = number(4),
               .speed_kmh = number(5)};
}

}  // namespace storage::sql
