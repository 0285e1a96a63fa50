// Times as other servers write them into the names of files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"

namespace importing {

// Local times of the whole process are of this zone from now on: "" of this machine, "UTC", "+02:00", or a name as
// Europe/Vilnius. Call it before there are threads. `invalid`: no such zone, or this machine knows none.
base::Result<> use_time_zone(const std::string& zone);

// 14 digits, yyyyMMddHHmmss, in the zone of the process. Nothing where that is no time of 2000 to 2099. An hour that
// the change to winter time repeats counts as its first pass, one that summer time leaves out as if it had not begun.
std::optional<base::UtcTime> local_time(std::string_view digits);

// The first time that stands in a name: yyyyMMddHHmmss, perhaps with one character between its parts, milliseconds
// behind it where nothing separates them, and UTC where a Z follows; or seconds or milliseconds since 1970.
std::optional<base::UtcTime> time_in_name(std::string_view name);

}  // namespace importing
