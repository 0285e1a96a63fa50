#include "tools/replay/selection.hpp"

#include <gtest/gtest.h>

#include "tests/unit/tools/replay/virtual_server.hpp"
#include "tools/replay/play_command.hpp"

namespace replay {
namespace {

using Indices = std::vector<std::size_t>;

captures::Capture two_devices() {
  captures::Capture capture;
  for (const std::uint64_t imei : {356307042441013U, 356307042441021U, 356307042441013U}) {
    const auto recorded = test::record({.photos = 1});
    capture.conversations.push_back(recorded->capture.conversations[0]);
    capture.conversations.back().imei = base::Imei::from_number(imei);
  }
  return capture;
}

TEST(Selection, ByDeviceAndByNumber) {
  const captures::Capture capture = two_devices();
  EXPECT_EQ(select(capture, {}), (Indices{0, 1, 2}));
  EXPECT_EQ(select(capture, {.imeis = {"356307042441013"}}), (Indices{0, 2}));
  EXPECT_EQ(select(capture, {.conversations = {"3", "2"}}), (Indices{1, 2}));
  EXPECT_EQ(select(capture, {.imeis = {"356307042441013"}, .conversations = {"3"}}), (Indices{2}));
}

TEST(Selection, WhatIsNotThereIsSaid) {
  const captures::Capture capture = two_devices();
  for (const Filter& filter : {Filter{.imeis = {"123"}}, Filter{.conversations = {"0"}}, Filter{.conversations = {"4"}},
                               Filter{.conversations = {"2x"}}, Filter{.imeis = {"356307042441039"}}}) {
    const auto selected = select(capture, filter);
    ASSERT_FALSE(selected);
    EXPECT_EQ(selected.error().code, base::Errc::invalid);
  }
}

TEST(Selection, DamageIsInTheList) {
  captures::Capture capture = two_devices();
  capture.conversations[1].damage = {.missing_bytes = 77, .no_end = true};
  const auto files = captures::camera_files(capture);
  const std::string text = list_text(capture, files, {1});
  EXPECT_NE(text.find("356307042441021"), std::string::npos) << text;
  EXPECT_NE(text.find("its end is missing, 77 bytes are missing"), std::string::npos) << text;
  EXPECT_EQ(text.find("356307042441013"), std::string::npos) << text;
  EXPECT_NE(list_json(capture, files, {1}).find(R"("missing_bytes":77)"), std::string::npos);
}

TEST(Selection, CopiesCountUpWithGoodCheckDigits) {
  std::vector<std::uint64_t> all;
  for (unsigned copy = 0; copy < 3; ++copy)
    for (std::size_t device = 0; device < 2; ++device)
      all.push_back(imei_of_copy(356307042441013, 2, device, copy).number());
  EXPECT_EQ(all.front(), 356307042441013U);
  for (std::size_t n = 1; n < all.size(); ++n) {
    EXPECT_EQ(all[n] / 10, all[n - 1] / 10 + 1);
    EXPECT_TRUE(base::Imei::from_number(all[n]));
  }
}

TEST(Summary, IsGoodOnlyWhenEverythingArrived) {
  const PlayerOptions options;
  PlayerResult result{.reports = {{.imei = 356307042441013, .files = 2, .files_acknowledged = 2}}};
  EXPECT_TRUE(is_good(result));
  EXPECT_NE(play_text(result, options).find("files acknowledged    2 of 2"), std::string::npos);
  for (const auto& spoil : std::vector<std::function<void(PlayerResult&)>>{
           [](PlayerResult& r) { r.unfinished = 1; }, [](PlayerResult& r) { r.reports.clear(); },
           [](PlayerResult& r) { r.reports[0].files_acknowledged = 1; },
           [](PlayerResult& r) { r.reports[0].failures = {"it broke"}; },
           [](PlayerResult& r) { r.reports[0].incomplete = {"it is not whole"}; }}) {
    PlayerResult spoilt = result;
    spoil(spoilt);
    EXPECT_FALSE(is_good(spoilt));
  }
  result.reports[0].failures = {"it broke"};
  EXPECT_NE(play_text(result, options).find("Failures:\n  it broke"), std::string::npos);
}

}  // namespace
}  // namespace replay
