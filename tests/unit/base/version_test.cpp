#include "server/base/version.hpp"

#include <gmock/gmock.h>

namespace {

// MAVLink's firmware_version and the package's version are read out of it.
TEST(Version, BeginsWithThreeNumbersAndSaysHowFarItIsFromTheRelease) {
  EXPECT_THAT(std::string(base::version()),
              testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+(\\+[0-9]+\\.g[0-9a-f]+(\\.dirty)?)?"));
}

}  // namespace
