// Both ways against frames of another program.
#include "tests/unit/relay/mavlink/wire/golden.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "tests/unit/relay/mavlink/wire/reading.hpp"

namespace mavlink::test {
namespace {

using namespace std::chrono_literals;

base::UtcTime moment_of(SigningTime time) {
  return base::UtcTime{std::chrono::sys_days{std::chrono::year{2015} / 1 / 1}} + std::chrono::milliseconds{time / 100};
}

TEST(GoldenFrames, AreThere) {
  std::set<std::uint32_t> ours, others;
  std::size_t version_1 = 0, signatures = 0;
  for (const Golden& g : golden()) {
    (g.message ? ours : others).insert(g.id);
    version_1 += g.version == 1 ? 1 : 0;
    signatures += g.signature ? 1 : 0;
  }
  EXPECT_EQ(golden().size(), 87u);
  EXPECT_GE(ours.size(), 24u);
  EXPECT_EQ(others, (std::set<std::uint32_t>{111, 253, 396}));
  EXPECT_GE(version_1, 9u);
  EXPECT_EQ(signatures, 17u);
}

TEST(GoldenFrames, AreRead) {
  for (const Golden& g : golden()) {
    SCOPED_TRACE(g.name + " " + base::to_hex(g.bytes));
    const Read got = read(g.bytes);
    ASSERT_EQ(got.frames.size(), 1u);
    EXPECT_TRUE(got.refused.empty());
    const Frame& frame = got.frames[0].frame;
    EXPECT_EQ(frame.version, g.version);
    EXPECT_EQ(frame.from, g.from);
    EXPECT_EQ(frame.sequence, g.sequence);
    EXPECT_EQ(frame.message_id, g.id);
    EXPECT_EQ(frame.is_signed, g.signature.has_value());
    EXPECT_TRUE(frame.checked);
    EXPECT_EQ(got.frames[0].bytes, g.bytes);
    EXPECT_EQ(known(g.id)->name, g.name);
    ASSERT_EQ(got.frames[0].message.has_value(), g.message.has_value());
    if (!g.message) continue;
    // Extensions are no part of version 1: there the values of the definition do not count.
    const Message& message = *got.frames[0].message;
    EXPECT_EQ(info_of(message).name, g.name);
    EXPECT_TRUE(same(message, *g.message));
  }
}

TEST(GoldenFrames, AreMade) {
  std::size_t made = 0;
  for (const Golden& g : golden()) {
    if (!g.message || g.decode_only) continue;
    SCOPED_TRACE(g.name + " " + base::to_hex(g.bytes));
    FrameBytes frame = encode(*g.message, g.from, g.sequence, g.version);
    if (g.signature) {
      Signer signer(g.signature->key, g.signature->link, 0);
      signer.sign(frame, moment_of(g.signature->time));
    }
    EXPECT_EQ(base::to_hex(frame.view()), base::to_hex(g.bytes));
    ++made;
  }
  EXPECT_GE(made, 65u);
}

TEST(GoldenFrames, HaveTheSignatureOfTheirKey) {
  for (const Golden& g : golden()) {
    if (!g.signature) continue;
    SCOPED_TRACE(g.name);
    const auto key = read_signing_key(g.signature->passphrase);
    EXPECT_EQ(*key, g.signature->key);
    Signer signer(*key, 1, 0);
    const Frame frame = frame_of(g.bytes);
    EXPECT_EQ(signer.check(frame, moment_of(g.signature->time)), SignatureFault::none);
    EXPECT_EQ(signer.check(frame, moment_of(g.signature->time)), SignatureFault::replayed);
  }
}

}  // namespace
}  // namespace mavlink::test
