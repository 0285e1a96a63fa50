#include "server/relay/shogun/encode.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "server/relay/shogun/packet_ids.hpp"
#include "tests/unit/relay/shogun/documents.hpp"

namespace shogun {
namespace {

using std::chrono::milliseconds;

std::string written(const Notification& note, Flavour flavour = Flavour::vicon) {
  const auto bytes = encode(note, flavour);
  if (!bytes) return bytes.error().message;
  EXPECT_EQ(bytes->back(), 0);
  return std::string(base::as_text(*bytes));
}

const Notification plain{.name = "dance", .database_path = "D:/T", .packet_id = 1};

TEST(ShogunEncode, TheSixNotificationsByteForByte) {
  for (const std::string& datagram :
       {test::start, test::stop, test::complete, test::timecode_start, test::timecode_stop, test::duration_stop}) {
    const auto note = test::read(datagram);
    ASSERT_TRUE(note);
    EXPECT_EQ(written(*note), datagram);
  }
  Notification complete = plain;
  complete.kind = Kind::complete;
  complete.packet_id = 33362;
  EXPECT_EQ(base::to_hex(encode(complete).value()), test::complete_hex);
}

TEST(ShogunEncode, ATriggerHasWhatIsGivenAndNoMore) {
  EXPECT_EQ(written(plain),
            test::wire(R"(<CaptureStart><Name VALUE="dance"/><DatabasePath VALUE="D:/T"/><Delay VALUE="0"/>)"
                       R"(<PacketID VALUE="1"/></CaptureStart>)"));
  Notification stop = plain;
  stop.kind = Kind::stop;
  EXPECT_EQ(written(stop),
            test::wire(R"(<CaptureStop><Name VALUE="dance"/><DatabasePath VALUE="D:/T"/><Delay VALUE="0"/>)"
                       R"(<PacketID VALUE="1"/></CaptureStop>)"));
  stop.result = Result::cancel;
  EXPECT_TRUE(written(stop).contains(R"(<CaptureStop RESULT="CANCEL">)"));
}

TEST(ShogunEncode, TextIsEscapedAndComesBack) {
  Notification note = plain;
  note.notes = "<a> & \"b\" 'c'\tline\r\nnext é €";
  const std::string datagram = written(note);
  EXPECT_TRUE(datagram.contains("&lt;a&gt; &amp; &quot;b&quot; 'c'&#9;line&#13;&#10;next é €")) << datagram;
  EXPECT_EQ(test::read(datagram)->notes, note.notes);
}

TEST(ShogunEncode, WhatCannotBeSentIsTold) {
  const auto told = [](auto change) {
    Notification note = plain;
    change(note);
    const auto bytes = encode(note);
    EXPECT_FALSE(bytes);
    return bytes ? std::string() : bytes.error().message;
  };
  EXPECT_TRUE(told([](Notification& n) { n.name.clear(); }).contains("no name"));
  EXPECT_TRUE(told([](Notification& n) { n.database_path.clear(); }).contains("no database path"));
  EXPECT_TRUE(told([](Notification& n) { n.packet_id.reset(); }).contains("packet id"));
  EXPECT_TRUE(told([](Notification& n) { n.packet_id = 0; }).contains("packet id"));
  EXPECT_TRUE(told([](Notification& n) { n.packet_id = 0x80000000; }).contains("packet id"));
  EXPECT_TRUE(told([](Notification& n) { n.delay = milliseconds{-1}; }).contains("delay"));
  EXPECT_TRUE(told([](Notification& n) { n.delay = longest_delay + milliseconds{1}; }).contains("delay"));
  EXPECT_TRUE(told([](Notification& n) { n.name = "a\x01"; }).contains("Name has a control character"));
  EXPECT_TRUE(
      told([](Notification& n) { n.notes = std::string("a\0b", 3); }).contains("Notes has a control character"));
  EXPECT_TRUE(told([](Notification& n) { n.name = "B\xfchne"; }).contains("Name is not UTF-8"));
  EXPECT_TRUE(told([](Notification& n) { n.kind = Kind::timecode_start; }).contains("no time code"));
  EXPECT_TRUE(told([](Notification& n) {
                n.kind = Kind::timecode_stop, n.timecode = Timecode{};
              }).contains("no known standard"));
  EXPECT_TRUE(told([](Notification& n) { n.kind = Kind::duration_stop; }).contains("duration"));
  EXPECT_TRUE(told([](Notification& n) { n.kind = Kind::identify; }).contains("Vicon's form has none"));
  EXPECT_TRUE(told([](Notification& n) { n.notes = std::string(1300, 'x'); }).contains("1472 are the most"));
}

TEST(ShogunEncode, TheLargestThatFitsIsSent) {
  Notification note = plain;
  note.notes = "";
  const std::size_t without = encode(note)->size();
  note.notes = std::string(max_sent_size - without, 'x');
  EXPECT_EQ(encode(note)->size(), max_sent_size);
  note.notes->push_back('x');
  EXPECT_EQ(encode(note).error().code, base::Errc::exhausted);
}

// ---- Kin

TEST(ShogunEncode, Flavours) {
  Notification note{.name = "Take 1",
                    .database_path = "C:/x",
                    .notes = "n",
                    .description = "d",
                    .packet_id = 5,
                    .timecode = parse_timecode("01:02:03:04").value(),
                    .host_name = "relay",
                    .session_name = "s",
                    .process_id = 42};
  EXPECT_EQ(
      written(note, Flavour::optitrack),
      test::wire(
          R"(<CaptureStart><Name VALUE="Take 1"/><SessionName VALUE="s"/><Notes VALUE="n"/><Description VALUE="d"/>)"
          R"(<DatabasePath VALUE="C:/x"/><TimeCode VALUE="01:02:03:04"/><PacketID VALUE="5"/>)"
          R"(<HostName VALUE="relay"/><ProcessID VALUE="42"/></CaptureStart>)"));
  EXPECT_EQ(
      written(note, Flavour::qtm),
      test::wire(
          R"(<CaptureStart><Name VALUE="Take 1"/><DatabasePath VALUE="C:/x"/><Delay VALUE="0"/><PacketID VALUE="5"/>)"
          R"(<HostName VALUE="relay"/><ProcessID VALUE="42"/><Notes VALUE="n"/><Description VALUE="d"/>)"
          R"(<Timecode VALUE="01:02:03:04"/></CaptureStart>)"));
  EXPECT_EQ(
      written(note, Flavour::nokov),
      test::wire(
          R"(<CaptureStart><Name VALUE="Take 1"/><SessionName VALUE="s"/><Notes VALUE="n"/><Description VALUE="d"/>)"
          R"(<DatabasePath VALUE="C:/x"/><Delay VALUE="Reserved"/><PacketID VALUE="5"/></CaptureStart>)"));
  EXPECT_EQ(written(note, Flavour::manus),
            test::wire(R"(<CaptureStart><Name VALUE="Take 1"/><DatabasePath VALUE="C:/x"/></CaptureStart>)"));
  EXPECT_EQ(written(note, Flavour::xsens), test::wire(R"(<StartRecordingReq SessionName="Take 1" Description="d"/>)"));
  note.timecode.reset();
  note.kind = Kind::stop;
  EXPECT_EQ(written(note, Flavour::rokoko),
            std::string(R"(<CaptureStop><Name VALUE="Take 1"/><TimeCode VALUE="00:00:00:00"/>)"
                        R"(<ProcessID VALUE="42"/></CaptureStop>)") +
                '\0');
  EXPECT_EQ(written(note, Flavour::optitrack),
            test::wire(R"(<CaptureStop><Name VALUE="Take 1"/><Notes VALUE="n"/><TimeCode VALUE="00:00:00:00"/>)"
                       R"(<HostName VALUE="relay"/><ProcessID VALUE="42"/></CaptureStop>)"));
  EXPECT_EQ(written(note, Flavour::xsens), test::wire("<StopRecordingReq/>"));
}

TEST(ShogunEncode, WhatIsSentInAFlavourIsUnderstoodInIt) {
  for (const Flavour flavour : {Flavour::vicon, Flavour::optitrack, Flavour::rokoko, Flavour::qtm, Flavour::xsens,
                                Flavour::manus, Flavour::nokov})
    for (const Kind kind : {Kind::start, Kind::stop}) {
      Notification note = plain;
      note.kind = kind;
      const auto read = decode(encode(note, flavour).value(), flavour);
      ASSERT_TRUE(read) << to_string(flavour);
      EXPECT_EQ(read->kind, kind) << to_string(flavour);
      if (kind == Kind::start) {
        EXPECT_EQ(read->name, "dance");
      }
    }
}

TEST(ShogunEncode, KinHaveStartAndStop) {
  Notification note = plain;
  note.kind = Kind::complete;
  for (const Flavour flavour :
       {Flavour::optitrack, Flavour::rokoko, Flavour::qtm, Flavour::xsens, Flavour::manus, Flavour::nokov})
    EXPECT_FALSE(encode(note, flavour)) << to_string(flavour);
  note.kind = Kind::name;
  note.take = "001";
  EXPECT_EQ(written(note, Flavour::xsens),
            test::wire(R"(<CaptureName><Name VALUE="dance"/><Take VALUE="001"/></CaptureName>)"));
  note.kind = Kind::identify;
  EXPECT_EQ(written(note, Flavour::xsens), test::wire("<IdentifyReq/>"));
  EXPECT_FALSE(encode({.kind = Kind::start}, Flavour::rokoko));
}

TEST(ShogunEncode, FlavoursHaveNamesAndPorts) {
  for (int number = 0; number < 7; ++number) {
    const auto flavour = static_cast<Flavour>(number);
    EXPECT_EQ(parse_flavour(to_string(flavour)), flavour);
    EXPECT_FALSE(product(flavour).empty());
  }
  EXPECT_EQ(parse_flavour("blade"), std::nullopt);
  EXPECT_EQ(port_of(Flavour::vicon), 30);
  EXPECT_EQ(port_of(Flavour::optitrack), 1512);
  for (int number = 0; number < kinds; ++number) {
    const auto kind = static_cast<Kind>(number);
    EXPECT_EQ(parse_kind(to_string(kind)), kind);
  }
}

// ---- Packet ids

TEST(PacketIds, AreNewEachTimeWithin31Bit) {
  PacketIds ids(1);
  std::uint32_t before = ids.next();
  for (int i = 0; i < 2000; ++i) {
    const std::uint32_t id = ids.next();
    EXPECT_EQ(id, before + 1);
    EXPECT_TRUE(ids.is_own(id));
    before = id;
  }
  EXPECT_TRUE(ids.is_own(before - 1023));
  EXPECT_FALSE(ids.is_own(before - 1024));
  EXPECT_FALSE(ids.is_own(before + 1));
  EXPECT_FALSE(ids.is_own(0));
}

TEST(PacketIds, AStartHasARangeOfItsOwn) {
  std::vector<std::uint32_t> firsts;
  for (std::uint64_t seed = 0; seed < 200; ++seed) firsts.push_back(PacketIds(1'700'000'000'000 + seed).next());
  std::ranges::sort(firsts);
  for (std::size_t i = 1; i < firsts.size(); ++i) EXPECT_GT(firsts[i] - firsts[i - 1], 1U) << i;
  for (const std::uint32_t first : firsts) EXPECT_TRUE(first >= 1 && first <= highest_packet_id);
  PacketIds fresh(7);
  EXPECT_FALSE(fresh.is_own(PacketIds(7).next()));  // nothing sent yet
}

}  // namespace
}  // namespace shogun
