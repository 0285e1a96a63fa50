#include <stdlib.h>

#include <fmt/format.h>

#include <map>
#include <stdexcept>

#include "storage/objects/object_store.hpp"
#include "tests/e2e/backend.hpp"
#include "tests/e2e/loss.hpp"
#include "tests/support/postgres/postgres_cluster.hpp"
#include "tests/support/s3/ceph_store.hpp"

namespace e2e {

namespace {
// Of each catalog that was given away.
std::map<std::string, std::string>& schemas() {
  static std::map<std::string, std::string> all;
  return all;
}

std::string fresh_catalog() {
  std::string name;
  std::string url = tests::PostgresCluster::shared().fresh_schema(name);
  schemas()[url] = name;
  return url;
}
}  // namespace

void lose_catalog(const std::string& url) {
  const std::string& schema = schemas().at(url);
  tests::PostgresCluster::shared().run(fmt::format("DROP SCHEMA {0} CASCADE; CREATE SCHEMA {0}", schema));
}

void lose_objects(const std::string& url) {
  const auto store = storage::open_object_store(url).value();
  std::vector<std::string> keys;
  const auto listed = store->list("", [&](const storage::ObjectInfo& object) {
    keys.push_back(object.key);
    return true;
  });
  if (!listed) throw std::runtime_error(listed.error().message);
  for (const std::string& key : keys)
    if (const auto removed = store->remove(key); !removed) throw std::runtime_error(removed.error().message);
}

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
  return {"--catalog", fresh_catalog(), "--objects", store.url(bucket, fmt::format("test-{}", ++number))};
}

}  // namespace e2e
