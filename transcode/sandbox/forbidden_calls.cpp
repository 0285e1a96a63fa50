// What a process says when it is caught at a forbidden system call. The handler runs in a process that may have been
// taken over: it only writes a line, from tables made before.
#include <seccomp.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "transcode/sandbox/sandbox.hpp"

namespace transcode {

namespace {
constexpr std::size_t calls_known = 512;  // numbers end below 470 today
constexpr std::size_t name_size = 32;

using Name = std::array<char, name_size>;  // ends with a NUL
std::array<Name, calls_known> names;
int report_descriptor = -1;

// Safe in a signal handler.
class Line {
 public:
  void append(std::string_view text) noexcept {
    const std::size_t taken = std::min(text.size(), bytes_.size() - size_);
    std::copy_n(text.data(), taken, bytes_.data() + size_);
    size_ += taken;
  }
  void append(unsigned number) noexcept {
    std::array<char, 10> digits{};
    std::size_t at = digits.size();
    do digits[--at] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    append(std::string_view(digits.data() + at, digits.size() - at));
  }
  std::string_view text() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, 128> bytes_{};
  std::size_t size_ = 0;
};

extern "C" void on_forbidden_call(int, siginfo_t* info, void*) {
  const auto call = static_cast<unsigned>(info->si_syscall);
  Line line;
  line.append("failed The worker tried the forbidden system call ");
  line.append(call);
  if (call < calls_known && names[call].front() != '\0') {
    line.append(" (");
    line.append(names[call].data());
    line.append(")");
  }
  line.append(".\n");
  [[maybe_unused]] const ssize_t written = write(report_descriptor, line.text().data(), line.text().size());
  _exit(EXIT_FAILURE);
}

void learn_names() {
  for (std::size_t call = 0; call < calls_known; ++call) {
    const std::unique_ptr<char, decltype(&std::free)> found(
        seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(call)), &std::free);
    if (!found) continue;
    const std::string_view name = std::string_view(found.get()).substr(0, name_size - 1);
    std::ranges::copy(name, names[call].begin());
  }
}
}  // namespace

void report_forbidden_calls(int descriptor) {
  report_descriptor = descriptor;
  learn_names();
  struct sigaction action{};
  action.sa_sigaction = on_forbidden_call;
  action.sa_flags = SA_SIGINFO;
  sigfillset(&action.sa_mask);
  sigaction(SIGSYS, &action, nullptr);
}

}  // namespace transcode
