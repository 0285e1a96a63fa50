// Thousands of damaged streams: the reader survives each, gives only what begins and ends as a picture, accounts for
// what it leaves out, and reads the good part behind the damage.
#include <gmock/gmock.h>

#include <random>

#include "tests/unit/relay/trendnet/stream.hpp"

namespace trendnet {
namespace {

using test::part;
using test::Read;
using test::read;

class Damage {
 public:
  explicit Damage(unsigned seed) : random_(seed) {}

  std::string stream() {
    std::string text;
    for (std::size_t parts = 1 + below(4); parts > 0; --parts) text += part(test::jpeg(20 + below(400), seed()));
    for (std::size_t times = 1 + below(4); times > 0; --times) damage(text);
    return text;
  }
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  unsigned seed() { return static_cast<unsigned>(random_()); }

 private:
  void damage(std::string& text) {
    if (text.empty()) return;
    const std::size_t at = below(text.size()), size = below(std::min<std::size_t>(80, text.size() - at) + 1);
    switch (below(8)) {
      case 0: text.erase(at, size); break;
      case 1: text.insert(at, text.substr(at, size)); break;
      case 2: text[at] = static_cast<char>(random_()); break;
      case 3: text.insert(at, size, static_cast<char>(random_())); break;
      case 4: text.resize(at); break;
      case 5: replace(text, "Content-length: ", "Content-length: " + std::to_string(below(5000))); break;
      case 6: replace(text, "--video boundary--", "--video"); break;
      default: text.insert(at, pick()); break;
    }
  }
  void replace(std::string& text, const std::string& what, const std::string& by) {
    const auto at = text.find(what, below(text.size()));
    if (at != std::string::npos) text.replace(at, what.size(), by);
  }
  std::string pick() {
    const std::vector<std::string> pieces{
        "--video boundary--", "\r\n\r\n",        "\r\n", "\xff\xd8",          "\xff\xd9\r\n",
        "Content-length:",    "\r\nDate: x\r\n", "\xff", std::string("\0", 1)};
    return pieces[below(pieces.size())];
  }
  std::mt19937 random_;
};

TEST(MjpegMalformed, ThousandsAreSurvivedAndAccountedFor) {
  constexpr unsigned streams = 5'000;
  const MjpegOptions options{.max_header = 300, .max_frame = 600};
  const std::string last = test::jpeg(250, 99);
  std::uint64_t frames = 0, bad = 0, skipped = 0, lengths = 0;
  for (unsigned seed = 0; seed < streams; ++seed) {
    SCOPED_TRACE(seed);
    Damage damage(seed);
    // Longer than anything that may still be waited for, then two good parts.
    const std::string stream = damage.stream() + std::string(1'000, '.') + part(last) + part(last);
    const Read seen = read(stream, options);
    ASSERT_FALSE(seen.frames.empty());
    ASSERT_EQ(seen.frames.back().jpeg, last);
    std::uint64_t bytes = 0;
    for (const auto& frame : seen.frames) {
      ASSERT_TRUE(frame.jpeg.starts_with("\xff\xd8") && frame.jpeg.ends_with("\xff\xd9"));
      ASSERT_LE(frame.jpeg.size(), options.max_frame);
      bytes += frame.jpeg.size();
    }
    ASSERT_EQ(seen.counts.frames, seen.frames.size());
    ASSERT_EQ(seen.counts.frame_bytes, bytes);
    ASSERT_LE(seen.counts.frame_bytes + seen.counts.skipped_bytes, stream.size());
    const std::size_t first = 1 + damage.below(stream.size()), piece = 1 + damage.below(60);
    ASSERT_EQ(read(stream, first, piece, options), seen) << first << ' ' << piece;
    frames += seen.counts.frames, bad += seen.counts.bad_in_all(), skipped += seen.counts.skipped_bytes;
    lengths += seen.counts.wrong_lengths;
  }
  RecordProperty("pictures", std::to_string(frames));
  RecordProperty("bad_parts", std::to_string(bad));
  RecordProperty("skipped_bytes", std::to_string(skipped));
  EXPECT_GT(bad, streams / 4);
  EXPECT_GT(lengths, streams / 8);
  EXPECT_GT(frames, streams * 2);
}

TEST(MjpegMalformed, NoiseIsNoPicture) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string noise(4'000, '\0');
    for (char& byte : noise)
      byte = random() % 3 == 0 ? "\r\n:-\xff\xd8\xd9"[random() % 7] : static_cast<char>(random());
    const Read seen = read(noise, 1 + random() % 500, 1 + random() % 50, {.max_header = 100, .max_frame = 500});
    EXPECT_EQ(seen, read(noise, {.max_header = 100, .max_frame = 500}));
    EXPECT_GT(seen.counts.skipped_bytes, 0U);
  }
}

}  // namespace
}  // namespace trendnet
