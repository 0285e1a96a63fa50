// Is everything stored exactly once? Asked of the API, of the database, and of the bucket itself.
#pragma once

#include <string>
#include <vector>

#include "tests/campaign/installation.hpp"
#include "tests/campaign/uploads.hpp"

namespace tests {

struct Audit {
  std::uint64_t identical = 0;  // files that the API gives byte for byte as the cameras had them
  std::uint64_t rows = 0;
  std::uint64_t objects = 0;
  std::uint64_t events = 0;
  // Objects that no row named, until the scrub: a node that is killed behind the object and before the row leaves one
  // when the camera brings the file to another node. Nobody sees them; they cost space.
  std::uint64_t second_copies = 0;
  std::uint64_t unfinished = 0;       // left in the store by nodes, for cameras that did not need it any more
  std::vector<std::string> problems;  // sentences; empty: all is well

  std::string described() const;
};

// After drain(), while the nodes still run. What it compares, for each camera:
//   the API's files with the camera's, byte for byte; the rows with the camera's files, as sets; the media.stored
//   events with the camera's files, in the order in which the camera was told that they are stored;
//   and, after a scrub, the bucket's objects with the rows: each row has one of its size, and each object a row.
// Throws std::runtime_error when one of them cannot be asked.
Audit audit(const Installation& installation, const Uploads& uploads);

}  // namespace tests
