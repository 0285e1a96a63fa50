#include "server/relay/mavlink/wire/signing.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/relay/mavlink/wire/reading.hpp"

namespace mavlink::test {
namespace {

using namespace std::chrono_literals;

constexpr base::UtcTime now = base::UtcTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}} + 10h;
constexpr SigningTime second = 100'000;
const SigningKey key = read_signing_key("of the range").value();

FrameBytes heartbeat(Address from = {1, 1}, int version = 2) {
  return encode(Heartbeat{.type = 2}, from, 0, version);
}

FrameBytes signed_heartbeat(Signer& signer, base::UtcTime at = now, Address from = {1, 1}) {
  FrameBytes made = heartbeat(from);
  signer.sign(made, at);
  return made;
}

SigningTime time_in(const FrameBytes& frame) {
  SigningTime time = 0;
  for (std::size_t i = 0; i < 6; ++i) time |= SigningTime{frame.data[frame.size - 12 + i]} << 8 * i;
  return time;
}

TEST(SigningKey, IsHexadecimalOrAPassphrase) {
  const std::string hex = "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff";
  EXPECT_EQ(read_signing_key(hex + "\r\n").value()[15], 0xff);
  EXPECT_EQ(*read_signing_key("golden-key"), *read_signing_key("golden-key \t\n"));
  EXPECT_NE(*read_signing_key("golden-key"), *read_signing_key(" golden-key"));
  // A digit less, or one that is none: a passphrase.
  EXPECT_NE(read_signing_key(hex.substr(1)).value()[15], 0xff);
  EXPECT_NE(*read_signing_key("g" + hex.substr(1)), *read_signing_key(hex));
  for (const char* empty : {"", "\n", " \t\r\n"}) EXPECT_EQ(read_signing_key(empty).error().code, base::Errc::invalid);
}

TEST(Signer, CountsFrom2015InTensOfMicroseconds) {
  const base::UtcTime epoch = std::chrono::sys_days{std::chrono::year{2015} / 1 / 1};
  EXPECT_EQ(to_signing_time(epoch), 0u);
  EXPECT_EQ(to_signing_time(epoch - 1ms), 0u);
  EXPECT_EQ(to_signing_time(epoch + 1ms), 100u);
  EXPECT_EQ(to_signing_time(base::UtcTime::max()), (((SigningTime{1} << 48) - 1) / 100) * 100);
}

TEST(Signer, NoTwoFramesHaveTheSameTimeAndNoneGoesBack) {
  Signer signer(key, 3, 0);
  const SigningTime start = to_signing_time(now);
  EXPECT_EQ(time_in(signed_heartbeat(signer)), start);
  EXPECT_EQ(time_in(signed_heartbeat(signer)), start + 1);
  EXPECT_EQ(time_in(signed_heartbeat(signer, now - 1h)), start + 2);
  EXPECT_EQ(time_in(signed_heartbeat(signer, now + 1ms)), start + 100);
}

TEST(Signer, ARestartBeginsBehindAllThatWasUsed) {
  Signer before(key, 3, 0);
  SigningTime stored = before.to_store();
  SigningTime last = 0;
  std::size_t writes = 0;
  for (auto at = now; at < now + 10min; at += 7s) {
    last = time_in(signed_heartbeat(before, at));
    if (before.to_store() != stored) ++writes;
    stored = before.to_store();
    EXPECT_GE(stored, last + 60 * second);
    EXPECT_LE(stored, last + 120 * second);
  }
  EXPECT_LE(writes, 11u);
  Signer after(key, 3, stored);  // and the clock is back in 2015
  EXPECT_GT(time_in(signed_heartbeat(after, base::UtcTime{})), last);
  // What others send now is not too old for it: the stored time is ahead of what was reached.
  Signer other(key, 4, 0), clock_is_right(key, 3, stored);
  EXPECT_EQ(clock_is_right.check(frame_of(signed_heartbeat(other, now + 10min).view()), now + 10min),
            SignatureFault::none);
  // But without a clock, what is older than that by far is.
  Signer no_clock(key, 3, stored), old(key, 4, 0);
  EXPECT_EQ(no_clock.check(frame_of(signed_heartbeat(old, now - 1h).view()), base::UtcTime{}), SignatureFault::too_old);
}

TEST(Signer, SignsWithTheFlagInTheChecksum) {
  Signer signer(key, 9, 0);
  const FrameBytes made = signed_heartbeat(signer);
  const Frame frame = frame_of(made.view());
  EXPECT_TRUE(frame.is_signed);
  EXPECT_TRUE(frame.checked);
  EXPECT_EQ(made.size, heartbeat().size + signature_size);
  EXPECT_EQ(made.data[made.size - 13], 9);
  EXPECT_TRUE(as<Heartbeat>(decode(frame)));
}

TEST(Signer, LeavesAloneWhatHasNoPlaceForASignature) {
  Signer signer(key, 9, 0);
  FrameBytes old = heartbeat({1, 1}, 1);
  const std::size_t size = old.size;
  signer.sign(old, now);
  EXPECT_EQ(old.size, size);
  FrameBytes twice = signed_heartbeat(signer);
  const FrameBytes once = twice;
  signer.sign(twice, now + 1s);
  EXPECT_TRUE(std::ranges::equal(twice.view(), once.view()));
  FrameBytes empty;
  empty.size = 0;
  signer.sign(empty, now);
  EXPECT_EQ(empty.size, 0u);
}

TEST(Signer, RefusesEveryWrongBitOfTheSignature) {
  Signer theirs(key, 9, 0), ours(key, 1, 0);
  const FrameBytes good = signed_heartbeat(theirs);
  for (std::size_t bit = (good.size - signature_size) * 8; bit < good.size * 8; ++bit) {
    FrameBytes bad = good;
    bad.data[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_EQ(ours.check(frame_of(bad.view()), now), SignatureFault::wrong) << bit;
  }
  Signer stranger(read_signing_key("another").value(), 9, 0);
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(stranger).view()), now), SignatureFault::wrong);
  EXPECT_EQ(ours.check(frame_of(good.view()), now), SignatureFault::none);
}

TEST(Signer, TakesNothingUnsignedButWhatRadiosPutIn) {
  Signer ours(key, 1, 0);
  EXPECT_EQ(ours.check(frame_of(heartbeat().view()), now), SignatureFault::unsigned_frame);
  EXPECT_EQ(ours.check(frame_of(heartbeat({1, 1}, 1).view()), now), SignatureFault::unsigned_frame);
  for (const int version : {1, 2}) {
    Frame radio{.version = version, .from = {51, 68}, .message_id = 109, .checked = true};
    EXPECT_EQ(ours.check(radio, now), SignatureFault::none);
  }
}

TEST(Signer, TakesAFrameOfAStreamOnceAndInOrder) {
  Signer theirs(key, 9, 0), ours(key, 1, 0);
  const FrameBytes first = signed_heartbeat(theirs), second_one = signed_heartbeat(theirs);
  const FrameBytes third = signed_heartbeat(theirs);
  EXPECT_EQ(ours.check(frame_of(second_one.view()), now), SignatureFault::none);
  EXPECT_EQ(ours.check(frame_of(second_one.view()), now), SignatureFault::replayed);
  EXPECT_EQ(ours.check(frame_of(first.view()), now), SignatureFault::replayed);
  EXPECT_EQ(ours.check(frame_of(third.view()), now), SignatureFault::none);
  // Other components and links count for themselves.
  Signer other_link(key, 10, 0), other_component(key, 9, 0);
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(other_link).view()), now), SignatureFault::none);
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(other_component, now, {1, 100}).view()), now), SignatureFault::none);
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(other_component, now, {2, 1}).view()), now), SignatureFault::none);
}

TEST(Signer, ANewStreamMayBeAMinuteBehind) {
  Signer ours(key, 1, 0);
  Signer in_time(key, 2, 0), late(key, 3, 0), slow(key, 4, 0);
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(in_time, now - 60s).view()), now), SignatureFault::none);
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(late, now - 60s - 1ms).view()), now), SignatureFault::too_old);
  // One that was taken may go slower than ours.
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(slow, now).view()), now), SignatureFault::none);
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(slow, now).view()), now + 1h), SignatureFault::none);
}

TEST(Signer, AGoodFrameFromAheadPullsOursForward) {
  Signer ours(key, 1, 0), ahead(key, 2, 0), in_time(key, 3, 0), forged(read_signing_key("another").value(), 4, 0);
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(forged, now + 1h).view()), now), SignatureFault::wrong);
  EXPECT_EQ(time_in(signed_heartbeat(ours)), to_signing_time(now));
  const FrameBytes pull = signed_heartbeat(ahead, now + 5min);
  EXPECT_EQ(ours.check(frame_of(pull.view()), now), SignatureFault::none);
  EXPECT_EQ(time_in(signed_heartbeat(ours)), time_in(pull) + 1);
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(in_time).view()), now), SignatureFault::too_old);
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(in_time, now + 4min).view()), now), SignatureFault::none);
}

TEST(Signer, RemembersSoManyStreamsAndNoMore) {
  Signer ours(key, 1, 0), theirs(key, 2, 0);
  for (std::size_t i = 0; i < Signer::longest_streams; ++i) {
    const Address from{static_cast<std::uint8_t>(1 + i / 200), static_cast<std::uint8_t>(1 + i % 200)};
    ASSERT_EQ(ours.check(frame_of(signed_heartbeat(theirs, now, from).view()), now), SignatureFault::none);
  }
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(theirs, now, {250, 1}).view()), now), SignatureFault::too_old);
  EXPECT_EQ(ours.check(frame_of(signed_heartbeat(theirs, now, {1, 1}).view()), now), SignatureFault::none);
}

// The end of what 48 bits hold: nothing wraps round to 2015.
TEST(Signer, TimeEnds) {
  Signer ours(key, 1, ~SigningTime{0});
  EXPECT_EQ(time_in(signed_heartbeat(ours)), (SigningTime{1} << 48) - 1);
  EXPECT_EQ(time_in(signed_heartbeat(ours)), (SigningTime{1} << 48) - 1);
}

TEST(Signer, FaultsHaveWords) {
  std::set<std::string_view> words;
  for (int i = 0; i <= 4; ++i) words.insert(to_string(static_cast<SignatureFault>(i)));
  EXPECT_EQ(words.size(), 5u);
  EXPECT_EQ(to_string(static_cast<SignatureFault>(99)), "");
}

}  // namespace
}  // namespace mavlink::test
