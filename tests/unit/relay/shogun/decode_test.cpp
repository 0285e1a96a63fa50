#include "server/relay/shogun/decode.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/relay/shogun/documents.hpp"

namespace shogun {
namespace {

using std::chrono::milliseconds;
using test::outcome;
using test::read;

// ---- The published six.

TEST(ShogunDecode, TheSixNotifications) {
  const auto start = read(test::start);
  ASSERT_TRUE(start) << sentence(start.error());
  EXPECT_EQ(start->kind, Kind::start);
  EXPECT_EQ(start->name, "dance");
  EXPECT_EQ(start->notes, "first & last");
  EXPECT_EQ(start->description, "a dance");
  EXPECT_EQ(start->database_path, "D:/Jeremy/Susan/Captures/Take");
  EXPECT_EQ(start->delay, milliseconds{33});
  EXPECT_EQ(start->packet_id, 33360U);
  EXPECT_EQ(start->result, Result::unknown);
  EXPECT_EQ(start->tolerated, 0);
  EXPECT_EQ(start->recognised, Flavour::vicon);

  const auto stop = read(test::stop);
  EXPECT_EQ(stop->kind, Kind::stop);
  EXPECT_EQ(stop->result, Result::success);
  EXPECT_EQ(stop->delay, milliseconds{33});
  EXPECT_EQ(read(test::complete)->kind, Kind::complete);

  const auto armed = read(test::timecode_start);
  EXPECT_EQ(armed->kind, Kind::timecode_start);
  EXPECT_EQ(to_words(armed->timecode.value()), "00:38:10:17 PAL (25 frames/s)");
  const auto until = read(test::timecode_stop);
  EXPECT_EQ(until->kind, Kind::timecode_stop);
  EXPECT_EQ(to_clock(until->timecode.value()), "00:46:27:15");

  const auto duration = read(test::duration_stop);
  EXPECT_EQ(duration->kind, Kind::duration_stop);
  EXPECT_EQ(duration->duration, (Duration{12867, 32865, 5553087}));
  EXPECT_NEAR(duration->duration->seconds().value(), 76.151149, 1e-6);
  EXPECT_NEAR(duration->duration->frames_per_second().value(), 1851029.0 / 10955, 1e-9);
  EXPECT_EQ(to_words(*duration->duration), "12867 frames, 76.151 s");
}

TEST(ShogunDecode, ThePublishedBytes) {
  const auto bytes = base::from_hex(test::complete_hex).value();
  ASSERT_EQ(bytes.size(), 164U);
  const auto complete = decode(bytes);
  ASSERT_TRUE(complete);
  EXPECT_EQ(complete->kind, Kind::complete);
  EXPECT_EQ(complete->name, "dance");
  EXPECT_EQ(complete->database_path, "D:/T");
  EXPECT_EQ(complete->packet_id, 33362U);
}

// ---- What senders do otherwise.

TEST(ShogunDecode, DeparturesAreTakenAndTold) {
  constexpr std::string_view root = R"(<CaptureStart><Name VALUE="a"/></CaptureStart>)";
  const std::string declared = R"(<?xml version="1.0" encoding="UTF-8"?>)" + std::string(root);
  const std::string nul(1, '\0');
  struct Row {
    std::string datagram;
    std::string_view told;
  };
  for (const Row& row : {
           Row{declared + nul, ""},
           {declared, "no NUL at the end"},
           {declared + nul + "junk", "bytes behind the NUL"},
           {declared + nul + "<CaptureStop/>", "bytes behind the NUL"},
           {"\n" + declared + nul, "blanks at the begin"},
           {declared + std::string(300, ' ') + nul, ""},
           {"\xef\xbb\xbf" + declared + nul, ""},
           {std::string(root) + nul, "no XML declaration"},
           {R"(<?xml version="1.0" encoding="UTF - 8"?>)" + std::string(root) + nul, ""},
           {R"(<?xml version="1.0" encoding="UTF-8")" + std::string(root) + nul, "a broken XML declaration"},
           {"<?xml?>\n<!-- test -->\n" + std::string(root) + nul, ""},
           {"<CAPTURESTART><name value='a'/></CAPTURESTART>" + nul, "no XML declaration"},
           {"<CaptureStart><Name>a</Name></CaptureStart>" + nul, "no XML declaration"},
           {"<CaptureStart>\n  <Name  VALUE = \"a\" />\n</CaptureStart>\n" + nul, "no XML declaration"},
       }) {
    const auto start = read(row.datagram);
    ASSERT_TRUE(start) << row.datagram << ": " << sentence(start.error());
    EXPECT_EQ(start->kind, Kind::start);
    EXPECT_EQ(start->name, "a");
    EXPECT_EQ(tolerated_in_words(start->tolerated), row.told) << row.datagram;
  }
}

TEST(ShogunDecode, ValuesThatAreNotEscaped) {
  const auto notes = [](std::string_view value) {
    const auto start = read(R"(<CaptureStart><Name VALUE="a"/><Notes VALUE=")" + std::string(value) +
                            R"("/><PacketID VALUE="7"/></CaptureStart>)");
    return start && start->packet_id == 7U ? start->notes.value_or("none") : std::string("refused");
  };
  EXPECT_EQ(notes("R&D &c. &amp; more"), "R&D &c. & more");
  EXPECT_EQ(notes("a < b > c"), "a < b > c");
  EXPECT_EQ(notes(R"(he said "go")"), R"(he said "go")");
  EXPECT_EQ(notes("&#10;&#x41;&lt;&quot;"), "\nA<\"");
  EXPECT_EQ(notes("&unknown;"), "&unknown;");
  EXPECT_EQ(notes(""), "");
  EXPECT_TRUE(read(R"(<CaptureStart><Name VALUE="say "go""/></CaptureStart>)")->tolerates(Tolerated::quotes_in_values));
}

TEST(ShogunDecode, DelaysThatCannotBeUsedAreNone) {
  const auto delay = [](std::string_view value) {
    const auto start =
        read(R"(<CaptureStart><Name VALUE="a"/><Delay VALUE=")" + std::string(value) + R"("/></CaptureStart>)");
    return std::pair(start->delay.count(), start->tolerates(Tolerated::bad_delay));
  };
  EXPECT_EQ(delay("250"), std::pair(250L, false));
  EXPECT_EQ(delay(" 33.9 "), std::pair(33L, false));
  EXPECT_EQ(delay(""), std::pair(0L, false));
  EXPECT_EQ(delay("600000"), std::pair(600'000L, false));
  for (const std::string_view bad : {"-20", "Reserved", "600001", "99999999999999999999", "1e3", "12ms", "1.x", "+5"})
    EXPECT_EQ(delay(bad), std::pair(0L, true)) << bad;
}

TEST(ShogunDecode, PacketIdsOfAllSizes) {
  const auto id = [](std::string_view value) {
    return read(R"(<CaptureStart><Name VALUE="a"/><PacketID VALUE=")" + std::string(value) + R"("/></CaptureStart>)")
        ->packet_id;
  };
  EXPECT_EQ(id("0"), 0U);
  EXPECT_EQ(id(" 12 "), 12U);
  EXPECT_EQ(id("18446744073709551615"), ~std::uint64_t{0});
  for (const std::string_view bad : {"", "18446744073709551616", "-1", "x", "1.5"})
    EXPECT_EQ(id(bad), std::nullopt) << bad;
  EXPECT_TRUE(read(R"(<CaptureStart><Name VALUE="a"/><PacketID VALUE="x"/></CaptureStart>)")
                  ->tolerates(Tolerated::bad_packet_id));
}

TEST(ShogunDecode, AStopAloneIsAStop) {
  for (const std::string_view datagram :
       {"<CaptureStop/>", "<CaptureStop></CaptureStop>", "<CaptureStop RESULT='CANCEL'/>"}) {
    const auto stop = read(datagram);
    ASSERT_TRUE(stop) << datagram;
    EXPECT_EQ(stop->kind, Kind::stop);
    EXPECT_EQ(stop->name, "");
  }
  EXPECT_EQ(read("<CaptureStop/>")->result, Result::unknown);
  EXPECT_EQ(read("<CaptureStop RESULT='CANCEL'/>")->result, Result::cancel);
  EXPECT_EQ(read("<CaptureStop RESULT='fail'/>")->result, Result::fail);
  EXPECT_EQ(read("<CaptureStop RESULT='MAYBE'/>")->result, Result::unknown);
}

TEST(ShogunDecode, OtherNamesOfTheRoots) {
  constexpr std::string_view code = R"(<Name VALUE="a"/><TimeCode VALUE="1 2 3 4 0 0 0 1"/>)";
  constexpr std::string_view frames = R"(<Name VALUE="a"/><Duration FRAMES="100"/>)";
  const auto doc = [](std::string_view root, std::string_view children) {
    return "<" + std::string(root) + ">" + std::string(children) + "</" + std::string(root) + ">";
  };
  EXPECT_EQ(outcome(doc("TimecodeStart", code)), "timecode_start");
  EXPECT_EQ(outcome(doc("CaptureTimecodeStart", code)), "timecode_start");
  EXPECT_EQ(outcome(doc("TimeCodeStop", code)), "timecode_stop");
  EXPECT_EQ(outcome(doc("DurationStop", frames)), "duration_stop");
  EXPECT_EQ(outcome(doc("CaptureDurationStop", frames)), "duration_stop");
  EXPECT_EQ(read(doc("CaptureStop", frames))->duration->seconds(), std::nullopt);
  EXPECT_EQ(outcome(doc("TimecodeStart", frames)), "bad_timecode");
  EXPECT_EQ(outcome(doc("DurationStop", code)), "bad_duration");
}

TEST(ShogunDecode, TextThatIsNotUtf8IsMadeSo) {
  const auto start = read("<CaptureStart><Name VALUE=\"B\xfchne\"/></CaptureStart>");
  ASSERT_TRUE(start);
  EXPECT_EQ(start->name, "B\xef\xbf\xbdhne");
  EXPECT_TRUE(start->tolerates(Tolerated::not_utf8));
  EXPECT_EQ(read("<CaptureStart><Name VALUE=\"Bühne\"/></CaptureStart>")->name, "Bühne");
}

// ---- Kin.

TEST(ShogunDecode, ATimeCodeAnnouncesWithViconOnly) {
  constexpr std::string_view motive =
      R"(<CaptureStart><Name VALUE="Take"/><SessionName VALUE="s"/><Notes VALUE=""/><Assets VALUE="a,b"/><Description VALUE=""/>)"
      R"(<DatabasePath VALUE="C:/x/"/><TimeCode VALUE="10:20:30:12"/><PacketID VALUE="0"/><HostName VALUE="PC"/>)"
      R"(<ProcessID VALUE="4711"/></CaptureStart>)";
  EXPECT_EQ(outcome(motive), "timecode_start");
  for (const Flavour flavour : {Flavour::optitrack, Flavour::rokoko, Flavour::qtm, Flavour::manus, Flavour::nokov}) {
    const auto start = read(motive, flavour);
    ASSERT_TRUE(start);
    EXPECT_EQ(start->kind, Kind::start) << to_string(flavour);
    EXPECT_EQ(to_clock(start->timecode.value()), "10:20:30:12");
    EXPECT_EQ(start->host_name, "PC");
    EXPECT_EQ(start->session_name, "s");
    EXPECT_EQ(start->process_id, 4711U);
    EXPECT_EQ(start->packet_id, 0U);
    EXPECT_EQ(start->recognised, Flavour::optitrack);
  }
}

TEST(ShogunDecode, KinAreRecognised) {
  const auto rokoko =
      read(R"(<CaptureStart><Name VALUE="a"/><TimeCode VALUE="00:00:00:00"/></CaptureStart>)", Flavour::rokoko);
  EXPECT_EQ(rokoko->timecode, std::nullopt);
  EXPECT_EQ(rokoko->recognised, Flavour::rokoko);
  // Unused is unused, whoever listens.
  EXPECT_EQ(outcome(R"(<CaptureStart><Name VALUE="a"/><TimeCode VALUE="00:00:00:00"/></CaptureStart>)"), "start");
  EXPECT_EQ(outcome(R"(<CaptureStart><Name VALUE="a"/><TimeCode VALUE=""/></CaptureStart>)"), "start");
  // Midnight of a known standard is a time.
  EXPECT_EQ(outcome(R"(<CaptureStart><Name VALUE="a"/><TimeCode VALUE="0 0 0 0 0 0 0 1"/></CaptureStart>)"),
            "timecode_start");

  const auto qtm = read(
      R"(<CaptureStart><Name VALUE="a"/><DatabasePath VALUE="p"/><Delay VALUE="0"/><PacketID VALUE="1"/><HostName VALUE="h"/>)"
      R"(<ProcessID VALUE="2"/><Notes VALUE=""/><Description VALUE=""/><Timecode VALUE="01:02:03:04"/></CaptureStart>)",
      Flavour::qtm);
  EXPECT_EQ(qtm->recognised, Flavour::qtm);
  EXPECT_EQ(to_clock(qtm->timecode.value()), "01:02:03:04");

  const auto nokov = read(
      R"(<CaptureStart><Name VALUE="a"/><SessionName VALUE="s"/><Description VALUE="NULL"/><Delay VALUE="Reserved"/>)"
      R"(<PacketID VALUE="0"/></CaptureStart>)",
      Flavour::nokov);
  EXPECT_EQ(nokov->recognised, Flavour::nokov);
  EXPECT_EQ(nokov->description, std::nullopt);
  EXPECT_EQ(nokov->delay, milliseconds{0});
}

TEST(ShogunDecode, XsensHasMessagesOfItsOwn) {
  const auto begin = read(R"(<StartRecordingReq SessionName="walk" Description="slow"/>)", Flavour::xsens);
  ASSERT_TRUE(begin);
  EXPECT_EQ(begin->kind, Kind::start);
  EXPECT_EQ(begin->name, "walk");
  EXPECT_EQ(begin->description, "slow");
  EXPECT_EQ(begin->recognised, Flavour::xsens);
  EXPECT_EQ(outcome("<StopRecordingReq/>", Flavour::xsens), "stop");
  EXPECT_EQ(outcome("<IdentifyReq/>", Flavour::xsens), "identify");
  const auto named = read(R"(<CaptureName><Name VALUE="run"/><Take VALUE="001"/></CaptureName>)", Flavour::xsens);
  EXPECT_EQ(named->kind, Kind::name);
  EXPECT_EQ(named->take, "001");
  const auto timed =
      read("<CaptureStart><TimeCode VALUE=\"14 05 09\"/><Notes>text</Notes></CaptureStart>", Flavour::xsens);
  EXPECT_EQ(timed->kind, Kind::start);
  EXPECT_EQ(timed->notes, "text");
  EXPECT_EQ(to_clock(timed->timecode.value()), "14:05:09:00");
  const auto answer = read(R"(<StartRecordingAck Result="FALSE" Reason="no suit"/>)", Flavour::xsens);
  EXPECT_EQ(answer->kind, Kind::start_acknowledged);
  EXPECT_EQ(answer->result, Result::fail);
  EXPECT_EQ(answer->description, "no suit");
  EXPECT_EQ(outcome("<StopRecordingReq/>"), "other_flavour");
}

TEST(ShogunDecode, ABadTimeCodeStopsAnAnnouncementOnly) {
  constexpr std::string_view datagram =
      R"(<CaptureStart><Name VALUE="a"/><TimeCode VALUE="25:00:00:00"/></CaptureStart>)";
  EXPECT_EQ(outcome(datagram), "bad_timecode");
  EXPECT_EQ(outcome(datagram, Flavour::optitrack), "start");
  EXPECT_TRUE(read(datagram, Flavour::optitrack)->tolerates(Tolerated::bad_timecode));
}

// ---- What is refused.

std::string times(std::size_t count, std::string_view what) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += what;
  return text;
}

TEST(ShogunDecode, EachRefusalHasAReasonOfItsOwn) {
  const std::string in = R"(<CaptureStart><Name VALUE="a"/>)", out = "</CaptureStart>";
  struct Row {
    std::string datagram;
    Refusal refusal;
  };
  const std::vector<Row> rows{
      {"", Refusal::empty},
      {std::string(max_document_size + 1, 'x'), Refusal::too_long},
      {"<CaptureStop/>" + std::string(max_document_size, ' '), Refusal::too_long},
      {std::string("<\0C\0a\0p\0", 8), Refusal::utf16},
      {std::string("\xff\xfe<\0", 4), Refusal::utf16},
      {std::string("\0<\0C", 4), Refusal::utf16},
      {std::string(5, '\0'), Refusal::not_xml},
      {" \n", Refusal::not_xml},
      {"GET / HTTP/1.1", Refusal::not_xml},
      {"\x05\xaa\x95\x44take_&T", Refusal::edgertronic_trigger},
      {"<CaptureStart", Refusal::malformed},
      {"<", Refusal::malformed},
      {"<?xml version=\"1.0\"?>", Refusal::malformed},
      {"<!-- never ended", Refusal::malformed},
      {in, Refusal::malformed},
      {in + "</CaptureStop>", Refusal::malformed},
      {"<!DOCTYPE a [<!ENTITY b \"c\">]>" + in + out, Refusal::doctype},
      {"<?xml?>\n<!doctype a>" + in + out, Refusal::doctype},
      {in + "<a><b><c><d/></c></b></a>" + out, Refusal::too_deep},
      {in + times(100, "<a>") + times(100, "</a>") + out, Refusal::too_deep},
      {in + times(100, "<a/>") + out, Refusal::too_many_elements},
      {in + "<a " + times(20, "b='' ") + "/>" + out, Refusal::too_many_attributes},
      {in + out + in + out, Refusal::several_documents},
      {"<Capture/>", Refusal::unknown_root},
      {"<html><body>hello</body></html>", Refusal::unknown_root},
      {"<StartRecordingReq/>", Refusal::other_flavour},
      {"<CaptureStart/>", Refusal::no_name},
      {"<CaptureStart><Name VALUE=''/></CaptureStart>", Refusal::no_name},
      {"<CaptureComplete/>", Refusal::no_name},
      {"<CaptureStart><Name VALUE='" + std::string(max_value_size + 1, 'x') + "'/></CaptureStart>",
       Refusal::value_too_long},
      {in + "<TimeCode VALUE='soon'/>" + out, Refusal::bad_timecode},
      {"<CaptureStop><Name VALUE='a'/><Duration FRAMES='-1'/></CaptureStop>", Refusal::bad_duration},
      {"<CaptureStop><Name VALUE='a'/><Duration/></CaptureStop>", Refusal::bad_duration},
  };
  std::set<Refusal> seen;
  for (const Row& row : rows) {
    EXPECT_EQ(outcome(row.datagram), to_string(row.refusal)) << row.datagram.substr(0, 100);
    seen.insert(row.refusal);
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(refusals));
  std::set<std::string_view> words, sentences;
  for (const Refusal refusal : seen) {
    words.insert(to_string(refusal));
    sentences.insert(sentence(refusal));
    EXPECT_TRUE(sentence(refusal).ends_with('.'));
  }
  EXPECT_EQ(words.size(), seen.size());
  EXPECT_EQ(sentences.size(), seen.size());
}

TEST(ShogunDecode, EntitiesDoNotGrow) {
  // A document type is refused wherever it stands, and without one an entity is what is written.
  EXPECT_EQ(outcome("<CaptureStop/><!DOCTYPE a [<!ENTITY x 'y'>]>"), "doctype");
  EXPECT_EQ(outcome("<CaptureStart><!DOCTYPE a [<!ENTITY x 'y'>]><Name VALUE='&x;'/></CaptureStart>"), "malformed");
  EXPECT_EQ(read("<CaptureStart><Name VALUE='&x;&x;'/></CaptureStart>")->name, "&x;&x;");
}

TEST(ShogunDecode, CutAtEveryByteItIsNeverAnotherNotification) {
  for (const std::string& whole :
       {test::start, test::stop, test::complete, test::timecode_start, test::timecode_stop, test::duration_stop})
    for (std::size_t size = 0; size + 1 < whole.size(); ++size)
      EXPECT_FALSE(read(whole.substr(0, size))) << whole.substr(0, size);
}

TEST(ShogunDecode, EveryByteReplacedIsTakenOrRefused) {
  int taken = 0, refused = 0;
  for (const std::string& whole : {test::start, test::stop, test::timecode_start, test::duration_stop})
    for (std::size_t at = 0; at < whole.size(); ++at)
      for (int value = 0; value < 256; ++value) {
        std::string changed = whole;
        changed[at] = static_cast<char>(value);
        const auto notification = read(changed);
        (notification ? taken : refused) += 1;
        if (notification) {
          EXPECT_TRUE(notification->kind == Kind::stop || !notification->name.empty());
        }
      }
  EXPECT_GT(taken, 1000);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace shogun
