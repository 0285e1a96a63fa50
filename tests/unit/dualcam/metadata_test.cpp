// META of every form, whole, short, hostile; and what a path tells.
#include "server/dualcam/metadata.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "server/dualcam/wire.hpp"
#include "tests/unit/dualcam/device.hpp"

namespace dualcam {
namespace {

using base::Bytes;
using test::hex;

Metadata parsed(MetadataForm form, const Bytes& bytes) {
  auto result = parse_metadata(form, bytes);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result.value_or(Metadata{});
}

// ---- DualCam.

TEST(Metadata, VersionOne) {
  const Metadata meta = parsed(MetadataForm::dualcam, hex("01 04 0000019a7afd1e7b 09 0000"));
  EXPECT_EQ(meta.version, 1);
  EXPECT_EQ(meta.captured_ms, 0x019a7afd1e7b);
  EXPECT_EQ(meta.trigger, "periodic");
  EXPECT_EQ(meta.duration_s, 0u);
  EXPECT_FALSE(meta.frame_rate || meta.time_zone_minutes || meta.latitude || meta.longitude || meta.triggered_ms);
  EXPECT_FALSE(meta.no_such_file());
}

const Bytes v4 = hex("04 10 0000019a7afd1e7b 03 000a 14 0078 404b57f4c2b51bd6 40394797460242d0 0000019a7afd1e00");

TEST(Metadata, VersionFour) {
  const Metadata meta = parsed(MetadataForm::dualcam, v4);
  EXPECT_EQ(meta.version, 4);
  EXPECT_EQ(meta.trigger, "crash");
  EXPECT_EQ(meta.duration_s, 10u);
  EXPECT_EQ(meta.frame_rate, 20u);
  EXPECT_EQ(meta.time_zone_minutes, 120);
  EXPECT_DOUBLE_EQ(meta.latitude.value_or(0), 54.687157);
  EXPECT_DOUBLE_EQ(meta.longitude.value_or(0), 25.279652);
  EXPECT_EQ(meta.triggered_ms, 0x019a7afd1e00);
}

TEST(Metadata, TheTypeByteIsAClassOrNothing) {
  for (unsigned type = 0; type <= 0xff; ++type) {
    SCOPED_TRACE(type);
    Bytes bytes = v4;
    bytes[1] = static_cast<std::uint8_t>(type);
    std::optional<FileClass> expected;
    if (type == 0x04) expected = FileClass::photo_front;
    if (type == 0x08) expected = FileClass::photo_rear;
    if (type == 0x10) expected = FileClass::video_front;
    if (type == 0x20) expected = FileClass::video_rear;
    EXPECT_EQ(parsed(MetadataForm::dualcam, bytes).file_class, expected);
  }
}

TEST(Metadata, EveryLengthGivesWhatItHolds) {
  for (std::size_t size = 0; size <= v4.size(); ++size) {
    SCOPED_TRACE(size);
    const auto meta = parse_metadata(MetadataForm::dualcam, base::ByteView(v4).first(size));
    ASSERT_EQ(meta.has_value(), size >= 13);
    if (!meta) continue;
    EXPECT_EQ(meta->frame_rate.has_value(), size >= 14);
    EXPECT_EQ(meta->time_zone_minutes.has_value(), size >= 32);
    EXPECT_EQ(meta->latitude.has_value(), size >= 32);
    EXPECT_EQ(meta->triggered_ms.has_value(), size >= 40);
  }
  Bytes longer = v4;
  longer.resize(60);
  EXPECT_EQ(parsed(MetadataForm::dualcam, longer).triggered_ms, 0x019a7afd1e00);
}

TEST(Metadata, TimeZonesWestOfGreenwich) {
  Bytes west = v4;
  west[14] = 0xfe;
  west[15] = 0x20;
  EXPECT_EQ(parsed(MetadataForm::dualcam, west).time_zone_minutes, -480);
}

TEST(Metadata, TimeZeroIsNoFile) {
  EXPECT_TRUE(parsed(MetadataForm::dualcam, hex("01 04 0000000000000000 00 0000")).no_such_file());
  EXPECT_FALSE(Metadata{}.no_such_file());
}

TEST(Metadata, PositionsThatAreNoneAreLeftOut) {
  const char* nan = "7ff8000000000000";
  const char* infinite = "7ff0000000000000";
  const char* zero = "0000000000000000";
  const char* north = "404b57f4c2b51bd6";
  const char* ninety_one = "4056c00000000000";
  const char* minus_181 = "c066a00000000000";
  struct Pair {
    const char* latitude;
    const char* longitude;
  };
  for (const Pair& pair : {Pair{nan, north}, Pair{north, nan}, Pair{infinite, north}, Pair{north, infinite},
                           Pair{ninety_one, north}, Pair{north, minus_181}, Pair{zero, zero}}) {
    const Metadata meta =
        parsed(MetadataForm::dualcam,
               test::join({hex("03 10 0000019a7afd1e7b 03 000a 14 0078"), hex(pair.latitude), hex(pair.longitude)}));
    EXPECT_FALSE(meta.latitude || meta.longitude) << pair.latitude << ' ' << pair.longitude;
  }
  const Metadata equator =
      parsed(MetadataForm::dualcam, test::join({hex("03 10 0000019a7afd1e7b 03 000a 14 0078"), hex(zero), hex(north)}));
  EXPECT_EQ(equator.latitude, 0.0);
}

TEST(Metadata, TriggersOfEveryForm) {
  const std::string_view dualcam[]{"server_request", "din1",     "din2",      "crash",         "towing",
                                   "idling",         "geofence", "unplug",    "green_driving", "periodic",
                                   "din3",           "din4",     "trigger_12"};
  for (unsigned i = 0; i < std::size(dualcam); ++i) EXPECT_EQ(trigger_name(MetadataForm::dualcam, i), dualcam[i]);
  EXPECT_EQ(trigger_name(MetadataForm::json, 3), "crash");
  const std::string_view adas[]{"server_request", "din1",   "din2",     "din3",   "din4",          "crash",
                                "towing",         "idling", "geofence", "unplug", "green_driving", "trigger_11"};
  for (unsigned i = 0; i < std::size(adas); ++i) EXPECT_EQ(trigger_name(MetadataForm::adas, i), adas[i]);
  EXPECT_EQ(trigger_name(MetadataForm::dsm, 0), "none");
  EXPECT_EQ(trigger_name(MetadataForm::dsm, 11), "server_request");
  EXPECT_EQ(trigger_name(MetadataForm::dsm, 12), "periodic");
  EXPECT_EQ(trigger_name(MetadataForm::dsm, 13), "dsm_event");
  EXPECT_EQ(trigger_name(MetadataForm::dsm, 14), "retransmit");
  EXPECT_EQ(trigger_name(MetadataForm::dsm, 255), "trigger_255");
}

// ---- ADAS and DSM.

TEST(Metadata, Adas) {
  const Bytes bytes = hex("692042d5 01 05 034275a5 0181bc24 0a");
  const Metadata meta = parsed(MetadataForm::adas, bytes);
  EXPECT_EQ(meta.captured_ms, 1763721941000);
  EXPECT_EQ(meta.kind, base::MediaKind::photo);
  EXPECT_EQ(meta.trigger, "crash");
  EXPECT_NEAR(meta.latitude.value_or(0), 54.687141, 1e-6);
  EXPECT_NEAR(meta.longitude.value_or(0), 25.279524, 1e-6);
  EXPECT_EQ(meta.duration_s, 10u);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(parse_metadata(MetadataForm::adas, base::ByteView(bytes).first(size)));
}

TEST(Metadata, AdasKinds) {
  Bytes bytes = hex("692042d5 00 00 00000000 00000000 00");
  EXPECT_EQ(parsed(MetadataForm::adas, bytes).kind, base::MediaKind::video);
  bytes[4] = 2;
  EXPECT_EQ(parsed(MetadataForm::adas, bytes).kind, base::MediaKind::photo);
  bytes[4] = 3;  // retransmitted: of either kind
  EXPECT_EQ(parsed(MetadataForm::adas, bytes).kind, std::nullopt);
  EXPECT_FALSE(parsed(MetadataForm::adas, bytes).latitude);
}

TEST(Metadata, SouthAndWest) {
  const Metadata meta = parsed(MetadataForm::adas, hex("692042d5 00 00 fe4f0c19 f59c6a8e 00"));
  EXPECT_NEAR(meta.latitude.value_or(0), -28.373991, 1e-6);
  EXPECT_NEAR(meta.longitude.value_or(0), -174.298482, 1e-6);
}

Bytes dsm(std::uint16_t events, std::string_view reversed_name) {
  Bytes bytes = hex("692042d5 01 0d 00000000 00000000 0000");
  base::store_be(bytes.data() + 14, events);
  bytes.insert(bytes.end(), reversed_name.begin(), reversed_name.end());
  return bytes;
}

TEST(Metadata, DsmEvents) {
  EXPECT_EQ(parsed(MetadataForm::dsm, dsm(0, "          ")).events, "");
  EXPECT_EQ(parsed(MetadataForm::dsm, dsm(0b1001, "          ")).events, "drowsiness,phone");
  EXPECT_EQ(parsed(MetadataForm::dsm, dsm(0xffff, "          ")).events,
            "drowsiness,distraction,yawning,phone,smoking,driver_absent,mask,belt,g_sensor");
  EXPECT_EQ(parsed(MetadataForm::dsm, dsm(0, "          ")).trigger, "dsm_event");
}

TEST(Metadata, DsmNamesComeReversed) {
  EXPECT_EQ(parsed(MetadataForm::dsm, dsm(0, "sanoJ anaJ")).driver_name, "Jana Jonas");
  EXPECT_EQ(parsed(MetadataForm::dsm, dsm(0, std::string("\0\0\0\0\0sanoJ", 10))).driver_name, "Jonas");
  EXPECT_EQ(parsed(MetadataForm::dsm, dsm(0, "sanoJ     ")).driver_name, "Jonas");
  EXPECT_EQ(parsed(MetadataForm::dsm, dsm(0, std::string(10, '\0'))).driver_name, "");
  EXPECT_EQ(parsed(MetadataForm::dsm, dsm(0, "sano\x80     ")).driver_name, "");
  EXPECT_EQ(parsed(MetadataForm::dsm, dsm(0, std::string(10, '\xff'))).driver_name, "");
  EXPECT_FALSE(parse_metadata(MetadataForm::dsm, dsm(0, "too short")));
}

// ---- JSON.

Metadata json(std::string_view text) {
  return parsed(MetadataForm::json, Bytes(text.begin(), text.end()));
}
bool refused(std::string_view text) {
  return !parse_metadata(MetadataForm::json, base::as_bytes(text));
}

TEST(Metadata, Json) {
  const Metadata meta = json(R"({"version":1,"file":{"file_type":"video","file_timestamp":1763721941,"duration":10,)"
                             R"("framerate":25},"fm_trigger":{"type":3},"cam_trigger":{"type":"yawning"},)"
                             R"("location":{"latitude":54.687157,"longitude":25.279652},"driver_name":"Žygimantė"})");
  EXPECT_EQ(meta.captured_ms, 1763721941000);
  EXPECT_EQ(meta.kind, base::MediaKind::video);
  EXPECT_EQ(meta.duration_s, 10u);
  EXPECT_EQ(meta.frame_rate, 25u);
  EXPECT_EQ(meta.trigger, "crash");
  EXPECT_EQ(meta.events, "yawning");
  EXPECT_EQ(meta.latitude, 54.687157);
  EXPECT_EQ(meta.longitude, 25.279652);
  EXPECT_EQ(meta.driver_name, "Žygimantė");
}

TEST(Metadata, JsonKinds) {
  for (const char* word : {"photo", "picture", "image", "snapshot"})
    EXPECT_EQ(json(std::string(R"({"file":{"file_type":")") + word + R"("}})").kind, base::MediaKind::photo);
  EXPECT_EQ(json(R"({"file":{"file_type":"sound"}})").kind, std::nullopt);
}

TEST(Metadata, JsonOfWrongTypesSaysNothing) {
  for (const char* text :
       {"{}", R"({"file":null,"location":null,"driver_name":null})",
        R"({"file":[],"fm_trigger":7,"cam_trigger":"x","location":"here","driver_name":{}})",
        R"({"file":{"file_timestamp":"now","file_type":1,"duration":{},"framerate":[]},)"
        R"("fm_trigger":{"type":null},"location":{"latitude":"54","longitude":true},"driver_name":5})",
        R"({"file":{"file_timestamp":-1,"duration":-5,"framerate":1e18},"location":{"latitude":91,"longitude":0}})",
        R"({"file":{"file_timestamp":1e300},"location":{"latitude":54}})"}) {
    const Metadata meta = json(text);
    EXPECT_FALSE(meta.captured_ms || meta.duration_s || meta.frame_rate || meta.kind || meta.latitude) << text;
    EXPECT_TRUE(meta.trigger.empty() && meta.events.empty() && meta.driver_name.empty()) << text;
  }
}

TEST(Metadata, JsonThatIsNone) {
  for (const char* text :
       {"", " ", "null", "[]", "7", "\"text\"", "{", "{\"a\":}", "{}{}", "{'a':1}", "{\"a\":1e999}",
        "{\"driver_name\":\"\xff\xfe\"}", "{\"driver_name\":\"\xc3\"}", "{\"driver_name\":\"\\ud800\"}"})
    EXPECT_TRUE(refused(text)) << text;
}

TEST(Metadata, HostileNestingCostsNothing) {
  for (const char* opening : {"[", "{\"a\":"}) {
    std::string text = "{\"file\":";
    while (text.size() < max_meta_length - 5) text += opening;
    EXPECT_TRUE(refused(text));
  }
  const std::string deep = "{\"file\":" + std::string(2000, '[') + std::string(2000, ']') + "}";
  EXPECT_FALSE(json(deep).captured_ms);
}

// Cut within a letter it could not be printed as JSON again.
TEST(Metadata, LongNamesAreCutBetweenLetters) {
  for (std::size_t before = 120; before < 130; ++before) {
    for (const std::string_view letter : {"a", "é", "€", "😀"}) {
      std::string name(before, 'a');
      for (int i = 0; i < 10; ++i) name += letter;
      const std::string cut = json("{\"driver_name\":\"" + name + "\"}").driver_name;
      EXPECT_LE(cut.size(), 128u);
      EXPECT_GT(cut.size(), 128u - 4);
      EXPECT_TRUE(name.starts_with(cut));
      EXPECT_EQ(json("{\"driver_name\":\"" + cut + "\"}").driver_name, cut) << "is not UTF-8";
    }
  }
}

TEST(Metadata, WordsForTriggersAreMadePrintable) {
  EXPECT_EQ(json(R"({"fm_trigger":{"type":"a\u0000b"}})").trigger, "a\\x00b");
  EXPECT_LE(json(R"({"fm_trigger":{"type":")" + std::string(1000, 'x') + "\"}}").trigger.size(), 70u);
}

// ---- Paths.

TEST(Metadata, PathsTellCameraAndKind) {
  struct Row {
    std::string_view path;
    base::Camera camera;
    base::MediaKind kind;
    bool dualcam_family;
  };
  using base::Camera;
  using base::MediaKind;
  for (const Row& row :
       {Row{"dsm/picture/261121/101500.jpg", Camera::dsm, MediaKind::photo, false},
        Row{"mdas9/video/1.mp4", Camera::adas, MediaKind::video, false},
        Row{"/sd/dualcam_front/1.h265", Camera::front, MediaKind::video, true},
        Row{"dualcam_rear/1.JPEG", Camera::rear, MediaKind::photo, true},
        Row{"dashcam/1.MP4", Camera::dash, MediaKind::video, true},
        Row{"other/1", Camera::unknown, MediaKind::other, false},
        Row{"other/1.", Camera::unknown, MediaKind::other, false}, Row{"", Camera::unknown, MediaKind::other, false}}) {
    const PathFacts facts = facts_of_path(row.path);
    EXPECT_EQ(facts.camera, row.camera) << row.path;
    EXPECT_EQ(facts.kind, row.kind) << row.path;
    EXPECT_EQ(facts.dualcam_family, row.dualcam_family) << row.path;
  }
}

TEST(Metadata, FormOfPathFiles) {
  EXPECT_EQ(metadata_form_of_path(5, "dsm/1.jpg"), MetadataForm::dsm);
  EXPECT_EQ(metadata_form_of_path(5, "mdas9/1.jpg"), MetadataForm::adas);
  EXPECT_EQ(metadata_form_of_path(6, "dsm/1.jpg"), MetadataForm::json);
}

TEST(Metadata, ObjectionsToPaths) {
  for (const std::string_view good : {"a", "dsm/1.jpg", "/sd/..x/y..", "a b", "...", "a//b", "dsm/1..jpg"})
    EXPECT_EQ(path_objection(good), std::nullopt) << good;
  for (const std::string_view bad : {"..", "../a", "a/..", "a/../b", "a\\..\\b", "", "a\tb", "a\x7f", "\xff"})
    EXPECT_TRUE(path_objection(bad)) << bad;
  EXPECT_TRUE(path_objection(std::string_view("a\0b", 3)));
  EXPECT_EQ(path_objection(std::string(max_path_length, 'a')), std::nullopt);
  EXPECT_TRUE(path_objection(std::string(max_path_length + 1, 'a')));
}

}  // namespace
}  // namespace dualcam
