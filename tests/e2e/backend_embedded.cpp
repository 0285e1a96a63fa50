#include "tests/e2e/backend.hpp"

namespace e2e {

std::vector<std::string> backend_flags() {
  return {};  // below the data directory
}

}  // namespace e2e
