// One thing that the server's core did in an offline replay, with everything that it is about: as text and as JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/base/bytes.hpp"

namespace replay {

using Value = std::variant<std::uint64_t, std::string>;

struct ActionLine {
  std::chrono::microseconds at{};                          // of the conversation's clock, from its first event
  std::size_t conversation = 0;                            // its number in the list, from 1
  std::string_view action;                                 // "send", "write", …: a literal
  std::vector<std::pair<std::string_view, Value>> values;  // names are literals
};

// False ends the replay.
using LineSink = std::function<bool(const ActionLine&)>;

std::string seconds_text(std::chrono::microseconds at);  // "12.000345"
std::string as_text(const ActionLine& line);             // one line, without its end
std::string as_json(const ActionLine& line);             // one object
// Tells bytes apart where they are too many to be shown: 16 hexadecimal digits of XXH3.
std::string short_hash(base::ByteView bytes);

}  // namespace replay
