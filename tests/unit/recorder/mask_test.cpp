#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include <fstream>

#include "server/base/imei.hpp"
#include "server/base/reflected_crc16.hpp"
#include "server/recorder/stream_mask.hpp"
#include "tests/support/temp_folder.hpp"

namespace recorder {
namespace {

using base::Bytes;
using base::ByteView;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t real = 356307042441013;
const Mask mask(Mask::Key{1, 2, 3});
const Mask other(Mask::Key{3, 2, 1});

Bytes bytes_of(std::string_view hex) {
  return base::from_hex(hex).value();
}
Bytes init_of(std::uint64_t number) {
  return bytes_of(fmt::format("00000005{:016x}44000400", number));
}
Bytes text_of(std::string_view text) {
  return {text.begin(), text.end()};
}
Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
Bytes frame_of(Bytes payload) {
  Bytes frame(8);
  base::store_be(frame.data() + 4, static_cast<std::uint32_t>(payload.size()));
  const std::uint32_t crc = base::ReflectedCrc16<0xa001>::by_bytes(0, payload);
  frame = frame + payload;
  frame.resize(frame.size() + 4);
  base::store_be(frame.data() + frame.size() - 4, crc);
  return frame;
}

TEST(Mask, ImeisStayImeis) {
  const std::uint64_t masked = mask.imei(real);
  EXPECT_NE(masked, real);
  EXPECT_TRUE(base::Imei::from_number(masked));
  EXPECT_EQ(masked / 10'000'000'000'000, 35U) << "who allotted it stays";
  EXPECT_EQ(mask.imei(real), masked);
  EXPECT_NE(other.imei(real), masked);
  EXPECT_NE(mask.imei(356307042441021), masked);
}

TEST(Mask, WhatIsNoImeiStaysNone) {
  EXPECT_FALSE(base::Imei::from_number(mask.imei(real + 1)));
  EXPECT_NE(mask.imei(real + 1), real + 1);
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{35630704244101}, std::uint64_t{1'000'000'000'000'000}})
    EXPECT_EQ(mask.imei(number), number);
  EXPECT_EQ(mask.imei("35630704244101x"), "35630704244101x");
}

TEST(Mask, AddressesAreOfNetworksForSuchThings) {
  const pcapng::Address v4{{192, 0, 2, 7}, false};
  const auto masked = mask.address(v4);
  EXPECT_FALSE(masked.v6);
  EXPECT_EQ(masked.bytes[0], 198);
  EXPECT_EQ(masked.bytes[1] & 0xfe, 18);
  EXPECT_EQ(mask.address(v4), masked);
  EXPECT_FALSE(other.address(v4) == masked);
  const pcapng::Address v6{{0xfd, 1, 2, 3}, true};
  EXPECT_EQ(base::to_hex(ByteView(mask.address(v6).bytes).first(4)), "20010db8");
}

TEST(Mask, TextKeepsNeither) {
  const std::string masked = mask.text("newer link of 356307042441013 from 192.0.2.7:41000, not fd01::7. At 10:15:00.");
  for (const char* each : {"356307042441013", "192.0.2.7", "fd01::7"}) EXPECT_THAT(masked, Not(HasSubstr(each)));
  EXPECT_THAT(masked, HasSubstr(fmt::format("newer link of {} from 198.1", mask.imei(real))));
  EXPECT_THAT(masked, HasSubstr(":41000, not 2001:db8:"));
  EXPECT_THAT(masked, HasSubstr("At 10:15:00."));
  for (const char* each : {"356307042441013.", "(356307042441013)", "356307042441013:", "device356307042441013",
                           "a:356307042441013", "imei=356307042441013, and"})
    EXPECT_THAT(mask.text(each), Not(HasSubstr("356307042441013"))) << each;
  for (const char* each : {"::1.", "[::1]:7700", "10.1.2.3.", "at 10.1.2.3:80: refused"})
    EXPECT_THAT(mask.text(each), testing::ContainsRegex("198\\.1[89]|2001:db8:")) << each;
  EXPECT_EQ(mask.text(".:. a.b:c 1:2"), ".:. a.b:c 1:2");
  EXPECT_EQ(mask.text("RESUME from 0: nothing is kept"), "RESUME from 0: nothing is kept");
}

TEST(Mask, TheKeyIsMadeOnceAndForTheServerOnly) {
  const tests::TempFolder folder;
  const std::string file = folder / "mask.key";
  const auto made = Mask::open(file);
  ASSERT_TRUE(made) << made.error().message;
  struct stat facts{};
  ASSERT_EQ(::stat(file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  EXPECT_EQ(Mask::open(file).value().imei(real), made->imei(real));
  EXPECT_NE(Mask::open(folder / "another.key").value().imei(real), made->imei(real));
  std::ofstream(file, std::ios::trunc) << "short";
  EXPECT_EQ(Mask::open(file).error().code, base::Errc::corrupt);
  EXPECT_FALSE(Mask::open(folder / "no/folder.key"));
}

// However the bytes are cut, the same comes out.
void expect_masked(const Bytes& in, const Bytes& out) {
  for (std::size_t step = 1; step <= in.size(); ++step) {
    StreamMask stream(mask);
    Bytes shown;
    for (std::size_t at = 0; at < in.size(); at += step)
      shown = shown + stream.from_device(ByteView(in).subspan(at, std::min(step, in.size() - at)));
    shown = shown + stream.rest();
    ASSERT_EQ(base::to_hex(shown), base::to_hex(out)) << "in pieces of " << step;
  }
}

TEST(StreamMask, EveryInitAndTextOfACamera) {
  const std::uint64_t masked = mask.imei(real);
  const auto session = [](std::uint64_t number) {
    return init_of(number) + text_of(fmt::format("{{\"imei\":\"{:015}\"}}", number)) + bytes_of("0004000400010203") +
           init_of(number) + bytes_of("0001");
  };
  expect_masked(session(real), session(masked));
}

// The last byte of an INIT may be the first one of a number. A replay waits for all that the server has answered to.
TEST(StreamMask, WhatTheServerAnswersToStandsBeforeItsAnswer) {
  StreamMask stream(mask);
  for (int n = 0; n < 2; ++n) {
    Bytes shown = stream.from_device(init_of(real));
    EXPECT_LT(shown.size(), init_of(real).size()) << "else this proves nothing";
    shown = shown + stream.before_answer();
    EXPECT_EQ(base::to_hex(shown), base::to_hex(init_of(mask.imei(real))));
  }
}

TEST(StreamMask, LoginAndFramesOfATracker) {
  const std::uint64_t masked = mask.imei(real);
  const auto session = [](std::uint64_t number) {
    return text_of(std::string("\0\x0f", 2) + fmt::format("{:015}", number)) +
           frame_of(bytes_of("0e0106") + bytes_of(fmt::format("{:016}", number)) + text_of("ok") + bytes_of("01")) +
           frame_of(bytes_of("0c0106") + text_of(fmt::format("IMEI:{}", number)) + bytes_of("01"));
  };
  expect_masked(session(real), session(masked));
}

TEST(StreamMask, AWrongChecksumStaysWrong) {
  Bytes frame = frame_of(bytes_of("0e0106") + bytes_of(fmt::format("{:016}", real)));
  frame.back() ^= 1;
  StreamMask stream(mask);
  (void)stream.from_device(text_of(std::string("\0\x0f", 2) + fmt::format("{:015}", real)));
  const Bytes shown = stream.from_device(frame);
  ASSERT_EQ(shown.size(), frame.size());
  EXPECT_EQ(Bytes(shown.end() - 4, shown.end()), Bytes(frame.end() - 4, frame.end()));
  EXPECT_NE(shown, frame);
}

TEST(StreamMask, WhatIsNoDeviceGoesAsItComes) {
  for (const char* text : {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "x", "\x01 and more than an INIT has"})
    expect_masked(text_of(text), text_of(text));
  expect_masked(init_of(0), init_of(0));
}

TEST(StreamMask, JunkBehindALoginIsNotHeld) {
  const std::uint64_t masked = mask.imei(real);
  const auto session = [](std::uint64_t number) {
    return text_of(std::string("\0\x0f", 2) + fmt::format("{:015}", number)) + bytes_of("00000000ffffffff0102");
  };
  expect_masked(session(real), session(masked));
  const auto cut = [](std::uint64_t number) {
    return text_of(std::string("\0\x0f", 2) + fmt::format("{:015}", number)) + bytes_of("000000000000002001");
  };
  expect_masked(cut(real), cut(masked));
}

TEST(StreamMask, WhatTheServerSendsIsMaskedToo) {
  StreamMask stream(mask);
  (void)stream.from_device(text_of(std::string("\0\x0f", 2) + fmt::format("{:015}", real)));
  const auto command = [](std::uint64_t number) {
    return frame_of(bytes_of("0e0105") + bytes_of(fmt::format("{:016}", number)) + text_of("getver"));
  };
  EXPECT_EQ(stream.to_device(command(real)), command(mask.imei(real)));
  EXPECT_EQ(stream.to_device(bytes_of("01")), bytes_of("01"));
}

TEST(StreamMask, Datagrams) {
  const auto datagram = [](std::uint64_t number) {
    return bytes_of("0020cafe0107") + text_of(std::string("\0\x0f", 2) + fmt::format("{:015}", number)) +
           bytes_of("0800");
  };
  EXPECT_EQ(StreamMask::datagram(mask, datagram(real)), datagram(mask.imei(real)));
  EXPECT_EQ(StreamMask::datagram(mask, bytes_of("0102")), bytes_of("0102"));
  EXPECT_EQ(StreamMask::datagram(mask, bytes_of("00000000000000000000")), bytes_of("00000000000000000000"));
}

}  // namespace
}  // namespace recorder
