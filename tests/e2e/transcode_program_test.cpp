// `dualcam-transcode` as somebody meets it on the command line: what it answers, and with which exit code it ends.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "server/base/version.hpp"
#include "tests/e2e/transcode_process.hpp"
#include "tests/support/temp_folder.hpp"

namespace e2e {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Words = std::vector<std::string>;

constexpr int failed = 1;
constexpr int misused = 2;

class TranscodeProgram : public testing::Test {
 protected:
  // Runs it to its end; what it says is in `said_`.
  int exit_of(const Words& arguments) {
    TranscodeProcess process(arguments, folder_ / std::to_string(++runs_));
    const auto code = process.wait_exit();
    said_ = process.log();
    EXPECT_TRUE(code) << "it runs on; it has said: " << said_;
    return code.value_or(-1);
  }
  std::string data_dir() const { return folder_ / "data"; }

  tests::TempFolder folder_;
  int runs_ = 0;
  std::string said_;
};

TEST_F(TranscodeProgram, SaysWhatItIsAndHowToRunIt) {
  EXPECT_EQ(exit_of({"--help"}), 0);
  for (const char* word : {"--transcode-jobs", "--catalog", "--objects", "Examples:", "Exit codes:"})
    EXPECT_THAT(said_, HasSubstr(word));
  EXPECT_EQ(exit_of({"--version"}), 0);
  EXPECT_EQ(said_, fmt::format("dualcam-transcode {}\n", base::version()));
}

TEST_F(TranscodeProgram, EndsWith2WhenItIsMisused) {
  const std::vector<std::pair<Words, std::string>> all{
      {{"--transcode-job", "1"}, "--transcode-job"},
      {{"serve"}, "serve"},
      {{"--transcode-jobs", "many"}, "--transcode-jobs: \"many\" is no number from 0 to 256."},
      {{"--transcode-jobs", "0"}, "--transcode-jobs 0 leaves this program nothing to do."},
      {{"--transcode-preset", "warp"}, "--transcode-preset: \"warp\" is none of ultrafast,"},
      {{"--catalog", "mysql://h/x"}, "mysql"},
  };
  for (const auto& [arguments, sentence] : all) {
    Words with_folder{"--data-dir", data_dir()};
    with_folder.insert(with_folder.end(), arguments.begin(), arguments.end());
    EXPECT_EQ(exit_of(with_folder), misused) << sentence;
    EXPECT_THAT(said_, HasSubstr(sentence));
  }
}

TEST_F(TranscodeProgram, EndsWith1WhenItCannotWork) {
  EXPECT_EQ(exit_of({"--data-dir", data_dir(), "--catalog", "postgresql://u:hunter2@127.0.0.1:1/x"}), failed);
  EXPECT_THAT(said_, HasSubstr("dualcam-transcode: "));
  EXPECT_THAT(said_, HasSubstr("check that its server runs"));
  EXPECT_THAT(said_, testing::Not(HasSubstr("hunter2")));
}

TEST_F(TranscodeProgram, HasADataDirectoryOfItsOwn) {
  TranscodeProcess first({"--data-dir", data_dir()}, folder_ / "first");
  ASSERT_TRUE(first.wait_ready()) << first.log();
  EXPECT_EQ(first.port(), 0U) << "no API unless it is asked for";
  EXPECT_EQ(exit_of({"--data-dir", data_dir()}), failed);
  EXPECT_THAT(said_, HasSubstr("give each one of its own."));
  EXPECT_EQ(first.terminate(), 0) << first.log();
}

}  // namespace
}  // namespace e2e
