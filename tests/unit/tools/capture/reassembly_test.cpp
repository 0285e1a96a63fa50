// One side of a connection, as tables of segments; and connections of the same endpoints told apart.
#include "tools/capture/reassembly.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/tools/capture/made.hpp"

namespace captures::test {
namespace {

namespace flag = pcapng::tcp_flag;

struct Sent {
  std::int64_t at;  // from the first byte
  std::string_view payload;
  std::size_t cut = 0;
  bool fin = false;
};
struct Case {
  const char* name;
  std::vector<Sent> segments;
  const char* expected;  // bytes, "." for what is missing
  std::uint64_t repeated = 0;
  std::uint64_t late = 0;
};

// A "." for each run of missing bytes.
std::string shown(const Stream& stream) {
  std::string all;
  for (const auto& [event, moment, upto] : stream.told) {
    if (event.kind == Event::Kind::bytes) all += text(stream.bytes).substr(event.at, event.size);
    if (event.kind == Event::Kind::missing) all += fmt::format("({})", event.size);
    if (event.kind == Event::Kind::end) all += "$";
    if (event.kind == Event::Kind::reset) all += "!";
  }
  return all;
}

const std::vector<Case> cases{
    {"in order", {{0, "abc"}, {3, "def"}}, "abcdef"},
    {"out of order", {{3, "def"}, {0, "abc"}}, "abcdef", 0, 1},
    {"backwards", {{4, "e"}, {3, "d"}, {2, "c"}, {1, "b"}, {0, "a"}}, "abcde", 0, 4},
    {"twice", {{0, "abc"}, {0, "abc"}, {3, "def"}, {0, "abcdef"}}, "abcdef", 2},
    {"twice, early", {{3, "def"}, {3, "def"}, {0, "abc"}}, "abcdef", 1, 1},
    {"the first copy wins", {{0, "abc"}, {1, "XYd"}, {2, "ZZ"}}, "abcd", 1},
    {"the first copy wins, early", {{2, "cd"}, {1, "bXYe"}, {0, "aZ"}}, "abcde", 0, 2},
    {"between two early ones", {{1, "b"}, {3, "d"}, {0, "aXcXe"}}, "abcde", 0, 1},
    {"a gap", {{0, "abc"}, {6, "ghi"}}, "abc(3)ghi"},
    {"two gaps", {{0, "a"}, {2, "c"}, {5, "f"}}, "a(1)c(2)f"},
    {"a gap at the front", {{3, "def"}}, "(3)def"},
    {"cut", {{0, "ab", 2}, {4, "ef"}}, "ab(2)ef"},
    {"cut, and sent again whole", {{0, "ab", 2}, {0, "abcd"}, {4, "ef"}}, "abcdef"},
    {"cut at the end", {{0, "ab", 2}}, "ab(2)"},
    {"keep-alives", {{0, "abc"}, {2, ""}, {2, "x"}, {3, "def"}}, "abcdef"},
    {"a zero-window probe", {{0, "abc"}, {3, "d"}, {3, "def"}}, "abcdef"},
    {"the end", {{0, "abc"}, {3, "", 0, true}, {3, "", 0, true}}, "abc$"},
    {"the end with bytes", {{0, "abc", 0, true}}, "abc$"},
    {"the end, early", {{3, "d", 0, true}, {0, "abc"}}, "abcd$", 0, 1},
    {"a gap before the end", {{0, "abc"}, {6, "", 0, true}}, "abc(3)$"},
    {"bytes behind the end", {{0, "abc", 0, true}, {3, "no"}, {1, "XXno"}}, "abc$", 1},
};

TEST(Reassembly, Segments) {
  // The last three wrap: before the first byte, within and behind it.
  for (const std::uint32_t first : {0U, 1000U, 0x7ffffffeU, 0xffffffffU, 0xfffffffeU, 0xfffffffbU})
    for (const auto& [name, segments, expected, repeated, late] : cases) {
      SCOPED_TRACE(fmt::format("{} from {}", name, first));
      Stream stream;
      std::uint64_t packet = 0;
      stream.syn(first - 1, {{}, packet++});
      for (const Sent& sent : segments)
        stream.segment(first + static_cast<std::uint32_t>(sent.at), base::as_bytes(sent.payload), sent.cut, sent.fin,
                       {{}, packet++});
      stream.finish();
      EXPECT_EQ(shown(stream), expected);
      EXPECT_EQ(stream.repeated_segments, repeated);
      EXPECT_EQ(stream.late_segments, late);
    }
}

Moment at(std::uint64_t packet) {
  return {Time{std::chrono::seconds{packet}}, packet};
}

TEST(Reassembly, WithoutASynItBeginsAtTheLowestNumberOfTheFirstPackets) {
  Stream stream;
  stream.segment(0xfffffffe, base::as_bytes("cd"), 0, false, at(1));
  stream.segment(0xfffffffc, base::as_bytes("ab"), 0, false, at(2));
  EXPECT_EQ(shown(stream), "");
  stream.tick(at(1 + most_packets_out_of_order));
  EXPECT_EQ(shown(stream), "abcd");
  stream.segment(0xfffffff0, base::as_bytes("older"), 0, false, at(200));
  stream.finish();
  EXPECT_EQ(shown(stream), "abcd");
}

TEST(Reassembly, AnAcknowledgementTellsTheBeginningToo) {
  Stream stream;
  stream.acknowledged(100, at(1));
  stream.segment(103, base::as_bytes("def"), 0, false, at(2));
  stream.finish();
  EXPECT_EQ(shown(stream), "(3)def");
}

TEST(Reassembly, ALateSynBeginsBeforeWhatWasSeen) {
  Stream stream;
  stream.segment(104, base::as_bytes("d"), 0, false, at(1));
  EXPECT_TRUE(stream.takes_syn(100));
  EXPECT_FALSE(stream.takes_syn(200));
  EXPECT_FALSE(stream.takes_syn(100 - (2U << 20U)));
  stream.syn(100, at(2));
  stream.segment(101, base::as_bytes("abc"), 0, false, at(3));
  stream.finish();
  EXPECT_EQ(shown(stream), "abcd");
  EXPECT_EQ(stream.told.front().event.kind, Event::Kind::open);
}

TEST(Reassembly, WhatIsAcknowledgedIsGivenUpAndToldWithTheTimeOfTheAcknowledgement) {
  Stream stream;
  stream.syn(99, at(0));
  stream.segment(100, base::as_bytes("abc"), 0, false, at(1));
  stream.segment(106, base::as_bytes("ghi"), 0, false, at(2));
  stream.acknowledged(103, at(3));
  stream.acknowledged(109, at(4));
  stream.tick(at(4 + most_packets_out_of_order - 1));
  EXPECT_EQ(shown(stream), "abc");
  stream.tick(at(4 + most_packets_out_of_order));
  EXPECT_EQ(shown(stream), "abc(3)ghi");
  ASSERT_EQ(stream.told.size(), 4U);
  EXPECT_EQ(stream.told[2].event.time, at(4).time);
  EXPECT_EQ(stream.told[3].event.time, at(4).time);
  EXPECT_EQ(stream.told[3].at.packet, 4U);
}

TEST(Reassembly, WhatComesAfterItsAcknowledgementIsTaken) {
  Stream stream;
  stream.syn(99, at(0));
  stream.acknowledged(106, at(1));
  stream.segment(103, base::as_bytes("def"), 0, false, at(2));
  stream.tick(at(60));
  stream.segment(100, base::as_bytes("abc"), 0, false, at(61));
  stream.finish();
  EXPECT_EQ(shown(stream), "abcdef");
}

TEST(Reassembly, AcknowledgedAndNeverSeen) {
  Stream stream;
  stream.syn(99, at(0));
  stream.segment(100, base::as_bytes("abc"), 0, false, at(1));
  stream.acknowledged(110, at(2));
  stream.finish();
  EXPECT_EQ(shown(stream), "abc(7)");
}

TEST(Reassembly, TheNumberOfAFinThatWasLostIsNoByte) {
  Stream stream;
  stream.syn(99, at(0));
  stream.segment(100, base::as_bytes("abc"), 0, false, at(1));
  stream.acknowledged(104, at(2));
  stream.finish();
  EXPECT_EQ(shown(stream), "abc");
  EXPECT_EQ(stream.missing_bytes, 0U);
}

TEST(Reassembly, EarlyBytesAreBounded) {
  Stream stream;
  stream.syn(0xffffff00, at(0));
  const base::Bytes block(1 << 16, 'x');
  std::uint32_t sequence = 0xffffff01 + 10;
  for (std::size_t size = 0; size <= most_early_bytes; size += block.size(), sequence += 1 << 16)
    stream.segment(sequence, block, 0, false, at(1));
  EXPECT_EQ(stream.missing_bytes, 10U);
  EXPECT_GT(stream.bytes.size(), most_early_bytes);
}

TEST(Reassembly, AResetComesAfterWhatWasThere) {
  Stream stream;
  stream.syn(99, at(0));
  stream.segment(102, base::as_bytes("c"), 0, false, at(1));
  stream.reset(at(2));
  stream.reset(at(3));
  stream.segment(100, base::as_bytes("ab"), 0, false, at(4));
  stream.finish();
  EXPECT_EQ(shown(stream), "abc!");
}

// Any order, any cuts, anything twice: nothing is lost; with losses what is there is in its place.
TEST(Reassembly, AnyOrderOfAnySegments) {
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    const bool losses = seed % 2 == 1;
    std::string sent(1 + random() % 300, ' ');
    for (std::size_t n = 0; n < sent.size(); ++n) sent[n] = static_cast<char>('a' + n * 7 % 26);
    const auto first = static_cast<std::uint32_t>(0U - random() % 300);
    struct Part {
      std::size_t begin, size;
    };
    std::vector<Part> parts;
    for (std::size_t begin = 0; begin < sent.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 20, sent.size() - begin);
      if (!losses || random() % 8 != 0) parts.push_back({begin, size});
      if (random() % 4 == 0) parts.push_back({begin / 2, sent.size() - begin > 9 ? 9 : sent.size() - begin});
      begin += size;
    }
    std::shuffle(parts.begin(), parts.end(), random);
    std::string known(sent.size(), '.');
    Stream stream;
    stream.syn(first - 1, at(0));
    for (const Part part : parts) {
      stream.segment(first + static_cast<std::uint32_t>(part.begin),
                     base::as_bytes(sent).subspan(part.begin, part.size), 0, false, at(1));
      known.replace(part.begin, part.size, sent, part.begin, part.size);
    }
    stream.segment(first + static_cast<std::uint32_t>(sent.size()), {}, 0, true, at(1));
    stream.finish();
    std::string got;
    for (const auto& told : stream.told) {
      if (told.event.kind == Event::Kind::bytes) got += text(stream.bytes).substr(told.event.at, told.event.size);
      if (told.event.kind == Event::Kind::missing) got += std::string(told.event.size, '.');
    }
    ASSERT_EQ(got, known) << seed;
    EXPECT_EQ(stream.told.back().event.kind, Event::Kind::end) << seed;
  }
}

// ---- Connections.

struct Packets {
  std::vector<Raw> all;
  void add(bool from_device, std::uint32_t sequence, std::uint8_t flags, std::string_view payload = {},
           std::uint32_t acknowledged = 0) {
    all.push_back({tcp(from_device ? device : server, from_device ? server : device,
                       {.sequence = sequence, .acknowledged = acknowledged, .flags = flags}, payload),
                   static_cast<std::int64_t>(all.size())});
  }
};

TEST(SameEndpoints, ANewSynIsANewConversation) {
  Packets packets;
  packets.add(true, 100, flag::syn);
  packets.add(true, 101, flag::ack, "one");
  packets.add(true, 100, flag::syn);  // again
  packets.add(true, 5000, flag::syn);
  packets.add(true, 5001, flag::ack, "two");
  const Capture capture = capture_of(pcap(packets.all));
  ASSERT_EQ(capture.conversations.size(), 2U);
  EXPECT_EQ(events(capture.conversations[0]), "device open, device bytes 3");
  EXPECT_EQ(text(capture.conversations[1].device_bytes), "two");
  EXPECT_TRUE(capture.conversations[0].damage.no_end);
  EXPECT_FALSE(capture.conversations[0].damage.no_beginning);
}

TEST(SameEndpoints, WhatDoesNotBelongToOneThatIsOverIsAnother) {
  Packets packets;
  packets.add(true, 100, flag::syn);
  packets.add(true, 101, flag::ack, "one");
  packets.add(true, 104, flag::ack | flag::fin);
  packets.add(false, 900, flag::ack | flag::fin);
  packets.add(true, 101, flag::ack, "one");  // again
  packets.add(true, 5001, flag::ack, "two");
  const Capture capture = capture_of(pcap(packets.all));
  ASSERT_EQ(capture.conversations.size(), 2U);
  EXPECT_EQ(text(capture.conversations[0].device_bytes), "one");
  EXPECT_EQ(text(capture.conversations[1].device_bytes), "two");
  EXPECT_TRUE(capture.conversations[1].damage.no_beginning);
}

TEST(OrderOfSides, WhatHadBeenReadIsBeforeTheAnswer) {
  Packets packets;
  packets.add(true, 100, flag::syn);
  packets.add(false, 500, flag::syn | flag::ack, {}, 101);
  packets.add(true, 101, flag::ack, "one ", 501);
  packets.add(false, 501, flag::ack, "answer", 108);  // captured before what it answers
  packets.add(true, 105, flag::ack, "two", 501);
  packets.add(false, 507, flag::ack | flag::fin, {}, 109);
  packets.add(true, 108, flag::ack | flag::fin, {}, 507);
  const Conversation made = capture_of(pcap(packets.all)).conversations.at(0);
  EXPECT_EQ(events(made),
            "device open, server open, device bytes 4, device bytes 3, server bytes 6, device end, server end");
  EXPECT_TRUE(std::ranges::is_sorted(made.events, {}, &Event::time));
}

TEST(OrderOfSides, AlsoWhereTheAnswerIsTheFirstThatWasCaptured) {
  Packets packets;
  packets.add(false, 501, flag::ack, "answer", 104);
  packets.add(false, 500, flag::syn | flag::ack, {}, 101);
  packets.add(true, 101, flag::ack, "one", 501);
  packets.add(true, 100, flag::syn);
  const Conversation made = capture_of(pcap(packets.all)).conversations.at(0);
  EXPECT_EQ(events(made), "server open, device open, device bytes 3, server bytes 6");
}

TEST(Directions, TheSynThenTheBytesThenThePortTell) {
  Packets syn;
  syn.add(false, 100, flag::syn);  // the lower port opens
  syn.add(true, 500, flag::ack, "x");
  EXPECT_EQ(capture_of(pcap(syn.all)).conversations.at(0).device, server);

  Packets answer;
  answer.add(false, 500, flag::syn | flag::ack, {}, 101);
  answer.add(true, 101, flag::ack, "hello", 501);
  const Conversation answered = capture_of(pcap(answer.all)).conversations.at(0);
  EXPECT_EQ(answered.device, device);
  EXPECT_EQ(text(answered.device_bytes), "hello");
  EXPECT_FALSE(answered.damage.no_beginning);

  Packets port;
  port.add(false, 100, flag::ack, "x");
  EXPECT_EQ(capture_of(pcap(port.all)).conversations.at(0).device, device);
  EXPECT_TRUE(capture_of(pcap(port.all)).conversations.at(0).damage.no_beginning);

  Packets login;  // from the lower port
  login.add(true, 100, flag::ack, "x");
  login.add(false, 900, flag::ack,
            std::string_view("\0\x0f"
                             "356307042441013",
                             17));
  const Conversation tracker = capture_of(pcap(login.all)).conversations.at(0);
  EXPECT_EQ(tracker.device, server);
  EXPECT_EQ(tracker.protocol, Protocol::tracker);
  EXPECT_EQ(tracker.imei->str(), "356307042441013");
}

}  // namespace
}  // namespace captures::test
