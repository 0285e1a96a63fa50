// `dualcam probe` and `dualcam convert`, with a worker that does what the file's content says.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/temp_folder.hpp"
#include "tools/media/convert.hpp"
#include "tools/media/progress.hpp"

namespace media {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
namespace fs = std::filesystem;

class MediaTool : public ::testing::Test {
 protected:
  MediaTool() {
    bench_.program = FAKE_WORKER;
    bench_.limits.memory_bytes = 0;  // a sanitizer's runtime would not fit
    convert_.bench = bench_;
  }
  std::string file(const std::string& name, const std::string& deed) {
    std::ofstream(folder_ / name) << deed;
    return folder_ / name;
  }
  static std::string read(const fs::path& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(folder_.path())) all.push_back(entry.path().filename());
    return all;
  }
  // What it prints to standard output.
  template <class Run>
  std::string printed(Run run) {
    ::testing::internal::CaptureStdout();
    run();
    return ::testing::internal::GetCapturedStdout();
  }
  Outcome probe(const std::vector<std::string>& files) {
    Outcome outcome{};
    text_ = printed([&] { outcome = run_probe({.files = files, .json = false, .bench = bench_}); });
    return outcome;
  }
  Outcome convert(const std::string& path, const std::string& out) {
    convert_.file = path;
    convert_.out = out;
    ::testing::internal::CaptureStderr();
    Outcome outcome{};
    text_ = printed([&] { outcome = run_convert(convert_); });
    error_ = ::testing::internal::GetCapturedStderr();
    return outcome;
  }

  tests::TempFolder folder_;
  Bench bench_;
  ConvertOptions convert_;
  std::string text_, error_;
};

TEST_F(MediaTool, ProbePrintsATable) {
  EXPECT_EQ(probe({file("a", "done")}), Outcome::good);
  EXPECT_THAT(text_, HasSubstr("hevc 1280x720  60      20.00/s  3.00 s  pcm_alaw 8000 Hz mono  whole\n"));
}

TEST_F(MediaTool, ProbeEndsWithTheWorst) {
  const std::string good = file("good", "done"), damaged = file("damaged", "damaged"), bad = file("bad", "failed");
  EXPECT_EQ(probe({good, damaged}), Outcome::bad);
  EXPECT_THAT(text_, HasSubstr("2 damaged records, 700 bytes skipped, nothing to see or hear\n"));
  EXPECT_EQ(probe({good, bad}), Outcome::bad);
  EXPECT_THAT(text_, HasSubstr("The file has no picture.\n"));
  EXPECT_EQ(probe({bad, "/no/such/file", good}), Outcome::unreadable);
  EXPECT_THAT(text_, HasSubstr("/no/such/file cannot be opened: No such file or directory\n"));
  EXPECT_EQ(probe({folder_.path()}), Outcome::unreadable);
  bench_.program = "/no/such/program";
  EXPECT_EQ(probe({good}), Outcome::unusable);
}

TEST_F(MediaTool, ProbeAsJson) {
  const std::string good = file("good", "done"), bad = file("bad", "failed");
  const std::string text = printed([&] { run_probe({.files = {good, bad}, .json = true, .bench = bench_}); });
  const auto files = nlohmann::json::parse(text).at("files");
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].at("file"), good);
  EXPECT_EQ(files[0].at("size"), 4);
  EXPECT_EQ(files[0].at("error"), nullptr);
  EXPECT_EQ(files[0].at("probe").at("video").at("frames"), 60);
  EXPECT_EQ(files[0].at("playable"), "encoded");
  EXPECT_EQ(files[1].at("probe"), nullptr);
  EXPECT_EQ(files[1].at("error"), "The file has no picture.");
}

TEST_F(MediaTool, ConvertMakesTheFileAndNothingElse) {
  EXPECT_EQ(convert(file("clip.ptmf", "done"), ""), Outcome::good) << error_;
  EXPECT_EQ(read(folder_ / "clip.mp4"), "this is the playback");
  EXPECT_THAT(names(), UnorderedElementsAre("clip.ptmf", "clip.mp4"));
  EXPECT_THAT(text_, HasSubstr("hevc 1280x720, 60 pictures in 3.00 s, with sound"));
}

TEST_F(MediaTool, ConvertCopiesAndTakesAThumbnail) {
  convert_.copy = true;
  convert_.thumbnail = folder_ / "small.jpg";
  convert_.json = true;
  EXPECT_EQ(convert(file("clip.ptmf", "done"), folder_ / "out.mp4"), Outcome::good) << error_;
  EXPECT_EQ(read(folder_ / "out.mp4"), "this is the remux");
  EXPECT_EQ(read(folder_ / "small.jpg"), "this is the thumbnail");
  const auto summary = nlohmann::json::parse(text_);
  EXPECT_EQ(summary.at("made").at(0).at("kind"), "remux");
  EXPECT_EQ(summary.at("made").at(1).at("size"), 21);
  EXPECT_EQ(summary.at("probe").at("whole"), true);
}

TEST_F(MediaTool, ConvertMakesOnlyAThumbnailWhenOnlyThatIsNamed) {
  convert_.thumbnail = folder_ / "small.jpg";
  EXPECT_EQ(convert(file("photo", "done"), ""), Outcome::good) << error_;
  EXPECT_THAT(names(), UnorderedElementsAre("photo", "small.jpg"));
}

TEST_F(MediaTool, ConvertReplacesNothingUnasked) {
  const std::string clip = file("clip.ptmf", "done");
  const std::string out = file("clip.mp4", "precious");
  EXPECT_EQ(convert(clip, out), Outcome::unusable);
  EXPECT_EQ(error_, "dualcam convert: " + out + " exists; --force replaces it.\n");
  EXPECT_EQ(read(out), "precious");
  convert_.force = true;
  EXPECT_EQ(convert(clip, out), Outcome::good);
  EXPECT_EQ(read(out), "this is the playback");
  EXPECT_THAT(names(), UnorderedElementsAre("clip.ptmf", "clip.mp4"));
}

TEST_F(MediaTool, ConvertNeverReplacesWhatItReads) {
  convert_.force = true;
  const std::string clip = file("clip.mp4", "done");
  EXPECT_EQ(convert(clip, ""), Outcome::unusable);
  EXPECT_THAT(error_, HasSubstr("would take the place of what it is made of"));
  EXPECT_EQ(read(clip), "done");
}

TEST_F(MediaTool, ConvertLeavesNothingBehindWhenItFails) {
  for (const char* deed : {"failed", "crash", "exec", "silence", "damaged"}) {
    const std::string clip = file("clip.ptmf", deed);
    EXPECT_EQ(convert(clip, ""), Outcome::bad) << deed;
    EXPECT_THAT(error_, HasSubstr("."));
    EXPECT_THAT(names(), UnorderedElementsAre("clip.ptmf")) << deed;
  }
  EXPECT_EQ(convert("/no/such/file", folder_ / "x.mp4"), Outcome::unreadable);
  EXPECT_EQ(convert(file("clip.ptmf", "done"), "/no/such/folder/x.mp4"), Outcome::unreadable);
  EXPECT_THAT(names(), UnorderedElementsAre("clip.ptmf"));
}

TEST_F(MediaTool, ConvertLeavesNothingBehindAfterCtrlC) {
  const std::string clip = file("clip.ptmf", "free interrupt");
  EXPECT_EQ(convert(clip, ""), Outcome::bad);
  EXPECT_THAT(error_, HasSubstr("broken off"));
  EXPECT_THAT(names(), UnorderedElementsAre("clip.ptmf"));
}

TEST(MediaProgress, IsALineThatFits) {
  using std::chrono::seconds;
  EXPECT_EQ(Progress::line("clip.mp4", 50, seconds(10), 60),
            "[###############................]  50%  clip.mp4  0:10 left");
  EXPECT_EQ(Progress::line("clip.mp4", 0, seconds(10), 30), "[............]   0%  clip.mp4");
  for (unsigned width = 20; width < 200; ++width)
    EXPECT_LT(Progress::line("a rather long name of a file.mp4", 33, seconds(100), width).size(), width);
}

}  // namespace
}  // namespace media
