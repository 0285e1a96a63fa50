#include "server/base/relay_device.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace base {
namespace {

TEST(RelayDevice, HasANumberThatNeverChanges) {
  EXPECT_EQ(relay_device_number("gate").str(), "002770403007863");
  EXPECT_EQ(relay_device_number("").str(), "008393466560373");
}

TEST(RelayDevice, IsReservedAndOtherwiseANumberAsAnyOther) {
  std::unordered_set<Imei> numbers;
  for (int i = 0; i < 10'000; ++i) {
    const Imei number = relay_device_number("camera " + std::to_string(i));
    EXPECT_TRUE(number.is_reserved());
    EXPECT_EQ(number.str().size(), 15U);
    EXPECT_TRUE(number.str().starts_with("00")) << number.str();
    EXPECT_EQ(Imei::parse(number.str()), number);
    EXPECT_EQ(Imei::from_number(number.number()), number);
    numbers.insert(number);
  }
  EXPECT_EQ(numbers.size(), 10'000U);
}

TEST(RelayDevice, NoRealDeviceHasOne) {
  EXPECT_FALSE(Imei::from_number(356307042441013)->is_reserved());
  EXPECT_FALSE(Imei::from_number(100'000'000'000'009)->is_reserved());
}

}  // namespace
}  // namespace base
