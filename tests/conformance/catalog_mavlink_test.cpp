// Image logs and numbers of the MAVLink side: the same on every catalog.
#include <cmath>
#include <limits>
#include <thread>

#include "tests/conformance/catalog_fixture.hpp"

namespace tests {
namespace {

using storage::MavlinkCatalog;
using storage::MavlinkImage;
using storage::MavlinkNumber;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint32_t all = std::numeric_limits<std::uint32_t>::max();

std::string every_byte() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes + R"("\\,{}NULL)";
}

MavlinkImage image(std::uint32_t index, std::string camera = "nose") {
  return {.camera = std::move(camera),
          .index = index,
          .at = at(index),
          .url = "http://192.0.2.1/" + std::to_string(index),
          .media_id = {}};
}

class CatalogMavlink : public CatalogTest {
 protected:
  MavlinkCatalog& mavlink() { return catalog_->mavlink(); }

  void add(const std::vector<MavlinkImage>& images, std::string_view node = "n1") {
    const auto added = mavlink().add_images(node, images);
    ASSERT_TRUE(added) << added.error().message;
  }
  void add(std::uint32_t first, std::uint32_t last, const std::string& camera = "nose") {
    std::vector<MavlinkImage> images;
    for (std::uint32_t index = first; index <= last; ++index) images.push_back(image(index, camera));
    add(images);
  }
  std::vector<std::uint32_t> indices(std::uint32_t first, std::uint32_t last, std::uint32_t limit,
                                     std::string_view camera = "nose", std::string_view node = "n1") {
    const auto found = mavlink().images(node, camera, first, last, limit);
    EXPECT_TRUE(found) << found.error().message;
    std::vector<std::uint32_t> numbers;
    if (found)
      for (const auto& each : *found) numbers.push_back(each.index);
    return numbers;
  }
  std::uint32_t count(std::string_view camera = "nose", std::string_view node = "n1") {
    const auto counted = mavlink().image_count(node, camera);
    EXPECT_TRUE(counted) << counted.error().message;
    return counted.value_or(all);
  }
  void reopen() { catalog_ = storage::open_catalog(GetParam().url(folder_)).value(); }
};

// ---- The log of a camera

TEST_P(CatalogMavlink, AnImageIsGivenBackAsItIs) {
  const MavlinkImage full{.camera = every_byte(),
                          .index = 7,
                          .at = at(123),
                          .boot_ms = std::numeric_limits<std::uint32_t>::max(),
                          .latitude_e7 = -900'000'000,
                          .longitude_e7 = 1'799'999'999,
                          .altitude_mm = std::numeric_limits<std::int32_t>::min(),
                          .relative_altitude_mm = std::numeric_limits<std::int32_t>::max(),
                          .orientation = {0.1F, -0.7071068F, std::numeric_limits<float>::denorm_min(), 3.4e38F},
                          .taken = false,
                          .url = every_byte(),
                          .media_id = base::Uuid::v7(at(5))};
  const MavlinkImage bare{.camera = full.camera, .index = 8, .at = at(-1), .url = {}, .media_id = {}};
  add({full, bare});
  EXPECT_THAT(mavlink().images("n1", full.camera, 0, all, 10).value(), ElementsAre(full, bare));
}

TEST_P(CatalogMavlink, AnUnknownOrientationStaysUnknown) {
  MavlinkImage unknown = image(0);
  unknown.orientation.fill(std::numeric_limits<float>::quiet_NaN());
  unknown.orientation[2] = -std::numeric_limits<float>::infinity();
  add({unknown});
  const auto found = mavlink().images("n1", "nose", 0, 0, 1).value().at(0).orientation;
  EXPECT_TRUE(std::isnan(found[0]) && std::isnan(found[1]) && std::isnan(found[3]));
  EXPECT_EQ(found[2], unknown.orientation[2]);
}

TEST_P(CatalogMavlink, AnIndexThatIsThereIsWrittenAnewAsAWhole) {
  MavlinkImage first = image(1);
  first.media_id = base::Uuid::v7(at(5));
  first.latitude_e7 = 5;
  first.taken = false;
  add({image(0), first, image(2)});
  MavlinkImage second = image(1);
  second.url = "another";
  second.boot_ms = 99;
  second.orientation = {0, 1, 0, 0};
  add({second});
  EXPECT_THAT(mavlink().images("n1", "nose", 0, all, 10).value(), ElementsAre(image(0), second, image(2)));
}

TEST_P(CatalogMavlink, OfOneIndexInOneCallTheLastStands) {
  MavlinkImage later = image(3);
  later.url = "later";
  const MavlinkImage others = image(3, "tail");
  add({image(3), others, image(2), later});
  EXPECT_THAT(mavlink().images("n1", "nose", 0, all, 10).value(), ElementsAre(image(2), later));
  EXPECT_THAT(mavlink().images("n1", "tail", 0, all, 10).value(), ElementsAre(others));
}

TEST_P(CatalogMavlink, RangesHaveBothTheirEndsAndALimit) {
  add({image(4), image(2), image(0), image(3), image(1)});
  EXPECT_THAT(indices(0, all, 10), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(indices(1, 3, 10), ElementsAre(1, 2, 3));
  EXPECT_THAT(indices(2, 2, 10), ElementsAre(2));
  EXPECT_THAT(indices(1, all, 2), ElementsAre(1, 2)) << "the lowest of them";
  EXPECT_THAT(indices(4, 400, 10), ElementsAre(4));
  EXPECT_THAT(indices(0, all, 0), IsEmpty());
  EXPECT_THAT(indices(3, 2, 10), IsEmpty());
  EXPECT_THAT(indices(5, all, 10), IsEmpty());
  EXPECT_THAT(indices(0, all, all, "nobody"), IsEmpty());
}

TEST_P(CatalogMavlink, TheCountIsTheHighestIndexAndOne) {
  EXPECT_EQ(count(), 0U);
  add({image(0)});
  EXPECT_EQ(count(), 1U);
  add({image(41), image(40)});
  EXPECT_EQ(count(), 42U);
  add({image(7)});
  EXPECT_EQ(count(), 42U);
  EXPECT_EQ(count("tail"), 0U);
  add({image(all, "tail")});
  EXPECT_EQ(count("tail"), all) << "not 0 again";
  EXPECT_THAT(indices(0, all, 10, "tail"), ElementsAre(all));
}

TEST_P(CatalogMavlink, ForgettingIsOfOneCamera) {
  add(0, 9);
  add(0, 1, "tail");
  ASSERT_TRUE(mavlink().add_images("n2", std::vector{image(5)}));
  ASSERT_TRUE(mavlink().forget_images("n1", "nose"));
  EXPECT_EQ(count(), 0U);
  EXPECT_THAT(indices(0, all, 10), IsEmpty());
  EXPECT_EQ(count("tail"), 2U);
  EXPECT_EQ(count("nose", "n2"), 6U);
  EXPECT_TRUE(mavlink().forget_images("n1", "nose")) << "nothing is left to forget";
  add({image(0)});
  EXPECT_EQ(count(), 1U) << "and it begins anew";
}

TEST_P(CatalogMavlink, TheOldestBeyondTheBoundGo) {
  constexpr std::uint32_t most = MavlinkCatalog::most_images;
  add(0, 9);
  add(0, 9, "tail");
  ASSERT_TRUE(mavlink().add_images("n2", std::vector{image(0)}));
  add({image(most - 1)});
  EXPECT_EQ(indices(0, all, 1).at(0), 0U) << "just as many as there may be";
  add({image(most)});
  EXPECT_EQ(indices(0, all, 1).at(0), 1U);
  add({image(most + 3), image(most + 1), image(most + 2)});
  EXPECT_THAT(indices(0, all, 100), ElementsAre(4, 5, 6, 7, 8, 9, most - 1, most, most + 1, most + 2, most + 3));
  EXPECT_EQ(count(), most + 4);
  EXPECT_THAT(indices(0, all, 100, "tail"), SizeIs(10)) << "each camera has a log of its own";
  EXPECT_THAT(indices(0, all, 100, "nose", "n2"), ElementsAre(0));
}

TEST_P(CatalogMavlink, WhatIsBeyondTheBoundAlreadyStaysAway) {
  constexpr std::uint32_t most = MavlinkCatalog::most_images;
  add({image(most + 10), image(10), image(11)});
  EXPECT_THAT(indices(0, all, 100), ElementsAre(11, most + 10)) << "in one call, too";
  add({image(10), image(12)});
  EXPECT_THAT(indices(0, all, 100), ElementsAre(11, 12, most + 10));
}

TEST_P(CatalogMavlink, ThousandsAtOnceOfSeveralCameras) {
  std::vector<MavlinkImage> images;
  for (std::uint32_t index = 0; index < 2'500; ++index)
    for (const auto* camera : {"nose", "tail"}) {
      images.push_back(image(index, camera));
      images.back().url.assign(1'000, 'u');
    }
  add(images);
  add(images);
  EXPECT_EQ(count(), 2'500U);
  EXPECT_THAT(indices(0, all, all), SizeIs(2'500));
  EXPECT_EQ(mavlink().images("n1", "tail", 2'499, 2'499, 1).value().at(0), images.back());
}

TEST_P(CatalogMavlink, NothingIsNothing) {
  EXPECT_TRUE(mavlink().add_images("n1", {}));
  EXPECT_TRUE(mavlink().set_numbers("n1", {}));
  EXPECT_TRUE(mavlink().forget_images("n1", "nose"));
  EXPECT_THAT(indices(0, all, 10), IsEmpty());
  EXPECT_THAT(mavlink().numbers("n1").value(), IsEmpty());
}

TEST_P(CatalogMavlink, ManyThreadsAddAtOnce) {
  constexpr std::uint32_t threads = 8;
  constexpr std::uint32_t calls = 10;
  {
    std::vector<std::jthread> running;
    for (std::uint32_t t = 0; t < threads; ++t)
      running.emplace_back([this, t] {
        for (std::uint32_t i = 0; i < calls; ++i) {
          add({image(t * calls + i)});
          ASSERT_TRUE(mavlink().set_numbers("n1", std::vector{MavlinkNumber{std::to_string(t), i}}));
        }
      });
  }
  EXPECT_THAT(indices(0, all, 1'000), SizeIs(threads * calls));
  const auto numbers = mavlink().numbers("n1").value();
  ASSERT_THAT(numbers, SizeIs(threads));
  for (const auto& each : numbers) EXPECT_EQ(each.value, calls - 1);
}

// ---- Numbers

TEST_P(CatalogMavlink, NumbersAreKeptByName) {
  const MavlinkNumber odd{"~" + every_byte(), 0};
  const std::vector<MavlinkNumber> set{{"sequence nose", std::numeric_limits<std::int64_t>::max()},
                                       {"a", 1},
                                       {"Z", std::numeric_limits<std::int64_t>::min()},
                                       odd,
                                       {"a", -2}};
  ASSERT_TRUE(mavlink().set_numbers("n1", set));
  const auto named = [&](const std::vector<MavlinkNumber>& expected) {
    EXPECT_EQ(mavlink().numbers("n1").value(), expected) << "by the bytes of their names";
  };
  named({set[2], set[4], set[0], odd});
  ASSERT_TRUE(mavlink().set_numbers("n1", std::vector{MavlinkNumber{"a", 3}, MavlinkNumber{"b", 4}}));
  named({set[2], {"a", 3}, {"b", 4}, set[0], odd});
}

TEST_P(CatalogMavlink, TwoNodesDoNotSeeEachOther) {
  MavlinkImage others = image(0);
  others.url = "others";
  add({image(0), image(1)});
  add({others}, "n2");
  ASSERT_TRUE(mavlink().set_numbers("n1", std::vector{MavlinkNumber{"a", 1}}));
  ASSERT_TRUE(mavlink().set_numbers("n2", std::vector{MavlinkNumber{"a", 2}, MavlinkNumber{"b", 3}}));
  EXPECT_THAT(mavlink().images("n1", "nose", 0, all, 10).value(), ElementsAre(image(0), image(1)));
  EXPECT_THAT(mavlink().images("n2", "nose", 0, all, 10).value(), ElementsAre(others));
  EXPECT_EQ(count("nose", "n2"), 1U);
  EXPECT_THAT(mavlink().numbers("n1").value(), ElementsAre(MavlinkNumber{"a", 1}));
  EXPECT_THAT(mavlink().numbers("n2").value(), ElementsAre(MavlinkNumber{"a", 2}, MavlinkNumber{"b", 3}));
  EXPECT_THAT(mavlink().numbers("").value(), IsEmpty());
}

TEST_P(CatalogMavlink, WhatIsKeptIsThereAfterOpeningItAgain) {
  if (GetParam().name == "sqlite_memory") GTEST_SKIP() << "it lives as long as its connection";
  add({image(0), image(1)});
  ASSERT_TRUE(mavlink().set_numbers("n1", std::vector{MavlinkNumber{"signing", 1'000'000'000'000}}));
  reopen();
  EXPECT_THAT(mavlink().images("n1", "nose", 0, all, 10).value(), ElementsAre(image(0), image(1)));
  EXPECT_EQ(count(), 2U);
  EXPECT_THAT(mavlink().numbers("n1").value(), ElementsAre(MavlinkNumber{"signing", 1'000'000'000'000}));
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogMavlink, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tests
