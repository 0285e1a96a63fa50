// The real program, dualcam-transcode-job: what it says of files that are none, and of words that are no job.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/support/child_process.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/transcode/references/references.hpp"
#include "transcode/worker/worker_process.hpp"

namespace transcode {
namespace {

using testing::HasSubstr;
using End = WorkerRun::End;

class Program : public testing::Test {
 protected:
  WorkerRun run(storage::Format format, const std::string& content, std::uint64_t size = 0) {
    const std::string path = folder_ / "file";
    std::ofstream(path) << content;
    if (size > 0) std::filesystem::resize_file(path, size);
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const Order order{.format = format, .outputs = {}, .encoding = {}};
    WorkerLimits limits;
    limits.memory_bytes = 0;  // a sanitizer's runtime would not fit
    WorkerRun ended = run_worker(DUALCAM_TRANSCODE_JOB, order, descriptor, limits, {}, {});
    close(descriptor);
    return ended;
  }
  // Its exit code; what it says is in `said_`.
  int start(std::vector<std::string> words) {
    words.insert(words.begin(), DUALCAM_TRANSCODE_JOB);
    return execute(std::move(words));
  }
  int execute(std::vector<std::string> words) {
    const std::string log = folder_ / "log";
    std::filesystem::remove(log);
    tests::ChildProcess process(std::move(words), log);
    const auto code = process.wait_exit(tests::patience);
    std::stringstream text;
    text << std::ifstream(log).rdbuf();
    said_ = text.str();
    return code.value_or(-1);
  }

  tests::TempFolder folder_;
  std::string said_;
};

TEST_F(Program, SaysOfAnEmptyFileThatItIs) {
  const WorkerRun ended = run(storage::Format::mp4, "");
  EXPECT_EQ(ended.end, End::failed);
  EXPECT_EQ(ended.reason, "The file is empty.");
}

TEST_F(Program, SaysOfAFileThatIsNoneWhy) {
  for (const auto format : {storage::Format::ptmf, storage::Format::annexb, storage::Format::mp4, storage::Format::json,
                            storage::Format::unknown}) {
    const WorkerRun ended = run(format, "These are words, and no pictures at all.");
    EXPECT_EQ(ended.end, End::failed) << to_string(format);
    EXPECT_TRUE(ended.reason.ends_with('.')) << ended.reason;
  }
}

TEST_F(Program, DoesNotBeginWithAFileThatIsTooLarge) {
  const WorkerRun ended = run(storage::Format::mp4, "x", 1ULL << 31);
  EXPECT_EQ(ended.end, End::not_begun);
  EXPECT_THAT(ended.reason, HasSubstr("2147483647 is the most that is looked at."));
}

// process() itself does not try to open what the movie points at (tests of transcode/media): the sandbox is not needed,
// and nothing is said of it.
TEST_F(Program, FollowsNoReferenceOutOfTheFile) {
  const std::string secret = folder_ / "secret.mov";
  std::ofstream(secret, std::ios::binary) << base::as_text(test::small_movie());
  for (const char* type : {"alis", "url "}) {
    const base::Bytes lure = test::pointing_outside(type, secret);
    const WorkerRun ended = run(storage::Format::mp4, std::string(base::as_text(lure)));
    if (ended.end == End::done) {  // a player may ignore where the pictures are said to be, and look here
      EXPECT_EQ(ended.report.probe.frames, 10U);
      continue;
    }
    EXPECT_EQ(ended.end, End::failed) << ended.reason;
    EXPECT_TRUE(ended.reason.ends_with('.')) << ended.reason;
    EXPECT_THAT(ended.reason, testing::Not(HasSubstr("forbidden")));
    EXPECT_THAT(ended.reason, testing::Not(HasSubstr("secret")));
  }
}

// Decoder, scaler and both encoders, under the limits and in the sandbox that a server gives them.
TEST_F(Program, MakesAFilmOfJpegsPlayable) {
  const std::string path = folder_ / "film.mp4";
  std::ofstream(path, std::ios::binary) << base::as_text(test::jpeg_film().file);
  const int input = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int thumbnail = open((folder_ / "thumbnail").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  const int playback = open((folder_ / "playback").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  const Order order{.format = storage::Format::mp4,
                    .outputs = {{base::Derived::thumbnail, thumbnail}, {base::Derived::playback, playback}},
                    .encoding = {}};
  WorkerLimits limits;
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  limits.memory_bytes = 0;  // a sanitizer's runtime would not fit
#endif
#endif
  const WorkerRun ended = run_worker(DUALCAM_TRANSCODE_JOB, order, input, limits, {}, {});
  EXPECT_EQ(ended.end, End::done) << ended.reason;
  EXPECT_EQ(ended.report.probe.frames, 50U);
  EXPECT_EQ(ended.report.playable, Playable::as_encoded);
  EXPECT_THAT(ended.report.made, testing::ElementsAre(base::Derived::thumbnail, base::Derived::playback));
  for (const char* made : {"thumbnail", "playback"}) EXPECT_GT(std::filesystem::file_size(folder_ / made), 1000U);
  for (const int descriptor : {input, thumbnail, playback}) close(descriptor);
}

// x264 says no more than that something is wrong; which, and what there is to do, is for the reader of the reason.
TEST_F(Program, SaysWhatToDoForWantOfMemory) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "The sanitizer's runtime needs terabytes of address space.";
#endif
#endif
  const std::string large = folder_ / "large.mov";
  ASSERT_EQ(execute({"ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i",
                     "testsrc2=size=3840x2160:rate=20:duration=2", "-c:v", "libx264", "-preset", "ultrafast", large}),
            0)
      << said_;
  const int input = open(large.c_str(), O_RDONLY | O_CLOEXEC);
  const int output = open((folder_ / "made").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  const Order order{.format = storage::Format::mp4,
                    .outputs = {{base::Derived::playback, output}},
                    .encoding = {.max_height = 0, .preset = "slow", .threads = 2}};
  for (const std::uint64_t mib : {256U, 400U, 600U}) {
    const WorkerRun ended =
        run_worker(DUALCAM_TRANSCODE_JOB, order, input, {.memory_bytes = mib * 1024 * 1024}, {}, {});
    EXPECT_EQ(ended.end, End::failed);
    EXPECT_THAT(ended.reason, testing::EndsWith(" A worker may have " + std::to_string(mib) +
                                                " MiB; --transcode-memory of the server changes that."));
  }
  close(output);
  close(input);
}

TEST_F(Program, HelpsAndRefuses) {
  EXPECT_EQ(start({"--help"}), 0);
  EXPECT_THAT(said_, HasSubstr("of no use by hand"));
  EXPECT_EQ(start({"--version"}), 0);
  EXPECT_THAT(said_, testing::StartsWith("dualcam-transcode-job "));
  EXPECT_EQ(start({}), 0);
  EXPECT_THAT(said_, HasSubstr("of no use by hand")) << "no words are a question";
  for (const std::string word : {"play", "format=mp4"}) {
    EXPECT_EQ(start({word}), 2) << word;
    EXPECT_THAT(said_, HasSubstr("does not name each of its limits")) << word;
  }
}

TEST_F(Program, DoesNotWorkForAParentThatIsGone) {
  const std::string path = folder_ / "file";
  std::ofstream(path) << "x";
  const std::string job = " memory=0 cpu=1 output-bytes=1000 nice=0 parent=1 format=mp4 3<" + path + " 4>/dev/null";
  EXPECT_EQ(execute({"sh", "-c", DUALCAM_TRANSCODE_JOB + job}), 2);
  EXPECT_THAT(said_, HasSubstr("The process that started this one has gone."));
}

}  // namespace
}  // namespace transcode
