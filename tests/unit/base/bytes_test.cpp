#include "server/base/bytes.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Bytes, IntegersOfBothByteOrders) {
  const Bytes bytes{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
  EXPECT_EQ(load_be<std::uint8_t>(bytes.data()), 0x01);
  EXPECT_EQ(load_be<std::uint16_t>(bytes.data()), 0x0123);
  EXPECT_EQ(load_be<std::uint32_t>(bytes.data()), 0x01234567u);
  EXPECT_EQ(load_be<std::uint64_t>(bytes.data()), 0x0123456789abcdefu);
  EXPECT_EQ(load_le<std::uint16_t>(bytes.data()), 0x2301);
  EXPECT_EQ(load_le<std::uint32_t>(bytes.data()), 0x67452301u);
  EXPECT_EQ(load_le<std::uint64_t>(bytes.data()), 0xefcdab8967452301u);
  // Any alignment.
  EXPECT_EQ(load_be<std::uint32_t>(bytes.data() + 3), 0x6789abcdu);
}

TEST(Bytes, StoredIntegersAreLoadedAgain) {
  Bytes bytes(9);
  store_be<std::uint64_t>(bytes.data() + 1, 0x0123456789abcdef);
  EXPECT_EQ(to_hex(bytes), "000123456789abcdef");
  store_le<std::uint32_t>(bytes.data() + 5, 0x01020304);
  EXPECT_EQ(to_hex(bytes), "000123456704030201");
  store_le<std::uint8_t>(bytes.data(), 0x7f);
  store_be<std::uint16_t>(bytes.data() + 7, 0xbeef);
  EXPECT_EQ(to_hex(bytes), "7f012345670403beef");
}

TEST(Bytes, TextAndBytesAreViewsOfEachOther) {
  const std::string_view text("a\0b", 3);
  EXPECT_EQ(as_text(as_bytes(text)), text);
  EXPECT_EQ(as_bytes(text).data(), reinterpret_cast<const std::uint8_t*>(text.data()));
}

TEST(Bytes, Hexadecimal) {
  EXPECT_EQ(to_hex({}), "");
  EXPECT_EQ(to_hex(Bytes{0x00, 0x0f, 0xff}), "000fff");
  EXPECT_EQ(from_hex(""), Bytes{});
  EXPECT_EQ(from_hex(" 00 0f\tFf\r\naB "), (Bytes{0x00, 0x0f, 0xff, 0xab}));
  for (const char* wrong : {"0", "000", "0 0", "0g", "g0", "0x00", "00-00", "00 0"})
    EXPECT_EQ(from_hex(wrong), std::nullopt) << wrong;
}

TEST(Bytes, PrintableTextCannotForgeALogLine) {
  EXPECT_EQ(printable(as_bytes("dsm/1.jpg")), "dsm/1.jpg");
  EXPECT_EQ(printable(as_bytes(std::string_view("a\0\n\"\\\x7f\xc3", 7))), "a\\x00\\x0a\\x22\\x5c\\x7f\\xc3");
  EXPECT_EQ(printable({}), "");
}

TEST(Bytes, PrintableTextIsCut) {
  EXPECT_EQ(printable(as_bytes("12345"), 5), "12345");
  EXPECT_EQ(printable(as_bytes("123456"), 5), "12345…");
  EXPECT_EQ(printable(Bytes(1000, 0), 8), "\\x00\\x00…");
}

}  // namespace
}  // namespace base
