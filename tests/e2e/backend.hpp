// Where the server under test keeps catalog and objects. Two programs run the same tests: `e2e` on the embedded
// default, `e2e_production` on a real PostgreSQL and a real S3 store.
#pragma once

#include <string>
#include <vector>

namespace e2e {

// Flags for the server of one test: a catalog and a store that no other test uses. The same test asks once.
std::vector<std::string> backend_flags();

}  // namespace e2e
