// The checksum: published values, and that every kind is equal to it bit by bit.
#include "server/dualcam/crc16.hpp"

#include <gtest/gtest.h>

#include "tests/unit/dualcam/device.hpp"

namespace dualcam {
namespace {

using base::Bytes;
using base::ByteView;

template <class Rule>
Bytes made(std::size_t length, Rule rule) {
  Bytes bytes(length);
  for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<std::uint8_t>(rule(i));
  return bytes;
}

TEST(Crc16, CheckValue) {
  for (const Crc16Kind& kind : crc16_kinds())
    EXPECT_EQ(kind.function(0, base::as_bytes("123456789")), 0x2189) << kind.name;
}

// Three packets of one file: each begins with the CRC of the one before.
TEST(Crc16, ChainOfPackets) {
  const Bytes packets[]{made(1024, [](std::size_t i) { return 7 * i + 3; }),
                        made(1024, [](std::size_t i) { return 7 * i + 16; }),
                        made(300, [](std::size_t i) { return i * i; })};
  for (const Crc16Kind& kind : crc16_kinds()) {
    SCOPED_TRACE(kind.name);
    EXPECT_EQ(kind.function(0, packets[0]), 0xcfac);
    EXPECT_EQ(kind.function(0xcfac, packets[1]), 0xdd9f);
    EXPECT_EQ(kind.function(0xdd9f, packets[2]), 0x6443);
    EXPECT_EQ(kind.function(0, packets[1]), 0xe4c0);
    EXPECT_EQ(kind.function(0, packets[2]), 0xf831);
    // The chain is the CRC of everything since its beginning.
    Bytes all = packets[0];
    for (const Bytes& more : {packets[1], packets[2]}) all.insert(all.end(), more.begin(), more.end());
    EXPECT_EQ(kind.function(0, all), 0x6443);
  }
}

TEST(Crc16, NothingChangesNothing) {
  for (const Crc16Kind& kind : crc16_kinds())
    for (const std::uint16_t crc : {std::uint16_t{0}, std::uint16_t{0xffff}, std::uint16_t{0x1234}})
      EXPECT_EQ(kind.function(crc, {}), crc);
}

TEST(Crc16, EveryKindAgreesOnEveryLength) {
  constexpr std::size_t longest = 4096;
  const test::CameraFile sample(longest + 64);
  std::uint16_t expected = 0x5a5a;
  for (std::size_t length = 0; length <= longest; ++length) {
    // A different alignment each time; the reference goes over the same bytes.
    const std::size_t alignment = length * 31 % 64;
    const ByteView bytes = ByteView(sample.bytes).subspan(alignment, length);
    expected = test::reference_crc(static_cast<std::uint16_t>(length * 257), bytes);
    for (const Crc16Kind& kind : crc16_kinds())
      ASSERT_EQ(kind.function(static_cast<std::uint16_t>(length * 257), bytes), expected) << kind.name << ' ' << length;
  }
}

TEST(Crc16, EveryAlignment) {
  const test::CameraFile sample(1024 + 64);
  for (std::size_t alignment = 0; alignment < 64; ++alignment)
    for (const std::size_t length : {1U, 7U, 31U, 32U, 33U, 127U, 128U, 129U, 191U, 300U, 1024U}) {
      const ByteView bytes = ByteView(sample.bytes).subspan(alignment, length);
      const std::uint16_t expected = test::reference_crc(0xcfac, bytes);
      for (const Crc16Kind& kind : crc16_kinds()) ASSERT_EQ(kind.function(0xcfac, bytes), expected) << kind.name;
    }
}

TEST(Crc16, TheFastestKindIsChosen) {
  EXPECT_EQ(crc16_kinds().front().name, "table");
  EXPECT_EQ(crc16_chosen().name, crc16_kinds().back().name);
  EXPECT_EQ(crc16_kinds().size(), crc16_has_pclmul() ? 3u : 2u);
  EXPECT_EQ(crc16(0, base::as_bytes("123456789")), 0x2189);
}

}  // namespace
}  // namespace dualcam
