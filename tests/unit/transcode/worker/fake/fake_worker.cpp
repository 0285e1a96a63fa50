// Stands for `dualcam-transcode`: the file's content is the name of what it is to do. Like the real one it shuts itself
// in before that, unless the name begins with "free ".
#include <dirent.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <new>
#include <thread>
#include <vector>

#include "transcode/sandbox/sandbox.hpp"
#include "transcode/worker/ending.hpp"
#include "transcode/worker/job_command.hpp"

extern char** environ;

namespace {
using transcode::JobCommand;

void say(std::string_view text, int descriptor = transcode::report_descriptor) {
  if (write(descriptor, text.data(), text.size()) != static_cast<ssize_t>(text.size())) _exit(9);
}

[[noreturn]] void fail(std::string_view reason) {
  say(transcode::failed_line(reason));
  _exit(transcode::exit_reported);
}

[[noreturn]] void wait_for_ever() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

void done(const JobCommand& command) {
  transcode::Report report{.probe = {.container = "fake",
                                     .video_codec = "hevc",
                                     .width = 1280,
                                     .height = 720,
                                     .frames = 60,
                                     .duration_us = 3'000'000,
                                     .frame_rate_milli = 20'000,
                                     .sound_codec = "pcm_alaw",
                                     .sample_rate = 8000,
                                     .channels = 1,
                                     .sound_us = 3'000'000},
                           .playable = transcode::Playable::as_encoded,
                           .made = {}};
  for (const transcode::Output& output : command.order.outputs) {
    say(fmt::format("this is the {}", to_string(output.derived)), output.descriptor);
    report.made.push_back(output.derived);
  }
  say(transcode::percent_line(50));
  say(to_lines(report));
}

void damaged(const JobCommand&) {
  transcode::Report report;
  report.probe.container = "fake";
  report.probe.damaged_records = 2;
  report.probe.skipped_bytes = 700;
  say(to_lines(report));
}

void too_much_made(const JobCommand&) {
  transcode::Report report;
  report.made = {base::Derived::strip};
  say(to_lines(report));
}

void use_cpu(const JobCommand&) {
  while (getppid() != 0) {
  }
}

void use_memory(const JobCommand& command) {
  try {
    const std::vector<char> much(command.memory_bytes + 1);
    fail(much.front() == 0 ? "There was enough memory." : "");
  } catch (const std::bad_alloc&) {
    fail("The worker ran out of memory.");
  }
}

void fill_output(const JobCommand& command) {
  const std::vector<char> block(64 * 1024);
  for (;;) say({block.data(), block.size()}, command.order.outputs.front().descriptor);
}

void crash(const JobCommand&) {
  say("some words\nthe last words\n", STDERR_FILENO);
  signal(SIGSEGV, SIG_DFL);
  raise(SIGSEGV);
}

void flood(const JobCommand&) {
  const std::string line = "noise, noise, noise\n";
  for (;;) say(line, STDERR_FILENO);
}

void interrupt_parent(const JobCommand& command) {
  kill(command.parent, SIGINT);
  wait_for_ever();
}

void list_descriptors(const JobCommand&) {
  std::string list;
  DIR* folder = opendir("/proc/self/fd");
  const int own = dirfd(folder);
  while (const dirent* entry = readdir(folder))
    if (entry->d_name[0] != '.' && std::atoi(entry->d_name) != own) list += fmt::format(" {}", entry->d_name);
  fail(list);
}

void list_environment(const JobCommand&) {
  std::string list;
  for (char** variable = environ; *variable != nullptr; ++variable)
    list += fmt::format(" {}", std::string_view(*variable).substr(0, std::strcspn(*variable, "=")));
  fail(list);
}

void show_signals(const JobCommand&) {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, nullptr, &mask);
  struct sigaction pipe{};
  sigaction(SIGPIPE, nullptr, &pipe);
  fail(fmt::format("TERM {}, PIPE {}, own group {}", sigismember(&mask, SIGTERM) == 1 ? "blocked" : "open",
                   pipe.sa_handler == SIG_IGN ? "ignored" : "as it was", getpgrp() == getpid() ? "yes" : "no"));
}

const std::map<std::string_view, void (*)(const JobCommand&)> deeds{
    {"done", done},
    {"damaged", damaged},
    {"failed", [](const JobCommand&) { fail("The file has no picture."); }},
    {"too much made", too_much_made},
    {"crash", crash},
    {"abort", [](const JobCommand&) { std::abort(); }},
    {"hang", [](const JobCommand&) { wait_for_ever(); }},
    {"done and hang",
     [](const JobCommand& command) {
       done(command);
       wait_for_ever();
     }},
    {"exec", [](const JobCommand&) { execl("/bin/true", "true", nullptr); }},
    {"nonsense",
     [](const JobCommand&) {
       say("percent 200\n");
       wait_for_ever();
     }},
    {"endless report",
     [](const JobCommand&) {
       for (;;) say("percent 1\n");
     }},
    {"silence", [](const JobCommand&) {}},
    {"exit 2 late", [](const JobCommand&) { _exit(transcode::exit_not_begun); }},
    {"cpu", use_cpu},
    {"memory", use_memory},
    {"output", fill_output},
    {"flood", flood},
    {"free interrupt", interrupt_parent},
    {"free descriptors", list_descriptors},
    {"free environment", list_environment},
    {"free signals", show_signals},
};
}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 2, argv + argc);
  const auto command = transcode::parse_job_command(words);
  if (std::string_view(argv[1]) != "job" || !command) return transcode::exit_not_begun;
  std::array<char, 100> content{};
  const ssize_t size = pread(transcode::input_descriptor, content.data(), content.size(), 0);
  const std::string_view deed(content.data(), static_cast<std::size_t>(std::max(size, ssize_t{0})));
  if (deed == "unwilling") {
    say("The sandbox is closed today.\n", STDERR_FILENO);
    return transcode::exit_not_begun;
  }
  if (!deed.starts_with("free ")) {
    transcode::report_forbidden_calls(transcode::report_descriptor);
    if (!transcode::enter_sandbox({.memory_bytes = command->memory_bytes,
                                   .cpu = command->cpu,
                                   .file_bytes = command->output_bytes,
                                   .niceness = static_cast<int>(command->niceness)}))
      return transcode::exit_not_begun;
  }
  say(transcode::percent_line(0));
  if (const auto found = deeds.find(deed); found != deeds.end()) found->second(*command);
  _exit(transcode::exit_reported);
}
