#include "transcode/main/job.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>
#include <string_view>
#include <thread>

#include "transcode/main/input.hpp"
#include "transcode/media/process.hpp"
#include "transcode/sandbox/sandbox.hpp"
#include "transcode/worker/ending.hpp"
#include "transcode/worker/job_command.hpp"

namespace transcode {

namespace {
// Address space is bounded, and threads are generous with it: a heap of 64 MiB and a stack of 8 MiB each, unless told.
constexpr int heaps = 2;
constexpr std::size_t stack_bytes = 2UL * 1024 * 1024;
constexpr unsigned most_threads_unasked = 8;  // more bring nothing for pictures of this size

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody listens
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

[[noreturn]] void cannot_begin(std::string_view reason) {
  write_all(STDERR_FILENO, fmt::format("{}\n", reason));
  _exit(exit_not_begun);
}

void save_address_space() {
  mallopt(M_ARENA_MAX, heaps);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

void shut_in(const JobCommand& command, base::ByteView file) {
  report_forbidden_calls(report_descriptor);
  const SandboxLimits limits{// The file is mapped already, and is no memory of ours.
                             .memory_bytes = command.memory_bytes == 0 ? 0 : command.memory_bytes + file.size(),
                             .cpu = command.cpu,
                             .file_bytes = command.output_bytes,
                             .niceness = static_cast<int>(command.niceness)};
  if (const auto entered = enter_sandbox(limits); !entered) cannot_begin(entered.error().message);
  // Whoever died before the sandbox asked to be told of it did not take this process along.
  if (getppid() != command.parent) cannot_begin("The process that started this one has gone.");
}

// Of memory there may be more: who reads it is told how.
std::string in_words(const base::Error& error, std::uint64_t memory) {
  constexpr std::uint64_t mib = 1024UL * 1024;
  if (error.code != base::Errc::exhausted || error.os_error != 0 || memory == 0) return error.message;  // a disk, say
  return fmt::format("{} A worker may have {} MiB; --transcode-memory of the server changes that.", error.message,
                     memory / mib);
}

std::string report_of(const JobCommand& command, base::ByteView file) {
  unsigned last = 0;
  const auto progress = [&last](unsigned percent) {
    if (percent <= last || percent > 100) return;
    last = percent;
    write_all(report_descriptor, percent_line(percent));
  };
  try {
    const auto report = process(command.order, file, progress);
    return report ? to_lines(*report) : failed_line(in_words(report.error(), command.memory_bytes));
  } catch (const std::bad_alloc&) {
    return failed_line(in_words({base::Errc::exhausted, "The worker ran out of memory."}, command.memory_bytes));
  } catch (const std::exception& error) {
    return failed_line(fmt::format("The worker came to an unexpected end: {}.", error.what()));
  }
}
}  // namespace

void run_job(std::span<const std::string> words) {
  auto command = parse_job_command(words);
  if (!command) cannot_begin(command.error().message);
  Encoding& encoding = command->order.encoding;
  if (encoding.threads == 0)
    encoding.threads = std::clamp(std::thread::hardware_concurrency(), 1U, most_threads_unasked);
  const auto file = MappedFile::open(input_descriptor);
  if (!file) cannot_begin(file.error().message);
  save_address_space();
  shut_in(*command, file->bytes());
  // The first line says that from here on everything is the file's doing.
  write_all(report_descriptor, percent_line(0));
  write_all(report_descriptor,
            file->bytes().empty() ? failed_line("The file is empty.") : report_of(*command, file->bytes()));
  // No destructors: whatever the file has made of this process ends here.
  _exit(exit_reported);
}

}  // namespace transcode
