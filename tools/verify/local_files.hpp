// Files that somebody has, looked up in the chain by their content.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "tools/verify/progress.hpp"
#include "tools/verify/report.hpp"

namespace verify {

class LocalFiles {
 public:
  // Reads and hashes all of them.
  static base::Result<LocalFiles> read(const std::vector<std::string>& paths, Progress& progress);

  void compare(const storage::evidence::Entry& entry, const storage::evidence::Record& record,
               const storage::evidence::Place& place);
  std::vector<LocalFile> take() && { return std::move(files_); }

 private:
  std::vector<LocalFile> files_;
  std::unordered_multimap<std::string, std::size_t> by_sha256_;
};

}  // namespace verify
