#include "server/net/devices.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_folder.hpp"

namespace net {
namespace {

using enum dualcam::FileClass;

const base::Imei device = *base::Imei::from_number(356307042441013);
const base::Imei other = *base::Imei::from_number(356307042441021);

class DeviceList : public testing::Test {
 protected:
  base::Result<std::unordered_set<base::Imei>> read(std::string_view text) {
    std::ofstream(file_, std::ios::binary) << text;
    return read_device_list(file_);
  }
  std::string complaint(std::string_view text) {
    const auto list = read(text);
    return list ? "no complaint" : list.error().message;
  }
  tests::TempFolder folder_;
  std::filesystem::path file_ = folder_ / "devices";
};

TEST_F(DeviceList, OneDeviceALineWithLabelsAndComments) {
  const auto list = read(
      "# the fleet\n\n356307042441013\r\n  356307042441021\tvan 7 # blue\n356307042441039,van 8;x\n   "
      "\n#356307042441047\n"
      "356307042441013");
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->size(), 3U);
  EXPECT_TRUE(list->contains(device));
  EXPECT_TRUE(list->contains(other));
}

TEST_F(DeviceList, AnEmptyListIsAList) {
  const auto list = read("");
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->empty());
}

TEST_F(DeviceList, ErrorsNameTheLine) {
  const std::string where = file_.string();
  EXPECT_EQ(complaint("356307042441013\n\n356307042441014\n"),
            where + ", line 3: 356307042441014 is no IMEI (15 digits, Luhn check).");
  EXPECT_EQ(complaint("van 7\n"), where + ", line 1: van is no IMEI (15 digits, Luhn check).");
  EXPECT_EQ(complaint("3563070424410130\n"), where + ", line 1: 3563070424410130 is no IMEI (15 digits, Luhn check).");
  EXPECT_EQ(complaint("\xff\x01\n"), where + ", line 1: \\xff\\x01 is no IMEI (15 digits, Luhn check).");
}

TEST_F(DeviceList, AListThatCannotBeReadIsNoEmptyList) {
  const auto missing = read_device_list(folder_ / "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, base::Errc::not_found);
  EXPECT_EQ(missing.error().message, "Cannot read the device list " + std::string(folder_ / "none") + ".");
  EXPECT_FALSE(read_device_list(folder_.path())) << "a directory";
}

TEST(Devices, OpenTakesEverybody) {
  const Devices devices(DevicePolicy::open, dualcam::photos_first);
  EXPECT_FALSE(devices.objection(device));
}

TEST(Devices, AllowListTakesThoseOnIt) {
  Devices devices(DevicePolicy::allow_list, dualcam::photos_first);
  EXPECT_TRUE(devices.objection(device));
  devices.set_allowed({device});
  EXPECT_FALSE(devices.objection(device));
  EXPECT_EQ(devices.objection(other), "356307042441021 is not on the list of allowed devices");
  devices.set_allowed({other});
  EXPECT_TRUE(devices.objection(device));
  EXPECT_EQ(devices.allowed_count(), 1U);
}

TEST(Devices, AClassThatFailedComesLast) {
  Devices devices(DevicePolicy::open, {video_rear, photo_front, path, photo_rear, video_front});
  EXPECT_EQ(devices.order_for(device), (dualcam::ClassOrder{video_rear, photo_front, path, photo_rear, video_front}));
  devices.class_failed(device, photo_front);
  EXPECT_EQ(devices.order_for(device), (dualcam::ClassOrder{video_rear, path, photo_rear, video_front, photo_front}));
  devices.class_failed(device, video_rear);
  EXPECT_EQ(devices.order_for(device), (dualcam::ClassOrder{path, photo_rear, video_front, video_rear, photo_front}));
  EXPECT_EQ(devices.order_for(other).front(), video_rear) << "of that device only";
  devices.class_worked(device, photo_front);
  devices.class_worked(device, path);
  EXPECT_EQ(devices.order_for(device), (dualcam::ClassOrder{photo_front, path, photo_rear, video_front, video_rear}));
  devices.class_worked(device, video_rear);
  EXPECT_EQ(devices.order_for(device).front(), video_rear);
}

TEST(Devices, RememberedFailuresAreBounded) {
  Devices devices(DevicePolicy::open, dualcam::photos_first);
  devices.class_failed(device, photo_front);
  constexpr std::uint64_t many = 100'000;
  for (std::uint64_t i = 1; i <= many; ++i)
    devices.class_failed(*base::Imei::from_number(base::with_luhn_digit(35630704244101 + i)), photo_front);
  EXPECT_EQ(devices.order_for(device).front(), photo_front) << "forgotten, to make room";
}

}  // namespace
}  // namespace net
