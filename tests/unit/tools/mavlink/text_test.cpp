// Lines of dualcam mavlink, for people and for programs.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "server/relay/mavlink/wire/enums.hpp"
#include "tools/mavlink/frame_text.hpp"
#include "tools/mavlink/report.hpp"
#include "tools/mavlink/status_line.hpp"
#include "tools/mavlink/tally.hpp"

namespace mavlink::tool {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const base::UtcTime at = *base::parse_iso8601("2026-11-21T10:15:00.123Z");
constexpr Address camera{1, 100};

// Calls `use(heard)` with the frame.
template <class Use>
void with_frame(base::ByteView bytes, std::optional<SignatureFault> signature, const Use& use) {
  FrameReader reader;
  bool found = false;
  const auto refused = [](FrameFault fault, base::ByteView) { ADD_FAILURE() << to_string(fault); };
  reader.feed(
      bytes,
      [&](const Frame& frame) {
        found = true;
        use(Heard{.frame = frame, .peer = {}, .address = "127.0.0.1:4711", .signature = signature});
      },
      refused);
  EXPECT_TRUE(found);
}

std::string text_of(const FrameBytes& bytes, std::optional<SignatureFault> signature = {}, TextStyle style = {}) {
  std::string text;
  with_frame(bytes.view(), signature, [&](const Heard& heard) { text = as_text(heard, at, style); });
  return text;
}

json json_of(base::ByteView bytes, std::optional<SignatureFault> signature = {}, bool raw = false) {
  json made;
  with_frame(bytes, signature, [&](const Heard& heard) { made = json::parse(as_json(heard, at, raw)); });
  return made;
}

const Heartbeat heartbeat{.type = type::camera, .autopilot = autopilot::invalid, .system_status = state::active};
constexpr std::array<std::uint8_t, 14> unknown{0xfd, 2, 0, 0, 7, 1, 100, 0x39, 0x30, 0, 0xab, 0xcd, 1, 2};  // 12345

TEST(MavlinkText, AFrameIsALineWithItsFields) {
  EXPECT_EQ(text_of(encode(heartbeat, camera, 9)),
            "2026-11-21T10:15:00.123Z  127.0.0.1:4711  1/100  HEARTBEAT custom_mode=0 type=CAMERA autopilot=INVALID "
            "base_mode=0 system_status=ACTIVE mavlink_version=3");
}

TEST(MavlinkText, RemarksAreOnVersionAndSignature) {
  EXPECT_THAT(text_of(encode(heartbeat, camera, 9, 1)), EndsWith("  [MAVLink 1]"));
  FrameBytes bytes = encode(heartbeat, camera, 9);
  EXPECT_THAT(text_of(bytes, SignatureFault::unsigned_frame), EndsWith("  [signature: not signed]"));
  EXPECT_THAT(text_of(bytes, SignatureFault::none), EndsWith("  [needs no signature]"));
  Signer signer({}, 1, 0);
  signer.sign(bytes, at);
  EXPECT_THAT(text_of(bytes), EndsWith("  [signed]"));
  EXPECT_THAT(text_of(bytes, SignatureFault::none), EndsWith("  [signature good]"));
  EXPECT_THAT(text_of(bytes, SignatureFault::wrong), HasSubstr("another key"));
}

TEST(MavlinkText, OnATerminalTheNameStandsOut) {
  const std::string text = text_of(encode(heartbeat, camera, 9), {}, {.colours = true});
  EXPECT_THAT(text, HasSubstr("\x1b[1mHEARTBEAT\x1b[0m custom_mode"));
  EXPECT_THAT(text_of(encode(heartbeat, camera, 9)), Not(HasSubstr("\x1b")));
}

TEST(MavlinkText, UnknownMessagesAreNumbersAndBytes) {
  std::string text;
  with_frame(unknown, {}, [&](const Heard& heard) { text = as_text(heard, at, {.raw = true}); });
  EXPECT_THAT(text, HasSubstr("  1/100  message 12345 abcd  [CRC not checked]\n    fd 02 00 00 07"));
  const json made = json_of(unknown, {}, true);
  EXPECT_EQ(made["id"], 12345);
  EXPECT_TRUE(made["message"].is_null());
  EXPECT_EQ(made["payload"], "abcd");
  EXPECT_EQ(made["crc_checked"], false);
  EXPECT_EQ(made["raw"], base::to_hex(unknown));
}

TEST(MavlinkText, JsonHasFieldsAsTheyAre) {
  CameraImageCaptured image{.lat = -481'371'530, .image_index = 7, .capture_result = 1, .file_url = "http://a/\"7\""};
  image.q = {1, 0, 0.1F, 0};
  const json made = json_of(encode(image, camera, 200).view());
  EXPECT_EQ(made["at"], "2026-11-21T10:15:00.123Z");
  EXPECT_EQ(made["peer"], "127.0.0.1:4711");
  EXPECT_EQ(made["system"], 1);
  EXPECT_EQ(made["component"], 100);
  EXPECT_EQ(made["sequence"], 200);
  EXPECT_EQ(made["version"], 2);
  EXPECT_EQ(made["signed"], false);
  EXPECT_FALSE(made.contains("signature"));
  EXPECT_EQ(made["message"], "CAMERA_IMAGE_CAPTURED");
  EXPECT_EQ(made["fields"]["lat"], -481'371'530);
  EXPECT_EQ(made["fields"]["q"].dump(), "[1,0,0.1,0]");
  EXPECT_EQ(made["fields"]["file_url"], "http://a/\"7\"");
}

TEST(MavlinkText, JsonHasNoNumberWhereNoneWasGiven) {
  const json made = json_of(encode(CommandLong{.command = 512}, {255, 190}, 0).view(), SignatureFault::replayed);
  EXPECT_TRUE(made["fields"]["param2"].is_null());
  EXPECT_EQ(made["fields"]["command"], 512);
  EXPECT_EQ(made["signature"], "sent before");
}

TEST(MavlinkText, RefusedBytesAreALineWithTheReason) {
  const std::vector<std::uint8_t> garbage(100, 0x55);
  const Refused refused{.fault = FrameFault::bad_crc, .bytes = garbage, .address = "/dev/ttyACM0"};
  const std::string text = as_text(refused, at, {});
  EXPECT_THAT(text, HasSubstr("/dev/ttyACM0  refused: wrong checksum  55 55"));
  EXPECT_THAT(text, EndsWith(" …")) << "not all of them";
  const json made = json::parse(as_json(refused, at, true));
  EXPECT_EQ(made["refused"], "wrong checksum");
  EXPECT_EQ(made["size"], 100);
  EXPECT_EQ(made["raw"], base::to_hex(garbage));
  EXPECT_FALSE(json::parse(as_json(refused, at, false)).contains("raw"));
}

void add(Tally& tally, Address from, std::uint8_t sequence, std::optional<SignatureFault> signature = {}) {
  with_frame(encode(heartbeat, from, sequence).view(), signature, [&](const Heard& heard) { tally.add(heard, at); });
}

TEST(MavlinkTally, GapsOfSequenceNumbersAreLoss) {
  Tally tally;
  for (const std::uint8_t sequence : std::array<std::uint8_t, 4>{254, 255, 0, 3}) add(tally, camera, sequence);
  add(tally, {1, 1}, 7);
  add(tally, {1, 1}, 7);    // a copy
  add(tally, {1, 1}, 200);  // began anew, or out of order
  const json summary = json::parse(tally.as_json())["summary"];
  ASSERT_EQ(summary["components"].size(), 2U);
  EXPECT_EQ(summary["components"][0]["lost"], 0);
  EXPECT_EQ(summary["components"][0]["frames"], 3);
  EXPECT_EQ(summary["components"][1]["lost"], 2);
  EXPECT_NEAR(summary["components"][1]["loss_percent"], 33.3, 0.1);
  EXPECT_EQ(summary["components"][1]["last_heartbeat"], "2026-11-21T10:15:00.123Z");
  EXPECT_THAT(tally.as_text(), HasSubstr("1/100             4         2   33.3 %  2026-11-21T10:15:00.123Z\n"));
}

TEST(MavlinkTally, APeerThatComesBackCountsAnew) {
  Tally tally;
  add(tally, camera, 1);
  tally.gone(0);
  add(tally, camera, 50);
  EXPECT_EQ(json::parse(tally.as_json())["summary"]["components"][0]["lost"], 0);
}

TEST(MavlinkTally, WhatWasNotBelievedAndNotReadIsThere) {
  Tally tally;
  EXPECT_EQ(tally.as_text(), "Nobody was heard.\n");
  add(tally, camera, 1, SignatureFault::wrong);
  tally.add(Refused{.fault = FrameFault::no_magic, .bytes = {}, .address = {}});
  EXPECT_THAT(tally.as_text(), HasSubstr("none  1 without a good signature\n"));
  EXPECT_THAT(tally.as_text(), HasSubstr("refused: no frame begins here (1)\n"));
  const json summary = json::parse(tally.as_json())["summary"];
  EXPECT_TRUE(summary["components"][0]["last_heartbeat"].is_null()) << "nobody knows whose it was";
  EXPECT_EQ(summary["refused"][0]["count"], 1);
}

TEST(MavlinkReport, ImagesSayWhereTheyAre) {
  const station::Image image{.index = 7,
                             .ok = true,
                             .taken = at,
                             .latitude = 481'371'530,
                             .longitude = 115'761'240,
                             .altitude = 519'000,
                             .url = "http://camera/7.jpg"};
  EXPECT_EQ(image_line(image, false),
            "image 7: taken 2026-11-21T10:15:00.123Z at 48.1371530, 11.5761240, 519.0 m  http://camera/7.jpg");
  const json made = json::parse(image_line(image, true));
  EXPECT_NEAR(made["latitude"], 48.137153, 1e-9);
  EXPECT_EQ(made["altitude_m"], 519.0);
  EXPECT_EQ(image_line({.index = 8}, false), "image 8: the camera did not take it");
  EXPECT_TRUE(json::parse(image_line({.index = 8}, true))["longitude"].is_null());
}

TEST(MavlinkReport, AnswersSayHowTheyCame) {
  station::EndedCommand ended{.what = "start video",
                              .outcome = station::Outcome::accepted,
                              .word = "accepted",
                              .took = std::chrono::milliseconds(12),
                              .sends = 1};
  EXPECT_EQ(ended_line(ended, false), "start video: accepted after 12 ms");
  ended.outcome = station::Outcome::refused;
  ended.result = result::denied;
  ended.word = "denied";
  ended.sends = 2;
  EXPECT_EQ(ended_line(ended, false), "start video: refused, denied after 12 ms and 2 sends");
  EXPECT_EQ(json::parse(ended_line(ended, true))["outcome"], "refused");
}

station::Camera known_camera() {
  return {.key = {camera, 0},
          .name = "Acme Kämera",
          .present = true,
          .identified = true,
          .information = station::Information{.vendor = "Acme",
                                              .model = "Kämera",
                                              .firmware = "1.2.3.0",
                                              .capabilities = capability::capture_image | capability::capture_video,
                                              .width = 4000,
                                              .height = 3000},
          .settings = station::CurrentSettings{.mode = camera_mode::video},
          .status = station::CaptureStatus{.recording = true, .image_count = 12},
          .storages = {{.id = 1, .status = storage_status::ready, .available = 512.4F}, {.id = 2}},
          .streams = {{.id = 1, .flags = stream_flags::running, .name = "main", .uri = "rtsp://c/1"}}};
}

TEST(MavlinkReport, CamerasAreATable) {
  station::Camera other{.key = {{1, 1}, 2}, .name = "1/1 camera 2", .present = true};
  EXPECT_EQ(camera_table({known_camera(), other}),
            "camera        name          firmware  pixels       can            mode   now        images  storage\n"
            "1/100         Acme Kämera   1.2.3.0   4000 x 3000  images, video  video  recording  12      "
            "ready, 512 MiB free, 1 more\n"
            "1/1 camera 2  1/1 camera 2  -         -            -              -      -          -       -\n");
  other.settings = station::CurrentSettings{.mode = 9};
  other.status = station::CaptureStatus{.image_status = image_status::capturing};
  other.storages = {{.status = 77}};
  EXPECT_THAT(camera_table({other}), HasSubstr("unknown  taking images  0       unknown\n"));
}

TEST(MavlinkReport, CamerasAreJson) {
  const json cameras = json::parse(camera_list({known_camera(), {.key = {{1, 1}, 2}, .name = "1/1 camera 2"}}));
  EXPECT_EQ(cameras[0]["camera"], "1/100");
  EXPECT_EQ(cameras[0]["can"], json::parse(R"(["images", "video"])"));
  EXPECT_EQ(cameras[0]["mode"], "video");
  EXPECT_EQ(cameras[0]["status"]["recording"], true);
  EXPECT_EQ(cameras[0]["storages"][0]["status"], "ready");
  EXPECT_EQ(cameras[0]["streams"][0]["uri"], "rtsp://c/1");
  EXPECT_TRUE(cameras[1]["mode"].is_null());
  EXPECT_FALSE(cameras[1].contains("vendor"));
}

TEST(MavlinkReport, ACameraIsFoundByName) {
  EXPECT_EQ(found_line(known_camera(), false), "1/100  Acme Kämera, firmware 1.2.3.0");
  const station::Camera nameless{.key = {camera, 0}, .name = "1/100"};
  EXPECT_THAT(found_line(nameless, false), HasSubstr("does not say what it is"));
  EXPECT_EQ(json::parse(found_line(nameless, true))["identified"], false);
  EXPECT_EQ(recorded_line(std::chrono::milliseconds(1500), false), "recorded for 1.5 s");
}

TEST(MavlinkStatusLine, FitsTheTerminal) {
  EXPECT_EQ(StatusLine::line("looks for a camera", std::chrono::seconds(75), 80), "looks for a camera  1:15");
  EXPECT_EQ(StatusLine::line("looks for a camera", std::chrono::seconds(75), 10), "looks for");
  EXPECT_EQ(StatusLine::line("a\x1b[2Jb", std::chrono::seconds(0), 80), "a[2Jb  0:00");
}

}  // namespace
}  // namespace mavlink::tool
