#include "tools/mavlink/outcome.hpp"

#include <fmt/format.h>

namespace mavlink::tool {

Outcome complain(const base::Error& error) {
  fmt::print(stderr, "dualcam mavlink: {}\n", error.message);
  return error.code == base::Errc::refused ? Outcome::bad : Outcome::nobody;
}

}  // namespace mavlink::tool
