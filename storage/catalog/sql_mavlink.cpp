#include "storage/catalog/sql_mavlink.hpp"

#include "storage/catalog/mavlink_statements.hpp"

namespace storage {

using sql::Connection;

base::Result<> SqlMavlink::add_images(std::string_view node, std::span<const MavlinkImage> images) {
  if (images.empty()) return {};
  return database_.write([&](Connection& connection) -> base::Result<> {
    if (auto done = sql::put_images(connection, node, images); !done) return done;
    return sql::prune_images(connection, node, images);
  });
}

base::Result<std::vector<MavlinkImage>> SqlMavlink::images(std::string_view node, std::string_view camera,
                                                           std::uint32_t first, std::uint32_t last,
                                                           std::uint32_t limit) {
  return database_.ask(
      [&](Connection& connection) { return sql::list_images(connection, node, camera, first, last, limit); });
}

base::Result<std::uint32_t> SqlMavlink::image_count(std::string_view node, std::string_view camera) {
  return database_.ask([&](Connection& connection) { return sql::count_images(connection, node, camera); });
}

base::Result<> SqlMavlink::forget_images(std::string_view node, std::string_view camera) {
  return database_.write([&](Connection& connection) { return connection.run(sql::forget_images_sql, node, camera); });
}

base::Result<std::vector<MavlinkNumber>> SqlMavlink::numbers(std::string_view node) {
  return database_.ask([&](Connection& connection) { return sql::list_numbers(connection, node); });
}

base::Result<> SqlMavlink::set_numbers(std::string_view node, std::span<const MavlinkNumber> numbers) {
  if (numbers.empty()) return {};
  return database_.write([&](Connection& connection) { return sql::put_numbers(connection, node, numbers); });
}

}  // namespace storage
