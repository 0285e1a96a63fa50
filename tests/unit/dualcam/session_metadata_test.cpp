// META in a conversation: missing, late, empty, damaged, of every form; and the byte that some firmware sends behind
// it.
#include <gtest/gtest.h>

#include "tests/unit/dualcam/device.hpp"
#include "tests/unit/dualcam/script.hpp"

namespace dualcam::test {
namespace {

Script meta_asked(std::uint32_t waiting, const char* identifier, std::uint16_t protocol = 5) {
  return {{begins(), {"wait 60s"}},
          {device(init(waiting, protocol)), {"wait 60s", "identify"}},
          {admitted(), {std::string("send META REQ ") + identifier, "wait 15s"}}};
}

base::Bytes one_byte(std::uint8_t value) {
  return {value};
}

Script photo_asked() {
  return meta_asked(photof, "%photof");
}

TEST(SessionMetadata, EveryVersionIsKeptAsItCame) {
  const base::Bytes metas[]{photo_meta(), hex("000b000e 02 10 0000019a7afd1e7b 03 000a 14"),
                            hex("000b0020 03 10 0000019a7afd1e7b 03 000a 14 0078 404b57f4c2b51bd6 40394797460242d0"),
                            hex("000b0028 04 10 0000019a7afd1e7b 03 000a 14 0078 404b57f4c2b51bd6 40394797460242d0"
                                "0000019a7afd1e00")};
  for (const base::Bytes& sent : metas) {
    const Script script = photo_asked() + Script{{device(sent), {"send FILE REQ %photof", "wait 15s"}},
                                                 {device(start(1)), {"wait 60s", "open"}}};
    play(script);
    const auto driver = play_once(script);
    EXPECT_EQ(driver->session().offer().raw_metadata, base::Bytes(sent.begin() + 4, sent.end()));
    EXPECT_EQ(driver->session().offer().metadata.captured_ms, 0x019a7afd1e7b);
  }
}

TEST(SessionMetadata, GoesOnWithoutIt) {
  const Script script = photo_asked() + Script{{deadline_passes(), {"send FILE REQ %photof", "wait 15s"}},
                                               {device(start(1)), {"wait 60s", "open"}}};
  play(script);
  EXPECT_TRUE(play_once(script)->session().offer().raw_metadata.empty());
}

TEST(SessionMetadata, IsTakenLate) {
  const Script script = photo_asked() + Script{{deadline_passes(), {"send FILE REQ %photof", "wait 15s"}},
                                               {device(photo_meta()), {}},
                                               {device(start(1)), {"wait 60s", "open"}}};
  play(script);
  EXPECT_EQ(play_once(script)->session().offer().metadata.trigger, "periodic");
}

TEST(SessionMetadata, TheFirstOneCounts) {
  const Script script = photo_asked() + Script{{device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}},
                                               {device(hex("000b000d 01 04 0000000000000001 03 0000")), {}},
                                               {device(start(1)), {"wait 60s", "open"}}};
  play(script);
  EXPECT_EQ(play_once(script)->session().offer().metadata.trigger, "periodic");
}

struct TypeCase {
  std::uint32_t waiting;
  const char* identifier;
  base::Camera camera;
  base::MediaKind kind;
  std::uint8_t type;
};

// What was asked for is what the device sends; META that says otherwise is kept, told of, and believed in nothing else.
TEST(SessionMetadata, TheClassThatWasAskedForCounts) {
  const TypeCase cases[]{{photof, "%photof", base::Camera::front, base::MediaKind::photo, 0x04},
                         {photor, "%photor", base::Camera::rear, base::MediaKind::photo, 0x08},
                         {videof, "%videof", base::Camera::front, base::MediaKind::video, 0x10},
                         {videor, "%videor", base::Camera::rear, base::MediaKind::video, 0x20}};
  for (const TypeCase& asked : cases)
    for (const unsigned type : {0x04U, 0x08U, 0x10U, 0x20U, 0x00U, 0x40U, 0x0cU, 0xffU}) {
      SCOPED_TRACE(std::string(asked.identifier) + " with type " + std::to_string(type));
      base::Bytes body = hex("01 04 0000019a7afd1e7b 09 0000");
      body[1] = static_cast<std::uint8_t>(type);
      const Script script = meta_asked(asked.waiting, asked.identifier) +
                            Script{{device(meta(body)), {std::string("send FILE REQ ") + asked.identifier, "wait 15s"}},
                                   {device(start(1)), {"wait 60s", "open"}}};
      const auto driver = play_once(script);
      EXPECT_EQ(driver->session().offer().camera, asked.camera);
      EXPECT_EQ(driver->session().offer().kind, asked.kind);
      EXPECT_EQ(driver->session().offer().raw_metadata, body);
      const bool known = type == 0x04 || type == 0x08 || type == 0x10 || type == 0x20;
      EXPECT_EQ(driver->noted("META says"), known && type != asked.type);
    }
  const auto driver =
      play_once(meta_asked(photof, "%photof") + Script{{device(meta(hex("02 20 0000019a7afd1e7b 09 000a 14"))),
                                                        {"send FILE REQ %photof", "wait 15s"}}});
  EXPECT_TRUE(driver->noted("META says videor where %photof was asked for"));
}

// A file that is not there is of no kind.
TEST(SessionMetadata, TheTypeOfNoFileSaysNothing) {
  const auto driver =
      play_once(meta_asked(videor, "%videor") + Script{{device(no_such_file()), {"send CLOSE", "wait 5s"}}});
  EXPECT_FALSE(driver->noted("META says"));
}

TEST(SessionMetadata, TimeZeroMeansThatThereIsNoFile) {
  play(meta_asked(photof | videor, "%photof") + Script{{device(no_such_file()), {"send META REQ %videor", "wait 15s"}},
                                                       {device(no_such_file()), {"send CLOSE", "wait 5s"}},
                                                       {device_leaves(), {"close: no file is waiting"}}});
}

TEST(SessionMetadata, DamagedMetadataDoesNotStopTheFile) {
  for (const base::Bytes& sent : {meta(base::ByteView{}), meta("short"), meta(base::Bytes(4096, 0xff))}) {
    const Script script = photo_asked() + Script{{device(sent), {"send FILE REQ %photof", "wait 15s"}},
                                                 {device(start(1)), {"wait 60s", "open"}}};
    play_cut(script);
  }
  EXPECT_TRUE(play_once(photo_asked() + Script{{device(meta("short")), {"send FILE REQ %photof", "wait 15s"}}})
                  ->noted("at least 13"));
}

TEST(SessionMetadata, MoreThanFourKibibytesIsNoMetadata) {
  play_cut(photo_asked() + Script{{device(meta(base::Bytes(4097, 1))), {"close"}}});
}

// ---- The stray byte: v2 firmware that says 13 and sends 14.

struct Stray {
  std::uint32_t waiting;
  const char* identifier;
  base::Bytes meta;
  std::uint8_t rate;
};
const Stray strays[]{
    {photof, "%photof", hex("000b000d 02 04 0000019a7afd1e7b 09 0000 00"), 0},
    {videof, "%videof", hex("000b000d 02 10 0000019a7afd1e7b 03 000a 14"), 20},
    // Rates that look like the beginning of a command of their own.
    {videof, "%videof", hex("000b000d 02 10 0000019a7afd1e7b 03 000a 01"), 1},
    {videof, "%videof", hex("000b000d 02 10 0000019a7afd1e7b 03 000a ff"), 255},
};

TEST(SessionMetadata, OneStrayByteBeforeStartIsTheFrameRate) {
  for (const Stray& each : strays) {
    SCOPED_TRACE(each.rate);
    const std::string request = std::string("send FILE REQ ") + each.identifier;
    const Script script = meta_asked(each.waiting, each.identifier) +
                          Script{{device(each.meta), {request, "wait 15s"}}, {device(start(2)), {"wait 60s", "open"}}};
    play(script);
    EXPECT_EQ(play_once(script)->session().offer().metadata.frame_rate, each.rate);
  }
}

TEST(SessionMetadata, OneStrayByteBeforeStatus) {
  for (const Stray& each : strays) {
    SCOPED_TRACE(each.rate);
    const std::string request = std::string("send FILE REQ ") + each.identifier;
    play(meta_asked(each.waiting, each.identifier) + Script{{device(each.meta), {request, "wait 15s"}},
                                                            {device(status(0x11)), {"wait 5s"}},
                                                            {device_leaves(), {"close"}}});
  }
}

TEST(SessionMetadata, OneStrayByteBehindAFileThatIsNotThere) {
  for (const std::uint8_t rate : {std::uint8_t{0}, std::uint8_t{20}}) {
    SCOPED_TRACE(rate);
    play(meta_asked(photof | photor, "%photof") +
         Script{{device(no_such_file(), one_byte(rate)), {"send META REQ %photor", "wait 15s"}},
                {device(photo_meta()), {"send FILE REQ %photor", "wait 15s"}},
                {device(start(1)), {"wait 60s", "open"}}});
  }
}

TEST(SessionMetadata, OneStrayByteBehindMetadataThatCameLate) {
  play(photo_asked() + Script{{deadline_passes(), {"send FILE REQ %photof", "wait 15s"}},
                              {device(photo_meta(), one_byte(0x14)), {}},
                              {device(start(1)), {"wait 60s", "open"}}});
}

TEST(SessionMetadata, TwoStrayBytesAreTooMany) {
  play_cut(photo_asked() + Script{{device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}},
                                  {device(one_byte(0x14), one_byte(0x14), start(1)), {"close"}}});
}

TEST(SessionMetadata, NoStrayByteBehindALongerForm) {
  play_cut(photo_asked() +
           Script{{device(hex("000b000e 02 10 0000019a7afd1e7b 03 000a 14")), {"send FILE REQ %photof", "wait 15s"}},
                  {device(one_byte(0x14), start(1)), {"close"}}});
}

// ---- Forms by how the file was asked for.

Script path_asked(std::string_view text, std::uint16_t protocol) {
  return {{begins(), {"wait 60s"}},
          {device(init(by_path, protocol)), {"wait 60s", "identify"}},
          {admitted(), {"send PATH REQ", "wait 15s"}},
          {device(path(text)), {"send META REQ", "wait 15s"}}};
}

TEST(SessionMetadata, FormFollowsThePathAndTheProtocol) {
  const std::string request = "send FILE REQ mdas9/1.bin\\x00";
  const auto adas =
      play_once(path_asked("mdas9/1.bin", 5) +
                Script{{device(meta(hex("692042d5 00 05 03422a38 0181d7f8 0a"))), {request, "wait 15s"}}});
  EXPECT_EQ(adas->session().offer().metadata.captured_ms, 1763721941000);
  EXPECT_EQ(adas->session().offer().metadata.trigger, "crash");
  EXPECT_EQ(adas->session().offer().metadata.duration_s, 10u);
  // The path says nothing of the kind, the metadata does.
  EXPECT_EQ(adas->session().offer().kind, base::MediaKind::video);

  const auto json = play_once(path_asked("mdas9/1.bin", 6) +
                              Script{{device(meta(R"({"driver_name":"Jonas"})")), {request, "wait 15s"}}});
  EXPECT_EQ(json->session().offer().metadata.driver_name, "Jonas");
}

TEST(SessionMetadata, ThePathsExtensionIsBelievedFirst) {
  const auto driver =
      play_once(path_asked("mdas9/1.jpg", 5) + Script{{device(meta(hex("692042d5 00 05 03422a38 0181d7f8 0a"))),
                                                       {"send FILE REQ mdas9/1.jpg\\x00", "wait 15s"}}});
  EXPECT_EQ(driver->session().offer().kind, base::MediaKind::photo);
  EXPECT_TRUE(driver->noted("META says video of mdas9/1.jpg, which is taken as photo"));
}

TEST(SessionMetadata, JsonThatNamesAnotherKind) {
  const auto photo =
      play_once(meta_asked(photof, "%photof", 6) +
                Script{{device(meta(R"({"file":{"file_type":"photo"}})")), {"send FILE REQ %photof", "wait 15s"}}});
  EXPECT_FALSE(photo->noted("META says"));
  const auto video =
      play_once(meta_asked(photof, "%photof", 6) +
                Script{{device(meta(R"({"file":{"file_type":"video"}})")), {"send FILE REQ %photof", "wait 15s"}}});
  EXPECT_EQ(video->session().offer().kind, base::MediaKind::photo);
  EXPECT_TRUE(video->noted("META says video of %photof, which is taken as photo"));
}

TEST(SessionMetadata, IdentifiersOfProtocol6MaySpeakEitherForm) {
  const auto json = play_once(meta_asked(photof, "%photof", 6) + Script{{device(meta(R"({"driver_name":"Jonas"})")),
                                                                         {"send FILE REQ %photof", "wait 15s"}}});
  EXPECT_EQ(json->session().offer().metadata.driver_name, "Jonas");
  const auto binary = play_once(meta_asked(photof, "%photof", 6) +
                                Script{{device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}}});
  EXPECT_EQ(binary->session().offer().metadata.trigger, "periodic");
}

}  // namespace
}  // namespace dualcam::test
