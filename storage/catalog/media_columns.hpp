// The columns of the table media, as a file comes: in the order in which it is written and read.
#pragma once

#include <string_view>

namespace storage::sql {

constexpr std::string_view media_columns =
    "id, imei, camera, kind, captured_at, received_at, triggered_at, trigger, duration_s, frame_rate, "
    "time_zone_minutes, latitude, longitude, driver_name, size, sha256, content_type, object_key, name, "
    "declared_size, declared_in_packets, metadata_hex, defect, request_id, legal_hold, packets, bad_crcs, source, "
    "pan_deg, tilt_deg";

}  // namespace storage::sql
