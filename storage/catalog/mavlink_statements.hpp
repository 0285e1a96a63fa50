// The statements about what the MAVLink side keeps. Writing ones run inside of the writer's transaction.
#pragma once

#include "storage/catalog/mavlink_catalog.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

// Of one index, and of one name, the last of a call stands.
base::Result<> put_images(Connection& connection, std::string_view node, std::span<const MavlinkImage> images);
// The oldest beyond MavlinkCatalog::most_images, of every camera that is in `images`.
base::Result<> prune_images(Connection& connection, std::string_view node, std::span<const MavlinkImage> images);
base::Result<std::vector<MavlinkImage>> list_images(Connection& connection, std::string_view node,
                                                    std::string_view camera, std::uint32_t first, std::uint32_t last,
                                                    std::uint32_t limit);
base::Result<std::uint32_t> count_images(Connection& connection, std::string_view node, std::string_view camera);

base::Result<std::vector<MavlinkNumber>> list_numbers(Connection& connection, std::string_view node);
base::Result<> put_numbers(Connection& connection, std::string_view node, std::span<const MavlinkNumber> numbers);

// What the calls above ask: for the tests of the query plans, too.
constexpr std::string_view images_sql =
    "SELECT camera, image_index, at, boot_ms, latitude_e7, longitude_e7, altitude_mm, relative_altitude_mm, q_w, q_x, "
    "q_y, q_z, taken, url, media_id FROM mavlink_images WHERE node = $1 AND camera = $2 AND image_index >= $3 AND "
    "image_index <= $4 ORDER BY image_index LIMIT $5";
constexpr std::string_view last_image_sql =
    "SELECT image_index FROM mavlink_images WHERE node = $1 AND camera = $2 ORDER BY image_index DESC LIMIT 1";
// Indices follow each other: where the log ends says where it may begin, and nothing is counted.
constexpr std::string_view prune_images_sql =
    "DELETE FROM mavlink_images WHERE node = $1 AND camera = $2 AND image_index <= (SELECT image_index FROM "
    "mavlink_images WHERE node = $1 AND camera = $2 ORDER BY image_index DESC LIMIT 1) - $3";
constexpr std::string_view forget_images_sql = "DELETE FROM mavlink_images WHERE node = $1 AND camera = $2";

}  // namespace storage::sql
