#include <stdlib.h>

#include <fmt/format.h>

#include "tests/e2e/backend.hpp"
#include "tests/support/postgres/postgres_cluster.hpp"
#include "tests/support/s3/ceph_store.hpp"

namespace e2e {

std::vector<std::string> backend_flags() {
  constexpr const char* bucket = "e2e";
  tests::CephStore& store = tests::ceph_store();
  static const bool ready = [&] {
    store.make_bucket(bucket);
    // The server takes them from its environment, which is ours.
    setenv("DUALCAMD_S3_ACCESS_KEY", store.credentials().access_key.c_str(), 1);
    setenv("DUALCAMD_S3_SECRET", store.credentials().secret_key.c_str(), 1);
    return true;
  }();
  static_cast<void>(ready);
  static int number = 0;
  return {"--catalog", tests::PostgresCluster::shared().fresh_schema(), "--objects",
          store.url(bucket, fmt::format("test-{}", ++number))};
}

}  // namespace e2e
