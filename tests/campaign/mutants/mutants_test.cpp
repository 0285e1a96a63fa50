// Damaged and hostile files, each through a worker process of its own with every output asked for: each ends with a
// result or a reason, and nothing is left behind.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/campaign/mutants/base_files.hpp"
#include "tests/campaign/mutants/mutation.hpp"
#include "tests/campaign/mutants/outcomes.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/temp_folder.hpp"
#include "transcode/worker/worker_process.hpp"

namespace mutants {
namespace {

using base::Derived;
using transcode::WorkerRun;

constexpr std::array kinds{Derived::playback, Derived::remux, Derived::thumbnail, Derived::strip};
constexpr unsigned at_a_time = 2;
constexpr std::uint64_t short_form = 400;
constexpr std::uint64_t most_shown = 20;  // of crashes

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::uint64_t memory_bytes = 0;  // the runtime needs terabytes of address space
#else
constexpr std::uint64_t memory_bytes = 1ULL << 30;
#endif
#else
constexpr std::uint64_t memory_bytes = 1ULL << 30;
#endif

const transcode::WorkerLimits limits{.memory_bytes = memory_bytes,
                                     .cpu = std::chrono::seconds(20),
                                     .wall = std::chrono::seconds(60),
                                     .output_bytes = 64ULL << 20,
                                     .niceness = 0};

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

// A file without a name: it is gone with its descriptor.
class NamelessFile {
 public:
  explicit NamelessFile(const std::filesystem::path& folder)
      : descriptor_(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) throw std::runtime_error("no temporary file");
  }
  ~NamelessFile() { close(descriptor_); }
  NamelessFile(const NamelessFile&) = delete;
  NamelessFile& operator=(const NamelessFile&) = delete;

  int get() const noexcept { return descriptor_; }
  void write(base::ByteView bytes) const {
    if (pwrite(descriptor_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("a mutant cannot be written");
  }
  base::Bytes head() const {
    base::Bytes bytes(16);
    bytes.resize(static_cast<std::size_t>(std::max(pread(descriptor_, bytes.data(), bytes.size(), 0), ssize_t{0})));
    return bytes;
  }

 private:
  int descriptor_;
};

class Mutants : public testing::Test {
 protected:
  // One file through one worker; what it says to have made is there.
  WorkerRun run(storage::Format format, base::ByteView bytes) {
    const NamelessFile input(folder_.path());
    input.write(bytes);
    const std::array<NamelessFile, kinds.size()> outputs{NamelessFile(folder_.path()), NamelessFile(folder_.path()),
                                                         NamelessFile(folder_.path()), NamelessFile(folder_.path())};
    transcode::Order order{.format = format, .outputs = {}, .encoding = {.threads = 1}};
    for (std::size_t i = 0; i < kinds.size(); ++i) order.outputs.push_back({kinds[i], outputs[i].get()});
    WorkerRun ended = run_worker(DUALCAM_TRANSCODE, order, input.get(), limits, {}, {});
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (std::ranges::find(ended.report.made, kinds[i]) == ended.report.made.end()) continue;
      const storage::Format made = storage::sniff(outputs[i].head());
      const bool video = content_type(kinds[i]) == "video/mp4";
      EXPECT_EQ(made, video ? storage::Format::mp4 : storage::Format::jpeg) << to_string(kinds[i]);
    }
    return ended;
  }

  void take(const BaseFile& base, std::uint64_t number) {
    const Mutant mutant = mutate(base, number);
    keep(base, number, mutant.bytes);
    const WorkerRun ended = run(base.format, mutant.bytes);
    const Outcome outcome = classify(ended);
    const std::scoped_lock lock(mutex_);
    table_.add(base.name, outcome, ended.reason);
    EXPECT_TRUE(ended.end == WorkerRun::End::done || !ended.reason.empty()) << "mutant " << number;
    if (outcome != Outcome::crash && outcome != Outcome::forbidden && outcome != Outcome::not_begun) return;
    if (++shown_ <= most_shown)
      fmt::print("mutant {} of {} ({}): {}\n", number, base.name, mutant.changes, ended.reason);
  }

  // For a debugger.
  static void keep(const BaseFile& base, std::uint64_t number, const base::Bytes& bytes) {
    const char* const folder = std::getenv("DUALCAM_MUTANTS_KEEP");
    if (folder == nullptr) return;
    const auto path = std::filesystem::path(folder) / fmt::format("{}.{}", number, extension(base.format));
    std::ofstream(path, std::ios::binary) << base::as_text(bytes);
  }

  tests::TempFolder folder_;
  const std::vector<BaseFile> files_ = make_base_files();
  Table table_;

 private:
  std::mutex mutex_;
  std::uint64_t shown_ = 0;
};

// Otherwise the mutants would show nothing.
TEST_F(Mutants, AreMadeOfFilesThatAreWhole) {
  for (const BaseFile& file : files_) {
    const WorkerRun ended = run(file.format, file.bytes);
    ASSERT_EQ(ended.end, WorkerRun::End::done) << file.name << ": " << ended.reason;
    EXPECT_TRUE(ended.report.probe.is_whole()) << file.name;
    EXPECT_TRUE(ended.report.probe.has_picture()) << file.name;
    EXPECT_GE(ended.report.made.size(), 1U) << file.name;
  }
}

TEST_F(Mutants, EndWithAResultOrAReason) {
  const auto first = tests::from_environment<std::uint64_t>("DUALCAM_MUTANTS_FIRST", 0);
  const auto count = tests::from_environment<std::uint64_t>("DUALCAM_MUTANTS", short_form);
  const std::size_t descriptors = open_descriptors();
  const auto started = std::chrono::steady_clock::now();

  std::atomic<std::uint64_t> next = first;
  std::vector<std::thread> threads;
  for (unsigned n = 0; n < at_a_time; ++n)
    threads.emplace_back([&] {
      for (std::uint64_t number = next++; number < first + count; number = next++)
        take(files_[number % files_.size()], number);
    });
  for (std::thread& thread : threads) thread.join();

  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  fmt::print("\n{} mutants in {:.1f} s, {:.0f} a second\n{}\n", count, seconds, static_cast<double>(count) / seconds,
             table_.text());
  EXPECT_EQ(table_.count(Outcome::forbidden), 0U) << "the sandbox lacks something that honest work needs";
  EXPECT_EQ(table_.count(Outcome::not_begun), 0U);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a process is left";
  EXPECT_EQ(errno, ECHILD);
  EXPECT_EQ(open_descriptors(), descriptors) << "a descriptor is left";
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << "a file is left";
}

}  // namespace
}  // namespace mutants
