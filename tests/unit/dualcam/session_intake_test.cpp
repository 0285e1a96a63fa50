// While less is taken of a device: which files are asked for, that nothing of the others is, and how a session ends.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/unit/dualcam/device.hpp"
#include "tests/unit/dualcam/script.hpp"

namespace dualcam::test {
namespace {

using base::IntakeState;

constexpr auto photos = Terms{.taken = IntakeState::photos};
constexpr std::uint8_t crash = 3;
constexpr std::uint8_t periodic = 9;

Terms terms(IntakeState taken) {
  return Terms{.taken = taken};
}

base::Bytes meta_of(std::uint8_t trigger) {
  base::Bytes sent = photo_meta();
  sent[4 + 10] = trigger;
  return sent;
}

Script asked(std::uint32_t waiting, const char* request, std::uint16_t protocol = 5) {
  return {{begins(), {"wait 60s"}},
          {device(init(waiting, protocol)), {"wait 60s", "identify"}},
          {admitted(), {std::string("send ") + request, "wait 15s"}}};
}

Script path_asked(std::string_view name, std::uint16_t protocol = 5) {
  return asked(by_path, "PATH REQ", protocol) + Script{{device(path(name)), {"send META REQ", "wait 15s"}}};
}

const Step says_nothing_more{device_leaves(), {"close"}};

// The end of a session of which nothing else waits.
Script declined_for_good(const base::Bytes& metadata) {
  return {{device(metadata), {"decline", "send CLOSE", "wait 5s"}}, says_nothing_more};
}

Script taken(const base::Bytes& metadata, std::string_view name) {
  return {{device(metadata), {fmt::format("send FILE REQ {}", name), "wait 15s"}},
          {device(start(3)), {"wait 60s", "open"}}};
}

// ---- Every class and form against every state.

struct Case {
  const char* what;
  Script opening;
  base::Bytes metadata;
  const char* name;
  bool in_photos;
  bool in_events;
};

std::vector<Case> cases() {
  const std::string dsm = "692042d4 01 {} 00000000 00000000 {} 00000000000000000000";
  const auto dsm_meta = [&](const char* trigger, const char* seen) {
    return meta(hex(fmt::format(fmt::runtime(dsm), trigger, seen)));
  };
  const std::string v2 = "000b000e 02 10 0000019a7afd1e7b {} 000a 14";
  const std::string v3 = "000b0020 03 10 0000019a7afd1e7b {} 000a 14 0078 404b57f4c2b51bd6 40394797460242d0";
  const std::string v4 =
      "000b0028 04 10 0000019a7afd1e7b {} 000a 14 0078 404b57f4c2b51bd6 40394797460242d0 0000019a7afd1e00";
  const auto with = [](const std::string& form, const char* trigger) {
    return hex(fmt::format(fmt::runtime(form), trigger));
  };
  std::vector<Case> all{
      {"a periodic photo", asked(photof, "META REQ %photof"), meta_of(periodic), "%photof", true, false},
      {"a crash photo", asked(photor, "META REQ %photor"), meta_of(crash), "%photor", true, true},
      {"a requested photo", asked(photof, "META REQ %photof"), meta_of(0), "%photof", true, true},
      {"META that cannot be read, of a photo", asked(photof, "META REQ %photof"), meta(hex("0104")), "%photof", true,
       false},
      {"META that cannot be read, of a video", asked(videof, "META REQ %videof"), meta(hex("0104")), "%videof", false,
       false},
      {"a periodic ADAS picture", path_asked("mdas9/1.jpg"), meta(hex("692042d4 01 0c 00000000 00000000 00")),
       "mdas9/1.jpg\\x00", true, false},
      {"an ADAS clip of a crash", path_asked("mdas9/1.mp4"), meta(hex("692042d4 00 05 00000000 00000000 0a")),
       "mdas9/1.mp4\\x00", true, true},
      {"an ADAS clip of no known trigger", path_asked("mdas9/1.mp4"), meta(hex("692042d4 00 63 00000000 00000000 0a")),
       "mdas9/1.mp4\\x00", false, false},
      {"a DSM picture of nothing", path_asked("dsm/1.jpg"), dsm_meta("0c", "0000"), "dsm/1.jpg\\x00", true, false},
      {"a DSM clip of nothing", path_asked("dsm/1.h265"), dsm_meta("0c", "0000"), "dsm/1.h265\\x00", false, false},
      {"a DSM clip of a phone", path_asked("dsm/1.h265"), dsm_meta("0c", "0008"), "dsm/1.h265\\x00", true, true},
      {"a file of unknown kind", path_asked("dashcam/1.bin", 6), meta(R"({"fm_trigger":{"type":9}})"),
       "dashcam/1.bin\\x00", false, false},
      {"one that META calls a photo", path_asked("dashcam/1.bin", 6),
       meta(R"({"file":{"file_type":"photo"},"fm_trigger":{"type":9}})"), "dashcam/1.bin\\x00", true, false},
      {"a periodic dashcam clip", path_asked("dashcam/1.mp4", 6), meta(R"({"fm_trigger":{"type":"periodic"}})"),
       "dashcam/1.mp4\\x00", false, false},
      {"a towing dashcam clip", path_asked("dashcam/1.mp4", 6), meta(R"({"fm_trigger":{"type":"towing"}})"),
       "dashcam/1.mp4\\x00", true, true},
      {"JSON for an identifier", asked(videor, "META REQ %videor", 6), meta(R"({"fm_trigger":{"type":3}})"), "%videor",
       true, true},
  };
  for (const std::string& form : {v2, v3, v4}) {
    all.push_back({"a periodic video", asked(videof, "META REQ %videof"), with(form, "09"), "%videof", false, false});
    all.push_back({"a crash video", asked(videof, "META REQ %videof"), with(form, "03"), "%videof", true, true});
  }
  return all;
}

TEST(SessionIntake, EveryClassAndFormInEveryState) {
  for (const Case& each : cases()) {
    SCOPED_TRACE(each.what);
    for (const auto& [state, wanted] : {std::pair{IntakeState::everything, true},
                                        {IntakeState::photos, each.in_photos},
                                        {IntakeState::events, each.in_events}}) {
      SCOPED_TRACE(base::to_string(state));
      play(each.opening + (wanted ? taken(each.metadata, each.name) : declined_for_good(each.metadata)), terms(state));
    }
  }
}

// ---- Several classes.

TEST(SessionIntake, TheOtherClassesComeAllTheSame) {
  const CameraFile photo(1500);
  const Script script{
      {begins(), {"wait 60s"}},
      {device(init(videof | videor | photof)), {"wait 60s", "identify"}},
      {admitted({FileClass::video_front, FileClass::video_rear, FileClass::photo_front, FileClass::photo_rear,
                 FileClass::path}),
       {"send META REQ %videof", "wait 15s"}},
      {device(meta_of(periodic)), {"decline", "send META REQ %videor", "wait 15s"}},
      {device(meta_of(periodic)), {"decline", "send META REQ %photof", "wait 15s"}},
      {device(meta_of(periodic)), {"send FILE REQ %photof", "wait 15s"}},
      {device(start(2)), {"wait 60s", "open"}},
      {opened(), {"send RESUME 1", "wait 2s"}},
      {device(photo.from(1)), {"wait 15s", "write 0+1024", "wait 15s", "write 1024+476", "wait 60s", "finish 1500"}},
      {stored(photo.bytes), {"send INIT REPEAT", "wait 20s"}},
      // The front video may be another one by now: it is asked about again.
      {device(init(videof | videor)), {"send META REQ %videof", "wait 15s"}},
      {device(meta_of(periodic)), {"decline", "send META REQ %videor", "wait 15s"}},
      {device(meta_of(periodic)), {"decline", "send CLOSE", "wait 5s"}},
      {device_leaves(), {"close: the rest waits: taken are photos at present"}},
  };
  play(script, photos);
}

TEST(SessionIntake, AnEventBehindAnotherClassIsReached) {
  play(asked(photof | videof, "META REQ %photof") +
           Script{{device(meta_of(periodic)), {"decline", "send META REQ %videof", "wait 15s"}},
                  {device(meta_of(crash)), {"send FILE REQ %videof", "wait 15s"}},
                  {device(start(3)), {"wait 60s", "open"}}},
       terms(IntakeState::events));
}

// The stray byte of some firmware behind META of a file that is not asked for.
TEST(SessionIntake, AStrayByteBehindMetaIsNoPartOfTheNextAnswer) {
  play_cut(asked(photof | videof, "META REQ %photof") +
               Script{{device(meta_of(periodic)), {"decline", "send META REQ %videof", "wait 15s"}},
                      {device(base::Bytes{0x14}, meta_of(crash)), {"send FILE REQ %videof", "wait 15s"}},
                      {device(start(3)), {"wait 60s", "open"}}},
           terms(IntakeState::events));
}

// ---- Without META.

TEST(SessionIntake, WithoutMetaOnlyTheKindCounts) {
  play(asked(photof, "META REQ %photof") + Script{{deadline_passes(), {"send FILE REQ %photof", "wait 15s"}}}, photos);
  for (const IntakeState state : {IntakeState::photos, IntakeState::events})
    play(asked(videof, "META REQ %videof") + Script{{deadline_passes(), {"decline", "send CLOSE", "wait 5s"}},
                                                    // Too late: it must not be taken for another file's.
                                                    {device(meta_of(crash)), {}},
                                                    says_nothing_more},
         terms(state));
}

TEST(SessionIntake, AClassThatGaveNoMetaIsNamedSoThatItComesLast) {
  const auto driver = play_once(
      asked(videof | videor, "META REQ %videof") + Script{{deadline_passes(), {"decline", "send CLOSE", "wait 5s"}}},
      photos);
  EXPECT_EQ(driver->session().current_class(), FileClass::video_front);
}

TEST(SessionIntake, ADeclinedClassIsNoFailedOne) {
  const auto driver = play_once(asked(videof, "META REQ %videof") + declined_for_good(meta_of(periodic)), photos);
  EXPECT_FALSE(driver->session().current_class());
}

// ---- A state that changes under way.

TEST(SessionIntake, LessIsTakenFromTheNextFileOn) {
  const CameraFile first(1500);
  const auto less = [](Driver& driver) { driver.take(IntakeState::events); };
  play(photo_in_transfer(2) + Script{{{{}, less, false}, {}},
                                     {device(first.packets(1, 2, 1)),
                                      {"write 0+1024", "wait 15s", "write 1024+476", "wait 60s", "finish 1500"}},
                                     {stored(first.bytes), {"send INIT REPEAT", "wait 20s"}},
                                     {device(init(photof)), {"send META REQ %photof", "wait 15s"}},
                                     {device(meta_of(periodic)), {"decline", "send CLOSE", "wait 5s"}},
                                     {device_leaves(), {"close: the rest waits: taken are events at present"}}});
}

TEST(SessionIntake, MoreIsTakenFromTheNextFileOn) {
  const auto more = [](Driver& driver) { driver.take(IntakeState::everything); };
  play(asked(photof | videof, "META REQ %photof") +
           Script{{device(meta_of(periodic)), {"decline", "send META REQ %videof", "wait 15s"}},
                  {{{}, more, false}, {}},
                  {device(meta_of(periodic)), {"send FILE REQ %videof", "wait 15s"}},
                  {device(start(3)), {"wait 60s", "open"}}},
       terms(IntakeState::events));
}

}  // namespace
}  // namespace dualcam::test
