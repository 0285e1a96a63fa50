// Whole sessions of all three dialects, class by class, as the devices lead them.
#include <gtest/gtest.h>

#include "tests/unit/dualcam/device.hpp"
#include "tests/unit/dualcam/script.hpp"

namespace dualcam::test {
namespace {

constexpr std::string_view dsm_path = "dsm/picture/261121/101500.jpg";
constexpr std::string_view dashcam_path = "dashcam/261121/101500.mp4";

TEST(SessionDialogue, OnePhotoInPackets) {
  const CameraFile photo(2 * 1024 + 300);
  play({
      {begins(), {"wait 60s"}},
      {device(init(photof)), {"wait 60s", "identify"}},
      {admitted(), {"send META REQ %photof", "wait 15s"}},
      {device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}},
      {device(start(3)), {"wait 60s", "open"}},
      {opened(), {"send RESUME 1", "wait 2s"}},
      {device(sync(1)), {"wait 15s"}},
      {device(photo.packet(1)), {"write 0+1024", "wait 15s"}},
      {device(photo.packet(2), photo.packet(3)),
       {"write 1024+1024", "wait 15s", "write 2048+300", "wait 60s", "finish 2348"}},
      {stored(photo.bytes), {"send INIT REPEAT", "wait 20s"}},
      {device(init(nothing)), {"send CLOSE", "wait 5s"}},
      {device_leaves(), {"close: every file is stored"}},
  });
}

TEST(SessionDialogue, APathFileOfProtocol5InBytes) {
  const CameraFile picture(2500);
  const auto driver = play_once({
      {begins(), {"wait 60s"}},
      {device(init(by_path)), {"wait 60s", "identify"}},
      {admitted(), {"send PATH REQ", "wait 15s"}},
      {device(path(dsm_path)), {"send META REQ", "wait 15s"}},
      {device(meta(hex("692042d4 01 0d 00000000 00000000 0008 00000000000000000000"))),
       {"send FILE REQ dsm/picture/261121/101500.jpg\\x00", "wait 15s"}},
      {device(start(2500)), {"wait 60s", "open"}},
  });
  EXPECT_EQ(driver->session().offer().unit, SizeUnit::bytes);
  EXPECT_EQ(driver->session().offer().name, dsm_path);
  EXPECT_EQ(driver->session().offer().camera, base::Camera::dsm);
  EXPECT_EQ(driver->session().offer().kind, base::MediaKind::photo);
  EXPECT_EQ(driver->session().offer().metadata.events, "phone");
  play({
      {begins(), {"wait 60s"}},
      {device(init(by_path)), {"wait 60s", "identify"}},
      {admitted(), {"send PATH REQ", "wait 15s"}},
      {device(path(dsm_path)), {"send META REQ", "wait 15s"}},
      {device(meta(hex("692042d4 01 0d 00000000 00000000 0008 00000000000000000000"))),
       {"send FILE REQ dsm/picture/261121/101500.jpg\\x00", "wait 15s"}},
      {device(start(2500)), {"wait 60s", "open"}},
      {opened(), {"send RESUME 0", "wait 2s"}},
      {device(sync(0)), {"wait 15s"}},
      // Lengths are the device's to choose.
      {device(picture.chunk(0, 1024), picture.chunk(1024, 500)),
       {"write 0+1024", "wait 15s", "write 1024+500", "wait 15s"}},
      {device(picture.chunk(1524, 976)), {"write 1524+976", "wait 60s", "finish 2500"}},
      {stored(picture.bytes), {"send INIT REPEAT", "wait 20s"}},
      {device(init(nothing)), {"send CLOSE", "wait 5s"}},
      {device_leaves(), {"close: every file is stored"}},
  });
}

TEST(SessionDialogue, AFileOfProtocol6InEnhancedData) {
  const CameraFile video(2500);
  play({
      {begins(), {"wait 60s"}},
      {device(init(by_path, 6)), {"wait 60s", "identify"}},
      {admitted(), {"send PATH REQ", "wait 15s"}},
      {device(path(dashcam_path)), {"send META REQ", "wait 15s"}},
      {device(meta(R"({"version":1,"file":{"file_type":"video","file_timestamp":1763720917}})")),
       {"send FILE REQ dashcam/261121/101500.mp4\\x00", "wait 15s"}},
      {device(start(2500)), {"wait 60s", "open"}},
      {opened(), {"send RESUME 0", "wait 2s"}},
      {device(sync(0)), {"wait 15s"}},
      {device(video.enhanced_chunk(0, 1024), video.enhanced_chunk(1024, 1024)),
       {"write 0+1024", "wait 15s", "write 1024+1024", "wait 15s"}},
      {device(video.enhanced_chunk(2048, 1024)), {"write 2048+452", "wait 60s", "finish 2500"}},
      {stored(video.bytes), {"send INIT REPEAT", "wait 20s"}},
      {device(init(nothing, 6)), {"send CLOSE", "wait 5s"}},
      {device_leaves(), {"close: every file is stored"}},
  });
}

TEST(SessionDialogue, Protocol6CountsBytesAlsoForIdentifiers) {
  const CameraFile photo(1500);
  play_cut({
      {begins(), {"wait 60s"}},
      {device(init(photof, 6)), {"wait 60s", "identify"}},
      {admitted(), {"send META REQ %photof", "wait 15s"}},
      {device(meta(R"({"file":{"file_type":"photo"}})")), {"send FILE REQ %photof", "wait 15s"}},
      {device(start(1500)), {"wait 60s", "open"}},
      {opened(), {"send RESUME 0", "wait 2s"}},
      {device(sync(0), photo.enhanced_chunk(0, 1500)), {"wait 15s", "write 0+1500", "wait 60s", "finish 1500"}},
  });
}

// "Under 8192 means packets" would cut one and hang on the other: only how the file was asked for decides.
TEST(SessionDialogue, TheDialectNeverFollowsFromTheNumber) {
  const auto packets = play_once(photo_announced(9216));
  EXPECT_EQ(packets->session().offer().max_bytes(), 9216u * 1024);
  const auto bytes = play_once({{begins(), {"wait 60s"}},
                                {device(init(by_path)), {"wait 60s", "identify"}},
                                {admitted(), {"send PATH REQ", "wait 15s"}},
                                {device(path("mdas9/1.jpg")), {"send META REQ", "wait 15s"}},
                                {deadline_passes(), {"send FILE REQ mdas9/1.jpg\\x00", "wait 15s"}},
                                {device(start(5000)), {"wait 60s", "open"}}});
  EXPECT_EQ(bytes->session().offer().max_bytes(), 5000u);
}

// ---- Classes.

struct ClassCase {
  std::uint32_t bit;
  FileClass file_class;
  const char* request;
  base::Camera camera;
  base::MediaKind kind;
};
const ClassCase class_cases[]{
    {photof, FileClass::photo_front, "META REQ %photof", base::Camera::front, base::MediaKind::photo},
    {photor, FileClass::photo_rear, "META REQ %photor", base::Camera::rear, base::MediaKind::photo},
    {videof, FileClass::video_front, "META REQ %videof", base::Camera::front, base::MediaKind::video},
    {videor, FileClass::video_rear, "META REQ %videor", base::Camera::rear, base::MediaKind::video},
    {by_path, FileClass::path, "PATH REQ", base::Camera::unknown, base::MediaKind::other},
};

TEST(SessionDialogue, AsksForTheClassThatWaits) {
  for (const ClassCase& each : class_cases) {
    SCOPED_TRACE(each.request);
    const auto driver = play_once({{begins(), {"wait 60s"}},
                                   {device(init(each.bit)), {"wait 60s", "identify"}},
                                   {admitted(), {std::string("send ") + each.request, "wait 15s"}}});
    EXPECT_EQ(driver->session().current_class(), each.file_class);
    EXPECT_EQ(driver->session().offer().file_class, each.file_class);
    EXPECT_EQ(driver->session().offer().camera, each.camera);
    EXPECT_EQ(driver->session().offer().kind, each.kind);
  }
}

// START 0 passes to the next class, so one session shows the whole order.
TEST(SessionDialogue, FollowsTheOrderItWasGiven) {
  const ClassOrder vendor{FileClass::path, FileClass::video_rear, FileClass::video_front, FileClass::photo_rear,
                          FileClass::photo_front};
  for (const ClassOrder& order : {photos_first, vendor}) {
    Driver driver(Terms{.options = {}, .order = order});
    driver.begin();
    driver.feed(init(photof | photor | videof | videor | by_path));
    driver.admit();
    std::vector<FileClass> asked;
    while (driver.session().current_class()) {
      asked.push_back(*driver.session().current_class());
      if (asked.back() == FileClass::path) driver.feed(path("dsm/1.jpg"));
      driver.feed(photo_meta());
      driver.feed(start(0));
    }
    EXPECT_EQ(asked, std::vector<FileClass>(order.begin(), order.end()));
    EXPECT_EQ(driver.session().state(), State::closing);
  }
}

TEST(SessionDialogue, NothingWaits) {
  play({{begins(), {"wait 60s"}},
        {device(init(nothing)), {"wait 60s", "identify"}},
        {admitted(), {"send CLOSE", "wait 5s"}},
        {device_leaves(), {"close: no file is waiting"}}});
}

TEST(SessionDialogue, SeveralFilesInOneSession) {
  const CameraFile photo(700, 1);
  const CameraFile second(1024, 2);
  const CameraFile video(1100, 3);
  play({
      {begins(), {"wait 60s"}},
      {device(init(videof | photof)), {"wait 60s", "identify"}},
      {admitted(), {"send META REQ %photof", "wait 15s"}},
      {device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}},
      {device(start(1)), {"wait 60s", "open"}},
      {opened(), {"send RESUME 1", "wait 2s"}},
      {device(photo.from(1)), {"wait 15s", "write 0+700", "wait 60s", "finish 700"}},
      {stored(photo.bytes), {"send INIT REPEAT", "wait 20s"}},
      // Another photo was taken meanwhile: its bit is still set, and a full last packet ends it.
      {device(init(videof | photof)), {"send META REQ %photof", "wait 15s"}},
      {device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}},
      {device(start(1)), {"wait 60s", "open"}},
      {opened(), {"send RESUME 1", "wait 2s"}},
      {device(second.from(1)), {"wait 15s", "write 0+1024", "wait 60s", "finish 1024"}},
      {stored(second.bytes), {"send INIT REPEAT", "wait 20s"}},
      {device(init(videof)), {"send META REQ %videof", "wait 15s"}},
      {device(photo_meta()), {"send FILE REQ %videof", "wait 15s"}},
      {device(start(2)), {"wait 60s", "open"}},
      {opened(), {"send RESUME 1", "wait 2s"}},
      {device(video.from(1)), {"wait 15s", "write 0+1024", "wait 15s", "write 1024+76", "wait 60s", "finish 1100"}},
      {stored(video.bytes), {"send INIT REPEAT", "wait 20s"}},
      {device(init(nothing)), {"send CLOSE", "wait 5s"}},
      {device_leaves(), {"close: every file is stored"}},
  });
}

// One real session has no INIT behind 0009; the device came back on a new connection.
TEST(SessionDialogue, NoInitBehindTheAcknowledgement) {
  const CameraFile photo(100);
  play(photo_in_transfer(1) + Script{
                                  {device(photo.packet(1)), {"write 0+100", "wait 60s", "finish 100"}},
                                  {stored(photo.bytes), {"send INIT REPEAT", "wait 20s"}},
                                  {deadline_passes(), {"send CLOSE", "wait 5s"}},
                                  {deadline_passes(), {"close: no INIT followed the acknowledgement"}},
                              });
}

// ---- START.

TEST(SessionDialogue, StartOfZeroMeansNothingIsLeft) {
  play({{begins(), {"wait 60s"}},
        {device(init(photof | videor)), {"wait 60s", "identify"}},
        {admitted(), {"send META REQ %photof", "wait 15s"}},
        {device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}},
        {device(start(0)), {"send META REQ %videor", "wait 15s"}},
        {device(photo_meta()), {"send FILE REQ %videor", "wait 15s"}},
        {device(start(0)), {"send CLOSE", "wait 5s"}},
        {device_leaves(), {"close: no file is waiting"}}});
}

TEST(SessionDialogue, ARepeatedStartGetsAnotherResume) {
  const CameraFile photo(100);
  play(photo_announced(1) + Script{
                                {opened(), {"send RESUME 1", "wait 2s"}},
                                {device(start(1), start(1)), {"send RESUME 1", "send RESUME 1"}},
                                {device(photo.from(1)), {"wait 15s", "write 0+100", "wait 60s", "finish 100"}},
                                {stored(photo.bytes), {"send INIT REPEAT", "wait 20s"}},
                            });
}

TEST(SessionDialogue, StartIsNotRepeatedForEver) {
  const auto driver = play_once(photo_announced(100) + Script{{opened(), {"send RESUME 1", "wait 2s"}}});
  for (int i = 0; i < max_start_repeats; ++i) driver->feed(start(100));
  EXPECT_EQ(driver->session().state(), State::awaiting_sync);
  driver->feed(start(100));
  EXPECT_EQ(driver->session().state(), State::closing);
  driver->run_out();
}

TEST(SessionDialogue, AnotherSizeInARepeatedStartIsAnotherFile) {
  play(photo_announced(100) + Script{{opened(), {"send RESUME 1", "wait 2s"}},
                                     {device(start(101)), {"abandon", "send CLOSE", "wait 5s"}},
                                     {device_leaves(), {"close: START came again with another size"}}});
}

TEST(SessionDialogue, SizesAreBoundedBeforeAnythingIsOpened) {
  Terms terms;
  terms.options.max_file_bytes = 10 * 1024;
  Script announced = photo_announced(10);
  play_cut(announced, terms);
  for (const std::uint32_t size : {11U, 0x400000U, 0x400001U, 0x80000000U, 0xffffffffU}) {
    SCOPED_TRACE(size);
    announced.back() = {device(start(size)), {"send CLOSE", "wait 5s"}};
    play_cut(announced, terms);
  }
  Script by_bytes{{begins(), {"wait 60s"}},
                  {device(init(by_path)), {"wait 60s", "identify"}},
                  {admitted(), {"send PATH REQ", "wait 15s"}},
                  {device(path("mdas9/1.jpg")), {"send META REQ", "wait 15s"}},
                  {deadline_passes(), {"send FILE REQ mdas9/1.jpg\\x00", "wait 15s"}},
                  {device(start(0xffffffff)), {"send CLOSE", "wait 5s"}}};
  play(by_bytes, terms);
  by_bytes.back() = {device(start(10 * 1024 + 1)), {"send CLOSE", "wait 5s"}};
  play_cut(by_bytes, terms);
  by_bytes.back() = {device(start(10 * 1024)), {"wait 60s", "open"}};
  play_cut(by_bytes, terms);
}

TEST(SessionDialogue, TheFileCrcOfStartIsLoggedAndIgnored) {
  const CameraFile photo(100);
  Script script = photo_announced(1);
  script.back() = {device(start(1, 0xbeef)), {"wait 60s", "open"}};
  script = script + Script{{opened(), {"send RESUME 1", "wait 2s"}},
                           {device(photo.from(1)), {"wait 15s", "write 0+100", "wait 60s", "finish 100"}}};
  const auto driver = play_once(script);
  EXPECT_TRUE(driver->noted("beef"));
  EXPECT_EQ(driver->session().offer().declared_crc, 0xbeef);
  EXPECT_FALSE(play_once(photo_announced(1))->noted("CRC"));
}

// ---- Paths.

Script path_asked(std::uint16_t protocol = 5) {
  return {{begins(), {"wait 60s"}},
          {device(init(by_path, protocol)), {"wait 60s", "identify"}},
          {admitted(), {"send PATH REQ", "wait 15s"}}};
}

TEST(SessionDialogue, HostilePathsEndTheSession) {
  const std::string_view hostile[]{"../etc/passwd",
                                   "dsm/../../x.jpg",
                                   "dsm\\..\\x",
                                   "dsm/..",
                                   "..",
                                   "",
                                   "dsm/a\nb.jpg",
                                   "dsm/\x7f.jpg",
                                   "dsm/\xc3\xa9.jpg",
                                   std::string_view("dsm/a\0b.jpg", 11)};
  for (const std::string_view text : hostile) {
    SCOPED_TRACE(base::printable(base::as_bytes(text)));
    play(path_asked() + Script{{device(path(text)), {"send CLOSE", "wait 5s"}}, {device_leaves(), {"close"}}});
  }
}

TEST(SessionDialogue, ThePathIsEchoedByteForByte) {
  const std::string longest = "dsm/" + std::string(max_path_length - 8, 'a') + ".jpg";
  play_cut(path_asked() +
           Script{{device(path(longest)), {"send META REQ", "wait 15s"}},
                  {device(photo_meta()), {"send FILE REQ " + longest.substr(0, 200) + "…", "wait 15s"}}});
  // Without its NUL it is echoed without one.
  play_cut(path_asked() + Script{{device(frame(0x000d, base::as_bytes("dsm/1.jpg"))), {"send META REQ", "wait 15s"}},
                                 {deadline_passes(), {"send FILE REQ dsm/1.jpg", "wait 15s"}}});
}

TEST(SessionDialogue, APathThatIsTooLongIsNoFrame) {
  play(path_asked() + Script{{device(path(std::string(max_path_length + 1, 'a'))), {"close"}}});
  play(path_asked() +
       Script{{device(frame(0x000d, base::Bytes(max_path_length + 1, 'a'))), {"send CLOSE", "wait 5s"}}});
  play(path_asked() + Script{{device(frame(0x000d, {})), {"close"}}});
}

// The vendor's server asks for these with the first 7 bytes only.
TEST(SessionDialogue, ARefusedPathOfTheDualCamFamilyIsAskedOnceMoreWithSevenBytes) {
  play(path_asked(6) + Script{{device(path(dashcam_path)), {"send META REQ", "wait 15s"}},
                              {device(meta("{}")), {"send FILE REQ dashcam/261121/101500.mp4\\x00", "wait 15s"}},
                              {device(status(0x11)), {"send FILE REQ dashcam", "wait 15s"}},
                              {device(start(100)), {"wait 60s", "open"}}});
  play(path_asked(6) + Script{{device(path(dashcam_path)), {"send META REQ", "wait 15s"}},
                              {device(meta("{}")), {"send FILE REQ dashcam/261121/101500.mp4\\x00", "wait 15s"}},
                              {device(status(0x11)), {"send FILE REQ dashcam", "wait 15s"}},
                              {device(status(0x11)), {"wait 5s"}},
                              {device_leaves(), {"close"}}});
}

// A refusal that was got over is not what the session ended with.
TEST(SessionDialogue, ARefusalThatIsRetriedIsNotRecorded) {
  const auto driver = play_once(
      path_asked(6) + Script{{device(path(dashcam_path)), {"send META REQ", "wait 15s"}},
                             {device(meta("{}")), {"send FILE REQ dashcam/261121/101500.mp4\\x00", "wait 15s"}},
                             {device(status(0x11)), {"send FILE REQ dashcam", "wait 15s"}}});
  EXPECT_EQ(driver->session().last_status(), std::nullopt);
  driver->feed(status(0x11));
  EXPECT_EQ(driver->session().last_status(), 0x11u);
}

TEST(SessionDialogue, OtherRefusalsAreNotRetried) {
  struct Case {
    std::uint16_t protocol;
    std::string_view path;
    std::uint32_t status;
  };
  for (const Case& each : {Case{5, dashcam_path, 0x11}, Case{6, "dsm/1.jpg", 0x11}, Case{6, dashcam_path, 8}}) {
    SCOPED_TRACE(each.path);
    play_cut(path_asked(each.protocol) +
             Script{{device(path(each.path)), {"send META REQ", "wait 15s"}},
                    {deadline_passes(), {"send FILE REQ " + std::string(each.path) + "\\x00", "wait 15s"}},
                    {device(status(each.status)), {"wait 5s"}}});
  }
}

}  // namespace
}  // namespace dualcam::test
