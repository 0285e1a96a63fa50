#include "server/base/version.hpp"

namespace base {

// Defined for this file alone: another commit recompiles nothing else.
std::string_view version() noexcept {
  return DUALCAM_VERSION;
}

}  // namespace base
