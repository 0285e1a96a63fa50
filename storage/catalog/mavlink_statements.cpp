#include "storage/catalog/mavlink_statements.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "storage/catalog/dialect.hpp"
#include "storage/catalog/rows.hpp"
#include "storage/catalog/upsert.hpp"

namespace storage::sql {

namespace {
constexpr Column image_table[]{{"node", "text"},
                               {"camera", "text"},
                               {"image_index", "bigint"},
                               {"at", "bigint"},
                               {"boot_ms", "bigint"},
                               {"latitude_e7", "integer"},
                               {"longitude_e7", "integer"},
                               {"altitude_mm", "integer"},
                               {"relative_altitude_mm", "integer"},
                               {"q_w", "double precision"},
                               {"q_x", "double precision"},
                               {"q_y", "double precision"},
                               {"q_z", "double precision"},
                               {"taken", "boolean"},
                               {"url", "text"},
                               {"media_id", "uuid"}};
constexpr std::size_t image_keys = 3;
constexpr int orientation_column = 8;  // of images_sql: the first of four

constexpr Column number_table[]{{"node", "text"}, {"name", "text"}, {"value", "bigint"}};
constexpr std::size_t number_keys = 2;

// SQLite would make NULL of it by itself.
std::optional<double> number_or_null(float number) noexcept {
  return std::isnan(number) ? std::nullopt : std::optional<double>(number);
}

auto columns_of(std::string_view node, const MavlinkImage& each) {
  const auto& [w, x, y, z] = each.orientation;
  return std::tuple(node, std::string_view(each.camera), each.index, each.at, each.boot_ms, each.latitude_e7,
                    each.longitude_e7, each.altitude_mm, each.relative_altitude_mm, number_or_null(w),
                    number_or_null(x), number_or_null(y), number_or_null(z), each.taken, std::string_view(each.url),
                    each.media_id);
}

std::array<float, 4> read_orientation(const Rows& row) {
  std::array<float, 4> orientation{};
  for (int column = orientation_column; float& part : orientation) {
    part = row.is_null(column) ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(row.number(column));
    ++column;
  }
  return orientation;
}

base::Result<MavlinkImage> read_image(const Rows& row) {
  return MavlinkImage{.camera = row.text(0),
                      .index = static_cast<std::uint32_t>(row.integer(1)),
                      .at = row.time(2),
                      .boot_ms = static_cast<std::uint32_t>(row.integer(3)),
                      .latitude_e7 = static_cast<std::int32_t>(row.integer(4)),
                      .longitude_e7 = static_cast<std::int32_t>(row.integer(5)),
                      .altitude_mm = static_cast<std::int32_t>(row.integer(6)),
                      .relative_altitude_mm = static_cast<std::int32_t>(row.integer(7)),
                      .orientation = read_orientation(row),
                      .taken = row.flag(12),
                      .url = row.text(13),
                      .media_id = base::Uuid::parse(row.text(14))};
}
}  // namespace

base::Result<> put_images(Connection& connection, std::string_view node, std::span<const MavlinkImage> images) {
  static const Upsert upsert("mavlink_images", image_table, image_keys);
  const auto kept = last_of_each(images, [](const MavlinkImage& image) { return std::tie(image.camera, image.index); });
  return put_rows<MavlinkImage>(
      connection, upsert, kept, [&](const MavlinkImage& image) { return columns_of(node, image); },
      [](const MavlinkImage& image) { return image.url.size(); });
}

base::Result<> prune_images(Connection& connection, std::string_view node, std::span<const MavlinkImage> images) {
  std::set<std::string_view> cameras;
  for (const MavlinkImage& image : images) cameras.insert(image.camera);
  for (const std::string_view camera : cameras)
    if (auto done = connection.run(prune_images_sql, node, camera, MavlinkCatalog::most_images); !done) return done;
  return {};
}

base::Result<std::vector<MavlinkImage>> list_images(Connection& connection, std::string_view node,
                                                    std::string_view camera, std::uint32_t first, std::uint32_t last,
                                                    std::uint32_t limit) {
  return read_all<MavlinkImage>(connection.query(images_sql, node, camera, first, last, limit), read_image);
}

base::Result<std::uint32_t> count_images(Connection& connection, std::string_view node, std::string_view camera) {
  const auto last = read_one<std::uint64_t>(
      connection.query(last_image_sql, node, camera),
      [](const Rows& row) -> base::Result<std::uint64_t> { return static_cast<std::uint64_t>(row.integer(0)); });
  if (!last) return std::unexpected(last.error());
  if (!*last) return 0;
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(**last + 1, most));
}

base::Result<std::vector<MavlinkNumber>> list_numbers(Connection& connection, std::string_view node) {
  const std::string sql = fmt::format("SELECT name, value FROM mavlink_numbers WHERE node = $1 ORDER BY name{}",
                                      bytewise(connection.dialect()));
  return read_all<MavlinkNumber>(connection.query(sql, node), [](const Rows& row) -> base::Result<MavlinkNumber> {
    return MavlinkNumber{row.text(0), row.integer(1)};
  });
}

base::Result<> put_numbers(Connection& connection, std::string_view node, std::span<const MavlinkNumber> numbers) {
  static const Upsert upsert("mavlink_numbers", number_table, number_keys);
  const auto kept = last_of_each(numbers, [](const MavlinkNumber& number) { return std::tie(number.name); });
  return put_rows<MavlinkNumber>(
      connection, upsert, kept,
      [&](const MavlinkNumber& number) { return std::tuple(node, std::string_view(number.name), number.value); },
      [](const MavlinkNumber& number) { return number.name.size(); });
}

}  // namespace storage::sql
