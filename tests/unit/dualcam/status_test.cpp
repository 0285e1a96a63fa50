#include "server/dualcam/status.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace dualcam {
namespace {

TEST(Status, EveryValueOfTheVendorsListHasItsOwnName) {
  std::set<std::string_view> names;
  for (std::uint32_t status = 0; status <= 26; ++status) names.insert(status_name(status));
  EXPECT_EQ(names.size(), 27u);
  EXPECT_FALSE(names.contains("unknown status"));
  EXPECT_EQ(status_name(27), "unknown status");
  EXPECT_EQ(status_name(0xffffffff), "unknown status");
}

TEST(Status, Names) {
  EXPECT_EQ(status_name(status_completed), "completed");
  EXPECT_EQ(status_name(1), "reconnect limit reached after 5 tries");
  EXPECT_EQ(status_name(status_aborted), "aborted by the device");
  EXPECT_EQ(status_name(5), "invalid answer to INIT");
  EXPECT_EQ(status_name(6), "invalid answer to RESUME");
  EXPECT_EQ(status_name(status_read_failed), "read failed: the camera is not configured or the file is not there");
  EXPECT_EQ(status_name(26), "wrong bootloader");
}

}  // namespace
}  // namespace dualcam
