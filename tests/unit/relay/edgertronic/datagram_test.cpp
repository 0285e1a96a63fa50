#include "server/relay/edgertronic/datagram.hpp"

#include <gtest/gtest.h>

#include <set>

namespace edgertronic {
namespace {

base::Bytes hex(std::string_view text) {
  return base::from_hex(text).value();
}

base::Bytes with_name(std::string_view name, std::string_view behind = std::string_view("\0", 1)) {
  base::Bytes datagram = hex("05aa9544");
  for (const std::string_view part : {name, behind}) datagram.insert(datagram.end(), part.begin(), part.end());
  return datagram;
}

std::string outcome(base::ByteView datagram, std::uint32_t payload = default_payload) {
  const auto trigger = decode(datagram, payload);
  if (!trigger) return std::string(to_string(trigger.error()));
  return trigger->name ? "\"" + *trigger->name + "\"" : "no name";
}

// ---- The wire.

constexpr std::string_view published_hex =
    "05aa9544626568696e645f686f6d655f706c6174655f696e6e696e675f315f7069746368"
    "5f32375f265400";

TEST(EdgertronicDatagram, WorkedExamplesBothWays) {
  struct Row {
    std::string hex;
    std::optional<std::string> name;
  };
  for (const Row& row :
       {Row{"05aa9544", std::nullopt}, Row{"05aa95444100", "A"}, Row{"05aa954470697463685f32375f265400", "pitch_27_&T"},
        Row{std::string(published_hex), "behind_home_plate_inning_1_pitch_27_&T"},
        Row{base::to_hex(with_name(std::string(99, 'x'))), std::string(99, 'x')}}) {
    const auto trigger = decode(hex(row.hex));
    ASSERT_TRUE(trigger) << row.hex;
    EXPECT_EQ(trigger->name, row.name);
    EXPECT_EQ(base::to_hex(encode(default_payload, row.name).value()), row.hex);
  }
  EXPECT_EQ(default_payload, 95065412U);
  EXPECT_EQ(encode(default_payload, std::string(99, 'x'))->size(), max_datagram_size);
}

TEST(EdgertronicDatagram, AnyPayloadIsOne) {
  EXPECT_EQ(outcome(hex("00000000"), 0), "no name");
  EXPECT_EQ(outcome(hex("ffffffff"), 0xffffffff), "no name");
  EXPECT_EQ(outcome(hex("000000014100"), 1), "\"A\"");
  // One that reads the same from both ends, and one that reads like text.
  EXPECT_EQ(outcome(hex("01020201"), 0x01020201), "no name");
  EXPECT_EQ(outcome(hex("30783035"), 0x30783035), "no name");
}

TEST(EdgertronicDatagram, EachRefusalHasAReasonOfItsOwn) {
  const auto text = [](std::string_view word) { return base::Bytes(word.begin(), word.end()); };
  struct Row {
    base::Bytes datagram;
    Refusal refusal;
  };
  const std::vector<Row> rows{
      {{}, Refusal::empty},
      {hex("05"), Refusal::too_short},
      {hex("05aa95"), Refusal::too_short},
      {hex("4495aa05"), Refusal::swapped_payload},
      {hex("4495aa054100"), Refusal::swapped_payload},
      {hex("954405aa"), Refusal::swapped_words},
      {hex("aa054495"), Refusal::swapped_words},
      {hex("05aa9545"), Refusal::other_payload},
      {hex("00000000"), Refusal::other_payload},
      {text("0x05AA9544"), Refusal::ascii_payload},
      {text("0X05aa9544"), Refusal::ascii_payload},
      {text("05AA9544"), Refusal::ascii_payload},
      {text("5aa9544\n"), Refusal::ascii_payload},
      {text("95065412"), Refusal::ascii_payload},
      {text("<?xml version=\"1.0\"?><CaptureStart/>"), Refusal::shogun_document},
      {text("\n<CaptureStart/>"), Refusal::shogun_document},
      {text("GET / HTTP/1.1\r\n"), Refusal::other_payload},
      {hex("05aa954400"), Refusal::empty_name},
      {hex("05aa95440000"), Refusal::empty_name},
      {hex("05aa9544616263"), Refusal::name_not_ended},
      {with_name(std::string(99, 'x'), ""), Refusal::name_not_ended},
      {with_name(std::string(100, 'x'), ""), Refusal::name_too_long},
      {with_name(std::string(100, 'x')), Refusal::name_too_long},
      {with_name(std::string(60'000, 'x')), Refusal::name_too_long},
      {with_name("a\nb"), Refusal::control_character},
      {with_name("\x1b[2J"), Refusal::control_character},
      {with_name("a\x7f"), Refusal::control_character},
      {with_name("abc", std::string_view("\0d", 2)), Refusal::bytes_behind_the_name},
      {with_name("abc", std::string(98, '\0')), Refusal::bytes_behind_the_name},
  };
  std::set<Refusal> seen;
  for (const Row& row : rows) {
    EXPECT_EQ(outcome(row.datagram), to_string(row.refusal)) << base::printable(row.datagram);
    seen.insert(row.refusal);
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(refusals));
  std::set<std::string_view> words, sentences;
  for (const Refusal refusal : seen) {
    words.insert(to_string(refusal));
    sentences.insert(sentence(refusal));
    EXPECT_TRUE(sentence(refusal).ends_with('.'));
  }
  EXPECT_EQ(words.size(), seen.size());
  EXPECT_EQ(sentences.size(), seen.size());
}

TEST(EdgertronicDatagram, AWholeBufferIsTakenAsWell) {
  EXPECT_EQ(outcome(with_name("abc", std::string(97, '\0'))), "\"abc\"");
  EXPECT_EQ(outcome(with_name("abc", std::string(2, '\0'))), "\"abc\"");
}

TEST(EdgertronicDatagram, NamesNeedNotBeUtf8ToBeHeard) {
  EXPECT_EQ(outcome(with_name("B\xfchne")), "\"B\xfchne\"");
  EXPECT_EQ(outcome(with_name("Bühne")), "\"Bühne\"");
}

TEST(EdgertronicDatagram, CutAtEveryByteNeverFiresWithAnotherName) {
  const base::Bytes whole = hex(published_hex);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto trigger = decode(base::ByteView(whole).first(size));
    EXPECT_EQ(trigger.has_value(), size == payload_size) << size;
  }
}

TEST(EdgertronicDatagram, EveryBitFlippedIsRefusedOrAnotherName) {
  const base::Bytes whole = hex(published_hex);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    base::Bytes flipped = whole;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1U << bit % 8);
    const auto trigger = decode(flipped);
    if (bit / 8 < payload_size) {
      EXPECT_FALSE(trigger) << bit;
    } else if (trigger) {
      EXPECT_EQ(encode(default_payload, trigger->name).value_or(flipped), flipped) << bit;
    }
  }
}

TEST(EdgertronicDatagram, SendsNothingThatACameraMayNotTake) {
  for (const std::string& name : {std::string(), std::string(100, 'x'), std::string("a\nb"), std::string("a\0b", 3),
                                  std::string("B\xfchne"), std::string("a\x7f")}) {
    const auto datagram = encode(default_payload, name);
    ASSERT_FALSE(datagram) << base::printable(base::as_bytes(name));
    EXPECT_EQ(datagram.error().code, base::Errc::invalid);
    EXPECT_TRUE(datagram.error().message.ends_with('.')) << datagram.error().message;
  }
  // 99 bytes are counted, not letters.
  EXPECT_TRUE(encode(default_payload, "€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€"));
  EXPECT_FALSE(encode(default_payload, "€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€a"));
}

}  // namespace
}  // namespace edgertronic
