#include "transcode/worker/ending.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <algorithm>

namespace transcode {

namespace {
using End = WorkerRun::End;

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kib = 1024, mib = kib * kib;
  if (bytes >= mib) return fmt::format("{} MiB", bytes / mib);
  return bytes >= kib ? fmt::format("{} KiB", bytes / kib) : fmt::format("{} bytes", bytes);
}

std::string with_complaint(std::string sentence, const std::string& complaint) {
  return complaint.empty() ? sentence : fmt::format("{} It said: {}", sentence, complaint);
}

std::string signal_name(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

std::string reason_of_signal(int signal, const WorkerLimits& limits, const std::string& complaint) {
  switch (signal) {
    case SIGXCPU: return fmt::format("The worker used more than {} s of CPU.", limits.cpu.count());
    case SIGXFSZ: return fmt::format("The worker wrote more than {}.", size_text(limits.output_bytes));
    case SIGSYS: return "The worker tried a forbidden system call.";
    case SIGKILL: return "The worker was killed by SIGKILL; perhaps the machine ran out of memory.";
    default: break;
  }
  return with_complaint(fmt::format("The worker was killed by {} while it worked on the file.", signal_name(signal)),
                        complaint);
}

WorkerRun not_begun(int code, const std::string& complaint) {
  return {.end = End::not_begun,
          .report = {},
          .reason = with_complaint(fmt::format("The worker ended with code {} before it began.", code), complaint)};
}

bool was_asked_for(const Order& order, const Report& report) {
  return std::ranges::all_of(report.made, [&](base::Derived derived) {
    return std::ranges::find(order.outputs, derived, &Output::derived) != order.outputs.end();
  });
}
}  // namespace

WorkerRun judge(const Order& order, const WorkerLimits& limits, const ReportReader& reader, const Ending& ending) {
  const auto failed = [](std::string reason) {
    return WorkerRun{.end = End::failed, .report = {}, .reason = std::move(reason)};
  };
  // Its own word first: a forbidden call is said, and the process ends on its own.
  if (reader.state() == ReportReader::State::failed) return failed(reader.reason());
  if (WIFSIGNALED(ending.status)) return failed(reason_of_signal(WTERMSIG(ending.status), limits, ending.complaint));
  const int code = WEXITSTATUS(ending.status);
  if (reader.state() == ReportReader::State::done && code == exit_reported) {
    if (!was_asked_for(order, reader.report())) return failed("The worker reports what nobody asked it to make.");
    return {.end = End::done, .report = reader.report(), .reason = {}};
  }
  // 127: the program is there, and its libraries are not.
  if (!ending.said_anything && code != exit_reported) return not_begun(code, ending.complaint);
  return failed(
      with_complaint(fmt::format("The worker ended with code {} and without a report.", code), ending.complaint));
}

}  // namespace transcode
