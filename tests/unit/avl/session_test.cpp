// Links of trackers from login to end, each also cut at every byte and ended at every step.
#include "server/avl/session.hpp"

#include <gtest/gtest.h>

#include "tests/unit/avl/driver.hpp"
#include "tests/unit/avl/frames.hpp"

namespace avl {
namespace {

using base::Bytes;
using namespace test;

const Bytes login = hex(login_hex);
const Bytes one_record = hex(codec8e_hex);
const Lines stores_one{"wait 60s", "store 1 of Codec 8 Extended: 5 elements, 23 bytes"};
const Lines answers_one{"send 00000001", "wait 900s"};

Bytes with_bad_crc(Bytes frame) {
  frame.back() ^= 1;
  return frame;
}

// ---- Login.

TEST(Login, AdmittedAndRefused) {
  play(logged_in());
  play({begins(), tracker(login, {"wait 60s", "identify 356307042441013"}),
        happens(&Driver::refuse, {"send 00", "close: the tracker is not on the list"})});
}

TEST(Login, KeepAlivesBeforeIt) {
  play({begins(), tracker(join({hex("ffff"), login}), {"wait 60s", "identify 356307042441013"})});
}

TEST(Login, WrongOnesAreAnsweredWithNo) {
  const auto refused = [](std::string_view bytes, std::string reason) {
    const auto driver = play({begins(), tracker(hex(bytes), {"send 00", "close"})});
    EXPECT_NE(driver->close_reason().find(reason), std::string::npos) << driver->close_reason();
  };
  refused("000f333536333037303432343431303134", "356307042441014 is no IMEI");
  refused("000f303031323334353637383930313238", "001234567890128 is a number that no device has");
  refused("000f33353633303730343234343130314100", "other characters than digits");
  refused("000e3335", "15 digits, not 14");
  refused("00103335", "15 digits, not 16");
  refused(codec8_hex, "records came before the login");
}

TEST(Login, DigitsAreWatchedFromTheFirst) {
  Driver driver;
  driver.begin();
  driver.feed(hex("000f3341"));
  EXPECT_NE(driver.close_reason().find("\"3A\" has other characters"), std::string::npos) << driver.close_reason();
}

TEST(Login, StrangersAreNamedAndNotAnswered) {
  const auto closed = [](const Bytes& bytes, std::string reason) {
    const auto driver = play({begins(), tracker(bytes, {"close"})});
    EXPECT_NE(driver->close_reason().find(reason), std::string::npos) << driver->close_reason();
  };
  closed(hex("00000005 0001440f32b21735 44000400"),
         "This is a camera, of device 356307042441013; its port is the camera port");
  const auto text = [](std::string_view words) { return Bytes(words.begin(), words.end()); };
  closed(text("GET "), "This is HTTP");
  closed(text("SSH-"), "This is SSH");
  closed(hex("16030102"), "TLS handshake");
  closed(hex("78560001"), "no login: 78560001");
  closed(hex("00000000000000000000000000000000"), "no login: 0000000000000000");
}

TEST(Login, NoneInTime) {
  play({begins(), happens(&Driver::pass_deadline, {"close: no login came in time"})});
  play({begins(), tracker(login, {"wait 60s", "identify 356307042441013"}),
        happens(&Driver::pass_deadline, {"close: the device policy gave no answer in time"})});
}

// ---- Records.

TEST(Records, AreAnsweredWhenTheyAreStored) {
  const auto driver = play(
      logged_in() + Script{tracker(one_record, stores_one), happens(&Driver::stored, answers_one),
                           tracker(hex(codec8_hex), {"wait 60s", "store 1 of Codec 8: 5 elements, 16 bytes"}),
                           happens(&Driver::stored, answers_one),
                           tracker(records(25), {"wait 60s", "store 25 of Codec 8 Extended: 50 elements, 275 bytes"}),
                           happens(&Driver::stored, {"send 00000019", "wait 900s"})});
  EXPECT_EQ(driver->session().records(), 27u);
  EXPECT_EQ(driver->session().imei()->number(), imei_number);
}

TEST(Records, ThatCouldNotBeStoredAreNotAnswered) {
  play(logged_in() +
       Script{tracker(one_record, stores_one), happens(&Driver::storage_failed, {"close: the disk is full"})});
  play(logged_in() + Script{tracker(one_record, stores_one),
                            happens(&Driver::pass_deadline,
                                    {"close: storage gave no answer in time; the tracker keeps its records"})});
}

TEST(Records, TheNextFrameWaitsForTheAnswer) {
  play(logged_in() + Script{tracker(one_record, stores_one), tracker(one_record, {}),
                            happens(&Driver::stored, {"send 00000001", "wait 900s", stores_one[0], stores_one[1]}),
                            happens(&Driver::stored, answers_one)});
}

TEST(Records, AnEmptyFrameIsAnsweredAtOnce) {
  play(logged_in() + Script{tracker(framed(hex("8e0000")), {"wait 60s", "send 00000000", "wait 900s"})});
}

// ---- Bad frames.

TEST(BadFrames, AreNotAnsweredAndTheLinkGoesOn) {
  Bytes lying = payload_of(one_record);
  lying[1] = 2;
  for (const Bytes& bad : {with_bad_crc(one_record), framed(lying), framed(hex("100101")), framed(hex("0c0201"))}) {
    const auto driver = play(
        logged_in() + Script{tracker(bad, {}), tracker(one_record, stores_one), happens(&Driver::stored, answers_one)});
    ASSERT_EQ(driver->notes().size(), 1u);
    EXPECT_NE(driver->notes()[0].find("not answered"), std::string::npos);
  }
}

TEST(BadFrames, FiveInARowEndTheLink) {
  const Bytes bad = with_bad_crc(one_record);
  const Script four{tracker(bad, {}), tracker(bad, {}), tracker(bad, {}), tracker(bad, {})};
  const auto driver = play(logged_in() + four + Script{tracker(bad, {"close"})});
  EXPECT_NE(driver->close_reason().find("5 bad frames in a row"), std::string::npos) << driver->close_reason();
  EXPECT_NE(driver->close_reason().find("CRC"), std::string::npos) << driver->close_reason();
  play(logged_in() + four + Script{tracker(hex("ff"), {"wait 900s"})} + four);
}

TEST(BadFrames, LostFramingEndsTheLink) {
  const auto closed = [](std::string_view bytes, std::string reason) {
    const auto driver = play(logged_in() + Script{tracker(hex(bytes), {"close"})});
    EXPECT_NE(driver->close_reason().find(reason), std::string::npos) << driver->close_reason();
  };
  closed("01", "four zero bytes");
  closed("00000001", "four zero bytes");
  closed("00000000ffffffff", "4294967295 bytes");
  closed("0000000000000002", "2 bytes");
}

// ---- Commands and replies.

TEST(Commands, GoOutOnAnOpenLinkAndWhileRecordsWait) {
  const auto photo = [](Driver& driver) { EXPECT_TRUE(driver.command({.text = "camreq:1,1"})); };
  const std::string sent = "send " + std::string(photo_hex);
  play(logged_in() +
       Script{happens(photo, {sent}), tracker(one_record, stores_one), happens(photo, {sent}),
              happens(&Driver::stored, answers_one),
              tracker(reply("Request for photo from source 1 received\r\n"),
                      {"wait 900s", "Codec 12 06 \"Request for photo from source 1 received\\x0d\\x0a\""})});
}

TEST(Commands, NotBeforeTheLinkIsOpen) {
  const auto none = [](Driver& driver) { EXPECT_FALSE(driver.command({.text = "camreq:1,1"})); };
  play({begins(), happens(none, {}), tracker(login, {"wait 60s", "identify 356307042441013"}), happens(none, {})});
}

TEST(Commands, OnesThatCannotBeSaidAreNotSent) {
  const auto none = [](Driver& driver) {
    EXPECT_FALSE(driver.command({.text = std::string(max_command_size + 1, 'x')}));
    EXPECT_FALSE(driver.command({.codec = Codec::codec14, .text = "getinfo"}));
  };
  play(logged_in() + Script{happens(none, {})});
}

TEST(Replies, OfEveryCodec) {
  const auto imei = base::Imei::from_number(imei_number);
  const auto frame = [&](Message message) {
    message.imei = imei;
    message.time = base::UtcTime(std::chrono::seconds(5));
    return framed(encode_message(message).value());
  };
  using enum MessageType;
  using enum Codec;
  const auto driver = play(
      logged_in() + Script{tracker(hex(getinfo_reply_hex),
                                   {"wait 900s", "Codec 12 06 \"DI1:1 DI2:0 DI3:0 AIN1:0 AIN2:16924 DO1:0 DO2:1\""}),
                           tracker(hex(codec13_hex), {"wait 900s", "Codec 13 06 \"hello lets test\\x0d\\x0a\""}),
                           tracker(frame({codec13, command, "x"}), {"wait 900s", "Codec 13 05 \"x\""}),
                           tracker(frame({codec14, reply, "y"}), {"wait 900s", "Codec 14 06 \"y\""}),
                           tracker(frame({codec14, nack, ""}), {"wait 900s", "Codec 14 11 \"\""}),
                           tracker(hex(getinfo_hex), {"wait 900s"})});
  ASSERT_EQ(driver->notes().size(), 1u);
  EXPECT_NE(driver->notes()[0].find("sent a command, \"getinfo\": ignored"), std::string::npos);
}

// ---- The rest of a link's life.

TEST(Link, KeepAlivesPutTheDeadlineOff) {
  play(logged_in() + Script{tracker(hex("ffff"), {"wait 900s", "wait 900s"})});
}

TEST(Link, SilenceEndsIt) {
  play(logged_in() + Script{happens(&Driver::pass_deadline, {"close: the tracker has sent nothing for 900 s"})});
}

TEST(Link, ALoginAgain) {
  play(logged_in() + Script{tracker(login, {"send 01", "wait 900s"}), tracker(one_record, stores_one)});
  Bytes other = login;
  other.back() = '4';
  const auto driver = play(logged_in() + Script{tracker(other, {"send 00", "close"})});
  EXPECT_NE(driver->close_reason().find("another login on the link of 356307042441013"), std::string::npos);
}

TEST(Link, EndsWhenTheServerStops) {
  play(logged_in() + Script{happens(&Driver::shut_down, {"close: the server stops"})});
}

TEST(Link, KeepsLittleMemoryForItsNextFrame) {
  Driver driver;
  driver.begin();
  driver.feed(login);
  driver.admit();
  for (int n = 0; n < 3; ++n) {
    driver.feed(records(200));
    driver.stored();
    driver.feed(one_record);
    driver.stored();
  }
  EXPECT_EQ(driver.session().records(), 603u);
  EXPECT_LE(driver.session().kept_memory(), max_kept_memory);
}

}  // namespace
}  // namespace avl
