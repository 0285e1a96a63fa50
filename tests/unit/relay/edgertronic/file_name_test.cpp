#include "server/relay/edgertronic/file_name.hpp"

#include <gtest/gtest.h>

#include "server/base/utf8.hpp"
#include "server/relay/edgertronic/datagram.hpp"

namespace edgertronic {
namespace {

TEST(EdgertronicFileName, ParametersPassUntouched) {
  EXPECT_EQ(sanitise("pitch_27_&T"), "pitch_27_&T");
  EXPECT_EQ(sanitise("&b&T&x%c&&"), "&b&T&x%c&&");
}

TEST(EdgertronicFileName, WhatNoFileSystemTakesGoes) {
  EXPECT_EQ(sanitise("take: 3?\r\n\x7f*<1>|\"x\""), "take_ 3___1___x_");
  EXPECT_EQ(sanitise("B\xfchne \xc2\x85"
                     "3"),
            "Bhne 3");
  EXPECT_EQ(sanitise("Bühne €"), "Bühne €");
  EXPECT_EQ(sanitise("\n\x01"), "");
  EXPECT_EQ(sanitise(".."), "");
}

TEST(EdgertronicFileName, FoldersOnlyWhereTheyAreAllowed) {
  EXPECT_EQ(sanitise("/mnt/net/game_1/&T"), "mntnetgame_1&T");
  EXPECT_EQ(sanitise("D:\\Takes\\a"), "D_Takesa");
  EXPECT_EQ(sanitise("/mnt/net/game_1/&T", true), "/mnt/net/game_1/&T");
  EXPECT_EQ(sanitise("//mnt/./net/../../etc/", true), "/mnt/net/etc");
  EXPECT_EQ(sanitise("../..", true), "");
  EXPECT_EQ(sanitise("a\\b/c", true), "ab/c");
  // Cut to 99 bytes it would end with a part that leads out of its folder.
  EXPECT_EQ(sanitise(std::string(96, 'x') + "/..y", true), std::string(96, 'x'));
}

TEST(EdgertronicFileName, IsCutAtACharacterAndKeepsWhatTellsFilesApart) {
  EXPECT_EQ(sanitise(std::string(200, 'x')), std::string(99, 'x'));
  EXPECT_EQ(sanitise(std::string(98, 'x') + "€"), std::string(98, 'x'));
  EXPECT_EQ(sanitise(std::string(200, 'x') + "_&T"), std::string(96, 'x') + "_&T");
  EXPECT_EQ(sanitise(std::string(200, 'x') + "_&b-&T"), std::string(93, 'x') + "_&b-&T");
  // The "&" before the cut must not take the "_" behind it.
  EXPECT_EQ(sanitise(std::string(95, 'x') + "&Tyyyy_&T"), std::string(95, 'x') + "_&T");
  std::string parameters;
  for (int i = 0; i < 100; ++i) parameters += "&T";
  EXPECT_LE(sanitise(parameters).size(), max_name_size);
}

TEST(EdgertronicFileName, WhatComesOutCanBeSent) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (std::size_t begin = 0; begin < all.size(); ++begin)
    for (const bool folders : {false, true}) {
      const std::string name = sanitise(all.substr(begin), folders);
      EXPECT_TRUE(name.empty() || encode(default_payload, name)) << begin;
    }
}

TEST(EdgertronicFileName, TimeAndBufferDoNotTellCamerasApart) {
  EXPECT_FALSE(may_tell_cameras_apart("pitch_&T_&b"));
  EXPECT_FALSE(may_tell_cameras_apart("pitch_&"));
  EXPECT_TRUE(may_tell_cameras_apart("pitch_&n"));
  EXPECT_TRUE(may_tell_shots_apart("pitch_&b"));
  EXPECT_FALSE(may_tell_shots_apart("a & b"));
}

TEST(EdgertronicFileName, TheDangerOfOneShareIsTold) {
  EXPECT_TRUE(name_danger("pitch_&T", 2)->contains("2 cameras fire together"));
  EXPECT_TRUE(name_danger(std::nullopt, 3)->contains("slomo_&T"));
  EXPECT_TRUE(name_danger("pitch", 1)->contains("add &T"));
  EXPECT_EQ(name_danger("pitch_&T", 1), std::nullopt);
  EXPECT_EQ(name_danger("pitch_&n", 4), std::nullopt);
  EXPECT_EQ(name_danger(std::nullopt, 1), std::nullopt);
}

}  // namespace
}  // namespace edgertronic
