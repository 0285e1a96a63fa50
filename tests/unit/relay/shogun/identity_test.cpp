#include "server/relay/shogun/identity.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "server/base/utf8.hpp"
#include "server/relay/shogun/file_name.hpp"
#include "tests/unit/relay/shogun/documents.hpp"

namespace shogun {
namespace {

TEST(ShogunIdentity, ThePacketIdIsTheKey) {
  const Notification start = *test::read(test::start);
  Notification edited = start;
  edited.name = "another";
  EXPECT_EQ(identity_of(start).key(), identity_of(edited).key());
  // A stage that counts anew is told by what differs.
  EXPECT_NE(identity_of(start).content, identity_of(edited).content);
  Notification next = start;
  next.packet_id = 33361;
  EXPECT_NE(identity_of(start).key(), identity_of(next).key());
  EXPECT_EQ(identity_of(start).content, identity_of(next).content);
}

TEST(ShogunIdentity, WithoutAnIdTheContentIs) {
  Notification zero = *test::read(test::start);
  zero.packet_id = 0;
  Notification missing = zero;
  missing.packet_id.reset();
  EXPECT_TRUE(identity_of(zero).by_content());
  EXPECT_EQ(identity_of(zero), identity_of(missing));
  // What is spelled otherwise, or comes from another host's card, is the same.
  missing.tolerate(Tolerated::no_nul);
  missing.host_name = "PC2";
  missing.process_id = 7;
  EXPECT_EQ(identity_of(zero).key(), identity_of(missing).key());
}

TEST(ShogunIdentity, EveryPartOfTheContentCounts) {
  const Notification same{.name = "a", .database_path = "b"};
  std::set<std::uint64_t> keys{identity_of(same).key()};
  const std::function<void(Notification&)> changes[] = {
      [](Notification& n) { n.kind = Kind::stop; },
      [](Notification& n) { n.name = "ab", n.database_path = ""; },
      [](Notification& n) { n.notes = "x"; },
      [](Notification& n) { n.description = "x"; },
      [](Notification& n) { n.delay = std::chrono::milliseconds{1}; },
      [](Notification& n) { n.result = Result::fail; },
      [](Notification& n) { n.timecode = Timecode{}; },
      [](Notification& n) { n.timecode = Timecode{.frames = 1}; },
      [](Notification& n) { n.timecode = Timecode{.standard = Standard::pal}; },
      [](Notification& n) { n.duration = Duration{.frames = 1}; },
      [](Notification& n) { n.session_name = "x"; },
      [](Notification& n) { n.take = "x"; },
  };
  for (const auto& change : changes) {
    Notification other = same;
    change(other);
    keys.insert(identity_of(other).key());
  }
  EXPECT_EQ(keys.size(), std::size(changes) + 1);
}

TEST(ShogunIdentity, TheStageConfirmsWithADatagramOfItsOwn) {
  const Notification sent{.name = "a", .database_path = "D:/T", .packet_id = 7};
  Notification heard = sent;
  EXPECT_EQ(answer_to(sent, heard), Answer::none) << "our own";
  heard.packet_id = 33360;
  EXPECT_EQ(answer_to(sent, heard), Answer::confirmed);
  heard.name = "b";
  EXPECT_EQ(answer_to(sent, heard), Answer::none);
  heard = {.kind = Kind::stop, .name = "a", .packet_id = 9};
  EXPECT_EQ(answer_to(sent, heard), Answer::none);

  Notification of_kin{.name = "a", .host_name = "relay", .process_id = 42};
  EXPECT_EQ(answer_to(of_kin, of_kin), Answer::none);
  heard = of_kin;
  heard.process_id = 43;
  EXPECT_EQ(answer_to(of_kin, heard), Answer::confirmed);

  EXPECT_EQ(answer_to(sent, {.kind = Kind::start_acknowledged, .result = Result::success}), Answer::confirmed);
  EXPECT_EQ(answer_to(sent, {.kind = Kind::start_acknowledged, .result = Result::fail}), Answer::refused);
  EXPECT_EQ(answer_to(sent, {.kind = Kind::stop_acknowledged, .result = Result::success}), Answer::none);
}

// ---- Names of files

TEST(ShogunFileName, WhatWindowsRefuses) {
  EXPECT_EQ(sanitise_name("dance 1 & 2"), "dance 1 & 2");
  EXPECT_EQ(sanitise_name("a<b>c:d\"e/f\\g|h?i*j"), "a_b_c_d_e_f_g_h_i_j");
  EXPECT_EQ(sanitise_name("../../Windows"), ".._.._Windows");
  EXPECT_EQ(sanitise_name("a\r\nb\x7f"), "ab");
  EXPECT_EQ(sanitise_name("B\xfchne \xc2\x9f"
                          "x"),
            "Bhne x");
  EXPECT_EQ(sanitise_name(" take. . "), "take");
  EXPECT_EQ(sanitise_name("..."), "");
  EXPECT_EQ(sanitise_name(""), "");
}

TEST(ShogunFileName, NamesOfDevices) {
  for (const std::string_view device : {"con", "NUL", "nul.txt", "Aux .x", "COM1", "lpt9.mov", "COM²", "PRN"})
    EXPECT_EQ(sanitise_name(device), "_" + std::string(device)) << device;
  for (const std::string_view fine : {"console", "COM", "COM12", "NULL", "xCON", "LPTx"})
    EXPECT_EQ(sanitise_name(fine), fine);
}

TEST(ShogunFileName, IsCutAtACharacterAndNotInABlank) {
  EXPECT_EQ(sanitise_name(std::string(300, 'x')).size(), max_file_name_size);
  EXPECT_EQ(sanitise_name(std::string(max_file_name_size - 1, 'x') + "€"), std::string(max_file_name_size - 1, 'x'));
  EXPECT_EQ(sanitise_name(std::string(max_file_name_size - 1, 'x') + " y"), std::string(max_file_name_size - 1, 'x'));
}

TEST(ShogunFileName, AnyBytesMakeANameOrNothing) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (std::size_t begin = 0; begin < all.size(); ++begin) {
    const std::string name = sanitise_name(all.substr(begin));
    EXPECT_TRUE(base::is_utf8(name));
    EXPECT_EQ(name.find_first_of("<>:\"/\\|?*"), std::string::npos);
    EXPECT_EQ(sanitise_name(name), name);
  }
}

}  // namespace
}  // namespace shogun
