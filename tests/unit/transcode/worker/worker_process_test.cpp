// run_worker() with a worker that misbehaves on purpose.
#include "transcode/worker/worker_process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/support/temp_folder.hpp"

namespace transcode {
namespace {

using namespace std::chrono_literals;
using End = WorkerRun::End;
using base::Derived;

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

class Worker : public testing::Test {
 protected:
  Worker() { limits_.memory_bytes = 0; }
  ~Worker() override {
    for (const int descriptor : descriptors_) close(descriptor);
  }
  void SetUp() override { before_ = open_descriptors(); }
  void TearDown() override {
    EXPECT_EQ(open_descriptors(), before_ + descriptors_.size());
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
    EXPECT_EQ(errno, ECHILD);
  }

  int file(const std::string& content) {
    const std::string name = folder_ / std::to_string(descriptors_.size());
    std::ofstream(name) << content;
    descriptors_.push_back(open(name.c_str(), O_RDWR | O_CLOEXEC));
    return descriptors_.back();
  }
  std::string content(int descriptor) {
    std::string text(1000, '\0');
    const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max(size, ssize_t{0})));
    return text;
  }
  WorkerRun run(const std::string& deed) { return run(deed, {}, {}); }
  WorkerRun run(const std::string& deed, const std::stop_token& stop, const std::function<bool(unsigned)>& progress) {
    return run_worker(FAKE_WORKER, order_, file(deed), limits_, stop, progress);
  }

  Order order_{.format = storage::Format::ptmf, .outputs = {}, .encoding = {}};
  WorkerLimits limits_;

 private:
  tests::TempFolder folder_;
  std::vector<int> descriptors_;
  std::size_t before_ = 0;
};

TEST_F(Worker, WritesIntoTheDescriptorsItIsGiven) {
  const int thumbnail = file("");
  const int remux = file("");
  order_.outputs = {{Derived::remux, remux}, {Derived::thumbnail, thumbnail}};
  const WorkerRun ended = run("done");
  ASSERT_EQ(ended.end, End::done) << ended.reason;
  EXPECT_EQ(ended.report.probe.container, "fake");
  EXPECT_THAT(ended.report.made, testing::ElementsAre(Derived::remux, Derived::thumbnail));
  EXPECT_EQ(content(remux), "this is the remux");
  EXPECT_EQ(content(thumbnail), "this is the thumbnail");
}

// Numbers of this process that are other descriptors' numbers in the child.
TEST_F(Worker, MixesNoDescriptorsUp) {
  const int input = file("done");
  const int made = file("");
  for (const int number : {3, 4, 5}) {
    ASSERT_EQ(ftruncate(made, 0), 0);
    lseek(made, 0, SEEK_SET);
    const int kept = fcntl(number, F_DUPFD_CLOEXEC, 100);
    dup2(made, number);
    order_.outputs = {{Derived::strip, number}};
    const WorkerRun ended = run_worker(FAKE_WORKER, order_, input, limits_, {}, {});
    if (kept >= 0)
      dup3(kept, number, O_CLOEXEC);
    else
      close(number);
    close(kept);
    if (number == input) continue;  // it was the output then, and empty: no deed at all
    ASSERT_EQ(ended.end, End::done) << number << ": " << ended.reason;
    EXPECT_EQ(content(made), "this is the strip");
  }
}

TEST_F(Worker, SaysWhyTheFileIsNoGood) {
  const WorkerRun ended = run("failed");
  EXPECT_EQ(ended.end, End::failed);
  EXPECT_EQ(ended.reason, "The file has no picture.");
}

struct Misdeed {
  const char* name;
  const char* reason;
};

class WorkerMisdeed : public Worker, public testing::WithParamInterface<Misdeed> {};

TEST_P(WorkerMisdeed, HasAReason) {
  limits_.cpu = 1s;
  limits_.output_bytes = 1024UL * 1024;
  order_.outputs = {{Derived::remux, file("")}};
  const WorkerRun ended = run(GetParam().name);
  EXPECT_EQ(ended.end, End::failed);
  EXPECT_EQ(ended.reason, GetParam().reason);
}

const Misdeed misdeeds[] = {
    {"crash", "The worker was killed by SIGSEGV while it worked on the file. It said: the last words"},
    {"abort", "The worker was killed by SIGABRT while it worked on the file."},
    {"cpu", "The worker used more than 1 s of CPU."},
    {"output", "The worker wrote more than 1 MiB."},
#ifdef __x86_64__
    {"exec", "The worker tried the forbidden system call 59 (execve)."},
#endif
    {"nonsense", "The worker's report has a line that makes no sense: percent 200"},
    {"endless report", "The worker's report is longer than 64 KiB."},
    {"silence", "The worker ended with code 0 and without a report."},
    {"exit 2 late", "The worker ended with code 2 and without a report."},
    {"too much made", "The worker reports what nobody asked it to make."},
};

std::string name_of(const testing::TestParamInfo<Misdeed>& misdeed) {
  std::string name = misdeed.param.name;
  std::ranges::replace(name, ' ', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(All, WorkerMisdeed, testing::ValuesIn(misdeeds), name_of);

TEST_F(Worker, RunsOutOfMemory) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "The sanitizer's runtime needs terabytes of address space.";
#endif
#endif
  limits_.memory_bytes = 256UL << 20;
  const WorkerRun ended = run("memory");
  EXPECT_EQ(ended.end, End::failed);
  EXPECT_EQ(ended.reason, "The worker ran out of memory.");
}

TEST_F(Worker, IsEndedWhenItTakesTooLong) {
  limits_.wall = 1s;
  for (const char* deed : {"hang", "done and hang", "flood"}) {
    const WorkerRun ended = run(deed);
    EXPECT_EQ(ended.end, End::failed);
    EXPECT_EQ(ended.reason, "The worker took longer than 1 s.") << deed;
  }
}

TEST_F(Worker, IsStoppedAtOnce) {
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });
  const WorkerRun ended = run("hang", stop.get_token(), {});
  stopper.join();
  EXPECT_EQ(ended.end, End::stopped);
}

TEST_F(Worker, IsStoppedBeforeItBegins) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(run("hang", stop.get_token(), {}).end, End::stopped);
}

TEST_F(Worker, TellsItsProgressAndMayBeBrokenOff) {
  unsigned told = 0;
  const WorkerRun ended = run("done and hang", {}, [&](unsigned percent) {
    told = percent;
    return false;
  });
  EXPECT_EQ(told, 50U);
  EXPECT_EQ(ended.end, End::stopped);
}

TEST_F(Worker, ThatCannotBeStartedIsNoFaultOfTheFile) {
  const WorkerRun ended = run_worker("/no/such/program", order_, file("done"), limits_, {}, {});
  EXPECT_EQ(ended.end, End::not_begun);
  EXPECT_EQ(ended.reason, "/no/such/program cannot be started: No such file or directory");
  const WorkerRun without_file = run_worker(FAKE_WORKER, order_, -1, limits_, {}, {});
  EXPECT_EQ(without_file.end, End::not_begun);
}

TEST_F(Worker, ThatCannotShutItselfInIsNoFaultOfTheFile) {
  const WorkerRun ended = run("unwilling");
  EXPECT_EQ(ended.end, End::not_begun);
  EXPECT_EQ(ended.reason, "The worker ended with code 2 before it began. It said: The sandbox is closed today.");
}

TEST_F(Worker, GetsItsDescriptorsAndNoOther) {
  const int not_for_it = dup(file("secret"));  // without close-on-exec
  order_.outputs = {{Derived::remux, file("")}};
  EXPECT_EQ(run("free descriptors").reason, " 0 1 2 3 4 5");
  close(not_for_it);
}

TEST_F(Worker, DoesNotSeeTheKeysOfTheServer) {
  setenv("DUALCAM_API_TOKEN", "secret", 1);
  const std::string environment = run("free environment").reason + " ";
  unsetenv("DUALCAM_API_TOKEN");
  EXPECT_THAT(environment, testing::HasSubstr(" PATH "));
  EXPECT_THAT(environment, testing::Not(testing::HasSubstr("DUALCAM")));
  EXPECT_THAT(environment, testing::Not(testing::HasSubstr(" HOME ")));
}

TEST_F(Worker, HasSignalsAsAFreshProcess) {
  std::string reason;
  std::thread([&] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    const auto before = signal(SIGPIPE, SIG_IGN);
    reason = run("free signals").reason;
    signal(SIGPIPE, before);
  }).join();
  EXPECT_EQ(reason, "TERM open, PIPE as it was, own group yes");
}

TEST(WorkerProgram, IsLookedForBesideUsAndInPath) {
  const tests::TempFolder folder;
  const std::string path = std::getenv("PATH");
  const auto beside = find_worker_program();
  std::ofstream(folder / "dualcam-transcode") << "#!/bin/sh\n";
  setenv("PATH", ("/nowhere:" + folder.path().string()).c_str(), 1);
  if (!beside) {
    EXPECT_FALSE(find_worker_program()) << "it cannot be run yet";
    std::filesystem::permissions(folder / "dualcam-transcode", std::filesystem::perms::owner_all);
    EXPECT_EQ(find_worker_program().value(), folder / "dualcam-transcode");
  } else {
    EXPECT_EQ(find_worker_program().value().filename(), "dualcam-transcode");
  }
  setenv("PATH", path.c_str(), 1);
}

}  // namespace
}  // namespace transcode
