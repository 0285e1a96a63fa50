// How stored files are made ready to be shown: what may be set, and what is said of the rest.
#include <gtest/gtest.h>

#include "server/app/settings.hpp"

namespace app {
namespace {

base::Result<Settings> set(const std::string& option, const std::string& value) {
  auto effective = combine({}, {}, {{option, {value}}});
  if (!effective) return std::unexpected(effective.error());
  return std::move(effective->settings);
}

TranscodeSettings transcode(const std::string& option, const std::string& value) {
  const auto settings = set(option, value);
  if (!settings) ADD_FAILURE() << settings.error().message;
  return settings ? settings->transcode : TranscodeSettings{};
}

TEST(TranscodeSettings, DefaultsOfTheTableAreThoseOfTheStructures) {
  const auto effective = combine({}, {}, {});
  ASSERT_TRUE(effective) << effective.error().message;
  const TranscodeSettings& made = effective->settings.transcode;
  const TranscodeSettings own;
  EXPECT_EQ(made.jobs, own.jobs);
  EXPECT_EQ(made.program, own.program);
  EXPECT_EQ(made.encoding, own.encoding);
  EXPECT_EQ(made.limits.memory_bytes, own.limits.memory_bytes);
  EXPECT_EQ(made.limits.cpu, own.limits.cpu);
  EXPECT_EQ(made.limits.wall, own.limits.wall);
  EXPECT_EQ(made.remux, own.remux);
  EXPECT_EQ(made.playback_at_once, own.playback_at_once);
}

TEST(TranscodeSettings, EachReachesItsPlace) {
  EXPECT_EQ(transcode("transcode-jobs", "7").jobs, 7U);
  EXPECT_EQ(transcode("transcode-threads", "3").encoding.threads, 3U);
  EXPECT_EQ(transcode("transcode-height", "480").encoding.max_height, 480U);
  EXPECT_EQ(transcode("transcode-crf", "28").encoding.crf, 28U);
  EXPECT_EQ(transcode("transcode-preset", "slow").encoding.preset, "slow");
  EXPECT_EQ(transcode("transcode-memory", "3GiB").limits.memory_bytes, 3ULL << 30);
  EXPECT_EQ(transcode("transcode-cpu-time", "2m").limits.cpu, std::chrono::seconds{120});
  EXPECT_EQ(transcode("transcode-time", "90s").limits.wall, std::chrono::seconds{90});
  EXPECT_EQ(transcode("transcode-program", "/opt/job").program, "/opt/job");
  EXPECT_FALSE(transcode("transcode-playback", "on-demand").playback_at_once);
  EXPECT_TRUE(transcode("transcode-playback", "at-once").playback_at_once);
  EXPECT_FALSE(transcode("transcode-remux", "drop").remux);
  EXPECT_TRUE(transcode("transcode-remux", "keep").remux);
}

struct Bounds {
  const char* option;
  unsigned least;
  unsigned most;
};

// And what is taken is what a worker takes: an order that it refuses would fail with every file.
TEST(TranscodeSettings, NumbersHaveBounds) {
  for (const auto& [option, least, most] : {Bounds{"transcode-jobs", 0, 256}, Bounds{"transcode-threads", 0, 64},
                                            Bounds{"transcode-height", 0, 8192}, Bounds{"transcode-crf", 1, 51}}) {
    for (const unsigned number : {least, most}) {
      const auto settings = set(option, std::to_string(number));
      ASSERT_TRUE(settings) << settings.error().message;
      const transcode::Order order{
          .format = storage::Format::ptmf, .outputs = {}, .encoding = settings->transcode.encoding};
      EXPECT_EQ(transcode::parse_order(to_words(order)).value(), order) << option << " " << number;
    }
    for (const std::string& wrong : {std::string("-1"), std::to_string(most + 1), std::string("1.5"), std::string("1 "),
                                     std::string(), std::string("many")}) {
      const auto refused = set(option, wrong);
      ASSERT_FALSE(refused) << option << " " << wrong;
      EXPECT_EQ(refused.error().message, "--" + std::string(option) + ": \"" + wrong + "\" is no number from " +
                                             std::to_string(least) + " to " + std::to_string(most) + ".");
    }
  }
  EXPECT_FALSE(set("transcode-crf", "0")) << "without loss, and no browser plays it";
}

TEST(TranscodeSettings, ChoicesSayWhatTheyKnow) {
  const auto said = [](const char* option, const char* value) { return set(option, value).error().message; };
  EXPECT_EQ(said("transcode-playback", "never"), "--transcode-playback: \"never\" is none of at-once, on-demand.");
  EXPECT_EQ(said("transcode-remux", "yes"), "--transcode-remux: \"yes\" is none of keep, drop.");
  EXPECT_EQ(said("transcode-preset", "placebo"),
            "--transcode-preset: \"placebo\" is none of ultrafast, superfast, veryfast, faster, fast, medium, slow, "
            "slower, veryslow.");
  EXPECT_EQ(said("transcode-memory", "much"),
            "--transcode-memory: \"much\" is no size; write 4096, 64KiB, 256MiB or 1GB.");
  EXPECT_EQ(said("transcode-time", "soon"),
            "--transcode-time: \"soon\" is no duration of ten years or less; write 500ms, 10s, 5m, 2h or 7d.");
}

TEST(TranscodeSettings, AJobHasMemoryForSomething) {
  EXPECT_EQ(set("transcode-memory", "255MiB").error().message,
            "--transcode-memory must be 256MiB or more, or 0 for no limit.");
  EXPECT_EQ(transcode("transcode-memory", "256MiB").limits.memory_bytes, 256ULL << 20);
  EXPECT_EQ(transcode("transcode-memory", "0").limits.memory_bytes, 0U);
}

TEST(TranscodeSettings, AJobHasTimeForSomething) {
  for (const std::string option : {"transcode-cpu-time", "transcode-time"}) {
    EXPECT_EQ(set(option, "0s").error().message, "--" + option + " must be longer than 0.");
    EXPECT_TRUE(set(option, "3650d"));
  }
  EXPECT_EQ(transcode("transcode-time", "1500ms").limits.wall, std::chrono::seconds{2})
      << "not less than was asked for";
}

}  // namespace
}  // namespace app
