// Capture requests in words.
#pragma once

#include <string>
#include <vector>

#include "tools/request/api.hpp"

namespace request {

// "waiting for the tracker"; of a state that is not known, its name.
std::string_view words_for(std::string_view state);
// What is going on with all of it: "part 1 of 2: the camera is sending".
std::string situation(const Request& request);
std::string title(const Request& request);     // one line without its end: who, what, when
std::string describe(const Request& request);  // several lines: title, state, every part
std::string as_table(const std::vector<Request>& requests);

}  // namespace request
