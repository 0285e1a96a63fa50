// Times in the names of files, zones of the names, IMEIs in paths.
#include <gtest/gtest.h>

#include "tools/import/layout.hpp"
#include "tools/import/name_time.hpp"

namespace importing {
namespace {

std::string text_of(const std::optional<base::UtcTime>& time) {
  return time ? base::to_iso8601(*time) : "none";
}

struct NamedTime {
  const char* name;
  const char* time;
};

class ImportNames : public testing::TestWithParam<NamedTime> {};

TEST_P(ImportNames, SayTheirTime) {
  ASSERT_TRUE(use_time_zone("UTC"));
  EXPECT_EQ(text_of(time_in_name(GetParam().name)), GetParam().time) << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ImportNames,
    testing::Values(NamedTime{"20260304050607.jpg", "2026-03-04T05:06:07.000Z"},
                    NamedTime{"20260304050607089.jpg", "2026-03-04T05:06:07.089Z"},
                    NamedTime{"20260304_050607.mp4", "2026-03-04T05:06:07.000Z"},
                    NamedTime{"front-20260304T050607Z.mp4", "2026-03-04T05:06:07.000Z"},
                    NamedTime{"2026-03-04 05.06.07.h265", "2026-03-04T05:06:07.000Z"},
                    NamedTime{"356307042441013_2026-03-04_05-06-07_front.jpg", "2026-03-04T05:06:07.000Z"},
                    NamedTime{"1772600767.jpg", "2026-03-04T05:06:07.000Z"},
                    NamedTime{"1772600767089_rear.jpg", "2026-03-04T05:06:07.089Z"},
                    NamedTime{"clip7_20260304050607.jpg", "2026-03-04T05:06:07.000Z"},
                    NamedTime{"20240229000000.jpg", "2024-02-29T00:00:00.000Z"}, NamedTime{"photo.jpg", "none"},
                    NamedTime{"", "none"}, NamedTime{"20230229000000.jpg", "none"},
                    NamedTime{"20261304050607.jpg", "none"}, NamedTime{"20260304240000.jpg", "none"},
                    NamedTime{"20260304056007.jpg", "none"}, NamedTime{"20260304050660.jpg", "none"},
                    NamedTime{"19991231235959.jpg", "none"}, NamedTime{"21000101000000.jpg", "none"},
                    NamedTime{"202603040506.jpg", "none"}, NamedTime{"2026-03-04.jpg", "none"},
                    NamedTime{"2026--03-04-05-06-07.jpg", "none"}, NamedTime{"2772600767.jpg", "none"},
                    NamedTime{"356307042441013.jpg", "none"}, NamedTime{"00020260304050607.jpg", "none"}));

struct ZonedTime {
  const char* zone;
  const char* digits;
  const char* time;
};

class ImportZones : public testing::TestWithParam<ZonedTime> {
 protected:
  void TearDown() override { ASSERT_TRUE(use_time_zone("UTC")); }
};

TEST_P(ImportZones, AreThoseOfTheNames) {
  const auto used = use_time_zone(GetParam().zone);
  ASSERT_TRUE(used) << used.error().message;
  EXPECT_EQ(text_of(local_time(GetParam().digits)), GetParam().time) << GetParam().zone << ' ' << GetParam().digits;
}

INSTANTIATE_TEST_SUITE_P(Table, ImportZones,
                         testing::Values(ZonedTime{"UTC", "20260704120000", "2026-07-04T12:00:00.000Z"},
                                         ZonedTime{"+02:00", "20260704120000", "2026-07-04T10:00:00.000Z"},
                                         ZonedTime{"-03:30", "20260704120000", "2026-07-04T15:30:00.000Z"},
                                         ZonedTime{"+14:00", "20260101000000", "2025-12-31T10:00:00.000Z"},
                                         ZonedTime{"Europe/Vilnius", "20260704120000", "2026-07-04T09:00:00.000Z"},
                                         ZonedTime{"Europe/Vilnius", "20260104120000", "2026-01-04T10:00:00.000Z"},
                                         // 03:00 to 04:00 is left out on 29 March, and comes twice on 25 October.
                                         ZonedTime{"Europe/Vilnius", "20260329025959", "2026-03-29T00:59:59.000Z"},
                                         ZonedTime{"Europe/Vilnius", "20260329033000", "2026-03-29T01:30:00.000Z"},
                                         ZonedTime{"Europe/Vilnius", "20260329040000", "2026-03-29T01:00:00.000Z"},
                                         ZonedTime{"Europe/Vilnius", "20261025033000", "2026-10-25T00:30:00.000Z"},
                                         ZonedTime{"Europe/Vilnius", "20261025040000", "2026-10-25T02:00:00.000Z"},
                                         ZonedTime{"Asia/Kolkata", "20260704120000", "2026-07-04T06:30:00.000Z"}));

TEST(ImportZone, ThatNobodyKnowsIsRefused) {
  for (const char* zone : {"Europe/Nowhere", "../../etc/passwd", "/etc/localtime", "+2", "+02:60", "+15:00", "Europe",
                           "02:00", "+0200", "UTC+2"}) {
    const auto used = use_time_zone(zone);
    ASSERT_FALSE(used) << zone;
    EXPECT_EQ(used.error().code, base::Errc::invalid);
  }
}

TEST(ImportZone, IsNotAppliedToWhatSaysItself) {
  ASSERT_TRUE(use_time_zone("+05:00"));
  EXPECT_EQ(text_of(time_in_name("20260704T120000Z.jpg")), "2026-07-04T12:00:00.000Z");
  EXPECT_EQ(text_of(time_in_name("1772600767.jpg")), "2026-03-04T05:06:07.000Z");
  ASSERT_TRUE(use_time_zone("UTC"));
}

struct Placed {
  Layout layout;
  const char* folder;
  const char* file;
  const char* imei;  // nullptr: refused
  const char* time;
};

constexpr const char* first = "356307042441013";
constexpr const char* second = "356307042441021";

class ImportLayout : public testing::TestWithParam<Placed> {};

TEST_P(ImportLayout, SaysTheDeviceAndTheTime) {
  ASSERT_TRUE(use_time_zone("UTC"));
  const Placed& given = GetParam();
  const auto origin = origin_of(given.folder, given.file, given.layout, std::nullopt);
  if (given.imei == nullptr) {
    ASSERT_FALSE(origin) << given.file;
    EXPECT_EQ(origin.error().code, base::Errc::invalid);
    return;
  }
  ASSERT_TRUE(origin) << origin.error().message;
  EXPECT_EQ(origin->imei.str(), given.imei);
  EXPECT_EQ(text_of(origin->time), given.time);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ImportLayout,
    testing::Values(
        Placed{Layout::traccar, "/media", "356307042441013/20260304050607.jpg", first, "2026-03-04T05:06:07.000Z"},
        Placed{Layout::traccar, "/media", "356307042441013/20260304050607", first, "2026-03-04T05:06:07.000Z"},
        Placed{Layout::traccar, "/media", "356307042441013/photo.jpg", nullptr, ""},
        Placed{Layout::traccar, "/media", "356307042441013/front/20260304050607.jpg", nullptr, ""},
        Placed{Layout::traccar, "/media", "20260304050607.jpg", nullptr, ""},
        Placed{Layout::traccar, "/media/356307042441013", "20260304050607.jpg", nullptr, ""},
        Placed{Layout::traccar, "/media", "truck7/20260304050607.jpg", nullptr, ""},
        Placed{Layout::traccar, "/media", "imei356307042441013/20260304050607.jpg", nullptr, ""},
        Placed{Layout::traccar, "/media", "356307042441014/20260304050607.jpg", nullptr, ""},
        Placed{Layout::any, "/media", "356307042441013/20260304050607.jpg", first, "2026-03-04T05:06:07.000Z"},
        Placed{Layout::any, "/media", "356307042441013/front/1772600767.jpg", first, "2026-03-04T05:06:07.000Z"},
        Placed{Layout::any, "/media", "a/356307042441013_1772600767.jpg", first, "2026-03-04T05:06:07.000Z"},
        Placed{Layout::any, "/media", "356307042441013/356307042441021.jpg", second, "none"},
        Placed{Layout::any, "/media", "356307042441013/356307042441021/a.jpg", second, "none"},
        Placed{Layout::any, "/media/356307042441013", "a.jpg", first, "none"},
        Placed{Layout::any, "/media/356307042441013", "356307042441021/a.jpg", second, "none"},
        Placed{Layout::any, "/356307042441013/media", "a.jpg", nullptr, ""},
        Placed{Layout::any, "/media", "356307042441014/a.jpg", nullptr, ""},
        Placed{Layout::any, "/media", "3563070424410130/a.jpg", nullptr, ""},
        Placed{Layout::any, "/media", "000001000000008/a.jpg", nullptr, ""}));

TEST(ImportImei, GivenIsThatOfFilesWithout) {
  const auto other = base::Imei::parse(second);
  EXPECT_EQ(origin_of("/media", "a.jpg", Layout::any, other)->imei.str(), second);
  EXPECT_EQ(origin_of("/media", "356307042441013/a.jpg", Layout::any, other)->imei.str(), first);
  EXPECT_EQ(origin_of("/media", "truck7/20260304050607.jpg", Layout::traccar, other)->imei.str(), second);
}

TEST(ImportImei, ReservedOnesAreNoDevice) {
  const auto reserved = base::Imei::from_number(base::with_luhn_digit(100'000'000'000));
  ASSERT_TRUE(reserved && reserved->is_reserved());
  EXPECT_FALSE(imei_in(reserved->str()));
}

}  // namespace
}  // namespace importing
