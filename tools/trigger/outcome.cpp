#include "tools/trigger/outcome.hpp"

#include <fmt/format.h>

namespace trigger {

Outcome complain(const base::Error& error) {
  fmt::print(stderr, "dualcam trigger: {}\n", error.message);
  return error.code == base::Errc::refused ? Outcome::bad : Outcome::unusable;
}

}  // namespace trigger
