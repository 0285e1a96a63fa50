// Traffic that ends up on camera ports and is none of a camera's: told apart and described in words.
#pragma once

#include <optional>

#include "tools/explain/report.hpp"

namespace explain {

// Nothing when the input's first bytes may be a camera's or its server's.
std::optional<Item> recognize_wrong_port(base::ByteView bytes);

}  // namespace explain
