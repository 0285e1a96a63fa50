// A bucket of the real store, and a prefix of its own in it for each test.
#pragma once

#include <atomic>
#include <string>

#include "storage/objects/s3_object_store.hpp"
#include "tests/support/s3/ceph_store.hpp"

namespace tests {

inline const std::string s3_bucket = "dualcam-tests";

// The store, with the bucket made at the first call.
inline CephStore& s3_service() {
  static CephStore& store = [] -> CephStore& {
    CephStore& made = ceph_store();
    made.make_bucket(s3_bucket);
    return made;
  }();
  return store;
}

inline std::string fresh_prefix() {
  static std::atomic<int> number = 0;
  return "test-" + std::to_string(++number);
}

inline storage::s3::Location s3_location(const std::string& prefix = fresh_prefix()) {
  return storage::s3::parse_url(s3_service().url(s3_bucket, prefix)).value();
}

inline base::Result<std::unique_ptr<storage::S3ObjectStore>> open_s3(const storage::s3::Location& location,
                                                                     const storage::s3::Options& options = {}) {
  return storage::S3ObjectStore::open_at(location, s3_service().credentials(), options);
}

}  // namespace tests
