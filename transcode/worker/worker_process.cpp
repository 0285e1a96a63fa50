#include "transcode/worker/worker_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "transcode/worker/child.hpp"
#include "transcode/worker/ending.hpp"
#include "transcode/worker/job_command.hpp"

namespace transcode {

namespace {
using std::chrono::milliseconds;
using End = WorkerRun::End;

constexpr milliseconds progress_interval{1'000};
constexpr milliseconds look_interval{20};       // where the kernel does not tell of a process's end
constexpr std::size_t longest_complaint = 300;  // of standard error
constexpr std::size_t piece_size = 4096;
constexpr int most_pieces = 20;  // at a time: all that a pipe holds (64 KiB), and no flood keeps us from the clock

struct Pipe {
  Descriptor read;  // does not block
  Descriptor write;
};

base::Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return base::fail_errno(errno, "A pipe for a worker cannot be made");
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return base::fail_errno(errno, "A worker's pipe cannot be set up");
  return pipe;
}

// What there is now. False at the end of it.
template <class Take>
bool read_pipe(const Descriptor& pipe, Take take) {
  std::array<char, piece_size> piece{};
  for (int n = 0; n < most_pieces; ++n) {
    const ssize_t got = read(pipe.get(), piece.data(), piece.size());
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0 || !take(std::string_view(piece.data(), static_cast<std::size_t>(got)))) return false;
  }
  return true;
}

// The last line of what a process says, however much it says.
class LastLine {
 public:
  void take(std::string_view piece) {
    for (const char c : piece) {
      if (c != '\n' && ended_) line_.clear();
      ended_ = c == '\n';
      if (!ended_ && line_.size() < longest_complaint) line_ += c;
    }
  }
  std::string text() const { return base::printable(base::as_bytes(line_), longest_complaint); }

 private:
  std::string line_;
  bool ended_ = false;
};

// One process from start to end.
class Run {
 public:
  Run(const Order& order, const WorkerLimits& limits, const std::function<bool(unsigned)>& progress)
      : order_(order), limits_(limits), progress_(progress) {}

  base::Result<> start(const std::filesystem::path& program, int input);
  WorkerRun wait(const std::stop_token& stop);

 private:
  std::optional<WorkerRun> look(const std::stop_token& stop);
  std::optional<WorkerRun> tell_progress();
  void sleep(int stopped) const;
  void read_all();
  milliseconds time_to_wait() const;

  const Order& order_;
  const WorkerLimits& limits_;
  const std::function<bool(unsigned)>& progress_;
  Descriptor report_, complaints_;  // the read ends
  std::optional<Child> child_;
  base::SteadyTime started_ = base::steady_now();
  base::SteadyTime next_progress_ = started_ + progress_interval;
  ReportReader reader_;
  std::optional<std::string> nonsense_;  // why its report makes no sense
  LastLine complaint_;
  bool said_anything_ = false;
};

base::Result<> Run::start(const std::filesystem::path& program, int input) {
  auto report = make_pipe();
  if (!report) return std::unexpected(report.error());
  auto complaints = make_pipe();
  if (!complaints) return std::unexpected(complaints.error());

  JobCommand command{.order = order_,
                     .memory_bytes = limits_.memory_bytes,
                     .cpu = limits_.cpu,
                     .output_bytes = limits_.output_bytes,
                     .niceness = static_cast<unsigned>(std::max(limits_.niceness, 0)),
                     .parent = getpid()};
  std::vector<Child::Given> given{
      {complaints->write.get(), STDERR_FILENO}, {input, input_descriptor}, {report->write.get(), report_descriptor}};
  int number = first_output_descriptor;
  for (Output& output : command.order.outputs) {
    given.push_back({output.descriptor, number});
    output.descriptor = number++;
  }
  auto child = Child::start(program, to_words(command), given);
  if (!child) return std::unexpected(child.error());
  child_.emplace(std::move(*child));
  report_ = std::move(report->read);
  complaints_ = std::move(complaints->read);
  return {};
}

WorkerRun Run::wait(const std::stop_token& stop) {
  const Descriptor stopped(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::stop_callback wake(stop, [&stopped] { eventfd_write(stopped.get(), 1); });
  for (;;) {
    if (auto ended = look(stop)) return *std::move(ended);
    sleep(stopped.get());
  }
}

// An end, if there is one by now. What kills the process leaves it to the child's destructor.
std::optional<WorkerRun> Run::look(const std::stop_token& stop) {
  const bool gone = child_->has_ended();  // before reading: what it wrote is then all there
  read_all();
  if (nonsense_) return WorkerRun{.end = End::failed, .report = {}, .reason = *nonsense_};
  if (gone) return judge(order_, limits_, reader_, {child_->wait(), complaint_.text(), said_anything_});
  if (stop.stop_requested()) return WorkerRun{.end = End::stopped, .report = {}, .reason = "The work was stopped."};
  if (base::steady_now() - started_ >= limits_.wall)
    return WorkerRun{.end = End::failed,
                     .report = {},
                     .reason = fmt::format("The worker took longer than {} s.", limits_.wall.count())};
  return tell_progress();
}

std::optional<WorkerRun> Run::tell_progress() {
  if (base::steady_now() < next_progress_) return std::nullopt;
  next_progress_ = base::steady_now() + progress_interval;
  if (!progress_ || progress_(reader_.percent())) return std::nullopt;
  return WorkerRun{.end = End::stopped, .report = {}, .reason = "The work was broken off by who had asked for it."};
}

void Run::read_all() {
  const auto report = [this](std::string_view piece) {
    said_anything_ = true;
    const auto fed = reader_.feed(piece);
    if (!fed) nonsense_ = fed.error().message;
    return fed.has_value();
  };
  const auto complain = [this](std::string_view piece) {
    complaint_.take(piece);
    return true;
  };
  if (report_.is_open() && !read_pipe(report_, report)) report_.reset();
  if (complaints_.is_open() && !read_pipe(complaints_, complain)) complaints_.reset();
}

milliseconds Run::time_to_wait() const {
  const auto until = std::min(next_progress_, started_ + limits_.wall);
  const auto left = std::chrono::ceil<milliseconds>(until - base::steady_now());
  const milliseconds longest = child_->ended_descriptor() >= 0 ? progress_interval : look_interval;
  return std::clamp(left, milliseconds(0), longest);
}

// poll() passes over descriptors below 0: pipes that have ended, and what this kernel does not have.
void Run::sleep(int stopped) const {
  std::array<pollfd, 4> watched{{{report_.get(), POLLIN, 0},
                                 {complaints_.get(), POLLIN, 0},
                                 {child_->ended_descriptor(), POLLIN, 0},
                                 {stopped, POLLIN, 0}}};
  poll(watched.data(), watched.size(), static_cast<int>(time_to_wait().count()));
}

bool is_program(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
}
}  // namespace

WorkerRun run_worker(const std::filesystem::path& program, const Order& order, int input, const WorkerLimits& limits,
                     const std::stop_token& stop, const std::function<bool(unsigned percent)>& progress) {
  Run run(order, limits, progress);
  if (auto started = run.start(program, input); !started)
    return {.end = End::not_begun, .report = {}, .reason = started.error().message};
  return run.wait(stop);
}

base::Result<std::filesystem::path> find_worker_program() {
  constexpr const char* name = "dualcam-transcode-job";
  std::error_code unknown;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (!unknown && is_program(self.parent_path() / name)) return self.parent_path() / name;
  const char* const path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    std::filesystem::path candidate = std::filesystem::path(rest.substr(0, colon)) / name;
    if (is_program(candidate)) return candidate;
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
  }
  return base::fail(base::Errc::not_found, fmt::format("The program {} is neither beside {} nor in PATH.", name,
                                                       self.empty() ? "this one" : self.filename().string()));
}

}  // namespace transcode
