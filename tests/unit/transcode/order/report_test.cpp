#include <gtest/gtest.h>

#include <limits>
#include <optional>

#include "transcode/order/order.hpp"

namespace transcode {
namespace {

using State = ReportReader::State;

Report full_report() {
  return {.probe = {.container = "ptmf",
                    .video_codec = "hevc",
                    .width = 1280,
                    .height = 720,
                    .frames = 60,
                    .duration_us = 3'000'000,
                    .frame_rate_milli = 20'000,
                    .sound_codec = "pcm_alaw",
                    .sample_rate = 8000,
                    .channels = 1,
                    .sound_us = std::numeric_limits<std::uint64_t>::max(),
                    .damaged_records = 1,
                    .skipped_bytes = 2,
                    .missing_pictures = 3,
                    .missing_sounds = 4,
                    .decode_errors = 5},
          .playable = Playable::as_encoded,
          .made = {base::Derived::remux, base::Derived::thumbnail, base::Derived::strip, base::Derived::playback}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end + 1 - at));
    at = end + 1;
  }
  return lines;
}

// Nothing: the reader has refused it.
std::optional<State> read(const std::string& text) {
  ReportReader reader;
  if (!reader.feed(text)) return std::nullopt;
  return reader.state();
}

TEST(Report, IsTheSameAfterItsLines) {
  for (const Report& report : {full_report(), Report{}}) {
    ReportReader reader;
    ASSERT_TRUE(reader.feed(to_lines(report)));
    EXPECT_EQ(reader.state(), State::done);
    EXPECT_EQ(reader.report(), report);
  }
}

TEST(Report, ComesInPiecesOfAnySize) {
  const std::string text = percent_line(1) + percent_line(99) + to_lines(full_report());
  for (std::size_t size = 1; size < text.size(); ++size) {
    ReportReader reader;
    for (std::size_t at = 0; at < text.size(); at += size) {
      EXPECT_EQ(reader.state(), State::working);
      ASSERT_TRUE(reader.feed(std::string_view(text).substr(at, size)));
    }
    EXPECT_EQ(reader.state(), State::done);
    EXPECT_EQ(reader.percent(), 99U);
    EXPECT_EQ(reader.report(), full_report());
  }
}

TEST(Report, IsNotDoneBeforeItsLastByte) {
  const std::string text = to_lines(full_report());
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_EQ(read(text.substr(0, size)), State::working) << size;
}

TEST(Report, MissesNoLine) {
  const std::vector<std::string> lines = lines_of(to_lines(full_report()));
  for (std::size_t missing = 0; missing + 1 < lines.size(); ++missing) {
    if (lines[missing].starts_with("made ")) continue;
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (i != missing) text += lines[i];
    EXPECT_FALSE(read(text)) << "without " << lines[missing];
  }
}

TEST(Report, SaysNothingTwice) {
  for (const std::string& line : lines_of(to_lines(full_report()))) {
    if (line == "done\n") continue;
    EXPECT_EQ(read(line), State::working) << line;
    EXPECT_FALSE(read(line + line)) << line;
  }
}

// Every byte of every line, replaced by one that means something elsewhere.
TEST(Report, WithAnyMutatedLineIsRefusedOrStillAReport) {
  const std::string text = to_lines(full_report());
  for (std::size_t at = 0; at < text.size(); ++at)
    for (const char other : {'\0', '\n', ' ', '-', '0', '9', 'a', '\xff'}) {
      std::string mutated = text;
      mutated[at] = other;
      ReportReader reader;
      if (!reader.feed(mutated) || reader.state() != State::done) continue;
      ReportReader again;
      ASSERT_TRUE(again.feed(to_lines(reader.report())));
      EXPECT_EQ(again.report(), reader.report());
    }
}

TEST(Report, RefusesLinesThatMakeNoSense) {
  for (const char* line : {"",
                           "done",
                           "done ",
                           "failed",
                           "percent",
                           "percent ",
                           "percent 101",
                           "percent -1",
                           "percent 1.5",
                           "percent 01",
                           "percent 1 ",
                           " percent 1",
                           "Percent 1",
                           "width 4294967296",
                           "width -1",
                           "width 0x10",
                           "width",
                           "frames 18446744073709551616",
                           "container ../x",
                           "container a b",
                           "video-codec \x1b[2J",
                           "playable maybe",
                           "made coffee",
                           "made",
                           "secret 1",
                           "\0",
                           "width  1"})
    EXPECT_FALSE(read(std::string(line) + "\n")) << line;
}

TEST(Report, RefusesAnEndlessLine) {
  EXPECT_FALSE(read(std::string(600, 'a')));
  EXPECT_FALSE(read("failed " + std::string(600, 'a') + "\n"));
}

TEST(Report, RefusesToBeLong) {
  ReportReader reader;
  const std::string line = percent_line(5);
  std::size_t fed = 0;
  while (reader.feed(line)) fed += line.size();
  EXPECT_LE(fed, max_report_bytes);
  EXPECT_GT(fed + line.size(), max_report_bytes);
}

TEST(Report, ProgressNeverFalls) {
  EXPECT_EQ(read("percent 0\npercent 7\npercent 7\npercent 100\n"), State::working);
  EXPECT_FALSE(read("percent 7\npercent 6\n"));
  EXPECT_EQ(percent_line(250), "percent 100\n");
}

TEST(Report, EndsWithItsEnd) {
  EXPECT_FALSE(read(to_lines(full_report()) + "percent 1\n"));
  EXPECT_FALSE(read(failed_line("No.") + "done\n"));
  ReportReader reader;
  ASSERT_TRUE(reader.feed(failed_line("No.")));
  EXPECT_FALSE(reader.feed("\n"));
}

TEST(Report, AReasonIsASentenceThatCanBePrinted) {
  ReportReader reader;
  ASSERT_TRUE(reader.feed("percent 3\n"));
  ASSERT_TRUE(reader.feed(failed_line("The \"moov\" box\nis \x1b[31mred\x07 \xc3\xa4.")));
  EXPECT_EQ(reader.state(), State::failed);
  EXPECT_EQ(reader.reason(), "The \"moov\" box?is ?[31mred? ??.");
}

TEST(Report, AReasonIsBoundedAndNeverEmpty) {
  ReportReader longer;
  ASSERT_TRUE(longer.feed(failed_line(std::string(10'000, 'x'))));
  EXPECT_EQ(longer.reason(), std::string(300, 'x'));
  ReportReader raw;
  ASSERT_TRUE(raw.feed("failed \x80\x1b" + std::string(400, 'y') + "\n"));
  EXPECT_EQ(raw.reason(), "??" + std::string(298, 'y'));
  ReportReader empty;
  ASSERT_TRUE(empty.feed("failed \n"));
  EXPECT_EQ(empty.reason(), "The worker gave no reason.");
}

TEST(Report, NamesOfCodecsAreMadeSafeByTheWriter) {
  Report report;
  report.probe.video_codec = "h264 (high)\n" + std::string(100, 'x');
  ReportReader reader;
  ASSERT_TRUE(reader.feed(to_lines(report)));
  EXPECT_EQ(reader.report().probe.video_codec, "h264__high__" + std::string(20, 'x'));
}

}  // namespace
}  // namespace transcode
