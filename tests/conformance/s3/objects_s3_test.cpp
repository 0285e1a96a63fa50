// The suite of all object stores on S3, in both ways of reaching it.
#include "tests/conformance/objects_fixture.hpp"
#include "tests/conformance/s3/s3_fixture.hpp"

namespace tests {

namespace {
base::Result<std::unique_ptr<ObjectStore>> open_with(const storage::s3::Location& location) {
  auto store = open_s3(location);
  if (!store) return std::unexpected(store.error());
  return std::move(*store);
}

base::Result<std::unique_ptr<ObjectStore>> open_plain(const TempFolder&) {
  return open_with(s3_location());
}

base::Result<std::unique_ptr<ObjectStore>> open_encrypted(const TempFolder&) {
  auto location =
      storage::s3::parse_url("s3://" + s3_bucket + "/" + fresh_prefix() + "?endpoint=" + s3_service().tls_endpoint() +
                             "&ca=" + s3_service().certificate());
  if (!location) return std::unexpected(location.error());
  return open_with(*location);
}
// The bucket in the host name: every name under localhost is this machine.
base::Result<std::unique_ptr<ObjectStore>> open_host_style(const TempFolder&) {
  auto location = s3_location();
  location.host = "localhost";
  location.style = storage::s3::Style::host;
  return open_with(location);
}
}  // namespace

INSTANTIATE_TEST_SUITE_P(Stores, ObjectsTest,
                         testing::Values(ObjectsImplementation{"s3", open_plain, false},
                                         ObjectsImplementation{"s3_host_style", open_host_style, false},
                                         ObjectsImplementation{"s3_tls", open_encrypted, false}),
                         [](const auto& test) { return test.param.name; });

}  // namespace tests
