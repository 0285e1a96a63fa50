// What `dualcam mavlink shoot` and `list` print: lines for people, or JSON.
#pragma once

#include <string>
#include <vector>

#include "server/relay/mavlink/station/actions.hpp"

namespace mavlink::tool {

// One line each, without its end.
std::string found_line(const station::Camera& camera, bool json);
std::string ended_line(const station::EndedCommand& ended, bool json);
std::string image_line(const station::Image& image, bool json);
std::string recorded_line(std::chrono::milliseconds length, bool json);
std::string failed_line(const std::string& sentence);  // JSON; people read the sentence on standard error

// Whole: a table, or one JSON array.
std::string camera_table(const std::vector<station::Camera>& cameras);
std::string camera_list(const std::vector<station::Camera>& cameras);

}  // namespace mavlink::tool
