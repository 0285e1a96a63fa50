// The object stores that need nobody else.
#include "tests/conformance/objects_fixture.hpp"

namespace tests {

INSTANTIATE_TEST_SUITE_P(
    Stores, ObjectsTest,
    testing::Values(ObjectsImplementation{"file",
                                          [](const TempFolder& folder) {
                                            return storage::open_object_store("file:" + (folder / "objects").string());
                                          }},
                    ObjectsImplementation{"memory",
                                          [](const TempFolder&) { return storage::open_object_store("memory:"); }}),
    [](const auto& test) { return test.param.name; });

}  // namespace tests
