// What came in, as a line for a person or for a program.
#pragma once

#include <string>

#include "tools/mavlink/connection.hpp"

namespace mavlink::tool {

// Of both: without the line's end.
struct TextStyle {
  bool raw = false;  // the bytes as well
  bool colours = false;
};
// "TIME  PEER  1/100  HEARTBEAT type=CAMERA …"; of what is not decoded here the payload's bytes.
std::string as_text(const Heard& heard, base::UtcTime at, const TextStyle& style);
std::string as_text(const Refused& refused, base::UtcTime at, const TextStyle& style);

// Fields as numbers and texts, enumerations as numbers; numbers that were not given are null. "raw" where it is wanted.
std::string as_json(const Heard& heard, base::UtcTime at, bool raw);
std::string as_json(const Refused& refused, base::UtcTime at, bool raw);

}  // namespace mavlink::tool
