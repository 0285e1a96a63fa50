// How sessions end: deadlines, STATUS, the driver's answers and failures, INIT in the middle, and that nothing says
// "done" to a device before its file is stored.
#include <gtest/gtest.h>

#include "server/dualcam/status.hpp"
#include "tests/unit/dualcam/device.hpp"
#include "tests/unit/dualcam/script.hpp"

namespace dualcam::test {
namespace {

const CameraFile small_photo(100);
// In packets: so much that the device cannot be at the end yet.
constexpr std::uint32_t long_video = 100;

Script photo_whole() {
  return photo_in_transfer(1) + Script{{device(small_photo.packet(1)), {"write 0+100", "wait 60s", "finish 100"}}};
}

Script resume_repeated_to_the_end() {
  const Step again{deadline_passes(), {"send RESUME 1", "wait 2s"}};
  return {{opened(), {"send RESUME 1", "wait 2s"}}, again, again, again, again};
}

// ---- Deadlines, state by state.

TEST(SessionEnd, DeadlineOfEveryState) {
  const Script asked_path{{begins(), {"wait 60s"}},
                          {device(init(by_path)), {"wait 60s", "identify"}},
                          {admitted(), {"send PATH REQ", "wait 15s"}}};
  const Script announced = photo_announced(long_video);
  const Lines polite{"send CLOSE", "wait 5s"};
  const Lines polite_with_file{"abandon", "send CLOSE", "wait 5s"};
  struct Case {
    Script before;
    Lines actions;
    const char* reason;
  };
  const Case cases[]{
      {{announced.begin(), announced.begin() + 1}, {"close"}, "no INIT came in time"},
      {{announced.begin(), announced.begin() + 2}, {"close"}, "the device policy gave no answer in time"},
      {asked_path, polite, "no PATH came in time"},
      {{announced.begin(), announced.begin() + 4}, polite, "no START came in time"},
      {announced, {"abandon", "close"}, "storage gave no answer in time"},
      {announced + resume_repeated_to_the_end(), polite_with_file, "no SYNC came in time"},
      {photo_in_transfer(long_video) + Script{{deadline_passes(), {"send RESUME 1", "wait 30s"}}}, polite_with_file,
       "no DATA came in time"},
      {photo_whole(), {"abandon", "close"}, "storage gave no answer in time"},
      {photo_whole() + Script{{stored(), {"send INIT REPEAT", "wait 20s"}}}, polite,
       "no INIT followed the acknowledgement"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.reason);
    const Script script = each.before + Script{{deadline_passes(), each.actions}};
    play(script);
    const auto driver = play_once(script);
    driver->run_out();
    EXPECT_EQ(driver->close_reason(), each.reason);
  }
}

TEST(SessionEnd, DeadlinesAreOptions) {
  Terms terms;
  using std::chrono::milliseconds;
  terms.options.init_deadline = milliseconds(1);
  terms.options.store_deadline = milliseconds(2);
  terms.options.reply_deadline = milliseconds(3);
  terms.options.sync_deadline = milliseconds(4);
  terms.options.data_deadline = milliseconds(5);
  terms.options.after_ack_deadline = milliseconds(6);
  terms.options.linger = milliseconds(7);
  play_once({{begins(), {"wait 1ms"}},
             {device(init(photof)), {"wait 2ms", "identify"}},
             {admitted(), {"send META REQ %photof", "wait 3ms"}},
             {device(photo_meta()), {"send FILE REQ %photof", "wait 3ms"}},
             {device(start(2)), {"wait 2ms", "open"}},
             {opened(), {"send RESUME 1", "wait 4ms"}},
             {device(sync(1)), {"wait 5ms"}},
             {device(CameraFile(1100).packet(1)), {"write 0+1024", "wait 5ms"}},
             {device(CameraFile(1100).packet(2)), {"write 1024+76", "wait 2ms", "finish 1100"}},
             {stored(), {"send INIT REPEAT", "wait 6ms"}},
             {device(init(nothing)), {"send CLOSE", "wait 7ms"}}},
            terms);
}

// ---- STATUS.

TEST(SessionEnd, EveryStatusIsNamedAndTheDeviceLeftToClose) {
  for (std::uint32_t value : {1U,  2U,  3U,  4U,  5U,  6U,  7U,  8U,  9U,  10U, 11U, 12U, 13U, 14U,
                              15U, 16U, 17U, 18U, 19U, 20U, 21U, 22U, 23U, 24U, 25U, 26U, 27U, 0xffffffffU}) {
    SCOPED_TRACE(value);
    const Script script =
        photo_in_transfer(2) + Script{{device(status(value)), {"abandon", "wait 5s"}}, {deadline_passes(), {"close"}}};
    play_cut(script);
    const auto driver = play_once(script);
    EXPECT_EQ(driver->session().last_status(), value);
    EXPECT_EQ(driver->close_reason(),
              "the device sent STATUS " + std::to_string(value) + ": " + std::string(status_name(value)));
  }
}

TEST(SessionEnd, StatusEndsAnyStateOfTheDialogue) {
  for (std::size_t steps = 3; steps <= 4; ++steps) {
    const Script all = photo_announced(1);
    play(Script(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(steps)) +
         Script{{device(status(5)), {"wait 5s"}},
                {device_leaves(), {"close: the device sent STATUS 5: invalid answer to INIT"}}});
  }
  play(photo_announced(1) + Script{{opened(), {"send RESUME 1", "wait 2s"}},
                                   {device(status(6)), {"abandon", "wait 5s"}},
                                   {device_leaves(), {"close"}}});
  play(photo_whole() + Script{{stored(), {"send INIT REPEAT", "wait 20s"}},
                              {device(status(4)), {"wait 5s"}},
                              {device_leaves(), {"close"}}});
}

// The device closes after it, so the others that wait come on the next connection: the driver asks for this one last.
TEST(SessionEnd, ARefusedClassIsNamedAndNoOtherAskedFor) {
  const Script asked{{begins(), {"wait 60s"}},
                     {device(init(photof | videor)), {"wait 60s", "identify"}},
                     {admitted(), {"send META REQ %photof", "wait 15s"}},
                     {device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}},
                     {device(start(0)), {"send META REQ %videor", "wait 15s"}}};
  const Script refused = asked + Script{{device(status(17)), {"wait 5s"}}, {device_leaves(), {"close"}}};
  play(refused);
  const auto driver = play_once(refused);
  EXPECT_EQ(driver->session().last_status(), 17u);
  EXPECT_EQ(driver->session().current_class(), FileClass::video_rear);
  const auto path = play_once({{begins(), {"wait 60s"}},
                               {device(init(photof | by_path)), {"wait 60s", "identify"}},
                               {admitted({FileClass::path, FileClass::photo_front, FileClass::photo_rear,
                                          FileClass::video_front, FileClass::video_rear}),
                                {"send PATH REQ", "wait 15s"}},
                               {device(status(17)), {"wait 5s"}},
                               {deadline_passes(), {"close"}}});
  EXPECT_EQ(path->session().current_class(), FileClass::path);
}

// Between two files nothing was refused.
TEST(SessionEnd, AStatusBehindTheAcknowledgementNamesNoClass) {
  const auto driver = play_once(photo_whole() + Script{{stored(), {"send INIT REPEAT", "wait 20s"}},
                                                       {device(status(4)), {"wait 5s"}},
                                                       {device_leaves(), {"close"}}});
  EXPECT_EQ(driver->session().last_status(), 4u);
  EXPECT_EQ(driver->session().current_class(), std::nullopt);
}

TEST(SessionEnd, StatusZeroFromTheDeviceMeansNothing) {
  play(photo_in_transfer(1) +
       Script{{device(status(0)), {}}, {device(small_photo.packet(1)), {"write 0+100", "wait 60s", "finish 100"}}});
}

// ---- A device that begins again.

TEST(SessionEnd, InitInTheMiddleBeginsAgain) {
  const Script all = photo_in_transfer(2);
  const Lines asked{"send META REQ %photof", "wait 15s"};
  const Lines abandoned{"abandon", "send META REQ %photof", "wait 15s"};
  for (std::size_t steps = 3; steps <= all.size(); ++steps) {
    SCOPED_TRACE(steps);
    const Script before(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(steps));
    if (steps == 5) continue;  // nothing is read while storage opens
    play(before + Script{{device(init(photof)), steps > 5 ? abandoned : asked},
                         {device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}},
                         {device(start(1)), {"wait 60s", "open"}}});
  }
}

TEST(SessionEnd, InitInTheMiddleOfPackets) {
  const CameraFile photo(1500);
  play(photo_in_transfer(2) +
       Script{
           {device(photo.packet(1), init(photof | videof)),
            {"write 0+1024", "wait 15s", "abandon", "send META REQ %photof", "wait 15s"}},
           {device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}},
           {device(start(2)), {"wait 60s", "open"}},
           {opened(photo.piece(0, 1024), 0), {"send RESUME 1", "wait 2s"}},
           {device(photo.from(1)), {"wait 15s", "wait 15s", "write 1024+476", "wait 60s", "finish 1500"}},
           {stored(photo.bytes), {"send INIT REPEAT", "wait 20s"}},
       });
}

// The session looks for a SYNC then, and drops everything else.
TEST(SessionEnd, InitWhileBytesAreDroppedBeginsAgain) {
  const CameraFile photo(3000);
  const Script resyncing = photo_in_transfer(3) + Script{{device(photo.bad_packet(1)), {"send RESUME 1", "wait 2s"}}};
  const Script again{{device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}},
                     {device(start(3)), {"wait 60s", "open"}},
                     {opened(), {"send RESUME 1", "wait 2s"}},
                     {device(photo.from(1)),
                      {"wait 15s", "write 0+1024", "wait 15s", "write 1024+1024", "wait 15s", "write 2048+952",
                       "wait 60s", "finish 3000"}}};
  const Lines restarted{"abandon", "send META REQ %photof", "wait 15s"};
  play(resyncing + Script{{device(init(photof)), restarted}} + again);
  // Behind what was in flight, and in the middle of a packet that broke off.
  base::Bytes part = photo.packet(3);
  part.resize(333);
  play_cut(resyncing + Script{{device(photo.packet(2), part, init(photof)), restarted}} + again);
  play(resyncing + Script{{device(init(nothing)), {"abandon", "send CLOSE", "wait 5s"}}});
}

TEST(SessionEnd, WhatOnlyLooksLikeInitIsDropped) {
  const CameraFile photo(3000);
  const Script resyncing = photo_in_transfer(3) + Script{{device(photo.bad_packet(1)), {"send RESUME 1", "wait 2s"}}};
  base::Bytes without_constant = init(photof);
  without_constant[14] = 0;
  base::Bytes cut_short = init(photof);
  cut_short.resize(12);
  for (const base::Bytes& odd :
       {init(photof, 5, other_imei), init(photof, 6), without_constant, base::Bytes(64, 0), cut_short}) {
    SCOPED_TRACE(base::to_hex(odd));
    play_cut(resyncing +
             Script{{device(odd), {}}, {device(photo.packet(2), odd), {}}, {device(sync(1)), {"wait 15s"}}});
  }
}

TEST(SessionEnd, InitWhileBytesAreDroppedIsNotRepeatedForEver) {
  const CameraFile photo(1024 * long_video);
  const auto driver = play_once(photo_announced(long_video));
  driver->open({}, 0, false);
  int restarts = 0;
  for (; driver->session().state() == State::awaiting_sync && restarts < 1000; ++restarts) {
    driver->feed(join({sync(1), photo.bad_packet(1), init(photof), photo_meta(), start(long_video)}));
    driver->open({}, 0, false);
  }
  EXPECT_EQ(restarts, max_unexpected_frames + 1);
  driver->run_out();
  EXPECT_EQ(driver->close_reason(), "the device begins again and again with INIT");
}

TEST(SessionEnd, InitInTheMiddleWithNothingWaiting) {
  play(photo_in_transfer(2) + Script{{device(init(nothing)), {"abandon", "send CLOSE", "wait 5s"}},
                                     {device_leaves(), {"close: no file is waiting"}}});
}

TEST(SessionEnd, InitInTheMiddleIsNotRepeatedForEver) {
  const auto driver = play_once(photo_announced(1) + Script{{opened(), {"send RESUME 1", "wait 2s"}}});
  for (int i = 0; i <= max_unexpected_frames; ++i) driver->feed(init(photof));
  EXPECT_EQ(driver->session().state(), State::closing);
  driver->run_out();
  EXPECT_EQ(driver->close_reason(), "the device begins again and again with INIT");
}

TEST(SessionEnd, AnInitThatDoesNotFitIsNone) {
  const Script all = photo_announced(2);
  const Script asked(all.begin(), all.begin() + 3);
  play_cut(asked + Script{{device(init(photof, 5, other_imei)), {"close"}}});
  play_cut(asked + Script{{device(init(photof, 6)), {"close"}}});
  base::Bytes without_constant = init(photof);
  without_constant[14] = 0;
  play_cut(asked + Script{{device(without_constant), {"close"}}});
}

// ---- The driver's answers.

TEST(SessionEnd, StorageThatFailsIsNotAcknowledged) {
  play(photo_announced(1) +
       Script{{storage_fails(), {"abandon", "send CLOSE", "wait 5s"}}, {device_leaves(), {"close: the disk is full"}}});
  // Behind the last byte CLOSE might be taken for "done", and that byte may wait unread: the connection is only
  // dropped.
  play(photo_in_transfer(long_video) + Script{{storage_fails(), {"abandon", "close: the disk is full"}}});
  play(photo_whole() + Script{{storage_fails(), {"abandon", "close: the disk is full"}}});
}

TEST(SessionEnd, AnAnswerThatComesTooLateChangesNothing) {
  play(photo_whole() +
       Script{{deadline_passes(), {"abandon", "close: storage gave no answer in time"}}, {stored(), {}}});
  play(photo_announced(1) + Script{{deadline_passes(), {"abandon", "close"}}, {opened(), {}}});
  play({{begins(), {"wait 60s"}},
        {device(init(photof)), {"wait 60s", "identify"}},
        {deadline_passes(), {"close"}},
        {admitted(), {}}});
  play(photo_whole() + Script{{device_leaves(), {"abandon", "close: the device closed the connection while finishing"}},
                              {stored(), {}},
                              {not_whole(), {}}});
}

TEST(SessionEnd, ShutDownIsPoliteOnlyWhereItCannotBeMistaken) {
  play(photo_announced(1) + Script{{shut_down(true), {"abandon", "send CLOSE", "wait 5s"}},
                                   {shut_down(true), {}},
                                   {deadline_passes(), {"close: the server stops"}}});
  play(photo_in_transfer(1) + Script{{shut_down(false), {"abandon", "close: the server stops"}}});
  play(photo_whole() + Script{{shut_down(true), {"abandon", "close: the server stops"}}});
  play(photo_whole() + Script{{shut_down(false), {"abandon", "close: the server stops"}}});
}

// ---- CLOSE behind the last byte of a file may count as its acknowledgement.

TEST(SessionEnd, NoCloseWhereTheWholeFileMayBeOnItsWay) {
  const std::uint32_t on_the_way = max_on_the_way / packet_size;
  const Script asked{{opened(), {"send RESUME 1", "wait 2s"}}};
  play(photo_announced(on_the_way) + asked + Script{{shut_down(true), {"abandon", "close"}}});
  play(photo_announced(on_the_way + 1) + asked + Script{{shut_down(true), {"abandon", "send CLOSE", "wait 5s"}}});
  // Nothing was asked for.
  play(photo_announced(1) + Script{{shut_down(true), {"abandon", "send CLOSE", "wait 5s"}}});
}

// The overlap that proves a kept file may be all that is left to send.
TEST(SessionEnd, NoCloseWhereOnlyTheEndWasAskedFor) {
  const CameraFile video(long_video * packet_size);
  const std::size_t kept = (long_video - 2) * packet_size;
  play(photo_announced(long_video) +
       Script{{opened(video.piece(0, kept), kept - packet_size), {"send RESUME 98", "wait 2s"}},
              {shut_down(true), {"abandon", "close: the server stops"}}});
}

TEST(SessionEnd, TheDeviceIsWhereItsLastGoodDataEnded) {
  const CameraFile video(long_video * packet_size);
  const std::uint32_t safe = long_video - max_on_the_way / packet_size - 1;
  for (const auto& [last, close] : {std::pair{safe, true}, std::pair{safe + 1, false}}) {
    const auto driver = play_once(photo_in_transfer(long_video));
    driver->feed(video.packets(1, last, 1));
    driver->take_lines();
    driver->shut_down(true);
    EXPECT_EQ(driver->take_lines().at(1) == "send CLOSE", close) << last;
    driver->run_out();
  }
}

// What is dropped, ignored or out of place was sent all the same.
TEST(SessionEnd, NoCloseWhenTheDeviceIsFurtherThanWhatIsHeld) {
  const CameraFile video(long_video * packet_size);
  const Script in_transfer = photo_in_transfer(long_video);
  const Script resyncing = in_transfer + Script{{device(video.bad_packet(1)), {"send RESUME 1", "wait 2s"}}};
  const Script lost_sync = photo_announced(long_video) + Script{{opened(), {"send RESUME 1", "wait 2s"}}};
  struct Case {
    const char* name;
    Script before;
    base::Bytes sent;
  };
  const Case cases[]{
      {"in flight behind a RESUME", resyncing, video.packets(2, 40, 1)},
      {"DATA whose SYNC was lost", lost_sync, video.packets(1, 40, 1)},
      {"SYNC that would leave a gap", lost_sync, sync(50)},
      {"the same in the search for a SYNC", resyncing, sync(50)},
      {"SYNC behind the end", lost_sync, sync(1000)},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const auto safe = play_once(each.before);
    safe->shut_down(true);
    EXPECT_EQ(safe->take_lines(), (Lines{"abandon", "send CLOSE", "wait 5s"}));
    const auto driver = play_once(each.before);
    driver->feed(each.sent);
    driver->take_lines();
    driver->shut_down(true);
    EXPECT_EQ(driver->take_lines(), (Lines{"abandon", "close: the server stops"}));
  }
}

// A SYNC alone does not bring the device back from the end: bytes can look like one.
TEST(SessionEnd, OnlyGoodDataBringsTheDeviceBack) {
  const CameraFile video(long_video * packet_size);
  const auto driver = play_once(photo_in_transfer(long_video));
  driver->feed(video.packets(1, long_video, 1));
  driver->not_whole();
  driver->feed(sync(1));
  driver->take_lines();
  driver->feed(video.packet(1));
  EXPECT_EQ(driver->take_lines(), (Lines{"write 0+1024", "wait 15s"}));
  driver->shut_down(true);
  EXPECT_EQ(driver->take_lines(), (Lines{"abandon", "send CLOSE", "wait 5s"}));
  const auto silent = play_once(photo_in_transfer(long_video));
  silent->feed(video.packets(1, long_video, 1));
  silent->not_whole();
  silent->feed(sync(1));
  silent->take_lines();
  silent->shut_down(true);
  EXPECT_EQ(silent->take_lines(), (Lines{"abandon", "close: the server stops"}));
}

// Its last packet is broken and RESUME unanswered: the device has sent its last byte.
TEST(SessionEnd, NoCloseBehindABrokenLastPacket) {
  const auto driver =
      play_once(photo_in_transfer(1) + Script{{device(small_photo.bad_packet(1)), {"send RESUME 1", "wait 2s"}}});
  driver->run_out();
  EXPECT_EQ(driver->close_reason(), "RESUME is not answered");
}

TEST(SessionEnd, NoCloseBehindEnhancedDataThatIsFarAhead) {
  const CameraFile video(long_video * packet_size);
  play_once({{begins(), {"wait 60s"}},
             {device(init(photof, 6)), {"wait 60s", "identify"}},
             {admitted(), {"send META REQ %photof", "wait 15s"}},
             {device(meta("{}")), {"send FILE REQ %photof", "wait 15s"}},
             {device(start(long_video * packet_size)), {"wait 60s", "open"}},
             {opened(), {"send RESUME 0", "wait 2s"}},
             {device(sync(0)), {"wait 15s"}},
             {device(video.enhanced_chunk(50 * packet_size, 1024)), {"send RESUME 0", "wait 2s"}},
             {shut_down(true), {"abandon", "close: the server stops"}}});
}

// ---- A complete upload that is not a whole file.

TEST(SessionEnd, AFileThatIsNotWholeIsFetchedAgain) {
  play(photo_whole() + Script{
                           {not_whole(), {"send RESUME 1", "wait 2s"}},
                           {device(small_photo.from(1)), {"wait 15s", "write 0+100", "wait 60s", "finish 100"}},
                           {stored(small_photo.bytes), {"send INIT REPEAT", "wait 20s"}},
                       });
}

TEST(SessionEnd, ADeviceThatDoesNotSendAgainGetsNoClose) {
  const auto driver = play_once(photo_whole() + Script{{not_whole(), {"send RESUME 1", "wait 2s"}}});
  driver->run_out();  // the driver fails the test on a CLOSE
  EXPECT_EQ(driver->close_reason(), "RESUME is not answered");
}

TEST(SessionEnd, AFileIsNotFetchedForEver) {
  const auto driver = play_once(photo_whole());
  int fetched = 1;
  for (; driver->session().state() == State::finishing && fetched < 20; ++fetched) {
    driver->not_whole();
    driver->feed(small_photo.from(1));
  }
  EXPECT_EQ(driver->session().state(), State::closed);
  EXPECT_LE(fetched, 5);
  driver->run_out();
}

}  // namespace
}  // namespace dualcam::test
