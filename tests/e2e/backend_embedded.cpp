#include "tests/e2e/backend.hpp"
#include "tests/e2e/loss.hpp"

#include <filesystem>

namespace e2e {

std::vector<std::string> backend_flags() {
  return {};  // below the data directory
}

void lose_catalog(const std::string& url) {
  const std::string path = url.substr(url.find(':') + 1);
  for (const char* companion : {"", "-wal", "-shm"}) std::filesystem::remove(path + companion);
}

void lose_objects(const std::string& url) {
  std::filesystem::remove_all(url.substr(url.find(':') + 1));
}

}  // namespace e2e
